import CLinux
import Glibc
import RehearsalHistory
import RehearsalModel

/// Kind `arp`: asks every machine of a network who holds an address.
struct ARPQuestion: ProbeQuestion {
    private static let interface = ProbeSetting(
        "interface", .interface, .foundOut("the one whose network holds the address"),
        "the interface of the testbed's namespace on which is asked")
    private static let network = ProbeSetting(
        "network", .network, .foundOut("none"), "the network of the topology on whose bridge is asked, instead of `interface`",
        bridgeSetting: interface.name)
    private static let window = ProbeSetting(
        "window_ms", .milliseconds(in: 1...10_000), .standard("1000"), "how long answers to one question are collected")
    static let kind = ProbeKind(
        "arp", target: ProbeForm.address, rightWhen: "exactly one machine says it holds the address",
        detail: "the Ethernet address, or all of them", settings: [network, interface, window])

    let target: IPv4Address
    let interface: String?
    /// Nanoseconds in which the answers to one question are collected.
    let window: Int64

    init(_ probe: ProbeSpecification) throws(ProbeProblem) {
        target = try probe.target(as: .address)
        interface = try probe.given(Self.interface)
        window = try probe.value(of: Self.window)
    }

    func prepare() throws(PreparationFailure) -> PreparedProbe {
        guard let found = interface.map({ ARPInterface(named: $0) }) ?? ARPInterface.facing(target.bits) else {
            let place = interface.map { "interface \($0)" } ?? "an Ethernet interface with \(target) in its network"
            throw PreparationFailure(reason: "cannot find \(place)")
        }
        guard let descriptor = ARPProbe.open(found) else {
            throw PreparationFailure(reason: "cannot open a packet socket on \(found.name): \(lastErrorText())")
        }
        return .onLoop(
            make: { ARPProbe(target: target.bits, interface: found, descriptor: descriptor, window: window, loop: $0) },
            discard: { close(descriptor) })
    }
}

/// An interface of the testbed's namespace from which ARP questions are asked.
struct ARPInterface: Sendable {
    var name: String
    var index: Int32
    var hardware: [UInt8]
    /// Its IPv4 address in host byte order, 0 when it has none.
    var address: UInt32
    var netmask: UInt32

    init?(named name: String) {
        var index: Int32 = 0
        var hardware = [UInt8](repeating: 0, count: 6)
        var address: UInt32 = 0
        var netmask: UInt32 = 0
        guard uptime_interface(name, &index, &hardware, &address, &netmask) == 0 else { return nil }
        self.name = name
        self.index = index
        self.hardware = hardware
        self.address = address
        self.netmask = netmask
    }

    /// The Ethernet interface whose network holds an address; the narrowest, when several do.
    static func facing(_ target: UInt32) -> ARPInterface? {
        guard let list = if_nameindex() else { return nil }
        defer { if_freenameindex(list) }
        var found: [ARPInterface] = []
        var entry = list
        while entry.pointee.if_index != 0, let name = entry.pointee.if_name {
            if let interface = ARPInterface(named: String(cString: name)), interface.netmask != 0,
                interface.address & interface.netmask == target & interface.netmask
            {
                found.append(interface)
            }
            entry += 1
        }
        return found.max { $0.netmask < $1.netmask }
    }
}

/// Asks every machine of a network who holds an address; an attempt is right when exactly one says so.
///
/// ARP answers carry no number. An answer counts for the last question asked, and for every older one that has none yet,
/// because a client that keeps asking learns the holder at that moment. Two holders are found among the answers to one question.
/// These are collected until the next question or for the probe's window, whichever ends first.
final class ARPProbe: NetworkProbe, EventHandler {
    private let target: UInt32
    private let interface: ARPInterface
    private let window: Int64
    private let loop: EventLoop
    private var descriptor: Int32
    private var token: UInt64?
    private var waiting: [Attempt] = []
    /// The last question, while answers to it are being collected.
    private var collecting: Collection?
    private static let protocolNumber: UInt16 = 0x0806

    private struct Collection {
        var attempt: Attempt
        var holders: [[UInt8]] = []
        var firstAnswer: Int64?
        var timer: UInt64
    }

    init(target: UInt32, interface: ARPInterface, descriptor: Int32, window: Int64, loop: EventLoop) {
        self.target = target
        self.interface = interface
        self.window = window
        self.loop = loop
        self.descriptor = descriptor
        token = loop.register(descriptor, events: uptime_readable, handler: self)
    }

    /// Opens the packet socket of a probe.
    static func open(_ interface: ARPInterface) -> Int32? {
        let descriptor = uptime_packet_socket(interface.index, protocolNumber)
        return descriptor >= 0 ? descriptor : nil
    }

    func begin(_ attempt: Attempt) {
        settle()
        guard descriptor >= 0 else { return attempt.finish(.late, "the probe has ended") }
        let question = ARPMessage.question(
            hardware: interface.hardware, address: interface.address, target: target)
        let sent = question.withUnsafeBytes {
            uptime_packet_broadcast(
                descriptor, interface.index, ARPProbe.protocolNumber, $0.baseAddress, UInt($0.count))
        }
        guard sent >= 0 else {
            let failure = NetworkFailure(errno: errno, while: "asking on \(interface.name)")
            return attempt.finish(failure.outcome, failure.detail)
        }
        let timer = loop.schedule(at: attempt.started + window) { [unowned self] in settle() }
        collecting = Collection(attempt: attempt, timer: timer)
    }

    func expire(_ attempt: Attempt) {
        if collecting?.attempt === attempt { settle() }
        waiting.removeAll { $0 === attempt }
        attempt.finish(.timeout, "nobody answers for the address")
    }

    func shutDown() {
        guard descriptor >= 0 else { return }
        if let token { loop.unregister(descriptor, token: token) }
        close(descriptor)
        descriptor = -1
        collecting = nil
        waiting = []
    }

    func handle(events: UInt32) {
        while descriptor >= 0 {
            let count = loop.receive(descriptor) { packet in
                if let holder = ARPMessage.holder(of: target, in: packet, asked: interface.address) { take(holder) }
            }
            if count < 0 && errno != EINTR { return }
        }
    }

    private func take(_ holder: [UInt8]) {
        let now = MonotonicClock.now
        for attempt in waiting {
            // Its own question was lost; a client that keeps asking finds the holder only now.
            attempt.noteConnected(at: now)
            attempt.finish(.ok, ARPMessage.text(holder), at: now)
        }
        waiting = []
        guard var current = collecting else { return }
        if current.firstAnswer == nil { current.firstAnswer = now }
        if !current.holders.contains(holder) { current.holders.append(holder) }
        collecting = current
    }

    /// Ends the collection for the last question.
    private func settle() {
        guard let current = collecting else { return }
        loop.cancel(current.timer)
        collecting = nil
        guard !current.attempt.isFinished else { return }
        guard let firstAnswer = current.firstAnswer else {
            waiting.append(current.attempt)
            return
        }
        let holders = current.holders.map(ARPMessage.text).sorted().joined(separator: " ")
        current.attempt.noteConnected(at: firstAnswer)
        current.attempt.finish(current.holders.count == 1 ? .ok : .wrong, holders, at: firstAnswer)
    }
}

/// ARP over Ethernet for IPv4.
enum ARPMessage {
    /// The bytes of "who has `target`, tell `address`".
    static func question(hardware: [UInt8], address: UInt32, target: UInt32) -> [UInt8] {
        [0, 1, 8, 0, 6, 4, 0, 1] + hardware + bytes(address) + [0, 0, 0, 0, 0, 0] + bytes(target)
    }

    /// The Ethernet address in an answer to the asker about the target; nil for any other message.
    static func holder(of target: UInt32, in packet: UnsafeRawBufferPointer, asked: UInt32) -> [UInt8]? {
        guard packet.count >= 28, packet[0..<8].elementsEqual([0, 1, 8, 0, 6, 4, 0, 2]),
            packet[14..<18].elementsEqual(bytes(target)), packet[24..<28].elementsEqual(bytes(asked))
        else { return nil }
        return Array(packet[8..<14])
    }

    static func text(_ hardware: [UInt8]) -> String {
        hardware.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }

    private static func bytes(_ address: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: address >> $0) }
    }
}
