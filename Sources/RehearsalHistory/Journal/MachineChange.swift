/// What happened to a machine as a whole: something that nobody had told it to, or that it became part of the testbed.
public enum MachineChange: String, Hashable, Sendable {
    /// It was reset and began anew: by itself, by a panic of its kernel, or from outside.
    case restarted
    /// It went off, or the process that emulates it ended.
    case off
    /// It stands still, because what it wrote to its disk could not be stored on the host.
    case stoodStill = "stood-still"
    /// It goes on after it stood still.
    case wentOn = "went-on"
    /// It became part of the testbed.
    case joined
    /// It is no part of the testbed any more.
    case left

    /// Whether what the machine was doing has ended with it.
    public var endsWork: Bool {
        switch self {
        case .restarted, .off, .left: true
        case .stoodStill, .wentOn, .joined: false
        }
    }
}
