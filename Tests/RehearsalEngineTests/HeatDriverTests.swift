import Foundation
import Heat
import PlainJSON
import RehearsalDeclaration
import RehearsalModel
import RehearsalTestbed
import RehearsalTesting
import Synchronization
import Testing

@testable import RehearsalEngine

/// A small overcloud in a real Heat, with machines that do what the test says.
final class Cloud: Sendable {
    /// Bounds are meant for a machine that does one thing; here many a Heat runs at once.
    static let slowness = 4.0

    let heat: RealHeat
    let topology: Topology
    let hypervisor: FakeHypervisor
    let overcloud: Overcloud
    let machines: Machines
    let agents: [AgentProcess]

    /// - Parameter agents: Machines that run the guests' own `heat-agent` instead of what is scripted.
    init(agents: [String] = []) async throws {
        heat = try await RealHeat()
        topology = try Self.topology()
        hypervisor = FakeHypervisor(machines: topology.allMachines.map(\.name))
        for machine in topology.allMachines { try await hypervisor.machine(named: machine.name).start() }
        overcloud = Overcloud(
            client: HeatClient(heat.transport), template: try OvercloudTemplate(topology: topology, images: RealHeat.images),
            hypervisor: hypervisor, slowness: Self.slowness)
        machines = Machines(
            heat: heat, hypervisor: hypervisor,
            names: ["controller-0", "controller-1", "compute-0", "compute-1"].filter { !agents.contains($0) })
        let (folder, port, fake) = (heat.directory, heat.port, hypervisor)
        self.agents = try agents.map { try AgentProcess($0, in: folder, port: port, hypervisor: fake) }
        await machines.start()
    }

    func remove() async {
        await machines.stop()
        for agent in agents { agent.kill() }
        heat.remove()
    }

    func overcloud(of topology: Topology) throws -> Overcloud {
        Overcloud(
            client: overcloud.client, template: try OvercloudTemplate(topology: topology, images: RealHeat.images), hypervisor: hypervisor,
            slowness: Self.slowness)
    }

    func driver(_ plan: Plan) -> HeatDriver {
        HeatDriver(overcloud: overcloud, plan: plan, slowness: Self.slowness)
    }

    /// A plan and the driver that has begun its update: every machine waits.
    func begun(_ identifier: String, tasks: Bool = false, at location: Testing.SourceLocation = #_sourceLocation) async throws -> (
        Plan, HeatDriver
    ) {
        let plan = Self.plan(identifier, tasks: tasks)
        let driver = driver(plan)
        #expect(try await driver.begin(boundSeconds: 300, attach: false) == .done, sourceLocation: location)
        return (plan, driver)
    }

    var client: HeatClient { overcloud.client }

    func root() async throws -> StackReference { try #require(try await client.stack(named: "overcloud")).reference }

    static func topology() throws -> Topology {
        let network = try #require(IPv4Network("192.0.2.0/24"))
        let roles = [
            ("Undercloud", 1, ["base", "heat"]), ("Controller", 2, ["base", "heat-agent"]), ("Compute", 1, ["base", "heat-agent"]),
        ]
        var machines: [Machine] = []
        for (role, count, services) in roles + [("Compute", 1, ["base", "heat-agent"])] {
            let known = machines.count { $0.role == role }
            for index in known..<known + count {
                let number = machines.count + 1
                machines.append(
                    Machine(
                        name: role == "Undercloud" ? "undercloud" : "\(role.lowercased())-\(index)", role: role, index: index,
                        number: number,
                        memoryMiB: 1, vcpus: 1,
                        interfaces: [
                            Interface(
                                device: "eth0", network: "ctlplane", address: try #require(IPv4Address("192.0.2.\(number)")), prefix: 24,
                                mac: "52:54:00:00:00:0\(number)")
                        ], services: services))
            }
        }
        return Topology(
            name: "small", networks: [Network(name: "ctlplane", cidr: network, mtu: 1500, recorder: nil)], virtualAddresses: [],
            router: nil,
            roles: roles.map { RoleAssignment(role: $0.0, count: $0.1, memoryMiB: 1, vcpus: 1, services: $0.2) },
            machines: Array(machines.dropLast()), spares: Array(machines.suffix(1)))
    }

    /// - Parameter tasks: Whether it goes on, as the talk's does, with a task on one machine and then one on all at once.
    static func plan(_ identifier: String, tasks: Bool = false, mayReplace: Bool = false) -> Plan {
        func step(_ id: StepID, _ machine: String, _ procedure: String, _ driver: ProcedureDriver = .heat) -> Step {
            Step(
                id: id, name: "\(procedure) on \(machine)", machine: machine,
                action: .procedure(name: procedure, arguments: [identifier] + (driver == .heat ? ["haproxy=haproxy"] : []), driver: driver),
                boundSeconds: 300, predictedSeconds: 1)
        }
        var root = [
            step(.root(1), "controller-1", "update-controller"), step(.root(2), "controller-0", "update-controller"),
            step(.root(3), "compute-0", "update-machine"),
        ]
        if tasks {
            root.append(step(.root(4), "controller-0", "talk-maintenance-on", .heatTask))
            root.append(
                Step(
                    id: .root(5), name: "everywhere", machine: nil, action: .concurrent,
                    children: ["controller-0", "controller-1", "compute-0"].enumerated().map {
                        step(StepID.root(5).child($0 + 1), $1, "talk-packages", .heatTask)
                    }, boundSeconds: 300, predictedSeconds: 1))
        }
        return Plan(
            strategy: "test", topology: "small", seed: 1, identifier: identifier, root: root,
            looksFor: mayReplace ? [] : WellKnownCheck.allCases)
    }

    /// Does what the fault `networks-by-identifier` does on the undercloud, by its own script.
    ///
    /// - Parameter compare: What Heat compares afterwards.
    func breakNames(_ compare: String) async throws -> String {
        let files = RealHeat.images.path
        let script = try String(contentsOfFile: files + "/faults/networks-by-identifier.sh", encoding: .utf8)
            .replacingOccurrences(of: "/etc/heat/port-networks", with: heat.directory.path + "/port-networks")
            .replacingOccurrences(
                of: "/usr/lib/rehearsal/heat-request", with: files + "/services/heat/files/usr/lib/rehearsal/heat-request"
            )
            .replacingOccurrences(of: "sleep 5", with: "sleep 0.3")
        let (status, output, error) = try await Shell.run(
            ["bash", "-c", script + "\ninject"],
            environment: [
                "HEAT_ADDRESS": "127.0.0.1", "HEAT_PORT": "\(heat.port)", "PATH": "/usr/bin:/bin", "FAULT_NETWORK": "ctlplane",
                "FAULT_COMPARE": compare,
            ])
        #expect(status == 0, "\(error)")
        return String(decoding: output, as: UTF8.self)
    }

    /// One machine's update, with the lines it reported.
    func run(
        _ driver: HeatDriver, _ plan: Plan, _ machine: String, step: StepID? = nil, attach: Bool = false, failedBefore: Bool = false,
        bound: Double = 300
    ) async throws -> (ProcedureOutcome, [String]) {
        let lines = Mutex<[String]>([])
        let outcome = try await driver.run(
            ProcedureCall(
                step: step ?? .root(99), execution: "run-1", name: "any", arguments: [plan.identifier], machine: machine,
                boundSeconds: bound, attach: attach, failedBefore: failedBefore)
        ) { timed in
            let text: String
            switch timed.line {
            case .begin(_, _, let step): text = "begin \(step)"
            case .end(_, _, let step, let status): text = "end \(step) \(status)"
            case .exit(_, _, let status): text = "exit \(status)"
            case .log(_, let log): text = log
            }
            lines.withLock { $0.append(text) }
        }
        return (outcome, lines.withLock { $0 })
    }
}

/// Machines that ask Heat as `heat-agent` does, and run nothing: what they would is scripted.
actor Machines {
    struct Done: Equatable {
        let machine: String, identifier: String, action: String, packages: String, deployment: String
    }

    private let heat: RealHeat
    private let hypervisor: FakeHypervisor
    private let names: [String]
    private var seen: Set<String> = []
    private(set) var done: [Done] = []
    private(set) var scripts: [String] = []
    /// The statuses Heat answered with to what machines signalled.
    private(set) var answers: [Int] = []
    private var failing: [String: Int] = [:]
    private static func key(_ machine: String, _ deployment: String) -> String { "\(machine) \(deployment)" }
    private var holding: Set<String> = []
    private var task: Task<Void, Never>?

    init(heat: RealHeat, hypervisor: FakeHypervisor, names: [String]) {
        self.heat = heat
        self.hypervisor = hypervisor
        self.names = names
    }

    func start() {
        task = Task {
            while !Task.isCancelled {
                for name in names { try? await ask(name) }
                try? await Task.sleep(for: .milliseconds(200))
            }
        }
    }
    func stop() { task?.cancel() }

    /// Lets the next deployment with an identifier fail.
    func fail(_ machine: String, deployment: String = "UpdateDeployment", status: Int) { failing[Self.key(machine, deployment)] = status }
    /// Lets a machine go on and on with what it does, until it is released.
    func hold(_ machine: String) { holding.insert(machine) }
    func release(_ machine: String) { holding.remove(machine) }
    func updates() -> [Done] { done.filter { !$0.identifier.isEmpty } }

    struct Metadata: Decodable {
        struct Deployment: Decodable {
            struct Input: Decodable {
                let name: String
                let value: JSONValue?
            }
            let id: String, config: String
            let inputs: [Input]

            func input(_ name: String) -> String {
                if case .string(let text)? = inputs.first(where: { $0.name == name })?.value { text } else { "" }
            }
        }
        let metadata: [Deployment]
    }

    private func ask(_ machine: String) async throws {
        for deployment in try await deployments(of: machine) where seen.insert(deployment.id).inserted {
            try await run(deployment, on: machine)
        }
    }

    /// What Heat has for a machine that it was told of.
    func deployments(of machine: String) async throws -> [Metadata.Deployment] {
        guard let file = await hypervisor.file("/etc/rehearsal/heat-agent.conf", on: machine) else { return [] }
        let url = String(decoding: file.content, as: UTF8.self).split(separator: "\"")[1]
        let path = url[try #require(url.range(of: "/v1/admin")).upperBound...]
        let answer = try await heat.transport.send(HeatRequest("GET", String(path)))
        guard answer.status == 200 else { return [] }
        return try JSONDecoder().decode(Metadata.self, from: answer.body).metadata
    }

    private func run(_ deployment: Metadata.Deployment, on machine: String) async throws {
        let identifier = deployment.input("update_identifier")
        let name = deployment.input("deploy_resource_name")
        let execution = "heat-\(name == "UpdateDeployment" ? "" : "\(name)-")\(identifier)-\(deployment.id)"
        done.append(
            Done(
                machine: machine, identifier: identifier, action: deployment.input("deploy_action"),
                packages: deployment.input(name == "NetworkDeployment" ? "ports" : "update_packages"), deployment: name))
        scripts.append(deployment.config)
        var status = 0
        if !identifier.isEmpty {
            await hypervisor.report("@ \(execution) 1 begin work", on: machine)
            while holding.contains(machine), !Task.isCancelled { try await Task.sleep(for: .milliseconds(50)) }
            status = failing.removeValue(forKey: Self.key(machine, name)) ?? 0
            await hypervisor.report("@ \(execution) 2 end work \(status)\n@ \(execution) 3 exit \(status)", on: machine)
        }
        let url = deployment.input("deploy_signal_id")
        let path = url[try #require(url.range(of: "/v1/admin")).upperBound...]
        let body = Data(#"{"deploy_stdout": "", "deploy_stderr": "", "deploy_status_code": \#(status)}"#.utf8)
        while !Task.isCancelled {
            if let answer = try? await heat.transport.send(HeatRequest("POST", String(path), body: body)), answer.status < 500 {
                answers.append(answer.status)
                return
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}

/// The guests' `heat-agent`, with its files in a folder; what it has run is noted instead of run, and succeeds once it is not held.
final class AgentProcess: @unchecked Sendable {
    struct Run: Equatable {
        let execution: String, script: String, arguments: [String]
    }

    private let root: String
    private let file: URL
    private var process: Process?
    private var feeding: Task<Void, Never>?

    init(_ machine: String, in directory: URL, port: Int, hypervisor: FakeHypervisor) throws {
        let folder = directory.appending(path: machine)
        root = folder.path
        for name in ["etc/rehearsal", "var/lib/rehearsal", "var/log/rehearsal", "run/rehearsal", "usr/lib/rehearsal"] {
            try FileManager.default.createDirectory(at: folder.appending(path: name), withIntermediateDirectories: true)
        }
        let source = RealHeat.images.appending(path: "services/heat-agent/files/usr/lib/rehearsal/heat-agent")
        var text = try String(contentsOf: source, encoding: .utf8).replacingOccurrences(of: "period=10", with: "period=1")
            // The stack has the undercloud's address, here there is only the loopback.
            .replacingOccurrences(of: "local place=${2#http://} ", with: "local place=127.0.0.1:\(port)/${2#http://*/} ")
        precondition(text.contains("127.0.0.1:\(port)"))
        for path in ["/etc/rehearsal", "/var/lib/rehearsal", "/var/log/rehearsal", "/run/rehearsal", "/usr/lib/rehearsal"] {
            text = text.replacingOccurrences(of: path, with: root + path)
        }
        file = folder.appending(path: "heat-agent")
        try text.write(to: file, atomically: true, encoding: .utf8)
        let runner = """
            #!/bin/bash
            printf '%s\\t' "$@" >> \(root)/runs
            echo >> \(root)/runs
            mkdir -p \(root)/var/lib/rehearsal/executions/$1
            touch \(root)/rehearsal-$1.service
            {
              while [ -e \(root)/hold ]; do sleep 0.1; done
              [ "$3" ] && sleep 1
              echo 0 > \(root)/var/lib/rehearsal/executions/$1/status
              rm \(root)/rehearsal-$1.service
            } > /dev/null 2>&1 &
            """
        // Units that run are files here.
        let systemctl = "#!/bin/bash\n[ -e \(root)/${!#} ]\n"
        for (path, script) in [("usr/lib/rehearsal/run-procedure", runner), ("systemctl", systemctl)] {
            let place = folder.appending(path: path)
            try script.write(to: place, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: place.path)
        }
        // What the engine writes on the machine.
        feeding = Task { [root] in
            for path in ["/etc/rehearsal/heat-agent.conf", "/run/rehearsal/heat-agent.wake"] {
                while !Task.isCancelled {
                    if let written = await hypervisor.file(path, on: machine) {
                        try? written.content.write(to: URL(filePath: root + path), options: .atomic)
                        break
                    }
                    try? await Task.sleep(for: .milliseconds(100))
                }
            }
        }
    }

    func start() {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = [file.path]
        process.environment = ["PATH": "\(root):/usr/bin:/bin"]
        process.standardError = FileHandle.nullDevice
        try? process.run()
        self.process = process
    }

    func kill() {
        guard let process else { return }
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    /// Starts again, asks once, and then asks no more by itself.
    func restartToRest() async throws {
        kill()
        let text = try String(contentsOf: file, encoding: .utf8).replacingOccurrences(of: "period=1\n", with: "period=36000\n")
        try text.write(to: file, atomically: true, encoding: .utf8)
        try FileManager.default.removeItem(atPath: root + "/run/rehearsal/heat-agent.asked")
        start()
        while !FileManager.default.fileExists(atPath: root + "/run/rehearsal/heat-agent.asked") {
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Lets what it runs go on and on, until it is released.
    func hold() { _ = FileManager.default.createFile(atPath: root + "/hold", contents: nil) }
    func release() { try? FileManager.default.removeItem(atPath: root + "/hold") }

    func runs() throws -> [Run] {
        guard let text = try? String(contentsOfFile: root + "/runs", encoding: .utf8) else { return [] }
        // The machine's first deployment is of its network, and has nothing to do with updates.
        return text.split(separator: "\n").filter { !$0.hasPrefix("heat-NetworkDeployment-") }.map { line in
            let words = line.split(separator: "\t", omittingEmptySubsequences: false).dropLast().map(String.init)
            return Run(execution: words[0], script: words[1], arguments: Array(words.dropFirst(2)))
        }
    }
}

/// Against a real heat-all on the loopback, with machines that are scripted. The names of its traps are those of Heat 19 and TripleO.
@Suite("Heat driver, against a real Heat", .enabled(if: RealHeat.isThere, "no Heat is unpacked: make test-deps"))
struct HeatDriverTests {
    private func withCloud(agents: [String] = [], _ body: (Cloud) async throws -> Void) async throws {
        let cloud = try await Cloud(agents: agents)
        do {
            for agent in cloud.agents { agent.start() }
            try await cloud.overcloud.create()
            try await body(cloud)
        } catch {
            await cloud.remove()
            throw error
        }
        await cloud.remove()
    }

    @Test("a stack is made of the topology, updated machine by machine in the client's order, and left without breakpoints")
    func wholeUpdate() async throws {
        try await withCloud { cloud in
            #expect(await cloud.machines.updates().isEmpty, "an unset identifier updates nothing")
            #expect(
                await cloud.machines.scripts.filter { !$0.contains("take-ports") }.allSatisfy {
                    $0.contains("Not running due to unset update_identifier")
                })
            let (plan, driver) = try await cloud.begun("1448000001")
            #expect(await cloud.machines.updates().isEmpty, "all wait at their breakpoints")
            for machine in ["controller-1", "controller-0", "compute-0"] {
                let (outcome, lines) = try await cloud.run(driver, plan, machine)
                #expect(outcome == .finished(status: 0))
                #expect(lines == ["begin work", "end work 0", "exit 0"])
            }
            #expect(await cloud.machines.updates().map(\.machine) == ["controller-1", "controller-0", "compute-0"])
            #expect(await cloud.machines.updates().allSatisfy { $0.packages == "haproxy=haproxy" && $0.action == "UPDATE" })
            #expect(
                await cloud.machines.scripts.contains { $0.contains("#: step stop-cluster") }, "the procedure itself is what Heat delivers")
            #expect(try await driver.end(boundSeconds: 300) == .done)
            #expect(await cloud.machines.updates().count == 3, "taking the breakpoints back runs nothing")
            let stack = try await cloud.client.stack(try await cloud.root())
            #expect(stack.status.rawValue == "UPDATE_COMPLETE" && stack.parameters["UpdateIdentifier"] == "1448000001")

            // The same identifier again: nothing is new for any machine, hooks fire all the same.
            let again = cloud.driver(plan)
            #expect(try await again.begin(boundSeconds: 300, attach: false) == .done)
            for machine in ["controller-1", "controller-0", "compute-0"] {
                let (outcome, lines) = try await cloud.run(again, plan, machine)
                #expect(outcome == .finished(status: 0) && lines.isEmpty)
            }
            #expect(try await again.end(boundSeconds: 300) == .done)
            #expect(await cloud.machines.updates().count == 3)
        }
    }

    @Test("tasks that no breakpoint guards come after all machines, in the plan's order; each has its own lines, and none runs twice")
    func tasks() async throws {
        try await withCloud { cloud in
            let (plan, driver) = try await cloud.begun("1448000012", tasks: true)
            for machine in ["controller-1", "compute-0"] {
                #expect(try await cloud.run(driver, plan, machine).0 == .finished(status: 0))
            }
            #expect(await cloud.machines.updates().count == 2, "one machine still waits, and the tasks with it")
            #expect(try await cloud.run(driver, plan, "controller-0").0 == .finished(status: 0))
            let everywhere = plan.root[4].children
            let steps = [plan.root[3]] + everywhere
            for step in steps {
                let (outcome, lines) = try await cloud.run(driver, plan, try #require(step.machine), step: step.id)
                #expect(outcome == .finished(status: 0) && lines == ["begin work", "end work 0", "exit 0"], "\(step.name): \(lines)")
            }
            let done = await cloud.machines.updates().dropFirst(3)
            #expect(done.first?.deployment == "Task1-controller-0" && done.count == 4)
            #expect(Set(done.dropFirst().map(\.deployment)) == ["Task2-controller-0", "Task2-controller-1", "Task2-compute-0"])
            #expect(try await driver.end(boundSeconds: 300) == .done)

            // The same identifier again finds nothing to do; without tasks they go.
            let again = cloud.driver(plan)
            #expect(try await again.begin(boundSeconds: 300, attach: false) == .done)
            for machine in ["controller-1", "controller-0", "compute-0"] {
                #expect(try await cloud.run(again, plan, machine).0 == .finished(status: 0))
            }
            for step in steps {
                #expect(try await cloud.run(again, plan, try #require(step.machine), step: step.id).0 == .finished(status: 0))
            }
            #expect(try await again.end(boundSeconds: 300) == .done)
            #expect(await cloud.machines.updates().count == 7)
            let other = cloud.driver(Cloud.plan("1448000013"))
            #expect(try await other.begin(boundSeconds: 300, attach: false) == .done)
            #expect(try await other.end(boundSeconds: 300) == .done)
            #expect(try await cloud.client.resources(of: try await cloud.root(), type: "OS::Heat::SoftwareDeployment").count == 6)
            #expect(await cloud.machines.updates().count == 10)
        }
    }

    @Test("a task that fails stops what comes after it; the same update does it again, and what is done not")
    func failedTask() async throws {
        try await withCloud { cloud in
            let (plan, driver) = try await cloud.begun("1448000014", tasks: true)
            await cloud.machines.fail("controller-0", deployment: "Task1-controller-0", status: 7)
            for machine in ["controller-1", "controller-0", "compute-0"] {
                #expect(try await cloud.run(driver, plan, machine).0 == .finished(status: 0))
            }
            // Whoever asks late is told all the same.
            while try await !cloud.client.stack(try await cloud.root()).status.isFailed { try await Task.sleep(for: .milliseconds(200)) }
            #expect(try await cloud.run(driver, plan, "controller-0", step: plan.root[3].id).0 == .finished(status: 7))
            try await driver.stop(boundSeconds: 300)
            #expect(await cloud.machines.updates().count == 4, "nothing comes after it")

            let again = cloud.driver(plan)
            for step in [plan.root[3]] + plan.root[4].children {
                let (outcome, _) = try await cloud.run(
                    again, plan, try #require(step.machine), step: step.id, failedBefore: step.id == plan.root[3].id)
                #expect(outcome == .finished(status: 0))
            }
            #expect(try await again.end(boundSeconds: 300) == .done)
            let done = await cloud.machines.updates().map(\.deployment)
            #expect(done.filter { $0 == "UpdateDeployment" }.count == 3 && done.filter { $0 == "Task1-controller-0" }.count == 2)
            #expect(done.count == 8)
        }
    }

    @Test("a machine that fails stops the update; with the same identifier it runs again, as CREATE, and those done do not")
    func retry() async throws {
        try await withCloud { cloud in
            let (plan, driver) = try await cloud.begun("1448000002")
            #expect(try await cloud.run(driver, plan, "controller-1").0 == .finished(status: 0))
            await cloud.machines.fail("controller-0", status: 7)
            #expect(try await cloud.run(driver, plan, "controller-0").0 == .finished(status: 7))
            try await driver.stop(boundSeconds: 300)
            #expect(await cloud.machines.updates().map(\.machine) == ["controller-1", "controller-0"], "compute-0 still waits")

            let again = cloud.driver(plan)
            #expect(try await again.begin(boundSeconds: 300, attach: false) == .done)
            for machine in ["controller-1", "controller-0", "compute-0"] {
                #expect(try await cloud.run(again, plan, machine).0 == .finished(status: 0))
            }
            #expect(try await again.end(boundSeconds: 300) == .done)
            let updates = await cloud.machines.updates()
            #expect(updates.map(\.machine) == ["controller-1", "controller-0", "controller-0", "compute-0"])
            #expect(updates.map(\.action) == ["UPDATE", "UPDATE", "CREATE", "UPDATE"])
        }
    }

    @Test("stopped at a breakpoint nothing is rolled back, and the same update goes on with what is left")
    func stopAndGoOn() async throws {
        try await withCloud { cloud in
            let (plan, driver) = try await cloud.begun("1448000003")
            #expect(try await cloud.run(driver, plan, "controller-1").0 == .finished(status: 0))
            try await driver.stop(boundSeconds: 300)
            let stack = try await cloud.client.stack(try await cloud.root())
            #expect(stack.status.rawValue == "UPDATE_FAILED")

            // What a resumed run does: its journal says the update was begun.
            let again = cloud.driver(plan)
            #expect(try await cloud.run(again, plan, "controller-0").0 == .finished(status: 0))
            #expect(try await cloud.run(again, plan, "compute-0").0 == .finished(status: 0))
            #expect(try await again.end(boundSeconds: 300) == .done)
            #expect(await cloud.machines.updates().map(\.machine) == ["controller-1", "controller-0", "compute-0"])
        }
    }

    @Test("a procedure that was changed since the update was begun is run as it is now by the machines that are left")
    func changedProcedure() async throws {
        try await withCloud { cloud in
            let (plan, driver) = try await cloud.begun("1448000021")
            #expect(try await cloud.run(driver, plan, "controller-1").0 == .finished(status: 0))
            #expect(try await driver.stopForChangedProcedures(boundSeconds: 300) == [], "nothing was changed")
            #expect(try await cloud.client.stack(try await cloud.root()).status.isInProgress)

            let images = Scratch()
            for folder in ["heat", "procedures"] {
                try FileManager.default.copyItem(at: RealHeat.images.appending(path: folder), to: images.url.appending(path: folder))
            }
            let procedure = images.url.appending(path: "procedures/update-controller.sh")
            let text = try String(contentsOf: procedure, encoding: .utf8)
            try (text + "# as it is now\n").write(to: procedure, atomically: true, encoding: .utf8)

            // What a run that goes on does: its journal says that the update was begun.
            let overcloud = Overcloud(
                client: cloud.client, template: try OvercloudTemplate(topology: cloud.topology, images: images.url),
                hypervisor: cloud.hypervisor, slowness: Cloud.slowness)
            let again = HeatDriver(overcloud: overcloud, plan: plan, slowness: Cloud.slowness)
            #expect(try await again.stopForChangedProcedures(boundSeconds: 300) == ["update-controller"])
            let before = await cloud.machines.scripts.count
            #expect(try await cloud.run(again, plan, "controller-0").0 == .finished(status: 0))
            #expect(await cloud.machines.scripts[before].contains("# as it is now"))
            #expect(try await cloud.run(again, plan, "compute-0").0 == .finished(status: 0))
            #expect(try await again.end(boundSeconds: 300) == .done)
            // A machine that is done is sent the new text as well; the procedure itself finds that there is nothing to do.
            let machines = await cloud.machines.updates().map(\.machine)
            #expect(machines == ["controller-1", "controller-0", "compute-0", "controller-1"])
        }
    }

    @Test("Heat killed at a breakpoint: the same update goes on when it is back")
    func killedAtBreakpoint() async throws {
        try await withCloud { cloud in
            let (plan, driver) = try await cloud.begun("1448000004")
            #expect(try await cloud.run(driver, plan, "controller-1").0 == .finished(status: 0))
            cloud.heat.kill()
            try cloud.heat.start()
            #expect(try await cloud.run(driver, plan, "controller-0").0 == .finished(status: 0))
            #expect(try await cloud.run(driver, plan, "compute-0").0 == .finished(status: 0))
            #expect(try await driver.end(boundSeconds: 300) == .done)
            #expect(await cloud.machines.updates().map(\.machine) == ["controller-1", "controller-0", "compute-0"], "nothing runs twice")
        }
    }

    @Test("Heat killed while a machine is at work: the machine ends what it does, and the update goes on")
    func killedMidMachine() async throws {
        try await withCloud { cloud in
            let (plan, driver) = try await cloud.begun("1448000005")
            await cloud.machines.hold("controller-1")
            async let update = cloud.run(driver, plan, "controller-1")
            while await cloud.machines.updates().isEmpty { try await Task.sleep(for: .milliseconds(100)) }
            cloud.heat.kill()
            try cloud.heat.start()
            try await Task.sleep(for: .seconds(3))
            await cloud.machines.release("controller-1")
            let (outcome, lines) = try await update
            #expect(outcome == .finished(status: 0), "\(lines)")
            #expect(lines.contains("end work 0"))
            for machine in ["controller-0", "compute-0"] {
                #expect(try await cloud.run(driver, plan, machine).0 == .finished(status: 0))
            }
            #expect(try await driver.end(boundSeconds: 300) == .done)
            let controller = await cloud.machines.updates().filter { $0.machine == "controller-1" }
            #expect(
                controller.map(\.action) == ["UPDATE", "CREATE"], "Heat has it run again; the identifier on the machine makes that nothing")
        }
    }

    @Test("Heat killed while the update begins, again and again while a machine is at work, and while it ends")
    func killedAgainAndAgain() async throws {
        try await withCloud { cloud in
            let plan = Cloud.plan("1448000012")
            let driver = cloud.driver(plan)
            let root = try await cloud.root()
            func killInProgress() async throws {
                while try await !cloud.client.stack(root).status.isInProgress { try await Task.sleep(for: .milliseconds(50)) }
                cloud.heat.kill()
                try cloud.heat.start()
            }
            async let begun = driver.begin(boundSeconds: 900, attach: false)
            try await killInProgress()
            #expect(try await begun == .done)

            await cloud.machines.hold("controller-1")
            async let update = cloud.run(driver, plan, "controller-1", bound: 900)
            for deaths in 1...3 {
                while await cloud.machines.updates().count < deaths { try await Task.sleep(for: .milliseconds(50)) }
                try await killInProgress()
                await cloud.machines.release("controller-1")
                try await Task.sleep(for: .milliseconds(200))
                if deaths < 3 { await cloud.machines.hold("controller-1") }
            }
            #expect(try await update.0 == .finished(status: 0), "its deaths do not count as tries")
            for machine in ["controller-0", "compute-0"] {
                #expect(try await cloud.run(driver, plan, machine).0 == .finished(status: 0))
            }

            async let ended = driver.end(boundSeconds: 900)
            try await killInProgress()
            #expect(try await ended == .done)
            #expect(try await cloud.client.stack(root).status.isComplete)
            let updates = await cloud.machines.updates().map(\.machine)
            #expect(updates.filter { $0 == "controller-1" }.count == 4)
        }
    }

    @Test("an engine that is killed mid-machine attaches: nothing is cleared or run twice")
    func attach() async throws {
        try await withCloud { cloud in
            let (plan, first) = try await cloud.begun("1448000006")
            await cloud.machines.hold("controller-1")
            let killed = Task { try await cloud.run(first, plan, "controller-1") }
            while await cloud.machines.updates().isEmpty { try await Task.sleep(for: .milliseconds(100)) }
            killed.cancel()
            _ = try? await killed.value
            let second = cloud.driver(plan)
            #expect(try await second.begin(boundSeconds: 300, attach: true) == .done)
            await cloud.machines.release("controller-1")
            let (outcome, lines) = try await cloud.run(second, plan, "controller-1", attach: true)
            #expect(outcome == .finished(status: 0))
            #expect(lines == ["begin work", "end work 0", "exit 0"])
            #expect(await cloud.machines.updates().count == 1)
            try await second.stop(boundSeconds: 300)
        }
    }

    @Test(
        "a stack that calls a network by its identifier: an update that calls it by its name gives every machine another port, unless Heat looks both up or the preview is asked (bug 1 of the talk)"
    )
    func replacedPorts() async throws {
        try await withCloud { cloud in
            let names = ["controller-0", "controller-1", "compute-0"]
            func ports() async throws -> [String: String] {
                let places = try await cloud.overcloud.places(of: cloud.root())
                let ports = try await cloud.client.resources(of: cloud.root(), type: "Rehearsal::Net::Port")
                    .filter { $0.name == "CtlplanePort" }
                return Dictionary(
                    places.compactMap { place in ports.first { $0.stack?.id == place.stack.id }.map { (place.server, $0.physicalID) } }
                ) { first, _ in first }
            }
            func given(_ machine: String) async -> [String] {
                await cloud.machines.done.filter { $0.machine == machine && $0.deployment == "NetworkDeployment" }.map(\.packages)
            }
            let first = try await ports()
            #expect(Set(first.keys) == Set(names))
            #expect(try await cloud.breakNames("resolved").contains("Heat compares resolved"))
            #expect(try await ports() == first, "the identifier of a network is a name of it")
            let driver = cloud.driver(Cloud.plan("1448000007"))
            #expect(try await driver.preview(boundSeconds: 300) == .done)

            // As it was.
            _ = try await cloud.breakNames("strings")
            let refused = try await driver.preview(boundSeconds: 300).text
            let network = try await cloud.client.resources(of: cloud.root(), type: "Rehearsal::Net::Network").first {
                $0.name == "Ctlplane"
            }
            let id = try #require(network).physicalID
            #expect(
                refused
                    == "the update would replace CtlplanePort of 3 machines: CtlplaneNetwork is \"\(id)\" and would be \"ctlplane\"")
            // The second line: an update that is asked for all the same fails before any port is touched.
            #expect(try await driver.begin(boundSeconds: 300, attach: false).text.contains("replace is restricted"))
            #expect(try await ports() == first)

            let careless = cloud.driver(Cloud.plan("1448000008", mayReplace: true))
            #expect(try await careless.begin(boundSeconds: 300, attach: false) == .done)
            let second = try await ports()
            for name in names {
                while await given(name).count < 2 { try await Task.sleep(for: .milliseconds(100)) }
                #expect(second[name] != first[name])
                #expect(
                    await given(name).map { $0.split(separator: " ").first ?? "" } == [first, second].map { "ctlplane=\($0[name] ?? "")" })
            }
            try await careless.stop(boundSeconds: 300)
        }
    }

    @Test(
        "a machine that joins runs the last update as soon as it is made, without a breakpoint, if the stack remembers its identifier (bug 4 of the talk)",
        arguments: [true, false])
    func scaleOut(remembering: Bool) async throws {
        try await withCloud { cloud in
            let (plan, driver) = try await cloud.begun("1448000011")
            for machine in ["controller-1", "controller-0", "compute-0"] {
                #expect(try await cloud.run(driver, plan, machine).0 == .finished(status: 0))
            }
            #expect(try await driver.end(boundSeconds: 300) == .done)
            #expect(try await cloud.overcloud.rememberedIdentifier() == plan.identifier)

            let larger = try #require(cloud.topology.scaled("Compute", by: 1))
            try await cloud.overcloud(of: larger).scale(keepingIdentifier: remembering)
            let updates = await cloud.machines.updates()
            let updated = ["controller-1", "controller-0", "compute-0"]
            #expect(updates.map(\.machine) == updated + (remembering ? ["compute-1"] : []), "those that are there run nothing (LP 1502869)")
            if remembering { #expect(updates.last?.action == "CREATE" && updates.last?.identifier == plan.identifier) }
            #expect(await cloud.machines.done.contains { $0.machine == "compute-1" && $0.deployment == "NetworkDeployment" })
            #expect(try await cloud.overcloud.rememberedIdentifier() == (remembering ? plan.identifier : ""))

            // And it leaves again.
            try await cloud.overcloud.scale(keepingIdentifier: remembering)
            #expect(try await cloud.client.resources(of: cloud.root(), type: "OS::Heat::DeployedServer").count == 3)
            #expect(await cloud.machines.updates().count == updates.count)
        }
    }

    @Test("the machines' own agent runs each configuration once, whatever dies, and is heard in the end")
    func agent() async throws {
        try await withCloud(agents: ["compute-0"]) { cloud in
            let agent = cloud.agents[0]
            let (plan, driver) = try await cloud.begun("1448000010")
            let update = Task { try await cloud.run(driver, plan, "compute-0") }
            while try agent.runs().count < 2 { try await Task.sleep(for: .milliseconds(100)) }
            // Killed before it has signalled, and Heat with it: it signals when both are back, and runs nothing again.
            agent.kill()
            agent.start()
            #expect(try await update.value.0 == .finished(status: 0))
            let runs = try agent.runs()
            #expect(runs.count == 2 && Set(runs.map(\.execution)).count == 2)
            #expect(runs[0].arguments == [""], "the stack was created, which updates nothing")
            #expect(runs[1].arguments == ["1448000010", "haproxy=haproxy"])
            let script = try String(contentsOfFile: runs[1].script, encoding: .utf8)
            #expect(script.hasPrefix("#!/bin/bash") && script.contains("#: step record-identifier"), "update-machine.sh, as it is")
            for machine in ["controller-1", "controller-0"] {
                #expect(try await cloud.run(driver, plan, machine).0 == .finished(status: 0))
            }
            #expect(try await driver.end(boundSeconds: 300) == .done)
            #expect(try agent.runs().count == 2)
        }
    }

    @Test("the machines' own agent runs one configuration at a time: what Heat asks for anew while it is at work waits for its end")
    func agentRunsOneAtATime() async throws {
        try await withCloud(agents: ["compute-0"]) { cloud in
            let agent = cloud.agents[0]
            let (plan, driver) = try await cloud.begun("1448000013")
            agent.hold()
            let update = Task { try await cloud.run(driver, plan, "compute-0") }
            while try agent.runs().count < 2 { try await Task.sleep(for: .milliseconds(100)) }
            cloud.heat.kill()
            try cloud.heat.start()
            func isAskedAnew() async throws -> Bool {
                let begun = try agent.runs().map(\.execution)
                let deployments = (try? await cloud.machines.deployments(of: "compute-0")) ?? []
                return deployments.contains { wanted in !begun.contains { $0.hasSuffix(wanted.id) } }
            }
            while try await !isAskedAnew() { try await Task.sleep(for: .milliseconds(200)) }
            try await Task.sleep(for: .seconds(3))
            #expect(try agent.runs().count == 2, "it asks every second, and is at work")
            agent.release()
            #expect(try await update.value.0 == .finished(status: 0))
            // The end of the first is an answer to the second, too; it is run all the same, and finds the identifier.
            while try agent.runs().count < 3 { try await Task.sleep(for: .milliseconds(100)) }
            #expect(try agent.runs().map(\.arguments.first) == ["", plan.identifier, plan.identifier])
            try await driver.stop(boundSeconds: 300)
        }
    }

    @Test("an agent that rests is woken when its machine's breakpoint is cleared, and asks until Heat has something for it")
    func agentIsWoken() async throws {
        try await withCloud(agents: ["compute-0"]) { cloud in
            let agent = cloud.agents[0]
            let (plan, driver) = try await cloud.begun("1448000019")
            try await agent.restartToRest()
            #expect(try await cloud.run(driver, plan, "compute-0").0 == .finished(status: 0))
            #expect(try agent.runs().map(\.arguments.first) == ["", plan.identifier])
            try await driver.stop(boundSeconds: 300)
        }
    }

    @Test("a machine later than Heat waits: its configuration stays published, its end is accepted late, and the same update goes on")
    func lateMachine() async throws {
        try await withCloud { cloud in
            let plan = Cloud.plan("1448000016")
            let template = cloud.overcloud.template
            var request = try template.request(identifier: plan.identifier, updates: try template.updates(of: plan), hooks: true)
            request.name = nil
            request.timeoutMinutes = 2
            let root = try await cloud.root()
            try await cloud.client.update(root, to: request)
            #expect(try await cloud.driver(plan).begin(boundSeconds: 300, attach: true) == .done)
            await cloud.machines.hold("controller-1")
            let place = try #require(try await cloud.overcloud.places(of: root).first { $0.server == "controller-1" })
            try await cloud.client.clearPreUpdateHook(of: OvercloudTemplate.deployment, in: place.stack)
            while await cloud.machines.updates().isEmpty { try await Task.sleep(for: .milliseconds(100)) }
            let given = try await cloud.machines.deployments(of: "controller-1").map(\.id)
            // The machine's own stack is told after the whole.
            while try await cloud.client.stacks(nested: true).contains(where: \.status.isInProgress) {
                try await Task.sleep(for: .milliseconds(500))
            }
            #expect(try await cloud.client.stack(root).reason.contains("Timed out"))
            #expect(try await cloud.machines.deployments(of: "controller-1").map(\.id) == given, "whoever comes back would still run it")
            let before = await cloud.machines.answers.count
            await cloud.machines.release("controller-1")
            while await cloud.machines.answers.count == before { try await Task.sleep(for: .milliseconds(100)) }
            #expect(await cloud.machines.answers.last == 200)
            #expect(try await cloud.client.stack(root).status.isFailed, "accepted, and without effect")

            let driver = cloud.driver(plan)
            for machine in ["controller-1", "controller-0", "compute-0"] {
                #expect(try await cloud.run(driver, plan, machine).0 == .finished(status: 0))
            }
            #expect(try await driver.end(boundSeconds: 300) == .done)
            let updates = await cloud.machines.updates()
            #expect(updates.map(\.machine) == ["controller-1", "controller-1", "controller-0", "compute-0"])
            #expect(updates.map(\.action) == ["UPDATE", "CREATE", "UPDATE", "UPDATE"], "the identifier on the machine makes that nothing")
        }
    }

    @Test("the identifier a stack shows is not gone by: it is what was sent, before any machine has it and after a failure, too")
    func shownIdentifier() async throws {
        try await withCloud { cloud in
            let (plan, driver) = try await cloud.begun("1448000017")
            let root = try await cloud.root()
            func shown() async throws -> String? { try await cloud.client.stack(root).parameters["UpdateIdentifier"] }
            #expect(try await cloud.client.stack(root).status.isInProgress)
            #expect(try await shown() == plan.identifier)
            #expect(await cloud.machines.updates().isEmpty)
            await cloud.machines.fail("controller-1", status: 7)
            #expect(try await cloud.run(driver, plan, "controller-1").0 == .finished(status: 7))
            try await driver.stop(boundSeconds: 300)
            #expect(try await shown() == plan.identifier)
            // By the machines' own word it is still to be done, and done it is.
            let again = cloud.driver(plan)
            for machine in ["controller-1", "controller-0", "compute-0"] {
                #expect(try await cloud.run(again, plan, machine).0 == .finished(status: 0))
            }
            #expect(try await again.end(boundSeconds: 300) == .done)
            #expect(await cloud.machines.updates().map(\.machine) == ["controller-1", "controller-1", "controller-0", "compute-0"])
        }
    }

    @Test("Heat that has waited for long, and looks less often, still goes on when it is told to, hears machines, and stops")
    func patience() async throws {
        try await withCloud { cloud in
            let (plan, driver) = try await cloud.begun("1448000018")
            try await Task.sleep(for: .seconds(35))
            await cloud.machines.hold("controller-1")
            async let update = cloud.run(driver, plan, "controller-1")
            while await cloud.machines.updates().isEmpty { try await Task.sleep(for: .milliseconds(100)) }
            try await Task.sleep(for: .seconds(35))
            await cloud.machines.release("controller-1")
            #expect(try await update.0 == .finished(status: 0))
            try await Task.sleep(for: .seconds(35))
            try await driver.stop(boundSeconds: 300)
            #expect(try await cloud.client.stack(try await cloud.root()).status.isFailed)

            let again = cloud.driver(plan)
            for machine in ["controller-0", "compute-0"] {
                #expect(try await cloud.run(again, plan, machine).0 == .finished(status: 0))
            }
            #expect(try await again.end(boundSeconds: 300) == .done)
            #expect(await cloud.machines.updates().map(\.machine) == ["controller-1", "controller-0", "compute-0"])
        }
    }

    @Test("a machine that never signals is a time-out of its step, not a wait for ever")
    func timeout() async throws {
        try await withCloud { cloud in
            let (plan, driver) = try await cloud.begun("1448000009")
            await cloud.machines.hold("controller-1")
            #expect(try await cloud.run(driver, plan, "controller-1", bound: 20).0 == .timedOut(isStopped: true))
            let stops = await cloud.hypervisor.executed().filter { $0.argv.contains("--stop") }
            #expect(stops.map(\.machine) == ["controller-1"])
            #expect(stops.first?.argv.last?.hasPrefix("heat-1448000009-") == true)
            await cloud.machines.release("controller-1")
            try await driver.stop(boundSeconds: 300)
        }
    }
}
