import Foundation
import RehearsalEngine

/// Asks the operator at every breakpoint, as the talk's command did with `-i`.
struct PromptGate: BreakpointGate {
    /// Called before the prompt takes the terminal.
    let prepare: @Sendable () -> Void

    func decide(machine: String, progress: [(machine: String, state: MachineProgress)]) async throws -> BreakpointDecision {
        let machines = progress.map(\.machine)
        while true {
            prepare()
            for state in MachineProgress.allCases {
                let names = progress.filter { $0.state == state }.map(\.machine)
                if !names.isEmpty { Terminal.note("\(state.rawValue): \(names.joined(separator: ", "))") }
            }
            Terminal.write(
                "Breakpoint on \(machine). Enter = go on with it, a regular expression = go on with all it matches, no = stop here, C-c = leave: "
            )
            guard let answer = await Self.readAnswer() else {
                Terminal.note("")
                return .stop
            }
            switch BreakpointAnswer.read(answer, waiting: machine, machines: machines) {
            case .proceed(let names): return .proceed(names)
            case .stop: return .stop
            case .again(let why): Terminal.warning(why)
            }
        }
    }

    /// One line of standard input, read off the cooperative threads; nil at its end.
    private static func readAnswer() async -> String? {
        await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: readLine()) }.start()
        }
    }
}
