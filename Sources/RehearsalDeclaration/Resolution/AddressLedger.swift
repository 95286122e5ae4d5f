import RehearsalModel

/// Keeps track of who has which address, and finds addresses that are used twice or lie outside their network.
struct AddressLedger {
    private let sink: DiagnosticSink
    private var owners: [IPv4Address: (owner: String, location: SourceLocation)] = [:]

    init(sink: DiagnosticSink) {
        self.sink = sink
    }

    /// Enters an address. An address that cannot be used is reported instead.
    ///
    /// - Returns: Whether it was entered.
    @discardableResult
    mutating func enter(
        _ address: IPv4Address, of owner: String, in network: IPv4Network, called name: String,
        at location: SourceLocation
    ) -> Bool {
        guard network.contains(address) else {
            sink.error(
                "address \(address) of \(owner) is outside network \(name) (\(network))", at: location,
                hint: "use an address between \(network.firstUsable) and \(network.lastUsable)")
            return false
        }
        guard network.isUsable(address) else {
            sink.error(
                "address \(address) of \(owner) is the "
                    + (address == network.address ? "network" : "broadcast") + " address of \(name) (\(network))",
                at: location, hint: "use an address between \(network.firstUsable) and \(network.lastUsable)")
            return false
        }
        if let other = owners[address] {
            sink.error(
                "address \(address) of \(owner) is used twice, first by \(other.owner) in line \(other.location.line)",
                at: location, hint: "give one of them another address")
            return false
        }
        owners[address] = (owner, location)
        return true
    }
}

extension IPv4Network {
    fileprivate var firstUsable: IPv4Address { IPv4Address(bits: address.bits + 1) }
    fileprivate var lastUsable: IPv4Address { IPv4Address(bits: broadcast.bits - 1) }
}
