public import Foundation
public import Heat
import RehearsalHost
public import RehearsalModel
public import RehearsalTestbed

/// The overcloud's stack in the Heat of a testbed's undercloud.
public struct Overcloud: Sendable {
    let client: HeatClient
    let template: OvercloudTemplate
    let hypervisor: any Hypervisor
    let slowness: Double

    /// Makes a view of the stack.
    ///
    /// - Parameters:
    ///   - client: The client of the undercloud's Heat.
    ///   - template: The stack's template.
    ///   - hypervisor: The machines of the testbed.
    ///   - slowness: How many times slower guests run than the host (at least 1); every bound is multiplied by it.
    public init(client: HeatClient, template: OvercloudTemplate, hypervisor: any Hypervisor, slowness: Double) {
        self.client = client
        self.template = template
        self.hypervisor = hypervisor
        self.slowness = slowness
    }

    /// The overcloud of a testbed, reached over the undercloud's guest agent; nil if no machine of the topology runs Heat.
    ///
    /// - Parameter images: The directory `Images`.
    /// - Throws: ``EngineError`` if the machine with Heat has no address.
    public static func of(_ topology: Topology, images: URL, hypervisor: any Hypervisor, slowness: Double) throws -> Overcloud? {
        guard let undercloud = topology.machines(running: WellKnownService.heat).first else { return nil }
        let transport = GuestHeatTransport(hypervisor: hypervisor, machine: undercloud.name, slowness: slowness)
        return Overcloud(
            client: HeatClient(transport), template: try OvercloudTemplate(topology: topology, images: images), hypervisor: hypervisor,
            slowness: slowness)
    }

    /// Seconds between two questions to Heat, at most 10. A question costs an emulated undercloud about a second of its processor.
    var questionPeriod: Double { min(10, max(1, slowness / 2)) }
    /// Seconds between two questions once the machine has ended its procedure, and only Heat has yet to notice.
    var endPeriod: Double { min(4, max(1, slowness / 5)) }

    /// Creates the stack unless it exists, configures the agent of every machine, and waits until every machine has signalled.
    ///
    /// - Throws: ``EngineError`` if this takes longer than 60 s × slowness, or the stack fails.
    public func create() async throws {
        let what = "create the overcloud's stack"
        let deadline = Deadline(what, seconds: bound)
        while await !client.isReady() {
            try deadline.check("Heat to answer")
            try await pause(seconds: questionPeriod)
        }
        let root: StackReference
        if let stack = try await client.stack(named: OvercloudTemplate.stackName) {
            root = stack.reference
        } else {
            root = try await client.create(try template.request(identifier: ""))
        }
        try await follow(root, what, configured: [:], until: deadline)
    }

    /// How long the stack may take to have other machines, in seconds.
    private var bound: Double { 60 * slowness }

    /// Configures the agent of every machine that has a server and no agent yet, and waits until the stack is complete.
    ///
    /// - Parameters:
    ///   - what: What is done to the stack, for messages.
    ///   - configured: The servers of machines whose agents are configured, by the machine's name.
    func follow(_ root: StackReference, _ what: String, configured: [String: String], until deadline: Deadline? = nil) async throws {
        let deadline = deadline ?? Deadline(what, seconds: bound)
        let machines = Set(template.machines)
        var configured = configured.filter { machines.contains($0.key) }
        while true {
            let stack = try await client.stack(root)
            if stack.status.isFailed { throw EngineError(.notReady, "\(what): \(stack.status): \(stack.reason)") }
            let servers = configured.count < machines.count ? try await servers(of: root) : configured
            for (machine, server) in servers where configured[machine] == nil {
                try await configureAgent(of: machine, server: server)
                configured[machine] = server
            }
            if stack.status.isComplete, configured.count == machines.count { return }
            try deadline.check("the stack: it is \(stack.status), and \(configured.count) of \(machines.count) agents are configured")
            try await pause(seconds: questionPeriod)
        }
    }

    /// When waiting for a stack ends.
    struct Deadline {
        private let what: String
        private let seconds: Double
        private let start = HostClock.now()

        init(_ what: String, seconds: Double) { (self.what, self.seconds) = (what, seconds) }

        /// - Throws: ``EngineError`` if it is over.
        func check(_ awaited: String) throws {
            guard HostClock.now().seconds(since: start) < seconds else {
                throw EngineError(
                    .notReady, "\(what): waited \(Int(seconds)) s for \(awaited)",
                    hint: "keep the testbed with --keep, and look at /var/log/heat/heat.log on the undercloud")
            }
        }
    }

    /// Configures the agent of a machine with the URL of its server's deployments.
    private func configureAgent(of machine: String, server: String) async throws {
        let text = "METADATA_URL=\"\(template.metadataURL(server: server))\"\nSCALE=\"\(Int(slowness.rounded(.up)))\"\n"
        try await hypervisor.machine(named: machine).shell.write(Data(text.utf8), to: "/etc/rehearsal/heat-agent.conf", mode: 0o644)
    }

    /// Makes a machine's agent ask Heat for its deployments now. Otherwise it asks within 10 s (`heat-agent`).
    func wake(_ machine: String) async {
        try? await hypervisor.machine(named: machine).shell.write(Data("\n".utf8), to: "/run/rehearsal/heat-agent.wake", mode: 0o644)
    }

    /// The identifier of each machine's server in Heat, by the machine's name.
    func servers(of root: StackReference) async throws -> [String: String] {
        let places = try await places(of: root)
        let servers = try await client.resources(of: root, type: "OS::Heat::DeployedServer").filter { !$0.physicalID.isEmpty }
        return Dictionary(
            servers.compactMap { server in
                places.first { $0.stack.id == server.stack?.id }.map { ($0.server, server.physicalID) }
            }
        ) { first, _ in first }
    }

    /// Where the deployment of each machine is.
    func places(of root: StackReference) async throws -> [UpdateTracker.Place] {
        var places: [UpdateTracker.Place] = []
        for role in template.roles {
            for member in try await client.resources(of: root, type: "OS::TripleO::\(role.role)") {
                if let machine = template.machine(role: role.role, index: member.name), let stack = member.nested {
                    places.append(UpdateTracker.Place(server: machine, stack: stack, resource: OvercloudTemplate.deployment))
                }
            }
        }
        return places
    }
}
