import Foundation
import RehearsalEngine
import RehearsalHistory
import RehearsalModel
import RehearsalReport
import Synchronization

/// The run as it goes: a step tree in a terminal, plain lines without one; always with elapsed and predicted minutes.
final class ProgressView: Sendable {
    private struct State {
        var run: RunState
        var waiting = ""
        var hasStatusLine = false
        /// The question that has the bottom line.
        var prompt: String?
    }

    private let plan: Plan
    private let start: Timestamp
    private let state: Mutex<State>
    private let interactive: Bool
    private let write: @Sendable (String) -> Void

    /// - Parameter before: What the journal of a run that is taken up again holds; steps left open go on from there.
    init(
        plan: Plan, start: Timestamp, before: [Event] = [], interactive: Bool = Terminal.isInteractive,
        write: @escaping @Sendable (String) -> Void = Terminal.write
    ) {
        self.write = write
        self.plan = plan
        self.start = start
        self.interactive = interactive
        state = Mutex(State(run: RunState(plan: plan, journal: before)))
    }

    /// Takes an event that was just journalled.
    func show(_ event: Event) {
        state.withLock { state in
            let opened = event.step.flatMap { state.run.inFlight($0) }
            state.run.apply(event)
            switch event.payload {
            case .stepStarted, .substepStarted:
                guard let id = event.step else { return }
                if isGroup(id) || !interactive { print(line(id, mark: "▸", text: event.text, machine: event.machine), &state) }
            case .stepEnded, .substepEnded:
                guard let id = event.step, let opened else { return }
                state.waiting = ""
                let good = event.outcome?.isFailure == false
                let took = event.time.seconds(since: opened.since)
                if good, isGroup(id), took < 1 { return }
                let mark = good ? Terminal.styled("✔", .green) : Terminal.styled("✘", .red)
                let note = good || event.text.isEmpty ? "" : ": \(event.text)"
                print(
                    line(id, mark: mark, text: opened.step.name, machine: opened.step.machine) + Terminal.styled("  \(took.spoken)", .dim)
                        + note,
                    &state)
            case .readiness:
                state.waiting = event.text
                if !interactive { print(Terminal.styled("    \(event.text)", .dim), &state) }
            case .breakpointReached:
                print(
                    line(
                        event.step ?? StepID(rawValue: ""), mark: Terminal.styled("⏸", .yellow), text: "breakpoint reached",
                        machine: event.machine), &state)
            default:
                if event.payload.isNews { print("    \(event.line)", &state) }
            }
            drawStatus(&state)
        }
    }

    /// Draws the bottom line anew; called every second in a terminal.
    func tick() { state.withLock { drawStatus(&$0) } }

    /// Gives the bottom line back to others; a question that is still there stays, and what follows is below it.
    func clear() {
        state.withLock { state in
            eraseStatus(&state)
            if state.prompt != nil { write("\n") }
            state.prompt = nil
        }
    }

    /// Writes a line above the bottom one.
    func say(_ text: String) { state.withLock { print(text, &$0) } }

    /// Gives the bottom line to a question until it is ``answered()``, or ``clear()`` takes it back; whatever happens meanwhile is shown
    /// above it.
    func ask(_ prompt: String) {
        state.withLock { state in
            eraseStatus(&state)
            state.prompt = prompt
            write(prompt)
        }
    }

    /// Takes the question for answered, by a line that was typed behind it.
    func answered() { state.withLock { $0.prompt = nil } }

    // MARK: Drawing

    private func isGroup(_ id: StepID) -> Bool {
        let step = plan.step(id)
        return switch step?.action {
        case .sequence?, .concurrent?: true
        case .procedure?: step?.children.isEmpty == false
        default: false
        }
    }

    private func line(_ id: StepID, mark: String, text: String, machine: String?) -> String {
        let indentation = String(repeating: "│  ", count: id.depth)
        let place = machine.map { text.contains($0) ? "" : Terminal.styled(" (\($0))", .dim) } ?? ""
        return "\(clock()) \(indentation)\(mark) \(Terminal.styled(id.rawValue, .dim)) \(text)\(place)"
    }

    private func clock() -> String {
        let seconds = Int(HostClock.now().seconds(since: start))
        return Terminal.styled(String(format: "%3d:%02d", seconds / 60, seconds % 60), .dim)
    }

    private func print(_ text: String, _ state: inout State) {
        eraseStatus(&state)
        guard let prompt = state.prompt else { return write(text + "\n") }
        // Without a terminal the question cannot be taken back; the line after it is the best there is.
        write(interactive ? "\r\u{1B}[K\(text)\n\(prompt)" : "\n\(text)\n")
    }

    private func eraseStatus(_ state: inout State) {
        guard state.hasStatusLine else { return }
        write("\r\u{1B}[K")
        state.hasStatusLine = false
    }

    private func drawStatus(_ state: inout State) {
        guard interactive, state.prompt == nil else { return }
        let elapsed = HostClock.now().seconds(since: start)
        let open = state.run.inFlight
        let deepest = open.filter { upper in !open.contains { upper.step.id.isAncestor(of: $0.step.id) } }
        let doing = deepest.map { doing in
            let place = doing.step.machine.map { doing.step.name.contains($0) ? "" : " on \($0)" } ?? ""
            return "\(doing.step.id) \(doing.step.name)\(place) \(HostClock.now().seconds(since: doing.since).spoken)"
        }.joined(separator: " · ")
        let predicted = Int((plan.predictedSeconds / 60).rounded(.up))
        let text =
            "\(Int(elapsed) / 60):\(String(format: "%02d", Int(elapsed) % 60)) of about \(predicted) min  \(doing)\(state.waiting.isEmpty ? "" : "  [\(state.waiting)]")"
        write("\r\u{1B}[K" + Terminal.styled(String(text.prefix(Terminal.columns - 1)), .cyan))
        state.hasStatusLine = true
    }
}
