import RehearsalDeclaration
import RehearsalImages
public import RehearsalModel

/// Makes the recorder's probes of what the services of a topology declare.
public enum ProbeBuilder {
    /// A probe whose name, target or settings speak of `machine` is made once for each machine that runs its service; any other
    /// is made once. A setting `network` becomes the bridge of that network in the testbed's namespace.
    ///
    /// - Throws: `ImageError` when a template cannot be read.
    public static func make(topology: Topology, catalog: Catalog, secrets: [String: String]) throws -> [ProbeSpecification] {
        try catalog.services(of: topology).flatMap { service in
            try service.probes.flatMap { template in
                let machines = template.isPerMachine ? topology.machines(running: service.name).map(Optional.some) : [nil]
                return try machines.map { machine in
                    let context = TemplateContext.make(topology: topology, machine: machine, secrets: secrets)
                    let file = "Images/services/\(service.name)/service.yaml"
                    func render(_ text: String) throws -> String {
                        try TemplateRenderer.render(text, context: context, file: file).trimmingTrailingSpace()
                    }
                    var settings = try template.settings.mapValues(render)
                    if let network = settings["network"] { settings["interface"] = TestbedRaiser.bridge(of: network) }
                    return ProbeSpecification(
                        name: try render(template.name), kind: template.kind, target: try render(template.target),
                        periodMilliseconds: template.periodMilliseconds, settings: settings)
                }
            }
        }
    }
}

extension String {
    fileprivate func trimmingTrailingSpace() -> String {
        var text = self
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
