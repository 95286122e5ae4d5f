import RehearsalModel
import RehearsalPlanner

/// The topology of the talk in small figures, and what plans are made of.
enum Fixture {
    static let services = [
        Service(name: "base", description: "every machine"),
        Service(name: "cluster", description: "the cluster", updatePackages: [Glob("pacemaker*"), Glob("corosync*")]),
        Service(name: "vip", description: "the virtual addresses"),
        Service(name: "haproxy", description: "the front door", updatePackages: [Glob("haproxy*")]),
        Service(name: "galera", description: "the database", updatePackages: [Glob("mariadb*")]),
        Service(
            name: "keystone", description: "the identity API",
            updatePackages: [Glob("keystone*"), Glob("python3-keystone*")]),
        Service(name: "workload", description: "a tenant's workload"),
        Service(name: "puppet-modules", description: "Puppet modules", updatePackages: [Glob("puppet*")]),
        Service(name: "repository", description: "the packages", updatePackages: [Glob("lighttpd*")]),
    ]

    static let procedures = [
        ("move-vips", ["standby-addresses"]), ("drain", ["drain-backends"]), ("undrain", ["undrain-backends"]),
        (
            "update-controller",
            [
                "check-identifier", "stop-cluster", "end-keepalived", "update-<service>", "update-rest",
                "start-cluster", "rejoin", "record-identifier",
            ]
        ),
        ("update-machine", ["check-identifier", "update-<service>", "update-rest", "record-identifier"]),
        ("talk-controller", ["touch-marker", "stop-cluster", "upgrade", "start-cluster", "wait-online"]),
        ("talk-compute", ["touch-marker", "upgrade-puppet-modules"]), ("talk-packages", ["upgrade"]),
        ("talk-maintenance-on", []), ("talk-maintenance-off", []), ("talk-restart", ["restart-all"]),
    ].map { ProcedureSummary(name: $0, substeps: $1) }

    /// - Parameter agent: A service that controllers and computes have besides.
    static func topology(controllers: Int = 3, computes: Int = 2, agent: String? = nil) -> Topology {
        let besides = agent.map { [$0] } ?? []
        let roles = [
            RoleAssignment(
                role: "Undercloud", count: 1, memoryMiB: 512, vcpus: 1, services: ["base", "repository"]),
            RoleAssignment(
                role: "Controller", count: controllers, memoryMiB: 2048, vcpus: 1,
                services: ["base", "cluster", "vip", "haproxy", "galera", "keystone"] + besides),
            RoleAssignment(
                role: "Compute", count: computes, memoryMiB: 512, vcpus: 1,
                services: ["base", "workload", "puppet-modules"] + besides),
        ]
        var machines: [Machine] = []
        for role in roles {
            for index in 0..<role.count {
                machines.append(
                    Machine(
                        name: role.role == "Undercloud" ? "undercloud" : "\(role.role.lowercased())-\(index)",
                        role: role.role, index: index, number: machines.count + 1, memoryMiB: role.memoryMiB,
                        vcpus: role.vcpus, interfaces: [], services: role.services))
            }
        }
        return Topology(
            name: "ha", networks: [], virtualAddresses: [], router: nil, roles: roles, machines: machines)
    }

    static let packages: [String: [String]] = [
        "Undercloud": ["lighttpd", "openssl"],
        "Controller": ["haproxy", "mariadb-server", "mariadb-client", "keystone", "python3-keystone", "openssl"],
        "Compute": ["openssl", "puppet-module-nova"],
    ]

    static func input(
        topology: Topology = topology(), driver: ProcedureDriver = .agent, seed: UInt64 = 1, breakpoints: [String] = [".*"],
        isControl: Bool = false, without machines: Set<String> = [], procedures: [ProcedureSummary] = procedures
    ) -> PlanInput {
        let delta = topology.machines.filter { !machines.contains($0.name) }.map { machine in
            (machine.name, (packages[machine.role] ?? []).map { PackageChange(name: $0, from: "1", to: "2") })
        }
        return PlanInput(
            topology: topology, services: services,
            delta: Dictionary(uniqueKeysWithValues: delta), procedures: procedures,
            parameters: PlanParameters(
                identifier: "1763823600", driver: driver, seed: seed, breakpoints: breakpoints, isControl: isControl, slowness: 11))
    }

    /// The strategies that update anything.
    static let updatingStrategies = Strategies.names.filter { $0 != RecordStrategy.name }

    /// The procedures that update a machine, of which each machine meets one.
    static let updates: Set<String> = [
        "update-controller", "update-machine", "talk-controller", "talk-compute",
    ]
}

extension Step {
    /// The name of the procedure, if it is one.
    var procedure: String? {
        guard case .procedure(let name, _, _) = action else { return nil }
        return name
    }

    /// Whether it is a machine's own update.
    var isUpdate: Bool {
        procedure.map(Fixture.updates.contains) ?? false
    }
}
