import RehearsalHistory
import RehearsalModel
import RehearsalTesting
import Testing

@Suite("what the host did to the machines")
struct HostLoadTests {
    private func host(_ time: Double, pressure: Double = 0) -> HostSample {
        HostSample(
            time: at(time), processorPressureNanoseconds: Int64(pressure * 1e9), storagePressureNanoseconds: 0, stolenNanoseconds: 0,
            freeBytes: Int64(1000 - time))
    }

    private func guest(_ time: Double, _ machine: String, ran: Double, waited: Double, loop: Double = 0) -> GuestSample {
        GuestSample(
            time: at(time), machine: machine, ranNanoseconds: Int64(ran * 1e9), waitedNanoseconds: Int64(waited * 1e9),
            loopWaitedNanoseconds: Int64(loop * 1e9))
    }

    /// Two machines; between 1 and 2 one of them waits 0.6 s and the other 0.3 s, between 3 and 4 one waits 0.5 s.
    private var load: HostLoad {
        HostLoad(
            host: [host(0), host(1, pressure: 0.1), host(2, pressure: 1.05), host(3, pressure: 1.1), host(4, pressure: 1.2)],
            guests: [
                guest(0, "a", ran: 0, waited: 0), guest(0, "b", ran: 0, waited: 0),
                guest(1, "a", ran: 1, waited: 0), guest(1, "b", ran: 0.5, waited: 0),
                guest(2, "a", ran: 1.4, waited: 0.5, loop: 0.1), guest(2, "b", ran: 1, waited: 0.3),
                guest(3, "a", ran: 2.4, waited: 0.5, loop: 0.1), guest(3, "b", ran: 1, waited: 0.3),
                guest(4, "a", ran: 2.9, waited: 1, loop: 0.1), guest(4, "b", ran: 1, waited: 0.3),
            ])
    }

    @Test("waits of all machines are added up, and a tick counts in full")
    func waited() {
        #expect(load.waited(from: at(1), to: at(2)) == 900_000_000)
        #expect(load.waited(from: at(1.9), to: at(1.95)) == 900_000_000)
        #expect(load.waited(from: at(0), to: at(1)) == 0)
        #expect(load.waited(from: at(2), to: at(3)) == 0)
        #expect(load.waited(from: at(0), to: at(10)) == 1_400_000_000)
        #expect(load.waited(from: at(7), to: at(9)) == 0)
        #expect(HostLoad.unknown.waited(from: at(0), to: at(9)) == 0)
    }

    @Test("a host is saturated while a task of it waits nearly all the time")
    func saturation() {
        #expect(load.seconds == 4 && load.saturatedSeconds == 1)
        #expect(abs(load.waitedSeconds - 1.4) < 1e-9 && abs(load.ranSeconds - 3.9) < 1e-9)
        #expect(load.leastFreeBytes == 996)
    }

    @Test("a machine that was started again counts anew, and none of its waits is negative")
    func restarted() {
        let load = HostLoad(
            host: [host(0), host(1), host(2)],
            guests: [guest(0, "a", ran: 9, waited: 5), guest(1, "a", ran: 0.1, waited: 0.2), guest(2, "a", ran: 0.2, waited: 0.7)])
        #expect(load.waited(from: at(0), to: at(1)) == 0)
        #expect(load.waited(from: at(1), to: at(2)) == 500_000_000)
    }

    @Test("an answer that the host can have delayed is unknown, one that it cannot is slow")
    func explained() {
        func state(start: Double, latency: Double, connected: Double? = nil, outcome: SampleOutcome = .ok) -> ProbeState {
            let sample = Sample(
                probe: "p", start: at(start), latencyNanoseconds: Int64(latency * 1e9),
                connectedNanoseconds: connected.map { Int64($0 * 1e9) }, outcome: outcome)
            return load.annotate([sample])[0].state(patience: 1_000_000_000)
        }
        // It took 1.8 s, of which machines waited 0.9 s.
        #expect(state(start: 0.5, latency: 1.8) == .unknown)
        #expect(state(start: 0.5, latency: 2.0) == .slow)
        #expect(state(start: 2, latency: 1) == .up)
        // A connection that came late for the same reason says as little; an attempt without any answer failed.
        #expect(state(start: 0.5, latency: 1.8, connected: 1.5) == .unknown)
        #expect(state(start: 0.5, latency: 2.0, connected: 1.5) == .failed)
        #expect(state(start: 0.5, latency: 1.8, outcome: .timeout) == .failed)
    }

    @Test("an attempt without any answer is unknown only if a machine was starved all the while")
    func silence() {
        // `a` wants to run all the time and gets a twentieth of it from 0 to 10 s, then a third; `b` hardly wants to run at all.
        let load = HostLoad(
            host: (0...20).map { host(Double($0)) },
            guests: (0...20).flatMap { second -> [GuestSample] in
                let (starved, fair) = (Double(min(second, 10)), Double(max(0, second - 10)))
                return [
                    guest(Double(second), "a", ran: starved * 0.05 + fair / 3, waited: starved * 0.95 + fair * 2 / 3),
                    guest(Double(second), "b", ran: 0.001 * Double(second), waited: 0.02 * Double(second)),
                ]
            })
        func state(start: Double, latency: Double, outcome: SampleOutcome = .timeout) -> ProbeState {
            let sample = Sample(probe: "p", start: at(start), latencyNanoseconds: Int64(latency * 1e9), outcome: outcome)
            return load.annotate([sample])[0].state(patience: 1_000_000_000)
        }
        #expect(load.starved(from: at(0), to: at(10)) == ["a"])
        #expect(state(start: 0, latency: 10) == .unknown)
        #expect(state(start: 0, latency: 10, outcome: .refused) == .failed, "somebody said no")
        #expect(state(start: 10, latency: 10) == .failed, "six machines on two processors get a third each")
        #expect(state(start: 8, latency: 10) == .failed, "starved for a fifth of the attempt")
        #expect(HostLoad.unknown.starved(from: at(0), to: at(9)).isEmpty)
    }

    @Test("a machine that stopped was not starved, and one that came later has no past")
    func comingAndGoing() {
        func starving(_ second: Double, from begin: Double) -> GuestSample {
            guest(second, "late", ran: 0, waited: second - begin)
        }
        let load = HostLoad(
            host: (0...6).map { host(Double($0)) },
            guests: [guest(0, "gone", ran: 0, waited: 0), guest(1, "gone", ran: 0, waited: 1)]
                + (3...6).map { starving(Double($0), from: 3) })
        #expect(load.starved(from: at(0), to: at(1)) == ["gone"])
        #expect(load.starved(from: at(2), to: at(3)).isEmpty)
        #expect(load.starved(from: at(4), to: at(6)) == ["late"])
        #expect(load.starved(from: at(1), to: at(6)) == ["late"], "three of five seconds")
    }

    @Test("unknown time says that the host is the reason")
    func reason() {
        let probe = ProbeSpecification(name: "p", kind: "tcp", target: "192.0.2.10:1", periodMilliseconds: 1_000)
        let samples = [0.0, 0.6, 2, 3].map {
            Sample(probe: "p", start: at($0), latencyNanoseconds: $0 == 0.6 ? 1_800_000_000 : 0, outcome: .ok)
        }
        let felt = FeltByClient(load.annotate(samples), probe: probe, patienceSeconds: 1)
        #expect(felt.outages.isEmpty)
        #expect(felt.unknown == [UnknownInterval(probe: "p", start: at(0.6), end: at(2), reason: .host)])
    }

    @Test("an answer that the host can have delayed leaves open whether the target was slow, but not whether it failed")
    func delayedAnswer() throws {
        let probe = ProbeSpecification(name: "p", kind: "tcp", target: "192.0.2.10:1", periodMilliseconds: 1_000)
        /// At 0.6 s an answer comes 1.8 s later, of which machines waited 0.9 s; the attempt before it may have failed.
        func felt(connected: Double, before: SampleOutcome = .ok) -> FeltByClient {
            let samples = [-1.0, 0, 0.6, 2, 3].map { start in
                Sample(
                    probe: "p", start: at(start), latencyNanoseconds: start == 0.6 ? 1_800_000_000 : 0,
                    connectedNanoseconds: start == 0.6 ? Int64(connected * 1e9) : 0, outcome: start == 0 ? before : .ok)
            }
            return FeltByClient(load.annotate(samples), probe: probe, patienceSeconds: 1)
        }
        let answered = felt(connected: 0.1)
        #expect(answered.failed.possibleTotalSeconds == 0 && answered.failed.undecidedSeconds == 0)
        #expect(answered.slow.possibleTotalSeconds == 1.4 && answered.slow.undecidedSeconds == 1.4)
        #expect(answered.unknownSeconds == 1.4, "it is shown as unknown all the same")
        // A connection that came late may have been lost.
        #expect(felt(connected: 1.5).failed.possibleTotalSeconds == 1.4)
        // It ends what failed before it.
        let outage = try #require(felt(connected: 0.1, before: .refused).failed.outages.first)
        #expect(outage.end == at(0.6) && outage.hiSeconds == 1.6 && !outage.touchesUnknown)
        let unsure = try #require(felt(connected: 1.5, before: .refused).failed.outages.first)
        #expect(unsure.end == at(2) && unsure.hiSeconds == 3 && unsure.touchesUnknown)
    }

    @Test("an attempt that was held back is neither an answer nor a gap")
    func held() {
        let probe = ProbeSpecification(name: "p", kind: "http", target: "", periodMilliseconds: 100)
        // Answers until 1 s, then a target that hangs until 4 s; every fifth attempt is made.
        let samples = (0..<60).map { index -> Sample in
            let start = Double(index) / 10
            let hangs = start >= 1 && start < 4
            let outcome: SampleOutcome = !hangs ? .ok : index % 5 == 0 ? .timeout : .held
            return Sample(
                probe: "p", start: at(start), latencyNanoseconds: outcome == .timeout ? 500_000_000 : 0, connectedNanoseconds: 0,
                outcome: outcome)
        }
        let felt = FeltByClient(samples, probe: probe, patienceSeconds: 1)
        #expect(felt.unknown.isEmpty && felt.outages.count == 1)
        #expect(felt.failed.outages.first?.start == at(1) && felt.failed.outages.first?.end == at(4))
        #expect(felt.failed.samples == [.up: 30, .failed: 6])
    }
}
