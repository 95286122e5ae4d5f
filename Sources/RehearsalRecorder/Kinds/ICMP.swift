import CLinux
import Glibc
import RehearsalHistory
import RehearsalModel

/// Kind `icmp`: one echo request for each attempt.
struct ICMPQuestion: ProbeQuestion {
    static let kind = ProbeKind("icmp", target: ProbeForm.address, rightWhen: "the echo comes back")

    let address: IPv4Address

    init(address: IPv4Address) {
        self.address = address
    }

    init(_ probe: ProbeSpecification) throws(ProbeProblem) {
        address = try probe.target(as: .address)
    }

    func prepare() throws(PreparationFailure) -> PreparedProbe {
        guard let socket = ICMPProbe.Socket.open() else {
            throw PreparationFailure(reason: "cannot open a socket for ICMP: \(lastErrorText())")
        }
        return .onLoop(
            make: { ICMPProbe(address: address.bits, socket: socket, loop: $0) }, discard: { close(socket.descriptor) })
    }
}

/// Sends one echo request for each attempt, which is right when the reply to it comes.
final class ICMPProbe: NetworkProbe, EventHandler {
    /// An open socket for echo requests.
    struct Socket: Sendable {
        var descriptor: Int32
        /// A raw socket sees the IP header, all replies and the errors; a ping socket only its own replies.
        var isRaw: Bool

        /// Opens a raw socket, or a ping socket where that is not permitted.
        static func open() -> Socket? {
            var descriptor = uptime_socket(AF_INET, Int32(SOCK_RAW.rawValue), Int32(IPPROTO_ICMP))
            if descriptor >= 0 { return Socket(descriptor: descriptor, isRaw: true) }
            descriptor = uptime_socket(AF_INET, Int32(SOCK_DGRAM.rawValue), Int32(IPPROTO_ICMP))
            return descriptor >= 0 ? Socket(descriptor: descriptor, isRaw: false) : nil
        }
    }

    private let address: UInt32
    private let loop: EventLoop
    private var socket: Socket?
    private var token: UInt64?
    private let identifier = UInt16.random(in: 1 ... .max)
    private let mark = UInt64.random(in: 0 ... .max)
    private var waiting: [UInt16: Attempt] = [:]

    init(address: UInt32, socket: Socket, loop: EventLoop) {
        self.address = address
        self.socket = socket
        self.loop = loop
        _ = uptime_option_set(socket.descriptor, SOL_SOCKET, SO_RCVBUF, 1 << 20)
        token = loop.register(socket.descriptor, events: uptime_readable, handler: self)
    }

    func begin(_ attempt: Attempt) {
        guard let socket else { return attempt.finish(.late, "the probe has ended") }
        let sequence = UInt16(truncatingIfNeeded: attempt.sequence)
        let packet = EchoPacket(identifier: identifier, sequence: sequence, mark: mark, number: attempt.sequence).bytes
        waiting[sequence] = attempt
        var sent = -1
        for _ in 0..<2 where sent < 0 {
            // An error left by an earlier packet is reported once by the next call.
            sent = packet.withUnsafeBytes { uptime_send_to(socket.descriptor, $0.baseAddress, UInt($0.count), address) }
        }
        if sent < 0 {
            let failure = NetworkFailure(errno: errno, while: "sending")
            waiting[sequence] = nil
            attempt.finish(failure.outcome, failure.detail)
        }
    }

    func expire(_ attempt: Attempt) {
        waiting[UInt16(truncatingIfNeeded: attempt.sequence)] = nil
        attempt.finish(.timeout, "no reply")
    }

    func shutDown() {
        guard let socket else { return }
        if let token { loop.unregister(socket.descriptor, token: token) }
        close(socket.descriptor)
        self.socket = nil
        waiting = [:]
    }

    func handle(events: UInt32) {
        guard let socket else { return }
        for _ in 0..<1_024 {
            // Failures other than "no more" belong to a packet sent before; its attempt hears them by ICMP or times out.
            if loop.receive(socket.descriptor, { take($0, isRaw: socket.isRaw) }) < 0, errno == EAGAIN { return }
        }
    }

    private func take(_ packet: UnsafeRawBufferPointer, isRaw: Bool) {
        var offset = 0
        if isRaw {
            guard packet.count >= 20 else { return }
            offset = Int(packet[0] & 15) * 4
            if packet.count >= offset + 8, packet[offset] == 3 || packet[offset] == 11 {
                return takeError(packet, offset)
            }
            let source = UInt32(bigEndian: packet.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
            guard source == address else { return }
        }
        guard let reply = EchoPacket(reply: packet, at: offset), reply.mark == mark,
            !isRaw || reply.identifier == identifier, let attempt = waiting[reply.sequence],
            attempt.sequence == reply.number
        else { return }
        waiting[reply.sequence] = nil
        attempt.finish(.ok, nil)
    }

    /// Takes an ICMP error, which carries the start of the packet it is about.
    private func takeError(_ packet: UnsafeRawBufferPointer, _ offset: Int) {
        let inner = offset + 8
        guard packet.count >= inner + 20 else { return }
        let echo = inner + Int(packet[inner] & 15) * 4
        guard packet.count >= echo + 8, packet[inner + 9] == UInt8(IPPROTO_ICMP), packet[echo] == 8 else { return }
        func word(_ position: Int) -> UInt16 { UInt16(packet[position]) << 8 | UInt16(packet[position + 1]) }
        guard word(echo + 4) == identifier, let attempt = waiting.removeValue(forKey: word(echo + 6)) else { return }
        let source = UInt32(bigEndian: packet.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
        attempt.finish(.unreachable, "icmp \(packet[offset])/\(packet[offset + 1]) from \(IPv4Address(bits: source))")
    }
}

/// An ICMP echo message of this recorder.
struct EchoPacket {
    var identifier: UInt16
    var sequence: UInt16
    /// Tells this probe's packets from all others.
    var mark: UInt64
    /// The full number of the attempt.
    var number: UInt64

    /// The echo request.
    var bytes: [UInt8] {
        var result: [UInt8] = [8, 0, 0, 0]
        result += [UInt8(identifier >> 8), UInt8(identifier & 255), UInt8(sequence >> 8), UInt8(sequence & 255)]
        for value in [mark, number] {
            for shift in stride(from: 56, through: 0, by: -8) { result.append(UInt8(truncatingIfNeeded: value >> shift)) }
        }
        let sum = EchoPacket.checksum(result)
        result[2] = UInt8(sum >> 8)
        result[3] = UInt8(sum & 255)
        return result
    }

    /// Reads an echo reply; nil for anything else.
    init?(reply packet: UnsafeRawBufferPointer, at offset: Int) {
        guard packet.count >= offset + 24, packet[offset] == 0, packet[offset + 1] == 0 else { return nil }
        func value<T: FixedWidthInteger>(_ position: Int, _: T.Type) -> T {
            T(bigEndian: packet.loadUnaligned(fromByteOffset: offset + position, as: T.self))
        }
        identifier = value(4, UInt16.self)
        sequence = value(6, UInt16.self)
        mark = value(8, UInt64.self)
        number = value(16, UInt64.self)
    }

    init(identifier: UInt16, sequence: UInt16, mark: UInt64, number: UInt64) {
        self.identifier = identifier
        self.sequence = sequence
        self.mark = mark
        self.number = number
    }

    /// The Internet checksum.
    static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for position in stride(from: 0, to: bytes.count, by: 2) {
            sum += UInt32(bytes[position]) << 8 | UInt32(position + 1 < bytes.count ? bytes[position + 1] : 0)
        }
        while sum >> 16 != 0 { sum = sum & 0xffff + sum >> 16 }
        return ~UInt16(sum)
    }
}
