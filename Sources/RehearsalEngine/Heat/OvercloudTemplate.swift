public import Foundation
public import Heat
import PlainJSON
import RehearsalDeclaration
public import RehearsalModel

/// The overcloud's stack, made from the templates in `Images/heat` and a topology.
///
/// The stack has a resource group for each role. In the group each machine has a stack of its own, with its ports, its server and the
/// deployment that updates it. TripleO laid its stack out in the same way (tripleo-heat-templates of Liberty; docs/tripleo.md).
public struct OvercloudTemplate: Sendable {
    /// The stack's name, as in TripleO (docs/tripleo.md#the-command).
    public static let stackName = "overcloud"
    /// The name of the deployment that updates a machine. Hooks and events use it; it is that of tripleo-common 2.0.0.
    public static let deployment = "UpdateDeployment"
    /// The parameter that holds the update identifier.
    static let identifierParameter = "UpdateIdentifier"
    /// The resource types that stand for a machine, a port or a network. An update must not replace such a resource.
    public static let identities: Set<String> = ["OS::Heat::DeployedServer", "Rehearsal::Net::Port", "Rehearsal::Net::Network"]

    private let topology: Topology
    private let heat: URL
    private let procedures: URL
    private let url: String

    /// The procedure that updates the machines of a role.
    public struct RoleUpdate: Sendable, Equatable {
        /// The procedure's name.
        public var procedure: String
        /// The procedure's arguments after the update identifier: "service=package,package".
        public var packages: [String]
    }

    /// A procedure that Heat starts on a machine after every machine has been updated.
    public struct UpdateTask: Sendable, Equatable {
        /// The step of the plan.
        public var step: StepID
        /// The name of the task's deployment in the overcloud's stack.
        public var resource: String
        /// The machine that runs the procedure.
        public var machine: String
        /// The procedure's name. Its argument is the update identifier.
        public var procedure: String
    }

    /// Makes the template for a topology.
    ///
    /// - Parameter images: The directory `Images`.
    /// - Throws: ``EngineError`` if no machine runs Heat.
    public init(topology: Topology, images: URL) throws {
        url = "http://\(try Self.address(in: topology)):8004/v1/admin"
        self.topology = topology
        heat = images.appendingPathComponent("heat")
        procedures = images.appendingPathComponent("procedures")
    }

    /// Refuses a topology that Heat cannot drive.
    ///
    /// - Throws: ``EngineError`` if no machine runs Heat.
    public static func check(_ topology: Topology) throws { _ = try address(in: topology) }

    /// The address of the machine that runs Heat.
    private static func address(in topology: Topology) throws -> IPv4Address {
        guard let undercloud = topology.machines(running: WellKnownService.heat).first,
            let address = undercloud.interfaces.first?.address
        else {
            throw EngineError(
                .testbed, "topology \(topology.name) has no machine with the service \(WellKnownService.heat)",
                hint: "add the service to a role, or write \"driver: agent\" in the scenario")
        }
        return address
    }

    /// The roles whose machines are part of the overcloud.
    public var roles: [RoleAssignment] { topology.roles.filter { $0.services.contains(WellKnownService.heatAgent) && $0.count > 0 } }

    /// The names of the machines that are part of the overcloud.
    var machines: [String] { roles.flatMap { topology.machines(inRole: $0.role) }.map(\.name) }

    /// The URL at which a machine asks for its deployments.
    func metadataURL(server: String) -> String { "\(url)/software_deployments/metadata/\(server)" }

    /// The machine that a member of a role's resource group stands for.
    func machine(role: String, index: String) -> String? {
        Int(index).flatMap { index in topology.machines(inRole: role).first { $0.index == index } }?.name
    }

    /// The update of each role that a plan updates.
    ///
    /// - Throws: ``EngineError`` if the plan updates two machines of one role in different ways.
    public func updates(of plan: Plan) throws -> [String: RoleUpdate] {
        var updates: [String: RoleUpdate] = [:]
        for step in plan.steps {
            guard case .procedure(let name, let arguments, .heat) = step.action, let machine = step.machine,
                let role = topology.machine(named: machine)?.role
            else { continue }
            let update = RoleUpdate(procedure: name, packages: Array(arguments.dropFirst()))
            guard updates[role] == nil || updates[role] == update else {
                throw EngineError(
                    .run, "the plan updates the machines of role \(role) in different ways, but the stack has one procedure for each role")
            }
            updates[role] = update
        }
        return updates
    }

    /// The tasks after every machine has been updated, in phases. The tasks of a phase begin together, after the phase before.
    public func tasks(of plan: Plan) -> [[UpdateTask]] {
        func task(_ step: Step, _ phase: Int) -> UpdateTask? {
            guard case .procedure(let name, _, .heatTask) = step.action, let machine = step.machine else { return nil }
            return UpdateTask(
                step: step.id, resource: "Task\(phase)-\(machine)", machine: machine, procedure: name)
        }
        var phases: [[UpdateTask]] = []
        func collect(_ steps: [Step]) {
            for step in steps {
                let together = step.action == .concurrent ? step.children : [step]
                let tasks = together.compactMap { task($0, phases.count + 1) }
                if tasks.isEmpty { collect(step.children) } else { phases.append(tasks) }
            }
        }
        collect(plan.root)
        return phases
    }

    /// The request that creates or updates the whole stack.
    ///
    /// - Parameters:
    ///   - identifier: The update identifier. With an empty one, machines do nothing.
    ///   - updates: The update of each role, as ``updates(of:)`` returns them.
    ///   - tasks: The tasks after the update, as ``tasks(of:)`` returns them.
    ///   - leftOut: The names of sub-steps that machines leave out.
    ///   - hooks: Whether every machine waits at a breakpoint before its update.
    ///   - mayReplace: Whether Heat may make another server or port of one that is there.
    /// - Throws: ``EngineError`` when a file of `Images` is missing, `TemplateError` when one is malformed.
    public func request(
        identifier: String, updates: [String: RoleUpdate] = [:], tasks: [[UpdateTask]] = [], leftOut: [String] = [], hooks: Bool = false,
        mayReplace: Bool = false
    ) throws -> StackRequest {
        var files = ["network.sh": try text("network.sh", in: heat)]
        var registry: [String: String] = [:]
        var parameters = sizes
        parameters[Self.identifierParameter] = .string(identifier)
        parameters["HeatUrl"] = .string(url)
        for role in roles {
            let context = Self.context(role, networks: networks(of: role))
            files["\(role.role).yaml"] = try render("role.yaml.mustache", context)
            files["\(role.role)-update.yaml"] = try render("update.yaml.mustache", context)
            files["\(role.role)-update.sh"] = try script(updates[role.role]?.procedure, leftOut: leftOut)
            registry["OS::TripleO::\(role.role)"] = "\(role.role).yaml"
            registry["OS::TripleO::Tasks::\(role.role)Update"] = "\(role.role)-update.yaml"
            parameters["\(role.role)Packages"] = .string(updates[role.role]?.packages.joined(separator: " ") ?? "")
        }
        let named = Set(tasks.joined().map(\.procedure)).sorted()
        for procedure in named { files["\(procedure).sh"] = try script(procedure, leftOut: leftOut) }
        for network in topology.networks {
            parameters["\(Self.resource(network))Network"] = .string(network.name)
        }
        let template = try render(
            "overcloud.yaml.mustache",
            [
                "topology": .string(topology.name), "networks": .array(topology.networks.map(Self.context)),
                "roles": .array(roles.map { .object(Self.context($0, networks: networks(of: $0))) }),
                "procedures": .array(named.map { .object(["name": .string($0)]) }),
                "tasks": .array(
                    tasks.indices.flatMap { context(tasks[$0], after: $0 == 0 ? roles.map(\.role) : tasks[$0 - 1].map(\.resource)) }),
            ])
        // Like hooks, restrictions stay until others are sent.
        let restricted: JSONValue = mayReplace ? .array([]) : "replace"
        return StackRequest(
            name: Self.stackName, template: template, files: files, registry: registry,
            resources: [
                // Heat keeps hooks in the stored environment until an empty list is sent on the same path (LP 1502869).
                Self.deployment: ["hooks": hooks ? .string("pre-update") : .array([])],
                "*Port": ["restricted_actions": restricted],
                "Server": ["restricted_actions": restricted],
            ],
            parameters: parameters)
    }

    // MARK: Parts

    /// How many machines each role has, and which addresses: the parameters that change when machines join or leave.
    var sizes: [String: JSONValue] {
        roles.reduce(into: [:]) { parameters, role in
            parameters["\(role.role)Count"] = .number(Double(role.count))
            parameters["\(role.role)Addresses"] = addresses(of: role)
        }
    }

    /// The script that a machine runs. The prelude ends it if there is no update identifier; then comes the procedure itself.
    private func script(_ procedure: String?, leftOut: [String]) throws -> String {
        let without = leftOut.isEmpty ? "" : "REHEARSAL_LEFT_OUT='\(leftOut.joined(separator: " "))'\n"
        return try text("prelude.sh", in: heat) + without + (procedure.map { try text("\($0).sh", in: procedures) } ?? "")
    }

    private func networks(of role: RoleAssignment) -> [Network] {
        let names = topology.machines(inRole: role.role).first?.interfaces.map(\.network) ?? []
        return topology.networks.filter { names.contains($0.name) }
    }

    private func addresses(of role: RoleAssignment) -> JSONValue {
        let machines = topology.machines(inRole: role.role)
        return .object(
            Dictionary(
                networks(of: role).map { network in
                    let addresses = machines.compactMap { $0.interfaces.first { $0.network == network.name }?.address.description }
                    return (network.name, JSONValue.array(addresses.map(JSONValue.string)))
                }
            ) { first, _ in first })
    }

    private static func resource(_ network: Network) -> String {
        network.name.split { $0 == "-" || $0 == "_" }.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    private static func context(_ network: Network) -> JSONValue {
        .object([
            "name": .string(network.name), "cidr": .string(network.cidr.description), "resource": .string(resource(network)),
        ])
    }

    private static func context(_ role: RoleAssignment, networks: [Network]) -> [String: JSONValue] {
        ["name": .string(role.role), "prefix": .string(role.role.lowercased()), "networks": .array(networks.map(context))]
    }

    /// - Parameter after: The resources that the tasks depend on.
    private func context(_ tasks: [UpdateTask], after: [String]) -> [JSONValue] {
        tasks.compactMap { task in
            topology.machine(named: task.machine).map { machine in
                .object([
                    "name": .string(task.resource), "procedure": .string(task.procedure), "role": .string(machine.role),
                    "index": .string("\(machine.index)"), "after": .string(after.joined(separator: ", ")),
                ])
            }
        }
    }

    private func render(_ name: String, _ context: [String: JSONValue]) throws -> String {
        let file = heat.appendingPathComponent(name)
        return try TemplateRenderer.render(try text(name, in: heat), context: context, file: file.path)
    }

    private func text(_ name: String, in folder: URL) throws -> String {
        let file = folder.appendingPathComponent(name)
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {
            throw EngineError(.run, "cannot read \(file.path)", hint: "restore the file; the stack is made from it")
        }
        return text
    }
}
