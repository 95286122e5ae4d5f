import RehearsalModel
import Testing

@Suite("networks")
struct NetworkTests {
    private func bridge(_ name: String) -> String {
        Network(name: name, cidr: IPv4Network("192.0.2.0/24")!).bridge
    }

    @Test("networks whose names begin alike have bridges of their own, each with a name that Linux takes")
    func bridges() {
        #expect(bridge("ctlplane") == "br-ctlplane")
        #expect(bridge("twelve-chars") == "br-twelve-chars")
        let long = ["internal-api-one", "internal-api-two", "internal-api-three"].map(bridge)
        #expect(Set(long).count == 3)
        #expect(long.allSatisfy { $0.utf8.count == 15 && $0.hasPrefix("br-int-") }, "\(long)")
    }
}
