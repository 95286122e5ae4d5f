import RehearsalHistory
import RehearsalHost
import RehearsalModel
import RehearsalRecorder
import RehearsalReport
import RehearsalRuns
import Synchronization

/// A recording as it goes: a line when a probe begins to fail or answers again, and a status line; lengths are for the report.
final class RecordingView: Sendable {
    private struct State {
        var start: Timestamp?
        var samples = 0
        /// The probes that fail.
        var failing: Set<String> = []
        var isStoring = true
        var lastStatus = 0.0
        var hasStatusLine = false
        var probes = 0
    }

    private let seconds: Double?
    private let state = Mutex(State())
    private let interactive: Bool
    private let write: @Sendable (String) -> Void
    /// Seconds between two status lines without a terminal.
    private static let pace = 60.0

    /// - Parameter seconds: How long the recording is meant to be; nil until it is ended.
    init(
        seconds: Double?, interactive: Bool = Terminal.isInteractive, write: @escaping @Sendable (String) -> Void = Terminal.write
    ) {
        self.seconds = seconds
        self.interactive = interactive
        self.write = write
    }

    /// Takes what has just happened.
    func show(_ progress: RecordingProgress) {
        state.withLock { state in
            switch progress {
            case .warning(let warning): print("\(warning)", &state)
            case .proving(let proof):
                let waiting = proof.waiting.map { "\($0.probe) (\($0.reason))" }.joined(separator: ", ")
                if interactive { status("asking each probe once: \(proof.passed) of \(proof.total)  \(waiting)", &state) }
            case .started(let run, let probes, let start):
                (state.start, state.probes) = (start.time, probes.count)
                let length = seconds.map { "for \($0.spoken), C-c ends it before" } ?? "until C-c"
                print("Recording \(probes.count) probes as \(run), \(length), scheduled \(start.scheduling)", &state)
            case .stored(let samples): take(samples, &state)
            case .notStored(let reason):
                if state.isStoring {
                    let warning = Terminal.styled("warning: ", .yellow)
                    print(warning + "\(reason); samples are kept in memory until they can be stored", &state)
                }
                state.isStoring = false
            case .clockStepped(let seconds):
                print(
                    "the wall clock was stepped by \(DurationText.seconds(seconds)) s; the recording's times go on without that step",
                    &state)
            case .ended(let summary):
                erase(&state)
                let late = summary.late > 0 ? ", \(summary.late) of them late by the recorder's own starvation" : ""
                print("\(summary.samples.values.reduce(0, +)) samples\(late)", &state)
            }
        }
    }

    private func take(_ samples: [Sample], _ state: inout State) {
        if !state.isStoring { print("samples are stored again", &state) }
        state.isStoring = true
        state.samples += samples.count
        for sample in samples {
            switch sample.state(patience: Int64(Patience.headline * 1e9)) {
            case .failed:
                guard state.failing.insert(sample.probe).inserted else { continue }
                let detail = sample.detail.map { ", \($0)" } ?? ""
                print(
                    "\(sample.start.timeOfDay)  \(sample.probe) \(Terminal.styled("fails", .red)): \(sample.outcome.rawValue)\(detail.printable)",
                    &state)
            case .up, .slow:
                guard state.failing.remove(sample.probe) != nil else { continue }
                print("\(sample.start.timeOfDay)  \(sample.probe) \(Terminal.styled("answers", .green)) again", &state)
            case .unknown: continue
            }
        }
        let elapsed = state.start.map { HostClock.now().seconds(since: $0) } ?? 0
        let goal = seconds.map { " of \(DurationText.elapsed($0))" } ?? ""
        let failing = state.failing.isEmpty ? "" : ", failing: \(state.failing.sorted().joined(separator: ", "))"
        let text = "\(DurationText.elapsed(elapsed))\(goal)  \(state.probes) probes, \(state.samples) samples\(failing)"
        if interactive {
            status(text, &state)
        } else if elapsed - state.lastStatus >= Self.pace {
            state.lastStatus = elapsed
            write(text + "\n")
        }
    }

    private func print(_ text: String, _ state: inout State) {
        erase(&state)
        write(text + "\n")
    }

    private func status(_ text: String, _ state: inout State) {
        write("\r\u{1B}[K" + Terminal.styled(String(text.prefix(Terminal.columns - 1)), .cyan))
        state.hasStatusLine = true
    }

    private func erase(_ state: inout State) {
        if state.hasStatusLine { write("\r\u{1B}[K") }
        state.hasStatusLine = false
    }
}
