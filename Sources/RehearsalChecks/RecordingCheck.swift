import RehearsalHistory

/// Whether a recording without a testbed holds all that the recorder saw.
public struct RecordingCheck: Check {
    public let name = "the recorder ran to its end"
    public let group = "recorder"
    public let needs: Set<Evidence.Part> = [.journal]

    /// Makes the check.
    public init() {}

    /// Due in a recording; where there is a plan, its steps tell.
    public func checks(in evidence: Evidence) -> [any Check] {
        evidence.isRecording ? [self] : []
    }

    public func judge(_ evidence: Evidence) -> Judgement {
        guard case .stopped(_, _, let end) = RunState(journal: evidence.events).recorder else { return .unknown("it was cut short") }
        switch end {
        case .exited(0): return .pass("\(evidence.probes.count) probes")
        case .exited, .gone, .unknown: return .unknown(evidence.events.last { $0.kind == .recorderStopped }?.text ?? "")
        }
    }
}
