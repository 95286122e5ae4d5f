import RehearsalHost
import RehearsalRuns

extension HostCheck {
    /// What is in the way, all of it at once; nil if nothing is. Trouble of the harness, unless all of it is bad input.
    static func failure(of checks: [HostCheck]) -> CommandFailure? {
        let failed = checks.filter { $0.result == .failed }
        guard !failed.isEmpty else { return nil }
        return CommandFailure(
            failed.allSatisfy { $0.cause == .input } ? .usage : .harness,
            failed.map { "\($0.name): \($0.detail)\($0.remedy.map { "\n  hint: \($0)" } ?? "")" }.joined(separator: "\n"))
    }
}

extension HostChecks {
    /// The checks for testbeds in a command's places.
    init(places: Places) {
        self.init(places: [
            Place(name: "image cache", directory: places.cache, option: "--cache-directory"),
            Place(name: "state directory", directory: places.state, option: "--state-directory"),
        ])
    }

    /// Throws what would make a testbed impossible, all of it at once.
    func require(memoryMiB: Int) async throws {
        if let failure = HostCheck.failure(of: await all(memoryMiB: memoryMiB)) { throw failure }
    }
}
