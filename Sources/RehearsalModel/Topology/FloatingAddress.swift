/// An outside address that leads to one workload.
public struct FloatingAddress: Hashable, Codable, Sendable {
    /// The outside address.
    public let address: IPv4Address
    /// The address of the workload.
    public let fixed: IPv4Address
    /// The machine that the workload runs on.
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
