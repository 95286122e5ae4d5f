/// A kind of machine, with the services and sizes that hold unless a topology sets others.
public struct Role: Hashable, Codable, Sendable {
    /// The role that carries the cluster.
    public static let controller = "Controller"
    /// The role that carries workloads.
    public static let compute = "Compute"
    /// The role that manages the others, and that operators run commands from.
    public static let undercloud = "Undercloud"

    /// The name ("Controller").
    public let name: String
    /// The services, in the order they are built.
    public let services: [String]
    /// The memory in MiB; nil if every topology has to set it.
    public let memoryMiB: Int?
    /// The virtual processors; nil if every topology has to set them.
    public let vcpus: Int?

    /// Makes a role.
    public init(name: String, services: [String], memoryMiB: Int? = nil, vcpus: Int? = nil) {
        self.name = name
        self.services = services
        self.memoryMiB = memoryMiB
        self.vcpus = vcpus
    }
}
