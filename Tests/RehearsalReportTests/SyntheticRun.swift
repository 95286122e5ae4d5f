import Foundation
import RehearsalHistory
import RehearsalModel
import RehearsalStore
import RehearsalTesting

/// Writes a run that never happened, but could have: the same one for the same seed.
struct SyntheticRun {
    static let start = Timestamp(iso8601: "2026-11-22T15:00:00.000Z")!
    static let machines = [
        ("undercloud", "Undercloud"), ("controller-0", "Controller"), ("controller-1", "Controller"),
        ("controller-2", "Controller"), ("compute-0", "Compute"), ("compute-1", "Compute"),
    ].enumerated().map { MachineRecord(name: $1.0, role: $1.1, position: $0) }

    static let probes = [
        ProbeSpecification(name: "haproxy-new", kind: "http", target: "http://192.0.2.10:8080/", periodMilliseconds: 50),
        ProbeSpecification(name: "haproxy-kept", kind: "http-kept", target: "http://192.0.2.10:8080/", periodMilliseconds: 50),
        ProbeSpecification(
            name: "keystone-token", kind: "keystone", target: "http://192.0.2.10:5000/v3", periodMilliseconds: 2000,
            settings: ["user": "probe", "password": "do-not-store-me"]),
        ProbeSpecification(name: "database", kind: "sql", target: "192.0.2.10:3306", periodMilliseconds: 250),
        ProbeSpecification(name: "messages", kind: "amqp", target: "192.0.2.10:5672", periodMilliseconds: 250),
        ProbeSpecification(name: "internal-vip", kind: "icmp", target: "192.0.2.10", periodMilliseconds: 50),
        ProbeSpecification(name: "internal-vip-holder", kind: "arp", target: "192.0.2.10", periodMilliseconds: 100),
        ProbeSpecification(name: "tenant-ping", kind: "icmp", target: "203.0.113.50", periodMilliseconds: 50),
        ProbeSpecification(name: "tenant-http", kind: "http", target: "http://203.0.113.50/", periodMilliseconds: 100),
        ProbeSpecification(name: "tenant-kept", kind: "tcp-kept", target: "203.0.113.50:7", periodMilliseconds: 100),
    ]

    struct Span {
        var record: StepRecord
        var start: Double
        var end: Double?
        var outcome = StepOutcome.ok
        var note = ""
    }

    var strategy = "rolling"
    var seed: UInt64 = 1
    /// How many seconds of the run there are; the rest was cut off.
    var cut: Double = .infinity
    /// Whether machines noted facts, the host was watched, and attempts were held back.
    var hasEvidence = false
    /// Text that a hostile guest might report.
    var hostileText = ""

    func write(to directory: URL) throws -> RunStore {
        let store = try RunStore.create(directory: directory)
        let spans = self.spans()
        let length = min(cut, 745)
        var conditions = RunMetadata(
            identifier: "20261122-150000-\(strategy)", scenario: "minor-update", topology: "ha", strategy: strategy,
            seed: seed, updateIdentifier: "u-0001", accelerator: .tcg,
            acceleratorReason: "the guest under KVM printed nothing in 8 s", slowness: 11.5, version: "0.1.0",
            predictedSeconds: 800, planText: "Seed: 1\n├── update controllers (3)\n└── update computes (4)",
            conditions: ["host": "2 cores, 16 GiB", "kernel": "6.1.0"])
        conditions.expectationsJSON = """
            [{"probe":"keystone-token","patience_s":5,"longest_outage_s":60},{"probe":"*","patience_s":5,"total_outage_s":600},
             {"probe":"tenant-*","patience_s":1,"longest_outage_s":4}]
            """
        try store.setConditions(conditions)
        try store.setMachines(SyntheticRun.machines)
        try store.setSteps(spans.map(\.record).filter { $0.kind != .substep || !$0.name.hasPrefix("extra") })
        try store.setProbes(SyntheticRun.probes)
        try writeEvents(spans, length: length, store: store)
        try writePackages(store)
        for (index, probe) in SyntheticRun.probes.enumerated() {
            try store.append(samples: samples(of: probe, index: index, until: min(length, 740)))
        }
        if hasEvidence { try writeEvidence(store) }
        return store
    }

    // MARK: Steps

    func spans() -> [Span] {
        var spans: [Span] = []
        func add(
            _ id: StepID, _ name: String, _ kind: StepKind, _ machine: String?, _ start: Double, _ end: Double,
            packages: [String] = []
        ) {
            spans.append(
                Span(
                    record: StepRecord(
                        id: id, parent: id.parent, name: name, machine: machine, kind: kind,
                        position: spans.count, boundSeconds: 60, packages: packages), start: start, end: end))
        }
        add("1", "start the recorder", .startRecorder, nil, 1, 2)
        add("2", "quiet before", .baseline, nil, 2, 22)
        add("3", "update controllers", .sequence, nil, 22, 560)
        for (place, index) in [1, 2, 0].enumerated() {
            let machine = "controller-\(index)"
            let begin = 24 + Double(place) * 178
            let id = StepID.root(3).child(place + 1)
            add(id, "update \(machine)", .sequence, machine, begin, begin + 175)
            add(id.child(1), "prove readiness", .proveReady, nil, begin, begin + 4)
            add(id.child(2), "breakpoint", .breakpoint, machine, begin + 4, begin + 6)
            add(id.child(3), "move-vips", .procedure, machine, begin + 6, begin + 14)
            add(id.child(3).child(1), "ban-vips", .substep, machine, begin + 7, begin + 13)
            add(id.child(4), "drain", .procedure, machine, begin + 14, begin + 18)
            add(id.child(5), "update-controller", .procedure, machine, begin + 18, begin + 150)
            let substeps: [(String, Double, Double, [String])] = [
                ("check-identifier", 18, 19, []), ("stop-cluster", 19, 44, []), ("end-keepalived", 44, 47, []),
                ("update-galera", 47, 66, ["mariadb*", "galera*"]), ("update-rabbitmq", 66, 74, ["rabbitmq*"]),
                ("update-haproxy", 74, 79, ["haproxy*"]), ("update-keystone", 79, 91, ["keystone*", "python3-keystone*"]),
                ("update-rest", 91, 108, []), ("start-cluster", 108, 131, []), ("rejoin", 131, 148, []),
                ("record-identifier", 148, 149, []),
            ]
            for (number, step) in substeps.enumerated() {
                add(id.child(5).child(number + 1), step.0, .substep, machine, begin + step.1, begin + step.2, packages: step.3)
            }
            add(id.child(6), "undrain", .procedure, machine, begin + 150, begin + 154)
            add(id.child(7), "prove readiness", .proveReady, nil, begin + 154, begin + 175)
        }
        add("4", "update computes", .sequence, nil, 560, 715)
        for index in 0...1 {
            let machine = "compute-\(index)"
            let begin = 562 + Double(index) * 75
            let id = StepID.root(4).child(index + 1)
            add(id, "update \(machine)", .sequence, machine, begin, begin + 72)
            add(id.child(1), "breakpoint", .breakpoint, machine, begin, begin + 2)
            add(id.child(2), "update-machine", .procedure, machine, begin + 2, begin + 66)
            add(id.child(2).child(1), "update-all", .substep, machine, begin + 4, begin + 64)
            add(id.child(3), "prove readiness", .proveReady, nil, begin + 66, begin + 72)
        }
        add("5", "quiet after", .baseline, nil, 716, 736)
        add("6", "stop the recorder", .stopRecorder, nil, 740, 741)
        if !hostileText.isEmpty {
            spans.append(
                Span(
                    record: StepRecord(
                        id: "4.1.2.2", parent: "4.1.2", name: "extra \(hostileText)", machine: "compute-0",
                        kind: .substep, position: spans.count), start: 627, end: 627.5, note: hostileText))
        }
        return spans
    }

    private func writeEvents(_ spans: [Span], length: Double, store: RunStore) throws {
        struct Moment {
            var time: Double
            var order: Int
            var event: Event
        }
        var moments: [Moment] = []
        func add(
            _ time: Double, _ order: Int, _ payload: Event.Payload, step: StepID? = nil, machine: String? = nil, text: String = ""
        ) {
            guard time <= length else { return }
            moments.append(
                Moment(
                    time: time, order: order,
                    event: Event(time: at(time), payload, step: step, machine: machine, text: text)))
        }
        add(0, -3, .runStarted, text: "run minor-update")
        add(0, -2, .planned, text: "\(spans.count) steps, 13 minutes predicted")
        add(2, 0, .recorderStarted, text: "recorder started")
        add(740, 10_000, .recorderStopped(.exited(0)), text: "recorder stopped")
        for (index, span) in spans.enumerated() {
            let depth = span.record.id.depth + 1
            let isSubstep = span.record.kind == .substep
            add(
                span.start, depth, isSubstep ? .substepStarted : .stepStarted(), step: span.record.id, machine: span.record.machine,
                text: span.record.name)
            if span.record.kind == .breakpoint {
                add(span.start + 0.1, 50, .breakpointReached, step: span.record.id, machine: span.record.machine)
                add((span.end ?? 0) - 0.1, 50, .breakpointCleared, step: span.record.id, machine: span.record.machine)
            }
            add(
                span.end ?? 0, -10 * depth - index % 2,
                isSubstep ? .substepEnded(status: span.outcome == .ok ? 0 : 1) : .stepEnded(span.outcome), step: span.record.id,
                machine: span.record.machine, text: span.note)
        }
        add(
            737, 0, .verdict(Event.CheckVerdict(check: "every machine is at candidate versions", verdict: .pass)),
            text: "6 of 6 machines are at candidate versions")
        add(745, 0, .runEnded, text: "run ended")
        for moment in moments.sorted(by: { ($0.time, $0.order) < ($1.time, $1.order) }) { try store.append(moment.event) }
    }

    private func at(_ seconds: Double) -> Timestamp { SyntheticRun.start.advanced(bySeconds: seconds) }

    // MARK: Packages

    private func writePackages(_ store: RunStore) throws {
        let changed = [
            ("galera-4", "26.4.11-0+deb12u1", "26.4.20-1+deb12u1", "galera-4"), ("haproxy", "2.6.12-1", "2.6.12-1+deb12u2", "haproxy"),
            ("keystone", "2:22.0.0-2", "2:22.0.2-0+deb12u1", "keystone"),
            ("mariadb-server", "1:10.11.3-1", "1:10.11.11-0+deb12u1", "mariadb"),
            ("python3-keystone", "2:22.0.0-2", "2:22.0.2-0+deb12u1", "keystone"),
            ("rabbitmq-server", "3.10.8-1.1", "3.10.8-1.1+deb12u1", "rabbitmq-server"),
            ("openssl", "3.0.11-1~deb12u2", "3.0.17-1~deb12u2", "openssl"),
            ("libc6", "2.36-9+deb12u3", "2.36-9+deb12u10", "glibc"),
        ]
        for machine in SyntheticRun.machines {
            let own = machine.role == "Controller" ? changed : Array(changed.suffix(2))
            let same = (0..<40).map { PackageVersion(name: "package-\($0)", version: "1.\($0)", source: "package") }
            try store.setPackages(
                same + own.map { PackageVersion(name: $0.0, version: $0.1, source: $0.3) }, machine: machine.name, moment: .before)
            try store.setPackages(
                same + own.map { PackageVersion(name: $0.0, version: $0.2, source: $0.3) }, machine: machine.name, moment: .after)
        }
        try store.setChannel("candidate", packages: changed.map { PackageVersion(name: $0.0, version: $0.2) })
    }

    // MARK: Evidence

    private func writeEvidence(_ store: RunStore) throws {
        try store.setProbes(
            SyntheticRun.probes.map { probe in
                var probe = probe
                if probe.name == "database" { probe.service = "galera" }
                return probe
            })
        try store.setServiceNeeds(["galera": []])
        try store.setFacts([
            Fact(
                time: at(44.9), machine: "controller-1", source: .systemd, service: "galera", subject: "mariadb.service", change: .lost,
                text: "stopped")
        ])
        try store.append(
            host: [0, 1].map {
                HostSample(
                    time: at(2 + $0), processorPressureNanoseconds: 0, storagePressureNanoseconds: 0, stolenNanoseconds: 0,
                    freeBytes: 1 << 30)
            }, guests: [])
        try store.append(
            samples: [60, 61].map { Sample(probe: "messages", start: at($0 + 0.001), latencyNanoseconds: 0, outcome: .held) })
    }

    // MARK: Samples

    /// Spans in which a probe's target fails, how, and how long it takes to say so.
    private func failures(_ probe: String) -> [(Double, Double, SampleOutcome, Double)] {
        var failures: [(Double, Double, SampleOutcome, Double)] = []
        for place in 0...2 {
            let begin = 24 + Double(place) * 178
            let wobble = Double(place) * 0.37
            let worse = strategy == "talk" ? 6.0 : 1.0
            switch probe {
            case "haproxy-new", "internal-vip": failures.append((begin + 8, begin + 8 + (0.6 + wobble) * worse, .timeout, 5))
            case "internal-vip-holder": failures.append((begin + 7.9, begin + 8 + (0.5 + wobble) * worse, .timeout, 0.4))
            case "haproxy-kept": failures.append((begin + 8, begin + 11 + wobble * worse, .reset, 0.002))
            case "database": failures.append((begin + 21, begin + 26 + wobble * worse, .error, 0.03))
            case "messages": failures.append((begin + 23, begin + 29.2 + wobble * worse, .refused, 0.001))
            case "keystone-token":
                failures.append((begin + 80, begin + 88 + 6 * wobble * worse, .wrong, 1.4))
            case "tenant-http", "tenant-ping":
                if place == 1 || strategy == "talk" { failures.append((begin + 44.5, begin + 47 + wobble * worse, .timeout, 3)) }
            default: break
            }
        }
        return failures
    }

    private func samples(of probe: ProbeSpecification, index: Int, until end: Double) -> [Sample] {
        var generator = SplitMix(seed: seed &* 1_000 &+ UInt64(index))
        let failures = self.failures(probe.name)
        var samples: [Sample] = []
        let period = Double(probe.periodMilliseconds) / 1_000
        let base = probe.kind == "keystone" ? 0.62 : 0.004
        for time in stride(from: 2.0 + Double(index) * 0.003, to: end, by: period) {
            let jitter = Double.random(in: 0...0.0015, using: &generator)
            let start = at(time + jitter)
            if (301.0..<302.4).contains(time) {
                samples.append(Sample(probe: probe.name, start: start, latencyNanoseconds: 900_000_000, outcome: .late))
            } else if let failure = failures.first(where: { $0.0 <= time && time < $0.1 }) {
                samples.append(
                    Sample(
                        probe: probe.name, start: start, latencyNanoseconds: Int64(failure.3 * 1e9), outcome: failure.2,
                        detail: hostileText.isEmpty ? nil : hostileText))
            } else {
                let slow = Double.random(in: 0...1, using: &generator) < 0.0006 ? 0.4 : 0
                let latency = base + slow + Double.random(in: 0...0.003, using: &generator)
                samples.append(
                    Sample(probe: probe.name, start: start, latencyNanoseconds: Int64(latency * 1e9), outcome: .ok))
            }
        }
        return samples
    }
}
