import PlainJSON
public import RehearsalModel

/// Makes the recorder's probes from what the services of a topology declare.
public enum ProbeBuilder {
    /// The probes of all services of a topology.
    ///
    /// A probe whose name, target or settings speak of `machine` is made once for each machine that runs its service; any other is
    /// made once. A setting that names a network also gives the setting of its kind that names the network's bridge.
    ///
    /// - Throws: ``TemplateError`` when a template is malformed.
    public static func make(
        topology: Topology, catalog: Catalog, kinds: [ProbeKind], secrets: [String: String]
    ) throws(TemplateError) -> [ProbeSpecification] {
        var probes: [ProbeSpecification] = []
        for service in catalog.services(of: topology) {
            for template in service.probes {
                for machine in machines(of: template, service: service.name, in: topology) {
                    let context = TemplateContext.make(topology: topology, machine: machine, catalog: catalog, secrets: secrets)
                    let file = "Images/services/\(service.name)/service.yaml"
                    var probe = try render(template, context: context, file: file)
                    probe.service = service.name
                    addBridges(to: &probe, kinds: kinds, networks: topology.networks)
                    probes.append(probe)
                }
            }
        }
        return probes
    }

    /// The machines for each of which a probe is made; `nil` stands for a probe that is made once, whatever the machine.
    static func machines(of template: ProbeTemplate, service: String, in topology: Topology) -> [Machine?] {
        template.isPerMachine ? topology.machines(running: service).map(Optional.some) : [nil]
    }

    /// A probe with the texts that its templates give, without white space at their ends.
    static func render(
        _ template: ProbeTemplate, context: [String: JSONValue], file: String
    ) throws(TemplateError) -> ProbeSpecification {
        func render(_ text: String) throws(TemplateError) -> String {
            var rendered = try TemplateRenderer.render(text, context: context, file: file)
            while rendered.last?.isWhitespace == true { rendered.removeLast() }
            return rendered
        }
        var probe = template.written
        probe.name = try render(probe.name)
        probe.target = try render(probe.target)
        for (name, text) in probe.settings { probe.settings[name] = try render(text) }
        return probe
    }

    private static func addBridges(to probe: inout ProbeSpecification, kinds: [ProbeKind], networks: [Network]) {
        for setting in kinds.first(where: { $0.name == probe.kind })?.settings ?? [] {
            guard let bridgeSetting = setting.bridgeSetting, let name = probe.settings[setting.name],
                let network = networks.first(where: { $0.name == name })
            else { continue }
            probe.settings[bridgeSetting] = network.bridge
        }
    }
}
