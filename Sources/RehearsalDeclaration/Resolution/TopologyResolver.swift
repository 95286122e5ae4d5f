import RehearsalModel

/// Resolves one topology. Each problem is reported, and does not keep the rest from being checked.
struct TopologyResolver {
    private let document: TopologyDocument
    private let catalog: Catalog
    private let unreadable: Set<String>
    private let sink: DiagnosticSink
    private var ledger: AddressLedger

    init(document: TopologyDocument, catalog: Catalog, unreadable: Set<String>, sink: DiagnosticSink) {
        self.document = document
        self.catalog = catalog
        self.unreadable = unreadable
        self.sink = sink
        ledger = AddressLedger(sink: sink)
    }

    mutating func resolve() -> Topology? {
        let networks = resolveNetworks()
        let virtualAddresses = resolveVirtualAddresses()
        let roles = document.roles.compactMap(resolveRole)
        reportMissingNeeds(of: roles)
        reportEvenClusters(among: roles)
        var machines: [Machine] = []
        for role in roles { makeMachines(of: role, 0..<role.assignment.count, into: &machines) }
        let count = machines.count
        for role in roles { makeMachines(of: role, spares(of: role), into: &machines) }
        let router = resolveRouter(machines: machines)
        guard let name = document.name else { return nil }
        return Topology(
            name: name, networks: networks, virtualAddresses: virtualAddresses, router: router,
            roles: roles.map(\.assignment), machines: Array(machines.prefix(count)), spares: Array(machines.dropFirst(count)))
    }

    // MARK: Networks and addresses

    private mutating func resolveNetworks() -> [Network] {
        var seen: [(name: String, cidr: IPv4Network)] = []
        return document.networks.compactMap { entry -> Network? in
            let name = entry.name.value
            if Self.reservedNames.contains(name) {
                sink.error(
                    "networks: \"\(name)\" cannot be the name of a network", at: entry.name.location,
                    hint: "templates use the word for something else, choose another")
            }
            guard let cidr = entry.cidr else { return nil }
            if let other = seen.first(where: { $0.cidr.overlaps(cidr.value) }) {
                sink.error(
                    "network \(name) (\(cidr.value)) overlaps network \(other.name) (\(other.cidr))",
                    at: cidr.location, hint: "give it addresses of its own")
            }
            seen.append((name, cidr.value))
            if let recorder = entry.recorder {
                ledger.enter(
                    recorder.value, of: "the recorder", in: cidr.value, called: name, at: recorder.location)
            }
            return Network(name: name, cidr: cidr.value, mtu: entry.mtu, recorder: entry.recorder?.value)
        }
    }

    /// The keys of a machine's template context that are not names of networks.
    private static let reservedNames: Set<String> = [
        "first", "index", "interfaces", "last", "name", "number", "peers", "role", "workload",
    ]

    private mutating func resolveVirtualAddresses() -> [VirtualAddress] {
        document.addresses.compactMap { entry in
            guard let network = entry.network, let address = entry.address,
                let cidr = cidr(of: network, for: "addresses.\(entry.name.value)")
            else { return nil }
            ledger.enter(
                address.value, of: "virtual address \(entry.name.value)", in: cidr, called: network.value,
                at: address.location)
            return VirtualAddress(name: entry.name.value, network: network.value, address: address.value)
        }
    }

    private mutating func resolveRouter(machines: [Machine]) -> Router? {
        guard let entry = document.router, let cidr = entry.cidr, let gateway = entry.gateway else { return nil }
        if let other = document.networks.first(where: { $0.cidr?.value.overlaps(cidr.value) ?? false }) {
            sink.error(
                "router.cidr: \(cidr.value) overlaps network \(other.name.value)", at: cidr.location,
                hint: "give the workloads addresses of their own")
            return nil
        }
        ledger.enter(gateway.value, of: "the gateway", in: cidr.value, called: "router", at: gateway.location)
        guard let network = entry.floatingNetwork, let first = entry.firstFloating,
            let floatingCIDR = self.cidr(of: network, for: "router.floating")
        else { return nil }
        var floating: [FloatingAddress] = []
        for machine in machines where machine.role == Role.compute {
            guard let address = first.value.advanced(by: machine.index),
                let fixed = cidr.value.address.advanced(by: 10 + machine.index)
            else { break }
            let floats = ledger.enter(
                address, of: "the floating address of \(machine.name)", in: floatingCIDR, called: network.value,
                at: first.location)
            let isFixed = ledger.enter(
                fixed, of: "the workload of \(machine.name)", in: cidr.value, called: "router", at: cidr.location)
            guard floats && isFixed else { break }
            floating.append(
                FloatingAddress(address: address, fixed: fixed, machine: machine.name, number: machine.number))
        }
        return Router(
            cidr: cidr.value, gateway: gateway.value, floatingNetwork: network.value, floating: floating)
    }

    /// The addresses of a network.
    ///
    /// - Returns: `nil` if there is no such network, which is reported, or if its addresses are wrong, which was reported before.
    private func cidr(of network: Located<String>, for path: String) -> IPv4Network? {
        guard let entry = document.networks.first(where: { $0.name.value == network.value }) else {
            // A topology without any network is reported elsewhere.
            guard !document.networks.isEmpty else { return nil }
            sink.error(
                "\(path): there is no network \"\(network.value)\"", at: network.location,
                hint: Suggestion.hint(
                    for: network.value, among: document.networks.map(\.name.value), kind: "networks"))
            return nil
        }
        return entry.cidr?.value
    }

    // MARK: Roles and services

    private struct ResolvedRole {
        let entry: TopologyDocument.RoleEntry
        let assignment: RoleAssignment
        /// The services, each with the place to report problems at: in the topology's own list, or where the role is named.
        let services: [Located<String>]
    }

    private func resolveRole(_ entry: TopologyDocument.RoleEntry) -> ResolvedRole? {
        let name = entry.name.value
        guard let role = catalog.role(named: name) else {
            let near = Suggestion.nearest(to: name, among: catalog.roles.map(\.name))
            sink.error(
                "roles: there is no image for role \"\(name)\"", at: entry.name.location,
                hint: near.map { "did you mean \"\($0)\"?" } ?? "add Images/roles/\(name).yaml")
            return nil
        }
        let services = entry.services ?? role.services.map { Located($0, at: entry.name.location) }
        for service in entry.services ?? [] where catalog.service(named: service.value) == nil {
            Catalog.reportUnknownService(
                service, of: "roles.\(name)", among: catalog.services.map(\.name), sink: sink)
        }
        if entry.memoryMiB ?? role.memoryMiB == nil {
            reportMissing("memory_mib", of: entry)
        }
        if entry.vcpus ?? role.vcpus == nil {
            reportMissing("vcpus", of: entry)
        }
        return ResolvedRole(
            entry: entry,
            assignment: RoleAssignment(
                role: name, count: entry.count?.value ?? 0, memoryMiB: entry.memoryMiB ?? role.memoryMiB ?? 0,
                vcpus: entry.vcpus ?? role.vcpus ?? 0, services: services.map(\.value)),
            services: services)
    }

    private func reportMissing(_ key: String, of entry: TopologyDocument.RoleEntry) {
        guard !unreadable.contains(entry.name.value) else { return }
        sink.error(
            "roles.\(entry.name.value): missing key \"\(key)\"", at: entry.name.location,
            hint: "add it here or to Images/roles/\(entry.name.value).yaml")
    }

    private func reportMissingNeeds(of roles: [ResolvedRole]) {
        let present = Set(roles.flatMap(\.assignment.services))
        let known = Set(catalog.services.map(\.name))
        // A role that cannot be read, or a service that is misspelt, may be the one that is needed.
        guard unreadable.isDisjoint(with: roles.map(\.assignment.role)), present.isSubset(of: known) else { return }
        for role in roles {
            for service in role.services {
                for need in catalog.service(named: service.value)?.needs ?? []
                where known.contains(need) && !present.contains(need) {
                    sink.error(
                        "roles.\(role.assignment.role): service \(service.value) needs service \(need), which no role has",
                        at: service.location, hint: "add \(need) to the services of a role, or remove \(service.value)")
                }
            }
        }
    }

    private func reportEvenClusters(among roles: [ResolvedRole]) {
        for role in roles where role.assignment.services.contains(WellKnownService.cluster) {
            guard let count = role.entry.count, count.value.isMultiple(of: 2) else { continue }
            sink.warning(
                "roles.\(role.assignment.role).count: a cluster of \(count.value) survives no more losses than one of \(count.value - 1)",
                at: count.location, hint: "use an odd number")
        }
    }

    // MARK: Machines

    /// The places of a role's machines that are switched off until the cloud grows.
    private func spares(of role: ResolvedRole) -> Range<Int> {
        let count = role.assignment.count
        guard let spares = role.entry.spares, spares.value > 0 else { return count..<count }
        for service in [WellKnownService.cluster, WellKnownService.repository] where role.assignment.services.contains(service) {
            sink.error(
                "roles.\(role.assignment.role).spares: a machine with the service \(service) cannot join later", at: spares.location,
                hint: "take the line out; machines of other roles can")
            return count..<count
        }
        return count..<count + spares.value
    }

    private mutating func makeMachines(of role: ResolvedRole, _ places: Range<Int>, into machines: inout [Machine]) {
        guard !places.isEmpty else { return }
        let assignment = role.assignment
        let addresses = firstAddresses(of: role.entry)
        var outOfAddresses: Set<String> = []
        for index in places {
            let name = Self.machineName(role: assignment.role, index: index, of: assignment.count)
            guard !machines.contains(where: { $0.name == name }) else {
                sink.error(
                    "roles: machine name \"\(name)\" is used twice", at: role.entry.name.location,
                    hint: "role names must differ in more than capitals")
                break
            }
            let number = machines.count + 1
            let interfaces = makeInterfaces(
                of: name, index: index, number: number, addresses: addresses, outOfAddresses: &outOfAddresses)
            machines.append(
                Machine(
                    name: name, role: assignment.role, index: index, number: number,
                    memoryMiB: assignment.memoryMiB, vcpus: assignment.vcpus, interfaces: interfaces,
                    services: assignment.services))
        }
    }

    /// The interfaces of one machine.
    ///
    /// If the addresses of a role on a network cannot be used, only the first machine with such an address is reported.
    private mutating func makeInterfaces(
        of machine: String, index: Int, number: Int, addresses: [String: Located<IPv4Address>],
        outOfAddresses: inout Set<String>
    ) -> [Interface] {
        var interfaces: [Interface] = []
        for (networkIndex, network) in document.networks.enumerated() {
            let name = network.name.value
            guard let cidr = network.cidr?.value, let first = addresses[name],
                let address = first.value.advanced(by: index), !outOfAddresses.contains(name)
            else { continue }
            if !ledger.enter(address, of: machine, in: cidr, called: name, at: first.location) {
                outOfAddresses.insert(name)
            }
            interfaces.append(
                Interface(
                    device: "eth\(interfaces.count)", network: name, address: address, prefix: cidr.prefix,
                    mac: Interface.mac(networkIndex: networkIndex, machineNumber: number)))
        }
        return interfaces
    }

    private func firstAddresses(of entry: TopologyDocument.RoleEntry) -> [String: Located<IPv4Address>] {
        var addresses: [String: Located<IPv4Address>] = [:]
        for (network, first) in entry.addresses {
            if !document.networks.contains(where: { $0.name.value == network.value }) {
                _ = cidr(of: network, for: "roles.\(entry.name.value).addresses")
            }
            addresses[network.value] = first
        }
        return addresses
    }

    private static func machineName(role: String, index: Int, of count: Int) -> String {
        role == Role.undercloud && count == 1 ? "undercloud" : "\(role.lowercased())-\(index)"
    }
}
