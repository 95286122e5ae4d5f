/// A machine of a run, as history knows it.
public struct MachineRecord: Codable, Hashable, Sendable {
    /// The name, such as `controller-0`.
    public var name: String
    /// The role, such as `Controller`.
    public var role: String
    /// The place in the topology, from 0.
    public var position: Int

    /// Makes a machine.
    public init(name: String, role: String, position: Int) {
        self.name = name
        self.role = role
        self.position = position
    }
}

/// A package that is installed on a machine, or offered by a channel.
public struct PackageVersion: Codable, Hashable, Sendable {
    /// The name of the package.
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
}

/// When a machine's packages were listed.
public enum PackageMoment: String, Codable, Sendable {
    /// Before the update.
    case before
    /// After the update.
    case after
}

/// A package whose version differs before and after the update.
public struct PackageDifference: Codable, Hashable, Sendable {
    /// The name of the package.
    public var name: String
    /// The version before; nil when the package was not installed.
    public var from: String?
    /// The version after; nil when the package was removed.
    public var to: String?
    /// The name of the source package; empty when it is not known.
    public var source: String

    /// Makes a difference.
    public init(name: String, from: String?, to: String?, source: String = "") {
        self.name = name
        self.from = from
        self.to = to
        self.source = source
    }

    /// Compares two listings of a machine; sorted by name.
    public static func between(_ before: [PackageVersion], _ after: [PackageVersion]) -> [PackageDifference] {
        let old = Dictionary(before.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        let new = Dictionary(after.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        return Set(old.keys).union(new.keys).sorted().compactMap { name in
            let (from, to) = (old[name], new[name])
            guard from?.version != to?.version else { return nil }
            let source = [to?.source, from?.source].compactMap { $0 }.first { !$0.isEmpty } ?? ""
            return PackageDifference(name: name, from: from?.version, to: to?.version, source: source)
        }
    }

    /// The differences that a step accounts for: those that match its patterns, else, for a step named `update-<service>`, those whose
    /// binary or source package is named after the service.
    public static func caused(by span: StepSpan, among differences: [PackageDifference]) -> [PackageDifference] {
        if !span.step.packages.isEmpty {
            return differences.filter { difference in
                span.step.packages.contains { NamePattern.matches(difference.name, $0) }
            }
        }
        let word = span.step.name.split(separator: " ").first { $0.hasPrefix("update-") }
        guard let service = word.map({ String($0.dropFirst(7)) }), !service.isEmpty else { return [] }
        return differences.filter { difference in
            [difference.name, difference.source].contains { name in
                name.split(whereSeparator: { "-.+0123456789".contains($0) }).contains { $0 == service }
            }
        }
    }
}
