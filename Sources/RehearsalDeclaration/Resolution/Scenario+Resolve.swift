public import RehearsalModel

extension Scenario {
    /// Puts a scenario file together with its topology.
    ///
    /// - Parameters:
    ///   - document: The file.
    ///   - services: The services of the topology, whose probes expectations may name.
    ///   - strategies: The names of the strategies there are.
    ///   - faults: The kinds of faults there are.
    ///   - machines: The machines of the topology, which faults name.
    ///   - topology: The topology, whose roles grow or shrink.
    ///   - checks: The checks of machines that there are.
    ///   - substeps: The names of all sub-steps of all procedures.
    /// - Returns: The scenario.
    /// - Throws: All problems between them: an unknown strategy, an expectation of a probe that is not there.
    public static func resolve(
        _ document: ScenarioDocument, services: [Service], strategies: [String], faults: [FaultKind] = [], machines: [Machine] = [],
        topology: Topology? = nil, checks: [MachineCheck] = [], substeps: Set<String> = []
    ) throws(DiagnosticsError) -> Scenario {
        try DiagnosticSink.collect { sink in
            resolve(
                document, services: services, strategies: strategies, faults: faults, machines: machines, topology: topology,
                checks: checks, substeps: substeps, sink: sink)
        }.value
    }

    /// The same, for a topology that may be too wrong to know its services (`nil`).
    static func resolve(
        _ document: ScenarioDocument, services: [Service]?, strategies: [String], faults: [FaultKind], machines: [Machine]?,
        topology: Topology?, checks: [MachineCheck], substeps: Set<String>, sink: DiagnosticSink
    ) -> Scenario? {
        if let strategy = document.strategy, !strategies.contains(strategy.value) {
            sink.error(
                "strategy: there is no strategy \"\(strategy.value)\"", at: strategy.location,
                hint: Suggestion.hint(for: strategy.value, among: strategies, kind: "strategies"))
        }
        let names = ProcedureDriver.choices.map(\.rawValue)
        if let driver = document.driver, !names.contains(driver.value) {
            sink.error(
                "driver: there is no driver \"\(driver.value)\"", at: driver.location,
                hint: Suggestion.hint(for: driver.value, among: names, kind: "drivers"))
        }
        let hasHeat = services.map { Set([WellKnownService.heat, WellKnownService.heatAgent]).isSubset(of: $0.map(\.name)) }
        if let driver = document.driver, driver.value == ProcedureDriver.heat.rawValue, hasHeat == false {
            sink.error(
                "driver: no role of the topology has the services heat and heat-agent", at: driver.location,
                hint: "add them to the roles, or write \"driver: agent\"")
        }
        let driver =
            document.driver.flatMap { driver in ProcedureDriver.choices.first { $0.rawValue == driver.value } }
            ?? (hasHeat == true ? .heat : .agent)
        if let probes = services?.flatMap(\.probes) {
            for probe in document.expectations.map(\.probe)
            where !probes.contains(where: { $0.canMatch(Glob(probe.value)) }) {
                sink.error(
                    "expectations: no service of the topology has a probe \"\(probe.value)\"", at: probe.location,
                    hint: Suggestion.hint(for: probe.value, among: probes.map(\.name), kind: "probes"))
            }
        }
        let broken = document.faults.compactMap { $0.resolve(kinds: faults, machines: machines, sink: sink) }
        let known = checks.map(\.name) + WellKnownCheck.allCases.map(\.rawValue)
        for (key, names) in [("checks", document.checks ?? []), ("waive", document.waived)] {
            for name in names where !known.contains(name.value) {
                sink.error(
                    "\(key): there is no check \"\(name.value)\"", at: name.location,
                    hint: Suggestion.hint(for: name.value, among: known, kind: "checks"))
            }
        }
        if let topology { check(document.scaling, of: topology, sink: sink) }
        let substeps = substeps.union([RoleScaling.forgetIdentifier])
        for name in document.leftOut where !substeps.contains(name.value) {
            sink.error(
                "leave_out: no procedure has a sub-step \"\(name.value)\"", at: name.location,
                hint: Suggestion.hint(for: name.value, among: substeps.sorted(), kind: "sub-steps"))
        }
        guard let name = document.name, let topology = document.topology, let strategy = document.strategy else {
            return nil
        }
        return Scenario(
            name: name, topology: topology, strategy: strategy.value, driver: driver, seed: document.seed,
            candidate: document.candidate, baselineSeconds: document.baselineSeconds,
            breakpoints: document.breakpoints, expectations: document.expectations.compactMap(\.expectation), faults: broken,
            checks: checks.filter { document.chooses($0.name) },
            leftOut: document.leftOut.map(\.value),
            looksFor: WellKnownCheck.allCases.filter { document.chooses($0.rawValue) },
            scaling: document.scaling.map(\.value))
    }

    /// Reports roles that are not there, or that cannot have as many machines.
    private static func check(_ scaling: [Located<RoleScaling>], of topology: Topology, sink: DiagnosticSink) {
        var topology = topology
        for scaling in scaling {
            let (role, change) = (scaling.value.role, scaling.value.change)
            guard let assignment = topology.roles.first(where: { $0.role == role }) else {
                sink.error(
                    "after: the topology has no role \"\(role)\"", at: scaling.location,
                    hint: Suggestion.hint(for: role, among: topology.roles.map(\.role), kind: "roles"))
                continue
            }
            guard let scaled = topology.scaled(role, by: change) else {
                let spares = topology.spares.count { $0.role == role }
                sink.error(
                    "after: role \(role) has \(assignment.count) machines, and \(spares) more that could join", at: scaling.location,
                    hint: "write `spares: N` in the role of the topology, or another number")
                continue
            }
            topology = scaled
        }
    }
}
