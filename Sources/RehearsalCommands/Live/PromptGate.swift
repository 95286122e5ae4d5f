import Foundation
import RehearsalEngine
import RehearsalReport
import RehearsalHistory

/// Asks the operator at every breakpoint, as the talk's command did with `-i`.
struct PromptGate: BreakpointGate {
    /// Whose bottom line the prompt takes until it is answered.
    let view: ProgressView
    /// One line of what the operator types; nil at its end. May block.
    var read: @Sendable () -> String? = { readLine() }

    /// - Throws: `CancellationError` as soon as the task is cancelled, whether or not anything was typed.
    func decide(machine: String, progress: [(machine: String, state: MachineProgress)]) async throws -> BreakpointDecision {
        let machines = progress.map(\.machine)
        while true {
            for state in MachineProgress.allCases {
                let names = progress.filter { $0.state == state }.map(\.machine)
                if !names.isEmpty { view.say("\(state.rawValue): \(names.joined(separator: ", "))") }
            }
            view.ask(
                "Breakpoint on \(machine). Enter = go on with it, a regular expression = go on with all it matches, no = stop here, C-c = leave: "
            )
            let answer = await readAnswer()
            try Task.checkCancellation()
            guard let answer else {
                view.clear()
                return .stop
            }
            view.answered()
            switch BreakpointAnswer.read(answer, waiting: machine, machines: machines) {
            case .proceed(let names): return .proceed(names)
            case .stop: return .stop
            case .again(let why): view.say(Terminal.styled("warning: ", .yellow) + why)
            }
        }
    }

    /// One line, read off the cooperative threads; nil at its end or when the task is cancelled.
    private func readAnswer() async -> String? {
        let (answers, continuation) = AsyncStream.makeStream(of: String?.self)
        Thread { [read] in
            continuation.yield(read())
            continuation.finish()
        }.start()
        for await answer in answers { return answer }
        return nil
    }
}
