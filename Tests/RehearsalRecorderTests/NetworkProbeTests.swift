import Foundation
import RehearsalHistory
import RehearsalModel
import Synchronization
import Testing

@testable import RehearsalRecorder

@Suite("network probes", .serialized)
struct NetworkProbeTests {
    private func probe(
        _ kind: String, _ port: UInt16, period: Int = 20, _ settings: [String: String] = [:]
    ) -> ProbeSpecification {
        let isHTTP = ["http", "http-kept", "keystone"].contains(kind)
        return ProbeSpecification(
            name: kind, kind: kind, target: isHTTP ? "http://127.0.0.1:\(port)/" : "127.0.0.1:\(port)",
            periodMilliseconds: period, settings: settings)
    }

    private func language(_ kind: String) -> TestServer.Language { kind == "tcp-kept" ? .echo : .http }

    /// Waits until an attempt that started after a time has had an outcome.
    private func sees(_ outcome: SampleOutcome, after time: Timestamp, _ collector: Collector) async throws {
        try await wait("\(outcome)", collector) { $0.contains { $0.outcome == outcome && $0.start > time } }
    }

    // MARK: Ground truth

    @Test("a target that refuses is seen for as long as it does", arguments: ["tcp", "tcp-kept", "http", "http-kept"])
    func refusing(kind: String) async throws {
        let server = try TestServer(language(kind))
        defer { server.stop() }
        var truth: Dark?
        let samples = try await recorded([probe(kind, server.port)]) { collector in
            try await wait("good samples", collector) { $0.filter { $0.outcome == .ok }.count >= 5 }
            truth = try await dark(seconds: 0.7, until: { try await sees(.refused, after: $0, collector) }) {
                try server.become(.refusing)
            } on: {
                try server.become(.serving)
            }
            let back = now()
            try await wait("good samples again", collector) { $0.filter { $0.outcome == .ok && $0.start > back }.count >= 5 }
        }
        let known = try #require(truth)
        #expect(known.contradictions(in: samples) == [])
        let inside = known.inside(samples)
        #expect(!inside.isEmpty)
        // Good is possible for an attempt whose thread was held up until the dark was over.
        #expect(inside.filter { ![.refused, .reset, .ok].contains($0.outcome) } == [])
        #expect(inside.contains { $0.outcome == .refused })
    }

    @Test("a target that says nothing times out", arguments: ["tcp-kept", "http", "http-kept"])
    func hanging(kind: String) async throws {
        let server = try TestServer(language(kind))
        defer { server.stop() }
        var truth: Dark?
        let samples = try await recorded([probe(kind, server.port, ["timeout_s": "0.3"])]) { collector in
            try await wait("good samples", collector) { $0.filter { $0.outcome == .ok }.count >= 5 }
            truth = try await dark(seconds: 1, until: { try await sees(.timeout, after: $0, collector) }) {
                try server.become(.hanging)
            } on: {
                try server.become(.serving)
            }
            try await wait("good samples again", collector) { samples in
                samples.last { $0.outcome != .late }?.outcome == .ok
            }
        }
        let known = try #require(truth)
        #expect(known.contradictions(in: samples.filter { $0.start < known.end.1 }) == [])
        #expect(known.inside(samples).contains { $0.outcome == .timeout })
        // Attempts start on schedule whatever becomes of earlier ones: the dark second holds far more than three.
        #expect(known.inside(samples).count + samples.filter { $0.outcome == .late }.count > 10)
    }

    @Test("a slow target is connected at once and answers late", arguments: ["http", "http-kept", "tcp-kept"])
    func phases(kind: String) async throws {
        let server = try TestServer(language(kind))
        defer { server.stop() }
        try server.become(.slow(200))
        let samples = try await recorded([probe(kind, server.port, period: 400)]) { collector in
            try await wait("good samples", collector) { $0.filter { $0.outcome == .ok }.count >= 3 }
        }.filter { $0.outcome == .ok }
        for sample in samples {
            let connected = try #require(sample.connectedNanoseconds)
            #expect(0 <= connected && connected < sample.latencyNanoseconds && sample.latencyNanoseconds >= 200_000_000)
            if kind == "http" { #expect(try #require(sample.firstByteNanoseconds) >= max(connected, 200_000_000)) }
        }
        // A connection that was kept is there from the start.
        if kind != "http" { #expect(samples.dropFirst().allSatisfy { $0.connectedNanoseconds == 0 }) }
    }

    @Test("an answer that begins as expected is right, any other is wrong, and none is a time-out")
    func line() async throws {
        let server = try TestServer(.echo)
        defer { server.stop() }
        var probes = [
            probe("line", server.port, ["send": "PING 1", "expect": "PING"]),
            probe("line", server.port, ["send": "PING 1", "expect": "+PONG", "timeout_s": "0.5"]),
        ]
        probes[0].name = "right"
        probes[1].name = "wrong"
        let samples = try await recorded(probes) { collector in
            try await wait("answers", collector) { all in
                all.contains { $0.probe == "right" && $0.outcome == .ok } && all.contains { $0.probe == "wrong" && $0.outcome == .wrong }
            }
            try server.become(.hanging)
            let hung = now()
            try await wait("time-outs", collector) { all in
                all.contains { $0.probe == "wrong" && $0.outcome == .timeout && $0.start > hung }
            }
        }
        #expect(samples.filter { $0.probe == "wrong" }.allSatisfy { $0.outcome != .ok })
        #expect(samples.first { $0.outcome == .wrong }?.detail == "answered \"PING 1\"")
        #expect(samples.first { $0.outcome == .timeout }?.detail == "no answer")
        #expect(samples.filter { $0.outcome == .ok }.allSatisfy { $0.connectedNanoseconds != nil && $0.firstByteNanoseconds != nil })
    }

    @Test("a target that has all it can bear is asked less often, and as often as before once it answers", arguments: ["http", "tcp-kept"])
    func relief(kind: String) async throws {
        let server = try TestServer(language(kind))
        defer { server.stop() }
        let samples = try await recorded([probe(kind, server.port, ["timeout_s": "30"])]) { collector in
            try await wait("good samples", collector) { $0.filter { $0.outcome == .ok }.count >= 5 }
            try server.become(.hanging)
            try await wait("held attempts", collector) { $0.filter { $0.outcome == .held }.count >= 40 }
            try server.become(.serving)
            let back = now()
            try await wait("good samples again", collector) { $0.filter { $0.outcome == .ok && $0.start > back }.count >= 20 }
        }
        let held = samples.filter { $0.outcome == .held }
        let first = try #require(held.first?.start)
        let last = try #require(held.last?.start)
        let waiting = samples.filter {
            $0.outcome == .ok && $0.start < first && $0.latencyNanoseconds >= first.nanoseconds(since: $0.start)
        }
        #expect(waiting.count >= ProbeSeries.mostWaiting(period: 20_000_000), "none is held back before so many wait")
        // One in five is made all the same, so that the end is seen soon.
        let made = samples.filter { first < $0.start && $0.start < last && $0.outcome != .held && $0.outcome != .late }
        #expect(made.count >= held.count / 8 && made.count <= held.count / 2)
    }

    @Test("a target that is slower than the patience of its probe is asked less often", arguments: ["http", "http-kept"])
    func tooSlow(kind: String) async throws {
        let server = try TestServer(.http)
        defer { server.stop() }
        let samples = try await recorded([probe(kind, server.port, period: 100, ["timeout_s": "0.15"])]) { collector in
            try await wait("good samples", collector) { $0.contains { $0.outcome == .ok } }
            try server.become(.slow(400))
            try await wait("held attempts", collector) { $0.filter { $0.outcome == .held }.count >= 8 }
            try server.become(.serving)
            let back = now()
            try await wait("good samples again", collector) { $0.filter { $0.outcome == .ok && $0.start > back }.count >= 5 }
        }
        let first = try #require(samples.first { $0.outcome == .held }?.start)
        #expect(samples.filter { $0.outcome == .timeout && $0.start < first }.count >= ProbeSeries.mostGivenUp)
        let made = samples.filter { $0.start > first && $0.outcome == .timeout }
        #expect(made.count <= samples.filter { $0.outcome == .held }.count / 2)
    }

    @Test("a target that resets connections is seen", arguments: ["http", "http-kept", "tcp-kept"])
    func resetting(kind: String) async throws {
        let server = try TestServer(language(kind))
        defer { server.stop() }
        var truth: Dark?
        let samples = try await recorded([probe(kind, server.port)]) { collector in
            try await wait("good samples", collector) { $0.filter { $0.outcome == .ok }.count >= 5 }
            truth = try await dark(seconds: 0.5, until: { try await sees(.reset, after: $0, collector) }) {
                try server.become(.resetting)
            } on: {
                try server.become(.serving)
            }
            let back = now()
            try await wait("good samples again", collector) { $0.filter { $0.outcome == .ok && $0.start > back }.count >= 5 }
        }
        let known = try #require(truth)
        #expect(known.inside(samples).contains { $0.outcome == .reset })
        #expect(known.contradictions(in: samples.filter { $0.start < known.end.1 }) == [])
        #expect(known.inside(samples).filter { ![.refused, .reset, .ok].contains($0.outcome) } == [])
    }

    @Test("a kept connection that breaks between two attempts is seen")
    func broken() async throws {
        let server = try TestServer(.echo)
        defer { server.stop() }
        let samples = try await recorded([probe("tcp-kept", server.port, period: 200)]) { collector in
            try await wait("good samples", collector) { $0.filter { $0.outcome == .ok }.count >= 2 }
            try server.become(.resetting)
            try server.become(.serving)
            try await wait("the break", collector) { $0.contains { $0.outcome == .reset } }
            try await wait("the return", collector) { $0.last?.outcome == .ok }
        }
        #expect(samples.filter { $0.outcome == .reset }.count == 1)
        #expect(server.accepted == 2)
    }

    @Test("latency is kept, so that patience decides")
    func latency() async throws {
        let server = try TestServer(.http)
        defer { server.stop() }
        try server.become(.slow(300))
        let samples = try await recorded([probe("http", server.port)]) { collector in
            try await wait("answers", collector) { $0.filter { $0.outcome == .ok }.count >= 10 }
        }
        let good = samples.filter { $0.outcome == .ok }
        #expect(good.allSatisfy { $0.latencyNanoseconds >= 300_000_000 })
        #expect(good.allSatisfy { $0.detail == "200 controller-1" })
        // Open loop: the next attempt starts before the one before has its answer.
        let first = try #require(samples.first)
        #expect(samples[1].start.nanoseconds(since: first.start) < first.latencyNanoseconds)
    }

    @Test("the status decides")
    func status() async throws {
        let server = try TestServer(.http, response: TestServer.response(503, headers: ""))
        defer { server.stop() }
        var kept = probe("http-kept", server.port)
        kept.settings = ["expect": "503"]
        let samples = try await recorded([probe("http", server.port), kept]) { collector in
            try await wait("answers", collector) { Set($0.map(\.probe)).count == 2 }
        }
        #expect(samples.filter { $0.probe == "http" && $0.outcome != .late }.allSatisfy { $0.outcome == .wrong && $0.detail == "503" })
        #expect(samples.filter { $0.probe == "http-kept" && $0.outcome != .late }.allSatisfy { $0.outcome == .ok && $0.detail == "503" })
    }

    @Test("a kept connection is one connection")
    func kept() async throws {
        let server = try TestServer(.http)
        defer { server.stop() }
        let samples = try await recorded([probe("http-kept", server.port, period: 10)]) { collector in
            try await wait("answers", collector) { $0.count >= 30 }
        }
        #expect(server.accepted == 1)
        #expect(samples.allSatisfy { $0.outcome == .ok || $0.outcome == .late })
    }

    @Test("a kept connection that the server closes in order is no fault")
    func closed() async throws {
        let closing = TestServer.response(200, headers: "Connection: close\r\n")
        let server = try TestServer(.http, response: closing)
        defer { server.stop() }
        let samples = try await recorded([probe("http-kept", server.port)]) { collector in
            try await wait("answers", collector) { $0.count >= 10 }
        }
        #expect(samples.allSatisfy { $0.outcome == .ok || $0.outcome == .late })
        #expect(server.accepted >= 5)
    }

    @Test("Keystone is right with a created token only")
    func keystone() async throws {
        let credentials = ["user": "probe", "password": "s3cret", "project": "probe"]
        let right = try TestServer(.http, response: TestServer.response(201))
        let wrong = try TestServer(.http, response: TestServer.response(401))
        defer {
            right.stop()
            wrong.stop()
        }
        var second = probe("keystone", wrong.port, credentials)
        second.name = "denied"
        let samples = try await recorded([probe("keystone", right.port, credentials), second]) { collector in
            try await wait("answers", collector) { Set($0.map(\.probe)).count == 2 }
        }
        for sample in samples where sample.outcome != .late {
            #expect(sample.outcome == (sample.probe == "denied" ? .wrong : .ok))
            #expect(sample.detail == (sample.probe == "denied" ? "401 controller-1" : "201 controller-1"))
        }
    }

    @Test("an answer that is not HTTP is wrong")
    func notHTTP() async throws {
        let server = try TestServer(.http, response: "SSH-2.0-OpenSSH_9.2\r\n")
        defer { server.stop() }
        let samples = try await recorded([probe("http", server.port), probe("http-kept", server.port)]) { collector in
            try await wait("answers", collector) { Set($0.map(\.probe)).count == 2 }
        }
        #expect(samples.contains { $0.outcome == .wrong })
        #expect(!samples.contains { $0.outcome == .ok })
    }

    // MARK: Recording

    @Test("attempts in flight at the end are unknown")
    func inFlight() async throws {
        let server = try TestServer(.http)
        defer { server.stop() }
        try server.become(.hanging)
        let samples = try await recorded([probe("http", server.port)], drainSeconds: 0.05) { _ in
            try await Task.sleep(for: .milliseconds(300))
        }
        #expect(!samples.isEmpty)
        #expect(samples.allSatisfy { $0.outcome == .late })
        #expect(samples.contains { $0.detail?.hasPrefix("recorder stopped ") == true })
    }

    @Test("samples survive a sink that fails for a while")
    func failingSink() async throws {
        let server = try TestServer(.http)
        defer { server.stop() }
        let collector = Collector(failures: 3)
        let control = Recorder.Control()
        let configuration = RecorderConfiguration(
            run: nil, probes: [probe("http", server.port)], priority: .normal, flushMilliseconds: 20)
        let started = Mutex<Recorder.Start?>(nil)
        async let summary = Recorder.run(
            configuration: configuration, sink: collector, control: control, handlesSignals: false
        ) { start in started.withLock { $0 = start } }
        try await wait("samples", collector) { $0.count >= 10 }
        control.stop()
        let result = try await summary
        #expect(result.sinkFailures == 3)
        #expect(result.samples == ["http": collector.samples.count])
        #expect(result.scheduling == "normal")
        #expect(started.withLock { $0?.probes } == 1)
        #expect(started.withLock { $0?.scheduling } == "normal")
    }

    @Test("a signal ends the recording in order")
    func signal() async throws {
        let server = try TestServer(.http)
        defer { server.stop() }
        let collector = Collector()
        let configuration = RecorderConfiguration(
            run: nil, probes: [probe("http", server.port)], priority: .realtime, flushMilliseconds: 20)
        async let summary = Recorder.run(configuration: configuration, sink: collector)
        try await wait("samples", collector) { $0.count >= 3 }
        kill(getpid(), SIGTERM)
        let result = try await summary
        #expect(result.samples["http"] == collector.samples.count)
        #expect(["SCHED_FIFO 10", "nice -10", "normal"].contains(result.scheduling))
    }

    @Test("cancelling the task ends the recording")
    func cancelled() async throws {
        let server = try TestServer(.http)
        defer { server.stop() }
        let collector = Collector()
        let configuration = RecorderConfiguration(
            run: nil, probes: [probe("http", server.port)], priority: .normal, flushMilliseconds: 20)
        let task = Task {
            try await Recorder.run(configuration: configuration, sink: collector, handlesSignals: false)
        }
        try await wait("samples", collector) { $0.count >= 3 }
        task.cancel()
        let result = try await task.value
        #expect(result.samples["http"] == collector.samples.count)
    }

    @Test("every probe keeps its own schedule")
    func schedule() async throws {
        let server = try TestServer(.http)
        let hanging = try TestServer(.http)
        defer {
            server.stop()
            hanging.stop()
        }
        try hanging.become(.hanging)
        var stuck = probe("http", hanging.port, ["timeout_s": "0.2"])
        stuck.name = "stuck"
        let samples = try await recorded([probe("http", server.port), stuck]) { collector in
            try await wait("samples", collector) { $0.filter { $0.probe == "http" }.count >= 40 }
        }
        let own = samples.filter { $0.probe == "http" }
        let span = try #require(own.last).start.seconds(since: own[0].start)
        // No attempt is left out: their number follows from the time alone.
        #expect(Double(own.count) >= span / 0.02 - 1)
        #expect(Double(own.count) <= span / 0.02 + 2)
    }

    // MARK: Proof

    @Test("a proof names the probes that do not pass")
    func unproven() async throws {
        let server = try TestServer(.http)
        defer { server.stop() }
        var dead = probe("tcp", try TestServer.freePort())
        dead.name = "dead"
        let steps = Mutex<[Recorder.ProofProgress]>([])
        let unproven = try await Recorder.proveAll([probe("http", server.port), dead], deadline: 2) { progress in
            steps.withLock { $0.append(progress) }
        }
        #expect(unproven.map(\.probe) == ["dead"])
        #expect(unproven[0].outcome == .refused)
        #expect(unproven[0].reason == "refused: connection refused while connecting")
        #expect(unproven[0].attempts >= 1)
        #expect(steps.withLock { $0.last?.passed } == 1)
        #expect(steps.withLock { $0.last?.total } == 2)
    }

    @Test("a proof ends as soon as all have passed")
    func proven() async throws {
        let server = try TestServer(.http)
        defer { server.stop() }
        // It would outlast every bound of the tests if it waited for its deadline.
        let unproven = try await Recorder.proveAll([probe("http", server.port), probe("tcp", server.port)], deadline: 86_400)
        #expect(unproven == [])
    }

    @Test("a proof waits for a target that comes late")
    func lateTarget() async throws {
        let server = try TestServer(.http)
        defer { server.stop() }
        try server.become(.refusing)
        async let proof = Recorder.proveAll([probe("http", server.port)], deadline: 120)
        try await Task.sleep(for: .milliseconds(600))
        try server.become(.serving)
        #expect(try await proof == [])
    }

    @Test("a proof of no probes is done at once")
    func nothing() async throws {
        #expect(try await Recorder.proveAll([], deadline: 1) == [])
    }
}
