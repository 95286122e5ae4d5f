/// A role in a topology: how many machines have it, how large they are, and what they run.
public struct RoleAssignment: Hashable, Codable, Sendable {
    /// The role.
    public let role: String
    /// The number of machines.
    public let count: Int
    /// The memory of each, in MiB.
    public let memoryMiB: Int
    /// The virtual processors of each.
    public let vcpus: Int
    /// The services of each, in the order they are built.
    public let services: [String]

    /// Makes an assignment.
    public init(role: String, count: Int, memoryMiB: Int, vcpus: Int, services: [String]) {
        self.role = role
        self.count = count
        self.memoryMiB = memoryMiB
        self.vcpus = vcpus
        self.services = services
    }

    /// The same with another number of machines.
    func counting(_ count: Int) -> RoleAssignment {
        RoleAssignment(role: role, count: count, memoryMiB: memoryMiB, vcpus: vcpus, services: services)
    }
}
