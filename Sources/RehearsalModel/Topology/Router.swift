/// The router between the tenant's workloads and an outside network.
public struct Router: Hashable, Codable, Sendable {
    /// The addresses of the workloads.
    public let cidr: IPv4Network
    /// The address that the workloads use as their gateway.
    public let gateway: IPv4Address
    /// The network that the floating addresses are on.
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
