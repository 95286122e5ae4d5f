/// What happened to a machine that nobody had told it to.
public enum MachineChange: String, Hashable, Sendable {
    /// It was reset and began anew: by itself, by a panic of its kernel, or from outside.
    case restarted
    /// It went off, or the process that emulates it ended.
    case off
    /// It stands still, because what it wrote to its disk could not be stored on the host.
    case stoodStill = "stood-still"
    /// It goes on after it stood still.
    case wentOn = "went-on"

    /// Whether what the machine was doing has ended with it.
    public var endsWork: Bool {
        switch self {
        case .restarted, .off: true
        case .stoodStill, .wentOn: false
        }
    }
}
