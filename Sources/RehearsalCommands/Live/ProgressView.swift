import Foundation
import RehearsalEngine
import RehearsalHistory
import RehearsalHost
import RehearsalModel
import RehearsalReport
import Synchronization

/// The run as it goes: a step tree in a terminal, plain lines without one; always with elapsed and predicted minutes.
final class ProgressView: Sendable {
    private struct State {
        var open: [String: (name: String, machine: String?, since: Timestamp)] = [:]
        var waiting = ""
        var hasStatusLine = false
        /// The question that has the bottom line.
        var prompt: String?
    }

    private let plan: Plan
    private let steps: [String: Step]
    private let start: Timestamp
    private let state = Mutex(State())
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
        steps = Dictionary(plan.steps.map { ($0.id.rawValue, $0) }) { first, _ in first }
        state.withLock { state in
            for event in before {
                guard let id = event.step else { continue }
                switch event.kind {
                // The steps that were open then begin anew: the time between was spent on another branch.
                case .rewound: state.open = [:]
                case .stepStarted, .substepStarted: Self.open(id, event, &state)
                case .stepEnded, .substepEnded: state.open[id] = nil
                default: break
                }
            }
        }
    }

    private static func open(_ id: String, _ event: Event, _ state: inout State) {
        state.open[id] = (event.text, event.machine, state.open[id]?.since ?? event.time)
    }

    /// Takes an event that was just journalled.
    func show(_ event: Event) {
        state.withLock { state in
            switch event.kind {
            case .stepStarted, .substepStarted:
                guard let id = event.step else { return }
                Self.open(id, event, &state)
                if isGroup(id) || !interactive { print(line(id, mark: "▸", text: event.text, machine: event.machine), &state) }
            case .stepEnded, .substepEnded:
                guard let id = event.step, let opened = state.open.removeValue(forKey: id) else { return }
                state.waiting = ""
                let outcome = event.detail["outcome"] ?? "ok"
                let good = outcome == "ok"
                let took = event.time.seconds(since: opened.since)
                if good, isGroup(id), took < 1 { return }
                let mark = good ? Terminal.styled("✔", .green) : Terminal.styled("✘", .red)
                let note = good || event.text.isEmpty ? "" : ": \(event.text)"
                print(
                    line(id, mark: mark, text: opened.name, machine: opened.machine) + Terminal.styled("  \(took.spoken)", .dim) + note,
                    &state)
            case .readiness:
                state.waiting = event.text
                if !interactive { print(Terminal.styled("    \(event.text)", .dim), &state) }
            case .breakpointReached:
                print(
                    line(event.step ?? "", mark: Terminal.styled("⏸", .yellow), text: "breakpoint reached", machine: event.machine), &state)
            case .note, .interrupted, .resumed, .checkpointed:
                print("    \(event.text)", &state)
            default:
                break
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

    private func isGroup(_ id: String) -> Bool {
        switch steps[id]?.action {
        case .sequence?, .concurrent?: true
        case .procedure?: !(steps[id]?.children.isEmpty ?? true)
        default: false
        }
    }

    private func line(_ id: String, mark: String, text: String, machine: String?) -> String {
        let depth = id.count { $0 == "." }
        let indentation = String(repeating: "│  ", count: depth)
        let place = machine.map { text.contains($0) ? "" : Terminal.styled(" (\($0))", .dim) } ?? ""
        return "\(clock()) \(indentation)\(mark) \(Terminal.styled(id, .dim)) \(text)\(place)"
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
        let deepest = state.open.filter { id, _ in !state.open.keys.contains { $0.hasPrefix(id + ".") } }.sorted { $0.key < $1.key }
        let doing = deepest.map { id, step in
            "\(id) \(step.name)\(step.machine.map { step.name.contains($0) ? "" : " on \($0)" } ?? "") \(HostClock.now().seconds(since: step.since).spoken)"
        }.joined(separator: " · ")
        let predicted = Int((plan.predictedSeconds / 60).rounded(.up))
        let text =
            "\(Int(elapsed) / 60):\(String(format: "%02d", Int(elapsed) % 60)) of about \(predicted) min  \(doing)\(state.waiting.isEmpty ? "" : "  [\(state.waiting)]")"
        write("\r\u{1B}[K" + Terminal.styled(String(text.prefix(Terminal.columns - 1)), .cyan))
        state.hasStatusLine = true
    }
}
