public import RehearsalModel

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

/// When a machine's packages were listed.
public enum PackageMoment: String, Codable, Sendable {
    /// Before the update.
    case before
    /// After the update.
    case after
}

extension PackageChange {
    /// The differences that a step accounts for: those that match its patterns, else, for a step named `update-<service>`, those whose
    /// binary or source package is named after the service.
    public static func caused(by span: StepSpan, among differences: [PackageChange]) -> [PackageChange] {
        if !span.step.packages.isEmpty {
            return differences.filter { difference in
                span.step.packages.contains { Glob($0).matches(difference.name) }
            }
        }
        let word = span.step.name.split(separator: " ").first { SubstepName.isUpdate(String($0)) }
        guard let service = word.map({ String($0.dropFirst(7)) }), !service.isEmpty else { return [] }
        return differences.filter { difference in
            [difference.name, difference.source].contains { name in
                name.split(whereSeparator: { "-.+0123456789".contains($0) }).contains { $0 == service }
            }
        }
    }
}
