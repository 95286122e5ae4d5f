import RehearsalModel

/// Checks the probes of a topology as the recorder would get them.
///
/// What a template gives is known only when there is a topology. The secrets are not known before the images are built, so stand-ins
/// take their places.
struct RenderedProbes {
    let topology: Topology
    let catalog: Catalog
    let kinds: [ProbeKind]
    let sink: DiagnosticSink

    private var standIns: [String: String] {
        Dictionary(uniqueKeysWithValues: catalog.secrets(of: catalog.services.map(\.name)).map { ($0, "stand-in") })
    }

    /// Reports every template of the services' probes that gives a text with which the recorder could do nothing, each once.
    func check(_ services: [ServiceDocument]) {
        let used = Set(topology.services)
        var names: [String: ProbeEntry] = [:]
        for service in services where used.contains(service.name.value) {
            for entry in service.probes { check(entry, of: service, names: &names) }
        }
    }

    private func check(_ entry: ProbeEntry, of service: ServiceDocument, names: inout [String: ProbeEntry]) {
        var reported: Set<ProbeProblem.Part> = []
        for machine in ProbeBuilder.machines(of: entry.template, service: service.name.value, in: topology) {
            guard let probe = render(entry, machine: machine, file: service.file) else { return }
            for problem in probe.problems(kinds: kinds) where entry.isTemplate(problem.part) && problem.known.isEmpty {
                guard reported.insert(problem.part).inserted else { continue }
                let origin = "\"\(entry.text(of: problem.part) ?? "")\"" + (machine.map { " for \($0.name)" } ?? "")
                entry.report(problem, origin: origin, sink: sink)
            }
            checkNetworks(of: probe, entry, reported: &reported)
            if let other = names.updateValue(entry, forKey: probe.name), reported.insert(.name).inserted {
                reportSameName(probe.name, entry, other)
            }
        }
    }

    private func render(_ entry: ProbeEntry, machine: Machine?, file: String) -> ProbeSpecification? {
        let context = TemplateContext.make(topology: topology, machine: machine, catalog: catalog, secrets: standIns)
        return entry.rendered(context: context, file: file, whose: "the service", sink: sink)
    }

    /// Reports settings that name a network which the topology does not have.
    private func checkNetworks(of probe: ProbeSpecification, _ entry: ProbeEntry, reported: inout Set<ProbeProblem.Part>) {
        let known = topology.networks.map(\.name)
        for setting in kinds.first(where: { $0.name == probe.kind })?.settings ?? [] where setting.bridgeSetting != nil {
            let part = ProbeProblem.Part.setting(setting.name)
            guard let name = probe.settings[setting.name], !known.contains(name), reported.insert(part).inserted else { continue }
            entry.report(
                part, "the topology has no network \"\(name)\"", hint: Suggestion.hint(for: name, among: known, kind: "networks"),
                sink: sink)
        }
    }

    /// Reports two probes whose names are the same only when they are rendered; that two files say the same name is reported elsewhere.
    private func reportSameName(_ name: String, _ entry: ProbeEntry, _ other: ProbeEntry) {
        if entry.location == other.location {
            guard !entry.template.isAmbiguous else { return }
            entry.report(
                .name, "the probes of several machines would be called \"\(name)\"", hint: "put {{machine.name}} into it", sink: sink)
        } else if entry.template.name != other.template.name {
            entry.report(
                .name, "probe \"\(name)\" is declared twice, first at \(other.name.location)", hint: "rename one of them", sink: sink)
        }
    }
}
