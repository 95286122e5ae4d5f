/// Where the candidate packages come from. Written as "security-updates" or as the path of a directory.
public enum Candidate: Hashable, Sendable {
    /// The distribution's security and updates suites.
    case securityUpdates
    /// A directory of .deb files.
    case directory(String)

    /// Reads the written form.
    public init(_ text: String) {
        self = text == "security-updates" ? .securityUpdates : .directory(text)
    }
}

extension Candidate: CustomStringConvertible {
    /// The written form.
    public var description: String {
        switch self {
        case .securityUpdates: "security-updates"
        case .directory(let path): path
        }
    }
}

extension Candidate: Codable {
    /// Decodes the written form.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Encodes the written form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
