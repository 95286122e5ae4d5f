/// A kind of machine: the services it has unless a topology says otherwise.
public struct Role: Hashable, Codable, Sendable {
    /// The role that carries the cluster.
    public static let controller = "Controller"
    /// The role that carries workloads.
    public static let compute = "Compute"
    /// The role operators run commands from.
    public static let undercloud = "Undercloud"

    /// The name ("Controller").
    public let name: String
    /// The services, in the order they are built.
    public let services: [String]
    /// The memory if the topology does not say, in MiB.
    public let memoryMiB: Int?
    /// The virtual processors if the topology does not say.
    public let vcpus: Int?

    /// Makes a role.
    public init(name: String, services: [String], memoryMiB: Int? = nil, vcpus: Int? = nil) {
        self.name = name
        self.services = services
        self.memoryMiB = memoryMiB
        self.vcpus = vcpus
    }
}
