import RehearsalHost
import RehearsalModel
import RehearsalTestbed
import RehearsalTesting
import Testing

@testable import RehearsalEngine

@Suite("step channel")
struct StepChannelTests {
    @Test(
        "lines of the protocol are read, all others are log text",
        arguments: [
            ("@ r1-3-1 17 begin stop-cluster", StepLine.begin(execution: "r1-3-1", guestTime: 17, substep: "stop-cluster")),
            ("@ r1-3-1 18 end stop-cluster 0", .end(execution: "r1-3-1", guestTime: 18, substep: "stop-cluster", status: 0)),
            ("@ r1-3-1 19 exit 75", .exit(execution: "r1-3-1", guestTime: 19, status: 75)),
            ("r1-3-1| Setting up haproxy", .log(execution: "r1-3-1", text: "Setting up haproxy")),
            ("@ r1-3-1 x begin y", .log(execution: nil, text: "@ r1-3-1 x begin y")),
            ("@ r1-3-1 19 exit", .log(execution: nil, text: "@ r1-3-1 19 exit")),
            ("nonsense", .log(execution: nil, text: "nonsense")),
            ("a b| text", .log(execution: nil, text: "a b| text")),
        ])
    func reading(text: String, line: StepLine) {
        #expect(StepLine(text) == line)
    }

    @Test("only whole lines are handed over, each once; one that was read late is where the guest's clock puts it")
    func following() async throws {
        let (hypervisor, source) = try await machine()
        var channel = StepChannel(source: source)
        let now = Timestamp(nanoseconds: 1_000)
        #expect(channel.absorb(try await channel.read(), now: now, live: true).isEmpty, "a machine that was never on has said nothing")
        await hypervisor.report("@ e 5 begin a\n@ e 6 en", endingLine: false, on: "m")
        let first = channel.absorb(try await channel.read(), now: now, live: true)
        #expect(first.map(\.line) == [.begin(execution: "e", guestTime: 5, substep: "a")])
        await hypervisor.report("d a 0", on: "m")
        let second = channel.absorb(try await channel.read(), now: Timestamp(nanoseconds: 2_000), live: true)
        #expect(
            second == [
                TimedStepLine(
                    time: Timestamp(nanoseconds: 1_001), line: .end(execution: "e", guestTime: 6, substep: "a", status: 0), late: false)
            ])
    }

    @Test("what was written while nobody listened is placed by the guest's clock")
    func late() async throws {
        let (hypervisor, source) = try await machine()
        await hypervisor.report("@ e 5 begin a", on: "m")
        var channel = StepChannel(source: source)
        let lines = channel.absorb(try await channel.read(), now: Timestamp(nanoseconds: 9_000), live: false)
        #expect(lines.map(\.time) == [Timestamp(nanoseconds: 5)])
        #expect(lines.map(\.late) == [true])
    }

    @Test("a channel that knows the guest's clock places what was written before by it, never in the future")
    func measured() async throws {
        let hypervisor = FakeHypervisor(machines: ["m"]) { _, _, _ in
            // The guest's wall clock is 20 minutes ahead.
            let wall = HostClock.now().advanced(bySeconds: 1_200).nanoseconds
            return CommandResult(status: 0, standardOutput: "12.34 \(wall)\n")
        }
        let machine = try await hypervisor.machine(named: "m")
        try await machine.start()
        var channel = StepChannel(source: try await machine.openSteps())
        let asked = HostClock.now()
        await channel.measureClock(machine.shell, slowness: 1)
        let now = HostClock.now()
        let (before, after) = (now.advanced(bySeconds: 1_195).nanoseconds, now.advanced(bySeconds: 9_999).nanoseconds)
        await hypervisor.report("@ e \(before) begin a\n@ e \(after) begin b", on: "m")
        let lines = channel.absorb(try await channel.read(), now: now, live: false)
        #expect(lines.count == 2)
        // The guest's clock is read between the question and the answer, so that its distance is known no better than that.
        #expect(abs(lines[0].time.seconds(since: now) + 5) <= now.seconds(since: asked))
        #expect(lines[1].time == now)
    }

    @Test("what two readings brought is handed over once")
    func twice() async throws {
        let (hypervisor, source) = try await machine()
        await hypervisor.report("one", on: "m")
        var channel = StepChannel(source: source)
        let early = try await channel.read()
        await hypervisor.report("two", on: "m")
        let later = try await channel.read()
        let now = Timestamp(nanoseconds: 1)
        #expect(channel.absorb(early, now: now, live: true).map(\.line) == [.log(execution: nil, text: "one")])
        #expect(channel.absorb(later, now: now, live: true).map(\.line) == [.log(execution: nil, text: "two")])
        #expect(channel.absorb(early, now: now, live: true).isEmpty)
    }

    @Test("a guest that writes without end costs one pass over it, a line has a limit, and so has the number of sub-steps")
    func hostile() async throws {
        let (hypervisor, source) = try await machine()
        await hypervisor.report(
            String(repeating: "y\n", count: 200_000) + String(repeating: "x", count: 1 << 20), endingLine: false, on: "m")
        var channel = StepChannel(source: source)
        let now = Timestamp(nanoseconds: 1)
        #expect(channel.absorb(try await channel.read(), now: now, live: true).count == 200_000)
        await hypervisor.report("", on: "m")
        let long = channel.absorb(try await channel.read(), now: now, live: true)
        #expect(long.map(\.line) == [.log(execution: nil, text: String(repeating: "x", count: StepChannel.mostLineBytes))])
        let begins = (1...StepChannel.mostReports + 5).map { "@ e 1 begin s\($0)" }.joined(separator: "\n")
        await hypervisor.report(begins + "\n@ e 1 exit 0", on: "m")
        let lines = channel.absorb(try await channel.read(), now: now, live: true).map(\.line)
        let reported = lines.count { if case .begin = $0 { true } else { false } }
        #expect(reported == StepChannel.mostReports)
        #expect(lines.last == .exit(execution: "e", guestTime: 1, status: 0))
        await hypervisor.report("@ f 1 begin s", on: "m")
        let next = channel.absorb(try await channel.read(), now: now, live: true).map(\.line)
        #expect(next == [.begin(execution: "f", guestTime: 1, substep: "s")], "each procedure has a limit of its own")
    }

    @Test("what a guest says cannot steer a terminal")
    func printable() {
        #expect(StepLine("@ e 1 begin \u{1B}]0;owned\u{7}x") == .begin(execution: "e", guestTime: 1, substep: "\u{FFFD}]0;owned\u{FFFD}x"))
        #expect(StepLine("e| \u{1B}[2J") == .log(execution: "e", text: "\u{FFFD}[2J"))
        let ready = ServiceReadiness.parse("galera wait \u{1B}]52;c;AAAA\u{7}", machine: "m")
        #expect(ready.first?.detail == "\u{FFFD}]52;c;AAAA\u{FFFD}")
    }

    private func machine() async throws -> (FakeHypervisor, any StepSource) {
        let hypervisor = FakeHypervisor(machines: ["m"])
        return (hypervisor, try await hypervisor.machine(named: "m").openSteps())
    }
}
