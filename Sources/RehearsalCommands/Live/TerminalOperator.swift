import Dispatch
import Foundation
import Glibc
import RehearsalEngine
import RehearsalHistory
import RehearsalRuns
import RehearsalStore

/// The person at the terminal: C-c or a SIGTERM leaves the run, and with `-i` every breakpoint asks.
struct TerminalOperator: RunOperator {
    let isInteractive: Bool
    /// Whether every breakpoint waits for an answer from the run's page (`rehearse serve`).
    var allowsRemote = false
    let observer: TerminalObserver

    func gate(of run: URL) -> any BreakpointGate {
        if isInteractive { return ObservedGate(observer: observer) }
        return allowsRemote ? RemoteGate(RunDesk(directory: run)) : OpenGate()
    }

    func attend<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws -> Result {
        try await Interruptible.run(work)
    }

    /// Asks above the bottom line of the run that is shown.
    private struct ObservedGate: BreakpointGate {
        let observer: TerminalObserver

        func decide(machine: String, progress: [(machine: String, state: MachineProgress)]) async throws -> BreakpointDecision {
            guard let view = observer.view else { return .stop }
            return try await PromptGate(view: view).decide(machine: machine, progress: progress)
        }
    }
}

/// Runs work that C-c or a SIGTERM leaves.
enum Interruptible {
    private static let signals = [SIGINT, SIGTERM]

    static func run<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T {
        let task = Task { try await body() }
        let sources = signals.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { task.cancel() }
            source.resume()
            return source
        }
        defer {
            for source in sources { source.cancel() }
            for number in signals { signal(number, SIG_DFL) }
        }
        return try await task.value
    }
}
