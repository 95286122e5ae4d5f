/// A judgement; the worst one of several counts.
public enum Verdict: String, Codable, Sendable, Comparable, CaseIterable {
    /// Everything expected is proven.
    case pass
    /// The history does not say.
    case unknown
    /// Something expected is proven wrong.
    case fail

    /// Whether one judgement is better than another.
    public static func < (left: Verdict, right: Verdict) -> Bool {
        left.severity < right.severity
    }

    /// The exit status of a run with this verdict: 0, 2 or 1.
    public var exitStatus: Int32 {
        switch self {
        case .pass: 0
        case .unknown: 2
        case .fail: 1
        }
    }

    private var severity: Int {
        switch self {
        case .pass: 0
        case .unknown: 1
        case .fail: 2
        }
    }
}
