import RehearsalModel
import Testing

@Suite("addresses")
struct AddressTests {
    @Test("dotted addresses are read and written", arguments: ["0.0.0.0", "192.0.2.11", "255.255.255.255"])
    func addresses(_ text: String) {
        #expect(IPv4Address(text)?.description == text)
    }

    @Test(
        "anything else is not an address",
        arguments: ["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.+4", "1.2.3.٤", "1..2.3", " 1.2.3.4"])
    func noAddresses(_ text: String) {
        #expect(IPv4Address(text) == nil)
    }

    @Test("counting stops at the ends of the address space")
    func advanced() {
        #expect(IPv4Address("192.0.2.255")?.advanced(by: 1) == IPv4Address("192.0.3.0"))
        #expect(IPv4Address("255.255.255.255")?.advanced(by: 1) == nil)
        #expect(IPv4Address("0.0.0.0")?.advanced(by: -1) == nil)
    }

    @Test("a network knows its own")
    func networks() throws {
        let network = try #require(IPv4Network("192.0.2.0/25"))
        let inside = try #require(IPv4Address("192.0.2.127"))
        let outside = try #require(IPv4Address("192.0.2.128"))
        #expect(network.contains(inside) && !network.isUsable(inside))
        #expect(!network.contains(outside))
        #expect(network.broadcast == inside)
        #expect(try network.overlaps(#require(IPv4Network("192.0.0.0/16"))))
        #expect(try !network.overlaps(#require(IPv4Network("192.0.2.128/25"))))
        #expect(try #require(IPv4Network("0.0.0.0/0")).contains(outside))
    }

    @Test(
        "anything else is not a network",
        arguments: ["192.0.2.0", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.1/24", "192.0.2.0/24/1"])
    func noNetworks(_ text: String) {
        #expect(IPv4Network(text) == nil)
    }
}
