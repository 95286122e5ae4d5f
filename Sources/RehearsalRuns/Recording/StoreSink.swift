public import RehearsalHistory
public import RehearsalRecorder
public import RehearsalStore

/// Writes what the recorder finds to a run's store.
public struct StoreSink: SampleSink {
    private let store: RunStore

    /// Names the store.
    public init(store: RunStore) { self.store = store }

    public func append(_ samples: [Sample]) throws { try store.append(samples: samples) }

    public func append(host readings: [HostReading]) throws {
        try store.append(host: readings.map(\.host), guests: readings.flatMap(\.guests))
    }
}
