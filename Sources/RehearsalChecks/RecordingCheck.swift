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
        guard let last = evidence.events.last(where: { $0.kind == .recorderStopped }) else {
            return .unknown("it was cut short")
        }
        return last.payload == .recorderStopped(.exited(0)) ? .pass("\(evidence.probes.count) probes") : .unknown(last.text)
    }
}
