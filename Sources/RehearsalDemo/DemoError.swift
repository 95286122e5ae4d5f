import RehearsalModel

/// Why a run cannot be told by a storyboard.
public struct DemoError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Every problem, in the order of the storyboard: "FILE:LINE:COLUMN: error: …".
    public let problems: [String]

    /// All problems, a line each.
    public var description: String { problems.joined(separator: "\n") }
}
