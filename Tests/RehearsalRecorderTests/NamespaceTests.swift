import CLinux
import Foundation
import RehearsalHistory
import RehearsalModel
import Synchronization
import Testing

@testable import RehearsalRecorder

private let isAble: Bool = {
    guard getuid() == 0, let (status, _) = try? ServerProcess.run(["unshare", "--net", "nft", "list", "tables"]) else {
        return false
    }
    return status == 0
}()

/// Against machines in network namespaces of their own, joined by a bridge.
///
///     the recorder's namespace: br0 192.0.2.254/24 ── a (192.0.2.11), b (192.0.2.12)
@Suite("probes into other network namespaces", .serialized, .enabled(if: isAble, "needs root, unshare and nft"), .timeLimit(.minutes(5)))
struct NamespaceTests {
    /// A process that holds a network namespace.
    private final class Namespace {
        private let holder: ServerProcess
        var identifier: Int32 { holder.identifier }

        init() throws {
            holder = try ServerProcess("namespace")
            // Ends by itself, so that it cannot outlive the tests for long.
            try holder.start(["unshare", "--net", "sh", "-c", "ip link set lo up; echo ready; exec sleep 300"])
            for _ in 0..<3_000 where !holder.log.contains("ready") { usleep(10_000) }
            guard holder.log.contains("ready") else { throw Impatient(description: "no namespace: \(holder.log)") }
        }

        var path: String { "/proc/\(identifier)/ns/net" }

        func run(_ command: String) throws {
            let (status, output) = try ServerProcess.run(["nsenter", "--net=\(path)", "sh", "-ec", command])
            guard status == 0 else { throw Impatient(description: "\(command): \(output)") }
        }

        func stop() { holder.stop() }
    }

    private final class Network {
        let recorder = try! Namespace()
        let machines = [try! Namespace(), try! Namespace()]

        init() throws {
            try recorder.run(
                "ip link add br0 type bridge forward_delay 0; ip addr add 192.0.2.254/24 dev br0; ip link set br0 up")
            for (index, machine) in machines.enumerated() {
                let pid = machine.identifier
                try recorder.run(
                    """
                    ip link add veth\(index) type veth peer name eth0 netns \(pid)
                    ip link set veth\(index) master br0 up
                    """)
                try machine.run(
                    """
                    ip link set eth0 address 52:54:00:00:00:0\(index + 1)
                    ip addr add 192.0.2.1\(index + 1)/24 dev eth0; ip link set eth0 up
                    nft 'add table ip t; add chain ip t i { type filter hook input priority 0; policy accept; }'
                    """)
            }
        }

        func stop() {
            for machine in machines { machine.stop() }
            recorder.stop()
        }

        /// Records in the recorder's namespace while the body runs.
        func recorded(
            _ probes: [ProbeSpecification], while body: (Collector) async throws -> Void
        ) async throws -> [Sample] {
            let collector = Collector()
            let session = RecorderSession(
                probes: try Recorder.parse(probes), priority: .normal, flushInterval: 20 * nanosecondsPerMillisecond,
                sink: collector)
            let failure = Mutex<(any Error)?>(nil)
            let path = recorder.path
            let isStarted = Mutex(false)
            Thread.detachNewThread {
                // The namespace of this thread alone, and of those it starts.
                do {
                    let descriptor = open(path, O_RDONLY)
                    defer { close(descriptor) }
                    guard uptime_thread_enter_network(descriptor) == 0 else { throw Impatient(description: "setns \(errno)") }
                    try session.start { _ in }
                } catch {
                    failure.withLock { $0 = error }
                }
                isStarted.withLock { $0 = true }
            }
            while !isStarted.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
            if let error = failure.withLock({ $0 }) { throw error }
            do {
                try await body(collector)
            } catch {
                session.stop.request(drain: 0)
                await session.wait()
                throw error
            }
            session.stop.request(drain: 2 * nanosecondsPerSecond)
            await session.wait()
            return collector.samples
        }
    }

    private func probe(_ kind: String, _ target: String, period: Int = 50, _ settings: [String: String] = [:]) -> ProbeSpecification {
        ProbeSpecification(name: kind, kind: kind, target: target, periodMilliseconds: period, settings: settings)
    }

    private func enough(_ kinds: Set<String>, after time: Timestamp, _ all: [Sample]) -> Bool {
        kinds.allSatisfy { kind in all.filter { $0.probe == kind && $0.outcome == .ok && $0.start > time }.count >= 3 }
    }

    @Test("a short black hole is seen")
    func blackHole() async throws {
        let network = try Network()
        defer { network.stop() }
        let machine = network.machines[0]
        // A listener whose backlog takes the connections: TCP is answered by the kernel.
        let listener = try ServerProcess("listener")
        try listener.start([
            "nsenter", "--net=\(machine.path)", "python3", "-c",
            """
            import socket
            s = socket.create_server(("", 80), backlog=128)
            while True: s.accept()[0].close()
            """,
        ])
        defer { listener.stop() }
        let kinds: Set = ["icmp", "tcp"]
        var truth: Dark?
        let samples = try await network.recorded([
            probe("icmp", "192.0.2.11", ["timeout_s": "2"]), probe("tcp", "192.0.2.11:80"),
        ]) { collector in
            try await wait("answers", collector) { enough(kinds, after: Timestamp(nanoseconds: 0), $0) }
            truth = try await dark(seconds: 0.7) {
                try machine.run("nft 'chain ip t i { policy drop; }'")
            } on: {
                try machine.run("nft 'chain ip t i { policy accept; }'")
            }
            let back = now()
            try await wait("answers again", collector, seconds: 30) { enough(kinds, after: back, $0) }
        }
        let known = try #require(truth)
        for kind in kinds {
            let own = samples.filter { $0.probe == kind && $0.outcome != .refused }
            #expect(known.contradictions(in: own) == [])
            // On a machine so busy that every attempt was late, nothing more can be said.
            try #require(own.contains { $0.outcome != .late }, "the recorder was starved all the time")
        }
        // The kernel repeats its SYN, so new connections do succeed in the end: their latency tells the truth.
        let connected = known.inside(samples).filter { $0.probe == "tcp" }
        #expect(connected.allSatisfy { $0.outcome == .ok && $0.latencyNanoseconds > 0 })
        let early = connected.filter { $0.start < known.end.0.advanced(byNanoseconds: -300_000_000) }
        #expect(early.allSatisfy { $0.latencyNanoseconds > 250_000_000 })
        let pings = known.inside(samples).filter { $0.probe == "icmp" }
        #expect(pings.filter { $0.outcome != .timeout && $0.outcome != .ok } == [])
        #expect(samples.contains { $0.start > known.begin.1 && $0.start < known.end.0 })
    }

    @Test("an address that nobody has is unreachable")
    func nobody() async throws {
        let network = try Network()
        defer { network.stop() }
        let samples = try await network.recorded([
            probe("icmp", "192.0.2.99"), probe("tcp", "192.0.2.99:80"), probe("arp", "192.0.2.99", ["timeout_s": "1"]),
        ]) { collector in
            try await wait("failures", collector, seconds: 60) { all in
                Set(all.filter { $0.outcome != .late }.map(\.probe)).count == 3
            }
        }
        for sample in samples where sample.outcome != .late {
            #expect(sample.outcome == (sample.probe == "arp" ? .timeout : .unreachable), "\(sample)")
        }
    }

    @Test("the holder of an address is followed, and two holders are wrong")
    func holders() async throws {
        let network = try Network()
        defer { network.stop() }
        let (first, second) = (network.machines[0], network.machines[1])
        try first.run("ip addr add 192.0.2.10/32 dev eth0")
        var nobody: Dark?
        var both: (Timestamp, Timestamp)?
        let samples = try await network.recorded([probe("arp", "192.0.2.10", ["network": "ctlplane"])]) { collector in
            func settled(_ detail: String) async throws {
                let time = now()
                try await wait(detail, collector, seconds: 30) { $0.contains { $0.start > time && $0.detail == detail } }
            }
            try await settled("52:54:00:00:00:01")
            nobody = try await dark(seconds: 0.6) {
                try first.run("ip addr del 192.0.2.10/32 dev eth0")
            } on: {
                try second.run("ip addr add 192.0.2.10/32 dev eth0")
            }
            try await settled("52:54:00:00:00:02")
            try first.run("ip addr add 192.0.2.10/32 dev eth0")
            let begin = now()
            try await settled("52:54:00:00:00:01 52:54:00:00:00:02")
            both = (begin, now())
            try second.run("ip addr del 192.0.2.10/32 dev eth0")
            try await settled("52:54:00:00:00:01")
        }
        let known = try #require(nobody)
        let two = try #require(both)
        #expect(samples.contains { $0.start > known.begin.1 && $0.start < known.end.0 })
        let certain = samples.filter { $0.start < known.end.1 }
        #expect(known.contradictions(in: certain) == [])
        let doubled = samples.filter { $0.start > two.0 && $0.start < two.1 && $0.outcome != .late }
        #expect(doubled.contains { $0.outcome == .wrong })
        #expect(!samples.contains { $0.outcome == .wrong && $0.start < known.end.0 })
    }

    @Test("a missing interface is named")
    func noInterface() async throws {
        let network = try Network()
        defer { network.stop() }
        await #expect(throws: RecorderError.self) {
            _ = try await network.recorded([probe("arp", "198.51.100.1"), probe("arp", "192.0.2.1", ["interface": "none0"])]) { _ in }
        }
        do {
            _ = try await network.recorded([probe("arp", "198.51.100.1")]) { _ in }
        } catch let error as RecorderError {
            #expect(error.code == .setupFailed)
            #expect(error.problems == ["probe arp: cannot find an Ethernet interface with 198.51.100.1 in its network"])
        }
    }
}
