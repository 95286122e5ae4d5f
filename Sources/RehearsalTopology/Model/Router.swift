/// The router between the tenant's workloads and an outside network.
public struct Router: Hashable, Codable, Sendable {
    /// The addresses of the workloads.
    public let cidr: IPv4Network
    /// The address the workloads send through.
    public let gateway: IPv4Address
    /// The network the floating addresses are on.
    public let floatingNetwork: String
    /// One floating address for each workload.
    public let floating: [FloatingAddress]

    /// Makes a router.
    public init(cidr: IPv4Network, gateway: IPv4Address, floatingNetwork: String, floating: [FloatingAddress]) {
        self.cidr = cidr
        self.gateway = gateway
        self.floatingNetwork = floatingNetwork
        self.floating = floating
    }
}

/// An outside address that leads to one workload.
public struct FloatingAddress: Hashable, Codable, Sendable {
    /// The outside address.
    public let address: IPv4Address
    /// The address of the workload.
    public let fixed: IPv4Address
    /// The machine the workload runs on.
    public let machine: String
    /// The number of that machine.
    public let number: Int

    /// Makes a floating address.
    public init(address: IPv4Address, fixed: IPv4Address, machine: String, number: Int) {
        self.address = address
        self.fixed = fixed
        self.machine = machine
        self.number = number
    }
}
