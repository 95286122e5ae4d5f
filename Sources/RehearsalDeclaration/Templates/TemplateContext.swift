public import PlainJSON
public import RehearsalModel

/// The values that the templates of images and probes can use, of a topology and of one of its machines.
///
/// The keys are documented in `docs/file-formats.md`. A key is absent if the topology or the machine has no such thing.
public enum TemplateContext {
    /// The context for the files of one machine.
    ///
    /// - Parameters:
    ///   - topology: The topology.
    ///   - machine: The machine whose files are made; `nil` for what belongs to no machine, such as some probes.
    ///   - catalog: Says which secrets the services declare: those of the machine's services are in the context, or, without a machine,
    ///     those of all services of the topology.
    ///   - secrets: The values of the secrets, by name.
    /// - Returns: The values, by the names that templates use.
    public static func make(
        topology: Topology, machine: Machine?, catalog: Catalog, secrets: [String: String]
    ) -> [String: JSONValue] {
        // Machines know those that may join them later.
        let machines = topology.allMachines.map { self.machine($0, in: topology) }
        func all(_ role: String) -> JSONValue {
            .array(zip(topology.allMachines, machines).filter { $0.0.role == role }.map(\.1))
        }
        let declared = catalog.secrets(of: machine?.services ?? topology.services).compactMap { name in
            secrets[name].map { (name: name, value: $0) }
        }
        var context: [String: JSONValue] = [
            "topology": .string(topology.name),
            "machines": .array(machines),
            "controllers": all(Role.controller),
            "computes": all(Role.compute),
            "vip": .object(
                dictionary(topology.virtualAddresses.map { ($0.name, .string($0.address.description)) })),
            "network": .object(dictionary(topology.networks.map { ($0.name, network($0)) })),
            "secret": .object(dictionary(declared.map { ($0.name, .string($0.value)) })),
            "secrets": .array(
                declared.map { .object(["variable": .string($0.name.uppercased()), "value": .string($0.value)]) }),
        ]
        context["machine"] = machine.map { self.machine($0, in: topology) }
        context["undercloud"] = topology.machines(inRole: Role.undercloud).first.map {
            self.machine($0, in: topology)
        }
        context["router"] = topology.router.map(router)
        return context
    }

    private static func machine(_ machine: Machine, in topology: Topology) -> JSONValue {
        let peers = topology.allMachines.filter { $0.role == machine.role && $0.name != machine.name }
        var values = values(of: machine, in: topology)
        values["peers"] = .array(peers.map { .object(self.values(of: $0, in: topology)) })
        return .object(values)
    }

    /// The values of a machine, without its peers.
    private static func values(of machine: Machine, in topology: Topology) -> [String: JSONValue] {
        var values: [String: JSONValue] = [
            "name": .string(machine.name),
            "role": .string(machine.role),
            "index": .integer(machine.index),
            "number": .integer(machine.number),
            "first": .bool(machine.index == 0),
            "last": .bool(machine.index == topology.allMachines.count { $0.role == machine.role } - 1),
            "is_\(machine.role.lowercased())": true,
            "interfaces": .array(machine.interfaces.map { interface($0, in: topology) }),
        ]
        for interface in machine.interfaces {
            values[interface.network] = .string(interface.address.description)
        }
        if let floating = topology.router?.floating.first(where: { $0.machine == machine.name }) {
            values["workload"] = .object([
                "address": .string(floating.fixed.description),
                "floating": .string(floating.address.description),
            ])
        }
        return values
    }

    private static func interface(_ interface: Interface, in topology: Topology) -> JSONValue {
        .object([
            "device": .string(interface.device),
            "network": .string(interface.network),
            "address": .string(interface.address.description),
            "prefix": .integer(interface.prefix),
            "mac": .string(interface.mac),
            "mtu": .integer(topology.network(named: interface.network)?.mtu ?? 1500),
        ])
    }

    private static func network(_ network: Network) -> JSONValue {
        var values: [String: JSONValue] = [
            "cidr": .string(network.cidr.description),
            "address": .string(network.cidr.address.description),
            "prefix": .integer(network.cidr.prefix),
            "mtu": .integer(network.mtu),
        ]
        values["recorder"] = network.recorder.map { .string($0.description) }
        return .object(values)
    }

    private static func router(_ router: Router) -> JSONValue {
        .object([
            "cidr": .string(router.cidr.description),
            "prefix": .integer(router.cidr.prefix),
            "gateway": .string(router.gateway.description),
            "floating": .array(
                router.floating.map { floating in
                    .object([
                        "address": .string(floating.address.description),
                        "fixed": .string(floating.fixed.description),
                        "machine": .string(floating.machine),
                        "number": .integer(floating.number),
                    ])
                }),
        ])
    }

    private static func dictionary(_ pairs: [(String, JSONValue)]) -> [String: JSONValue] {
        Dictionary(pairs) { first, _ in first }
    }
}

extension TemplateContext {
    /// A secret that a template names and the context does not have: Mustache would silently make an empty text of it.
    public static func unknownSecret(in text: String, context: [String: JSONValue]) -> String? {
        let known = secretNames(in: context)
        return text.matches(of: #/\{\{\{?\s*secret\.([A-Za-z0-9_-]+)/#).map { String($0.output.1) }.first { !known.contains($0) }
    }

    /// What helps somebody whose template names a secret that its service does not declare.
    public static func secretHint(_ name: String, context: [String: JSONValue]) -> String {
        Suggestion.nearest(to: name, among: secretNames(in: context)).map { "did you mean \"\($0)\"?" }
            ?? "add it to `secrets:` in the file"
    }

    private static func secretNames(in context: [String: JSONValue]) -> [String] {
        guard case .object(let secrets)? = context["secret"] else { return [] }
        return secrets.keys.sorted()
    }
}
