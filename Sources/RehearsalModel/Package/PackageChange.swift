/// A package that would be updated.
public struct PackageChange: Hashable, Codable, Sendable {
    /// The binary package.
    public let name: String
    /// The installed version.
    public let from: String
    /// The candidate version.
    public let to: String

    /// Makes a change.
    public init(name: String, from: String, to: String) {
        self.name = name
        self.from = from
        self.to = to
    }
}
