public import RehearsalHistory

/// Takes what the recorder finds, in batches, from one writer thread.
///
/// A call may block, because it never holds up the probes. When it throws, the same is offered again later.
public protocol SampleSink: Sendable {
    /// Stores a batch durably before it returns.
    func append(_ samples: [Sample]) throws
    /// Stores readings of the host durably before it returns.
    func append(host readings: [HostReading]) throws
}
