/// What runs the machines of one testbed.
public protocol Hypervisor: Sendable {
    /// All machines with what they are doing, in the order of the specification.
    func machines() async throws -> [MachineStatus]

    /// The machine of that name.
    ///
    /// - Throws: ``TestbedError`` with code `not-found`.
    func machine(named name: String) async throws -> any MachineHandle

    /// What has happened to the machines, oldest first.
    ///
    /// - Parameters:
    ///   - sequence: Events up to and with this number are left out; 0 gives all.
    ///   - seconds: How long to wait for the first event if there is none, in seconds.
    /// - Returns: The events, none if nothing happened in time.
    func events(after sequence: Int, wait seconds: Double) async throws -> [MachineEvent]
}

extension Hypervisor {
    /// What has happened so far and happens from now on; ends with an error when the hypervisor is gone.
    public func eventStream(after sequence: Int = 0) -> AsyncThrowingStream<MachineEvent, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                var last = sequence
                do {
                    while !Task.isCancelled {
                        for event in try await events(after: last, wait: 20) {
                            continuation.yield(event)
                            last = event.sequence
                        }
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}
