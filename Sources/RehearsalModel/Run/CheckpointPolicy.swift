/// Before which steps a run saves all machines.
public enum CheckpointPolicy: String, Sendable, CaseIterable {
    /// At every breakpoint.
    case breakpoints
    /// At every breakpoint and before every procedure, but for those that run at once with others.
    case steps
    /// Never.
    case none

    /// Whether there is a checkpoint before steps of that kind, unless they run at once with others.
    public func covers(_ kind: StepKind) -> Bool {
        switch self {
        case .none: false
        case .breakpoints: kind == .breakpoint
        case .steps: kind == .breakpoint || kind == .procedure
        }
    }
}
