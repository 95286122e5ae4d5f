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
    ///   - checks: The checks of machines that there are.
    ///   - substeps: The names of all sub-steps of all procedures.
    /// - Returns: The scenario.
    /// - Throws: All problems between them: an unknown strategy, an expectation of a probe that is not there.
    public static func resolve(
        _ document: ScenarioDocument, services: [Service], strategies: [String], faults: [FaultKind] = [], machines: [Machine] = [],
        checks: [MachineCheck] = [], substeps: Set<String> = []
    ) throws(DiagnosticsError) -> Scenario {
        try DiagnosticSink.collect { sink in
            resolve(
                document, services: services, strategies: strategies, faults: faults, machines: machines, checks: checks,
                substeps: substeps,
                sink: sink)
        }.value
    }

    /// The same, for a topology that may be too wrong to know its services (`nil`).
    static func resolve(
        _ document: ScenarioDocument, services: [Service]?, strategies: [String], faults: [FaultKind], machines: [Machine]?,
        checks: [MachineCheck], substeps: Set<String>, sink: DiagnosticSink
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
        for name in document.checks ?? [] where !known.contains(name.value) {
            sink.error(
                "checks: there is no check \"\(name.value)\"", at: name.location,
                hint: Suggestion.hint(for: name.value, among: known, kind: "checks"))
        }
        let chosen = checks.filter { check in document.checks?.contains { $0.value == check.name } ?? true }
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
            checks: chosen,
            leftOut: document.leftOut.map(\.value),
            looksFor: WellKnownCheck.allCases.filter { check in document.checks?.contains { $0.value == check.rawValue } ?? true })
    }
}
