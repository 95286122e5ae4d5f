import RehearsalModel

/// A scenario file as written: read, but not yet compared with its topology.
public struct ScenarioDocument: Sendable {
    struct ExpectationEntry: Sendable {
        let probe: Located<String>
        let expectation: Expectation?
    }

    /// A fault as written, not yet compared with its kind.
    struct FaultEntry: Sendable {
        let kind: Located<String>
        /// The machine, or `random`.
        let machine: Located<String>
        let moment: FaultMoment
        let seconds: Double?
        /// Everything else: what the kind is told.
        let arguments: [(key: Located<String>, value: Located<String>)]
        let location: SourceLocation
    }

    let name: String?
    let topology: String?
    let strategy: Located<String>?
    let driver: Located<String>?
    let seed: UInt64
    let candidate: Candidate
    let baselineSeconds: Double
    let breakpoints: [String]
    let expectations: [ExpectationEntry]
    let faults: [FaultEntry]
    /// The names of checks of machines; nil for all.
    let checks: [Located<String>]?
    /// The names of checks that are waived.
    let waived: [Located<String>]
    /// The names of sub-steps that machines leave out.
    let leftOut: [Located<String>]
    /// Which machines join or leave after the update.
    let scaling: [Located<RoleScaling>]

    /// What a way of running a scenario may say differently.
    private static let choices = [
        "strategy", "driver", "seed", "candidate", "baseline_s", "breakpoints", "expectations", "faults", "checks", "waive", "leave_out",
        "after",
    ]

    /// Reads a scenario file.
    ///
    /// - Parameter way: Which of its ways is run, if it has several.
    /// - Throws: All problems of the file.
    public static func decode(text: String, file: String, way: String? = nil) throws(DiagnosticsError) -> ScenarioDocument {
        try DiagnosticSink.collect { read(text: text, file: file, way: way, sink: $0) }.value
    }

    /// The topology that a scenario file names, even if something else in the file is wrong.
    public static func topology(in text: String) -> String? {
        read(text: text, file: "", sink: DiagnosticSink())?.topology
    }

    /// - Parameter way: Which of its ways is run. What the way says stands in place of what the scenario says under the same key.
    static func read(text: String, file: String, way: String? = nil, sink: DiagnosticSink) -> ScenarioDocument? {
        let root = YAMLValue.document(text: text, file: file, sink: sink)?
            .record(required: ["scenario", "topology", "strategy"], optional: choices.filter { $0 != "strategy" } + ["ways"])
        guard var root else { return nil }
        let ways = root["ways"]?.entries() ?? []
        for (name, value) in ways {
            guard let record = value.record(optional: choices) else { continue }
            // The ways that are not run are read for their mistakes.
            if name.value == way { root.replace(with: record) } else { _ = ScenarioDocument(record) }
        }
        let names = ways.map(\.key.value)
        if let way, !names.contains(way) {
            sink.error(
                "there is no way \"\(way)\" to run this scenario", at: root["ways"]?.location ?? root.location,
                hint: names.isEmpty ? "run it without \":\(way)\"" : Suggestion.hint(for: way, among: names, kind: "ways"))
        }
        if way == nil, let first = names.first, let location = root["ways"]?.location {
            sink.error(
                "there are several ways to run this scenario: \(names.joined(separator: ", "))", at: location,
                hint: "name one behind a colon: SCENARIO:\(first)")
        }
        return ScenarioDocument(root, way: way)
    }
}

extension ScenarioDocument {
    /// Whether a check of that name is due: it is chosen, or all are, and it is not waived.
    func chooses(_ check: String) -> Bool {
        (checks?.contains { $0.value == check } ?? true) && !waived.contains { $0.value == check }
    }

    private init(_ root: YAMLRecord, way: String? = nil) {
        self.init(
            name: root["scenario"]?.identifier(.lowerCase).map { way == nil ? $0.value : "\($0.value):\(way ?? "")" },
            topology: root["topology"]?.text()?.value,
            strategy: root["strategy"]?.text(),
            driver: root["driver"]?.text(),
            seed: root["seed"]?.integer(in: 0...UInt64.max)?.value ?? 1,
            candidate: root["candidate"]?.text().map { Candidate($0.value) } ?? .securityUpdates,
            baselineSeconds: root["baseline_s"]?.number()?.value ?? 20,
            breakpoints: root["breakpoints"]?.list()?.compactMap { $0.pattern()?.value } ?? [".*"],
            expectations: root["expectations"]?.list()?.compactMap { $0.expectation() } ?? [],
            faults: root["faults"]?.list()?.compactMap { $0.fault() } ?? [],
            checks: root["checks"]?.texts(), waived: root["waive"]?.texts() ?? [], leftOut: root["leave_out"]?.texts() ?? [],
            scaling: root["after"]?.list()?.flatMap { $0.scaling() } ?? [])
    }
}

extension YAMLValue {
    /// A budget of a scenario or of a file of probes.
    func expectation() -> ScenarioDocument.ExpectationEntry? {
        let budgets = ["longest_outage_s", "total_outage_s", "slowest_s"]
        guard let record = record(required: ["probe", "patience_s"], optional: budgets) else { return nil }
        if budgets.allSatisfy({ record[$0] == nil }) {
            error("no budget is given", hint: "add longest_outage_s, total_outage_s or slowest_s")
        }
        let patience = record["patience_s"]?.number(positive: true)
        let longest = record["longest_outage_s"]?.number()
        let total = record["total_outage_s"]?.number()
        let slowest = record["slowest_s"]?.number(positive: true)
        guard let probe = record["probe"]?.text() else { return nil }
        let expectation = patience.map { patience in
            Expectation(
                probe: Glob(probe.value), patienceSeconds: patience.value, longestOutageSeconds: longest?.value,
                totalOutageSeconds: total?.value, slowestSeconds: slowest?.value)
        }
        return ScenarioDocument.ExpectationEntry(probe: probe, expectation: expectation)
    }

    /// A fault of a scenario. What its kind is told stands beside the keys that every fault has.
    func fault() -> ScenarioDocument.FaultEntry? {
        guard let entries = entries() else { return nil }
        let values = Dictionary(entries.map { ($0.key.value, $0.value) }) { first, _ in first }
        for key in ["fault", "on", "at"] where values[key] == nil { error("missing key \"\(key)\"", hint: "add it") }
        let arguments = entries.filter { !Fault.keys.contains($0.key.value) }
            .compactMap { entry in entry.value.scalarText().map { (key: entry.key, value: $0) } }
        let kind = values["fault"]?.text()
        let machine = values["on"]?.text()
        let moment = values["at"]?.moment()
        let seconds = values["for"]?.number(positive: true)?.value
        guard let kind, let machine, let moment else { return nil }
        return ScenarioDocument.FaultEntry(
            kind: kind, machine: machine, moment: moment, seconds: seconds, arguments: arguments, location: location)
    }

    /// What is done after the update: `{scale: {Compute: +1}}`.
    func scaling() -> [Located<RoleScaling>] {
        guard let record = record(required: ["scale"]) else { return [] }
        return record["scale"]?.entries()?.compactMap { role, value in
            guard let change = value.integer(in: -100...100) else { return nil }
            if change.value == 0 { value.error("no machine joins or leaves", hint: "write +1 or -1") }
            return Located(RoleScaling(role: role.value, change: change.value), at: role.location)
        } ?? []
    }

    private func moment() -> FaultMoment? {
        guard let text = scalarText() else { return nil }
        if let moment = FaultMoment(text.value) { return moment }
        error(
            "\"\(text.value)\" is no moment",
            hint:
                "write seconds of the quiet time (5), random, or before, during or after a step: \"during update-rest on controller-1 + 10\""
        )
        return nil
    }
}
