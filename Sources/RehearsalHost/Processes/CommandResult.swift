/// How a command ended, on the host or in a guest.
public struct CommandResult: Codable, Sendable, Equatable {
    /// The exit status; 128 plus the signal's number if a signal ended the command.
    public var status: Int32
    /// What it wrote to standard output; bytes that are not UTF-8 are replaced.
    public var standardOutput: String
    /// What it wrote to standard error; bytes that are not UTF-8 are replaced.
    public var standardError: String

    /// Makes a result.
    public init(status: Int32, standardOutput: String = "", standardError: String = "") {
        self.status = status
        self.standardOutput = standardOutput
        self.standardError = standardError
    }

    /// Whether the status is 0.
    public var isSuccess: Bool { status == 0 }

    private enum CodingKeys: String, CodingKey {
        case status
        case standardOutput = "stdout"
        case standardError = "stderr"
    }
}
