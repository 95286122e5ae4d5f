/// A package whose version differs: between the two channels, or on a machine before and after the update.
public struct PackageChange: Hashable, Codable, Sendable {
    /// The name of the binary package.
    public var name: String
    /// The version before, or in the installed channel; nil if the package was not installed.
    public var from: String?
    /// The version after, or in the candidate channel; nil if the package was removed.
    public var to: String?
    /// The name of the source package; empty when it is not known.
    public var source: String

    /// Makes a change.
    public init(name: String, from: String?, to: String?, source: String = "") {
        self.name = name
        self.from = from
        self.to = to
        self.source = source
    }

    /// The changes between two lists of a machine's packages, sorted by name.
    public static func between(_ before: [PackageVersion], _ after: [PackageVersion]) -> [PackageChange] {
        let old = Dictionary(before.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        let new = Dictionary(after.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        return Set(old.keys).union(new.keys).sorted().compactMap { name in
            let (from, to) = (old[name], new[name])
            guard from?.version != to?.version else { return nil }
            let source = [to?.source, from?.source].compactMap { $0 }.first { !$0.isEmpty } ?? ""
            return PackageChange(name: name, from: from?.version, to: to?.version, source: source)
        }
    }
}
