import Foundation
import RehearsalEngine
import RehearsalHistory
import RehearsalModel
import Synchronization
import Testing

@testable import RehearsalCommands

@Suite("prompt at a breakpoint")
struct PromptTests {
    /// What stands on the terminal, as it was written.
    private final class Screen: Sendable {
        private let text = Mutex("")
        var written: String { text.withLock { $0 } }
        func write(_ more: String) { text.withLock { $0 += more } }
    }

    private let screen = Screen()

    private func view(terminal: Bool = true) -> ProgressView {
        ProgressView(
            plan: Plan(strategy: "rolling", topology: "ha", seed: 1, identifier: "17", root: []), start: HostClock.now(),
            interactive: terminal, write: screen.write)
    }

    private let standing: [(machine: String, state: MachineProgress)] = [("controller-0", .onBreakpoint), ("compute-0", .notStarted)]

    @Test("C-c leaves at once, though nothing was typed", .timeLimit(.minutes(1)))
    func leaves() async throws {
        let typing = DispatchSemaphore(value: 0)
        defer { typing.signal() }
        let gate = PromptGate(view: view()) {
            typing.wait()
            return ""
        }
        let asking = Task { [standing] in try await gate.decide(machine: "controller-0", progress: standing) }
        while !screen.written.hasSuffix("C-c = leave: ") { await Task.yield() }
        asking.cancel()
        await #expect(throws: CancellationError.self) { try await asking.value }
    }

    @Test("the question stays on the bottom line until it is answered; what happens meanwhile is above it")
    func stays() async throws {
        let view = view()
        view.tick()
        let screen = screen
        let gate = PromptGate(view: view) {
            let asked = screen.written
            view.tick()
            #expect(screen.written == asked)
            view.show(Event(time: HostClock.now(), .interrupted, text: "the recorder was started again"))
            let question = asked.split(separator: "\n").last ?? ""
            #expect(screen.written == asked + "\r\u{1B}[K    the recorder was started again\n" + question)
            return ""
        }
        #expect(try await gate.decide(machine: "controller-0", progress: standing) == .proceed(["controller-0"]))
        #expect(screen.written.contains("on_breakpoint: controller-0\n"))
        let answered = screen.written
        view.tick()
        #expect(screen.written.hasPrefix(answered + "\r\u{1B}[K"))
    }

    @Test("the end of what is typed stops the run where it is; the next words begin on a line of their own")
    func ends() async throws {
        let gate = PromptGate(view: view(terminal: false)) { nil }
        #expect(try await gate.decide(machine: "controller-0", progress: standing) == .stop)
        #expect(screen.written.hasSuffix("C-c = leave: \n"))
    }

    @Test("an event of a kind that only a later version knows is told with its kind")
    func later() {
        view(terminal: false).show(Event(time: HostClock.now(), .unknown(kind: "serverMigrated", detail: [:]), text: "to compute-1"))
        #expect(screen.written == "    serverMigrated: to compute-1\n")
    }
}
