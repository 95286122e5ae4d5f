import Testing

@testable import RehearsalRecorder

@Suite("packets")
struct PacketTests {
    @Test("an echo request has its checksum")
    func echo() {
        let packet = EchoPacket(identifier: 7, sequence: 9, mark: 0x0102_0304_0506_0708, number: 70_000).bytes
        #expect(packet.count == 24)
        #expect(EchoPacket.checksum(packet) == 0)
        #expect(EchoPacket.checksum([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]) == 0x220d)
        var reply = packet
        reply[0] = 0
        reply.withUnsafeBytes {
            let read = EchoPacket(reply: $0, at: 0)
            #expect(read?.identifier == 7)
            #expect(read?.sequence == 9)
            #expect(read?.mark == 0x0102_0304_0506_0708)
            #expect(read?.number == 70_000)
        }
        packet.withUnsafeBytes { #expect(EchoPacket(reply: $0, at: 0) == nil) }
        reply[..<20].withUnsafeBytes { #expect(EchoPacket(reply: $0, at: 0) == nil) }
    }

    @Test("answers to ARP are read, and other packets ignored")
    func arp() {
        let target: UInt32 = 0xc000_020a
        let own: UInt32 = 0xc000_02fe
        var packet = ARPMessage.question(hardware: [2, 0, 0, 0, 0, 1], address: own, target: target)
        #expect(packet.count == 28)
        func holder() -> [UInt8]? { packet.withUnsafeBytes { ARPMessage.holder(of: target, in: $0, asked: own) } }
        #expect(holder() == nil)
        packet = [0, 1, 8, 0, 6, 4, 0, 2, 0x52, 0x54, 0, 0, 0, 9, 192, 0, 2, 10, 2, 0, 0, 0, 0, 1, 192, 0, 2, 254]
        #expect(holder().map(ARPMessage.text) == "52:54:00:00:00:09")
        packet[27] = 10  // an announcement
        #expect(holder() == nil)
        packet[27] = 254
        packet.removeLast()
        #expect(holder() == nil)
    }
}
