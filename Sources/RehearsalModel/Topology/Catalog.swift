/// The roles and services that topologies are composed of.
public struct Catalog: Hashable, Codable, Sendable {
    /// The roles.
    public let roles: [Role]
    /// The services.
    public let services: [Service]

    /// Makes a catalog; whether its parts fit together is not checked. `Catalog.resolve` checks what it makes from files.
    public init(roles: [Role], services: [Service]) {
        self.roles = roles
        self.services = services
    }

    /// The role of that name.
    public func role(named name: String) -> Role? {
        roles.first { $0.name == name }
    }

    /// The service of that name.
    public func service(named name: String) -> Service? {
        services.first { $0.name == name }
    }

    /// The names of the passwords and keys that services declare, sorted, each once.
    public func secrets(of services: [String]) -> [String] {
        Set(services.compactMap(service(named:)).flatMap(\.secrets)).sorted()
    }

    /// The services a topology uses, in the topology's order.
    public func services(of topology: Topology) -> [Service] {
        topology.services.compactMap(service(named:))
    }
}
