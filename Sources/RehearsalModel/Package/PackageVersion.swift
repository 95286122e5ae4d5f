/// A package at one version: installed on a machine, held by an image, or offered by a channel.
public struct PackageVersion: Hashable, Codable, Sendable {
    /// The name of the binary package.
    public var name: String
    /// The version.
    public var version: String
    /// The name of the source package; empty when it is not known.
    public var source: String

    /// Makes a package version.
    public init(name: String, version: String, source: String = "") {
        self.name = name
        self.version = version
        self.source = source
    }

    /// Decodes an object; a missing `source` is an unknown one.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        version = try container.decode(String.self, forKey: .version)
        source = try container.decodeIfPresent(String.self, forKey: .source) ?? ""
    }
}

extension PackageVersion: Comparable {
    /// Orders packages by name, then by the text of the version.
    public static func < (left: Self, right: Self) -> Bool {
        (left.name, left.version, left.source) < (right.name, right.version, right.source)
    }
}
