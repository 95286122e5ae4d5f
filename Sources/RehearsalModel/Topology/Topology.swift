/// The cloud that a testbed raises: networks, addresses and machines, with all defaults filled in.
public struct Topology: Hashable, Codable, Sendable {
    /// The name ("ha").
    public let name: String
    /// The networks, in the order machines attach to them.
    public let networks: [Network]
    /// The addresses that the cluster moves.
    public let virtualAddresses: [VirtualAddress]
    /// The router of the tenant's workloads, if there is one.
    public let router: Router?
    /// The roles, in the order of the file.
    public let roles: [RoleAssignment]
    /// The machines, role by role, numbered from 1.
    public let machines: [Machine]

    /// Makes a topology; whether its parts fit together is not checked. `Topology.resolve` checks what it makes from files.
    public init(
        name: String, networks: [Network], virtualAddresses: [VirtualAddress], router: Router?,
        roles: [RoleAssignment], machines: [Machine]
    ) {
        self.name = name
        self.networks = networks
        self.virtualAddresses = virtualAddresses
        self.router = router
        self.roles = roles
        self.machines = machines
    }

    /// The services of all roles, each once, in the order they first appear.
    public var services: [String] {
        var seen: Set<String> = []
        return roles.flatMap(\.services).filter { seen.insert($0).inserted }
    }

    /// The network of that name.
    public func network(named name: String) -> Network? {
        networks.first { $0.name == name }
    }

    /// The machine of that name.
    public func machine(named name: String) -> Machine? {
        machines.first { $0.name == name }
    }

    /// The machines of a role, in order.
    public func machines(inRole role: String) -> [Machine] {
        machines.filter { $0.role == role }
    }

    /// The machines that run a service, in order.
    public func machines(running service: String) -> [Machine] {
        machines.filter { $0.services.contains(service) }
    }
}
