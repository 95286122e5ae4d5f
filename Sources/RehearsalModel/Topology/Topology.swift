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
    /// Machines that are defined and switched off, role by role, numbered after the others; the cloud grows by them.
    public let spares: [Machine]

    /// Makes a topology; whether its parts fit together is not checked. `Topology.resolve` checks what it makes from files.
    public init(
        name: String, networks: [Network], virtualAddresses: [VirtualAddress], router: Router?,
        roles: [RoleAssignment], machines: [Machine], spares: [Machine] = []
    ) {
        self.name = name
        self.networks = networks
        self.virtualAddresses = virtualAddresses
        self.router = router
        self.roles = roles
        self.machines = machines
        self.spares = spares
    }

    /// All machines, those that are switched off as well, in the order of their numbers.
    public var allMachines: [Machine] { (machines + spares).sorted { $0.number < $1.number } }

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

extension Topology {
    /// Whether both are one cloud, but for which of its machines have joined it.
    public func isScaled(from other: Topology) -> Bool {
        name == other.name && networks == other.networks && virtualAddresses == other.virtualAddresses && router == other.router
            && allMachines == other.allMachines
    }

    /// The same cloud with more machines of a role, or fewer: its first spares join it, or its last machines become spares.
    ///
    /// - Returns: Nil if there are not as many spares, or no machine of the role would be left.
    public func scaled(_ role: String, by change: Int) -> Topology? {
        var (machines, spares) = (machines, spares)
        for _ in 0..<abs(change) {
            if change > 0 {
                guard let next = spares.firstIndex(where: { $0.role == role }),
                    let last = machines.lastIndex(where: { $0.role == role })
                else { return nil }
                machines.insert(spares.remove(at: next), at: last + 1)
            } else {
                guard machines.count(where: { $0.role == role }) > 1, let last = machines.lastIndex(where: { $0.role == role }) else {
                    return nil
                }
                spares.insert(machines.remove(at: last), at: spares.firstIndex { $0.role == role } ?? spares.endIndex)
            }
        }
        return Topology(
            name: name, networks: networks, virtualAddresses: virtualAddresses, router: router,
            roles: roles.map { $0.role == role ? $0.counting($0.count + change) : $0 }, machines: machines, spares: spares)
    }
}

extension Topology {
    private enum CodingKeys: String, CodingKey {
        case name, networks, virtualAddresses, router, roles, machines, spares
    }

    /// Decodes a topology; one that was stored before there were spares has none.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try container.decode(String.self, forKey: .name), networks: try container.decode([Network].self, forKey: .networks),
            virtualAddresses: try container.decode([VirtualAddress].self, forKey: .virtualAddresses),
            router: try container.decodeIfPresent(Router.self, forKey: .router),
            roles: try container.decode([RoleAssignment].self, forKey: .roles),
            machines: try container.decode([Machine].self, forKey: .machines),
            spares: try container.decodeIfPresent([Machine].self, forKey: .spares) ?? [])
    }
}
