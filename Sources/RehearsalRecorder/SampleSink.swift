public import RehearsalHistory

/// Takes the recorder's samples, in batches, from one writer thread.
///
/// A call may block, because it never holds up the probes. When it throws, the same samples are offered again later.
public protocol SampleSink: Sendable {
    /// Stores a batch durably before it returns.
    func append(_ samples: [Sample]) throws
}
