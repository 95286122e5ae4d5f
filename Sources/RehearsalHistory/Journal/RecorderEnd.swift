/// How the recorder came to its end.
public enum RecorderEnd: Hashable, Sendable {
    /// It ended with an exit status.
    case exited(Int32)
    /// It was not there any more when it was told to stop.
    case gone
    /// The run was recorded by a version that did not journal it.
    case unknown

    /// Whether everything that it saw is stored, as far as is known.
    public var isOrderly: Bool { self == .exited(0) || self == .unknown }

    /// The word in a journal; nil where there is none.
    var word: String? {
        switch self {
        case .exited(let status): "\(status)"
        case .gone: "gone"
        case .unknown: nil
        }
    }

    /// Reads the word in a journal; nil if it is none.
    init?(word: String?) {
        switch word {
        case nil: self = .unknown
        case "gone": self = .gone
        case let text?:
            guard let status = Int32(text) else { return nil }
            self = .exited(status)
        }
    }
}
