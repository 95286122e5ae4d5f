import Foundation
import RehearsalHistory
import RehearsalHost
import RehearsalModel
import RehearsalTestbed
import RehearsalTesting
import Testing

@testable import RehearsalEngine

/// What guests say, damaged at random: it is text or it is left out, and never more than that.
@Suite("what guests say, damaged")
struct GuestFuzzTests {
    private struct NoSource: StepSource {
        func read(from offset: UInt64) async throws -> Data { Data() }
    }

    private func isPrintable(_ text: String) -> Bool { text == text.printable }

    @Test("lines of a step channel")
    func steps() throws {
        let seeds = [
            "@ run-1-1 1795866000000000000 begin update-galera\nrun-1-1| Setting up mariadb\n@ run-1-1 1795866001000000000 end update-galera 0\n",
            "@ run-1-1 1795866002000000000 exit 75\n", "without an execution\n",
        ].map { Data($0.utf8) }
        let now = Timestamp(nanoseconds: 1_795_866_003_000_000_000)
        var channel = StepChannel(source: NoSource())
        var offset: UInt64 = 0
        Fuzz.damage(seeds) { input in
            let lines = channel.absorb(StepChannel.Piece(offset: offset, data: input), now: now, live: offset.isMultiple(of: 2))
            offset += UInt64(input.count)
            #expect(lines.count <= input.count(where: { $0 == UInt8(ascii: "\n") }))
            for timed in lines {
                #expect(timed.time <= now)
                switch timed.line {
                case .begin(let execution, _, let substep), .end(let execution, _, let substep, _):
                    #expect(isPrintable(execution) && isPrintable(substep))
                case .exit(let execution, _, _): #expect(isPrintable(execution))
                case .log(_, let text): #expect(isPrintable(text))
                }
            }
        }
    }

    @Test("the readiness of a machine")
    func readiness() throws {
        let seeds = ["galera ok 3 members\nrabbitmq wait 2 of 3\nkeystone behind rabbitmq\n", "disk broken Read-only file system\n"]
        Fuzz.damage(seeds.map { Data($0.utf8) }) { input in
            for service in ServiceReadiness.parse(String(decoding: input, as: UTF8.self), machine: "m") {
                #expect(isPrintable(service.service) && isPrintable(service.detail))
            }
        }
    }

    @Test("a machine's journal and its log of packages")
    func facts() throws {
        let clock = GuestClock(
            reading: GuestClockReading(offset: 1_795_866_000_000_000_000, wall: 1_795_865_000_000_000_000),
            pauses: [ExcludedInterval(start: Timestamp(nanoseconds: 5), end: Timestamp(nanoseconds: 10), reason: .checkpoint)])
        let journal = JournalFacts(
            machine: "m", clock: clock, units: UnitOwners(services: ["haproxy", "galera"]) { _ in [] }, members: [2: "controller-0"])
        let log = PackageFactsOfLog(machine: "m", clock: clock) { _ in nil }
        let broker = BrokerFactsOfLog(machine: "m", clock: clock)
        let seeds = [
            "2026-11-28 16:22:01.123456+00:00 [info] <0.388.0> node 'rabbit@controller-2' down: connection_closed\n",
            "[  146.598895] controller-0 haproxy[370]: Server keystone/controller-2 is DOWN, reason: Layer4 timeout\n",
            "[   99.100000] controller-0 systemd[1]: haproxy.service: Main process exited, code=killed, status=9/KILL\n",
            "[   12.000001] controller-0 corosync[500]:   [QUORUM] Members[2]: 2 3\n", "2026-11-28 12:00:00 upgrade libpam0g:amd64 1 2\n",
        ]
        Fuzz.damage(seeds.map { Data($0.utf8) }) { input in
            let text = String(decoding: input, as: UTF8.self)
            #expect(journal.facts(in: text).count + log.facts(in: text).count + broker.facts(in: text).count < 1000)
        }
    }

    @Test("a machine's clocks", arguments: ["nan 5", "1e300 5", "-1 5", "5 -9223372036854775808", "5 9223372036854775808", "inf 1", "5"])
    func clocks(answer: String) async throws {
        let testbed = FakeHypervisor(machines: ["m"]) { _, _, _ in .init(status: 0, standardOutput: answer + "\n") }
        let machine = try await testbed.machine(named: "m")
        try await machine.start()
        await #expect(throws: EngineError.self) { _ = try await GuestClockReading.take(machine.shell, slowness: 1) }
    }
}
