public import RehearsalModel

/// The files that declare one rehearsal, checked together: a topology, a scenario, roles and services.
///
/// ```swift
/// let declaration = try Declaration.decode(
///     topology: SourceFile(name: "Topologies/ha.yaml", text: topologyText),
///     scenario: SourceFile(name: "Scenarios/minor-update.yaml", text: scenarioText),
///     roles: roleFiles, services: serviceFiles, strategies: Strategies.names, probeKinds: ProbeKinds.all)
/// ```
public struct Declaration: Hashable, Codable, Sendable {
    /// The topology that is raised.
    public let topology: Topology
    /// The scenario that is rehearsed on it, if there is one.
    public let scenario: Scenario?
    /// All roles and services of the project.
    public let catalog: Catalog
    /// The kinds of faults that the scenario may use.
    public let faultKinds: [FaultKind]

    /// The same with other numbers of machines.
    public func having(_ topology: Topology) -> Declaration {
        Declaration(topology: topology, scenario: scenario, catalog: catalog, faultKinds: faultKinds)
    }

    /// Decodes and checks all files.
    ///
    /// - Parameters:
    ///   - topology: The topology file.
    ///   - scenario: The scenario file, if there is one.
    ///   - way: Which way of running the scenario is meant, if it has several.
    ///   - roles: All role files, each named after its role.
    ///   - services: All service files, each in the folder of its service.
    ///   - strategies: The names of all strategies.
    ///   - probeKinds: All kinds of probes.
    ///   - checks: The files of all checks of machines, each named after its check.
    ///   - substeps: The names of all sub-steps of all procedures.
    ///   - faults: The files of all kinds of faults, each named after its kind; of two of one name the first counts.
    /// - Returns: The declaration, and the warnings about the files.
    /// - Throws: All problems in all files.
    public static func decode(
        topology: SourceFile, scenario: SourceFile? = nil, way: String? = nil, roles: [SourceFile], services: [SourceFile],
        strategies: [String], probeKinds: [ProbeKind], checks: [SourceFile] = [], substeps: Set<String> = [],
        faults: [SourceFile] = []
    ) throws(DiagnosticsError) -> Loaded<Declaration> {
        try DiagnosticSink.collect { sink in
            let roles = roles.map { RoleDocument.read(text: $0.text, file: $0.name, sink: sink) }
            let services = services.map { ServiceDocument.read(text: $0.text, file: $0.name, probeKinds: probeKinds, sink: sink) }
            let catalog = Catalog.resolve(roles: roles, services: services, sink: sink)
            let unreadable = Set(roles.filter { !$0.isReadable }.map(\.name.value))
            let knowsProbes = unreadable.isEmpty && services.allSatisfy(\.isReadable)

            let problems = sink.errorCount
            let resolvedTopology = TopologyDocument.read(text: topology.text, file: topology.name, sink: sink)
                .flatMap { Topology.resolve($0, catalog: catalog, unreadable: unreadable, sink: sink) }
            if let resolvedTopology, sink.errorCount == problems {
                RenderedProbes(topology: resolvedTopology, catalog: catalog, kinds: probeKinds, sink: sink).check(services)
            }
            let kinds = faultKinds(of: faults, sink: sink)
            let checks = checks.compactMap { CheckDocument.read(text: $0.text, file: $0.name, sink: sink).check }
            let resolvedScenario =
                scenario
                .flatMap { ScenarioDocument.read(text: $0.text, file: $0.name, way: way, sink: sink) }
                .flatMap { document in
                    let composed = resolvedTopology.flatMap { $0.roles.isEmpty || !knowsProbes ? nil : $0 }
                    return Scenario.resolve(
                        document, services: composed.map(catalog.services(of:)), strategies: strategies, faults: kinds,
                        machines: composed?.machines, topology: composed, checks: checks, substeps: substeps, sink: sink)
                }
            return resolvedTopology.map {
                Declaration(topology: $0, scenario: resolvedScenario, catalog: catalog, faultKinds: kinds)
            }
        }
    }

    /// The kinds of faults of some files, and those of the hypervisor; of two of one name the first counts.
    ///
    /// - Throws: All problems in the files.
    public static func faultKinds(of files: [SourceFile]) throws(DiagnosticsError) -> [FaultKind] {
        try DiagnosticSink.collect { faultKinds(of: files, sink: $0) }.value
    }

    private static func faultKinds(of files: [SourceFile], sink: DiagnosticSink) -> [FaultKind] {
        (files.compactMap { FaultDocument.read(text: $0.text, file: $0.name, sink: sink).kind } + FaultKind.ofHypervisor)
            .reduce(into: [FaultKind]()) { kinds, kind in if !kinds.contains(where: { $0.name == kind.name }) { kinds.append(kind) } }
    }
}
