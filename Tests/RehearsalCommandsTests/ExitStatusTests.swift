import RehearsalEngine
import RehearsalImages
import RehearsalPlanner
import RehearsalRuns
import RehearsalStore
import RehearsalTestbed
import Testing

@testable import RehearsalCommands

/// What commands end with that fail.
@Suite("exit status")
struct ExitStatusTests {
    @Test("bad usage and bad input end with 64")
    func usage() {
        let errors: [any Error] = [
            CommandFailure(.usage, "no such machine"), RunError(.invalid, "no such testbed"), StoreError(.notFound, "no such run"),
            ImageError(.candidate, "no packages"), TestbedError(.invalidArgument, "no such machine"),
        ]
        for error in errors { #expect(status(of: error).rawValue == 64, "\(error)") }
    }

    @Test("trouble of the harness ends with 70, and so does what nobody has thought of")
    func harness() {
        struct Unknown: Error {}
        let errors: [any Error] = [
            RunError(.busy, "an engine drives it"), RunError(.trouble, "no checkpoint"), StoreError(.busy, "an engine drives it"),
            TestbedError(.gone, "the keeper is gone"), EngineError(.notReady, "galera"), Unknown(),
        ]
        for error in errors { #expect(status(of: error).rawValue == 70, "\(error)") }
    }
}
