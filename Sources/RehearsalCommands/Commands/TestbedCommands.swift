import ArgumentParser
import Foundation
import RehearsalDeclaration
import RehearsalEngine
import RehearsalHistory
import RehearsalHost
import RehearsalImages
import RehearsalKeeper
import RehearsalModel
import RehearsalPlanner
import RehearsalStore
import RehearsalTestbed

/// Which testbed a command means.
struct TestbedChoice: ParsableArguments {
    @Option(help: ArgumentHelp("The testbed (default: the only one that is up).", valueName: "name")) var testbed: String?
}

struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Raise a testbed and prove it ready.",
        discussion:
            "Everything lives in namespaces held by one process, the keeper; `rehearse down`, or the death of the keeper, ends all of it.")

    @Argument(help: "A topology: Topologies/NAME.yaml, or its NAME.") var topology: String
    @Option(help: "The testbed's name (default: the topology's).") var name: String?
    @OptionGroup var images: ImageOptions
    @OptionGroup var raise: RaiseOptions
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let project = try directories.project()
            let declaration = try project.topology(topology)
            try await HostChecks(directories: directories).require(memoryMiB: declaration.topology.machines.reduce(0) { $0 + $1.memoryMiB })
            let host = try await HostConditions.measure(
                directories: directories, builder: images.builder(project: project, directories: directories))
            let set = try await images.prepare(declaration, project: project, directories: directories)
            let name = self.name ?? declaration.topology.name
            let consoles = Testbeds(directories: directories).files(name).directory.appendingPathComponent("console")
            let raised = try await Raiser(directories: directories, project: project, declaration: declaration, options: raise)
                .raise(name: name, images: set, host: host, consoles: consoles)
            let proof = try await raised.client.run(
                [
                    Executable.path, "recorder", "--configuration", raised.files.recorderConfiguration.path, "--once", "--deadline",
                    "\(Int(15 * host.slowness))",
                ],
                timeout: 15 * host.slowness + 30)
            Terminal.write(proof.standardError)
            guard proof.isSuccess else {
                if !raise.keep {
                    try? await raised.client.end()
                    try? Testbeds(directories: directories).remove(name)
                }
                throw CommandFailure(
                    .harness, "testbed \(name): not every probe was answered from outside", hint: "keep it with --keep and look around")
            }
            Terminal.note("testbed \(name) is up after \(raised.seconds.spoken), and every probe is answered from outside")
            Terminal.note(
                "look: `rehearse status`, `rehearse shell controller-0`; rehearse on it: `rehearse run SCENARIO --on \(name)`; end it: `rehearse down \(name)`"
            )
        }
    }
}

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show a testbed that is up: its machines, where they stand in the update, and whether every service is ready.")

    @OptionGroup var choice: TestbedChoice
    @Option(help: "table or json.") var format: Format = .table
    @Flag(help: "Do not ask the machines how their services are.") var quick = false
    @OptionGroup var directories: Directories

    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

    struct Answer: Encodable {
        struct Machine: Encodable {
            let name: String, role: String, state: String
            let addresses: [String: String]
            let services: [String: String]?
            /// Where it stands in the update of ``run``.
            let update: String?
        }
        let testbed: String, topology: String, accelerator: String
        /// The run that last drove the testbed.
        let run: String?
        let machines: [Machine]
    }

    func run() async throws {
        try await reportingFailures {
            let (name, files, client) = try Testbeds(directories: directories).choose(choice.testbed)
            let topology = try files.readTopology()
            let status = try await client.testbed()
            let states = Dictionary(uniqueKeysWithValues: status.machines.map { ($0.name, $0.state.rawValue) })
            let ready =
                quick
                ? []
                : try await Readiness(hypervisor: client, machines: [], slowness: 11).ask(
                    topology.machines.map(\.name).filter { states[$0] == "running" })
            let run = files.readRun()
            let progress = try run.map(progress) ?? [:]
            let machines = topology.machines.map { machine in
                Answer.Machine(
                    name: machine.name, role: machine.role, state: states[machine.name] ?? "unknown",
                    addresses: Dictionary(uniqueKeysWithValues: machine.interfaces.map { ($0.network, $0.address.description) }),
                    services: quick
                        ? nil
                        : Dictionary(
                            ready.filter { $0.machine == machine.name }.map { ($0.service, $0.isReady ? "ok" : "wait \($0.detail)") }
                        ) { left, _ in left },
                    update: progress[machine.name]?.rawValue)
            }
            switch format {
            case .json:
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
                Terminal.output(
                    String(
                        decoding: try encoder.encode(
                            Answer(
                                testbed: name, topology: topology.name, accelerator: status.accelerator.rawValue, run: run,
                                machines: machines)),
                        as: UTF8.self) + "\n")
            case .table:
                let update = run.map { ", last driven by run \($0)" } ?? ""
                Terminal.output("testbed \(name) (topology \(topology.name), \(status.accelerator.rawValue))\(update)\n")
                for machine in machines {
                    let waiting = (machine.services ?? [:]).filter { $0.value != "ok" }.sorted { $0.key < $1.key }.map {
                        "\($0.key): \($0.value)"
                    }
                    let columns = [(machine.name, 14), (machine.state, 8)] + (run == nil ? [] : [(machine.update ?? "", 13)])
                    let service = quick ? "" : waiting.isEmpty ? "all services ready" : waiting.joined(separator: "; ")
                    Terminal.output(
                        "  " + columns.map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) + " " }.joined() + service + "\n")
                }
            }
        }
    }

    /// Where machines stand in the update of a run; none if the run is gone.
    private func progress(of run: String) throws -> [String: MachineProgress] {
        guard let store = try? RunIndex(stateDirectory: directories.state).open(run), let plan = try store.metadata()["plan"] else {
            return [:]
        }
        let progress = MachineProgress.all(of: try Plan(json: plan), events: Branch.taken(of: try store.events()).events)
        return Dictionary(progress.map { ($0.machine, $0.state) }) { first, _ in first }
    }
}

struct ShellCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell", abstract: "Run a command on a machine; without one, a line-by-line shell.",
        discussion:
            "Goes over the guest agent, never over the network under test. The exit status passes through.\n\n  rehearse shell controller-0 -- crm_mon -1"
    )

    @Argument(help: "The machine.") var machine: String
    @Argument(parsing: .postTerminator, help: "The command, after --.") var command: [String] = []
    @Option(help: "Seconds the command may take.") var timeout: Double = 300
    @OptionGroup var choice: TestbedChoice
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let (_, _, client) = try Testbeds(directories: directories).choose(choice.testbed)
            let shell = try await client.machine(named: machine).shell
            if !command.isEmpty {
                let result = try await shell.execute(["/usr/bin/env"] + command, timeout: timeout)
                try Self.show(result)
                if result.status != 0 { throw ExitCode(result.status) }
                return
            }
            Terminal.note("each line is one command by /bin/sh on \(machine), from /root; end with C-d")
            while true {
                Terminal.write("\(machine)# ")
                guard let line = readLine() else { break }
                if !line.isEmpty { try Self.show(await shell.execute(["/bin/sh", "-c", "cd /root; " + line], timeout: timeout)) }
            }
            Terminal.note("")
        }
    }

    private static func show(_ result: CommandResult) throws {
        Terminal.output(result.standardOutput)
        Terminal.write(result.standardError)
    }
}

struct ConsoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "console", abstract: "Show a machine's console, and follow it until C-c.")

    @Argument(help: "The machine.") var machine: String
    @Flag(help: "Print what there is and end.") var dump = false
    @OptionGroup var choice: TestbedChoice
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let (name, files, _) = try Testbeds(directories: directories).choose(choice.testbed)
            let specification = try TestbedSpecification(json: Data(contentsOf: files.specification))
            guard let path = specification.machines.first(where: { $0.name == machine })?.console else {
                throw CommandFailure(
                    .usage, "testbed \(name) has no machine \(machine)",
                    hint: "known: \(specification.machines.map(\.name).joined(separator: ", "))")
            }
            guard let handle = FileHandle(forReadingAtPath: path) else { throw CommandFailure(.harness, "cannot read \(path)") }
            repeat {
                if let data = try handle.readToEnd(), !data.isEmpty { FileHandle.standardOutput.write(data) }
                if !dump { try await Task.sleep(for: .milliseconds(200)) }
            } while !dump
        }
    }
}

struct DownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "down", abstract: "End a testbed and remove its files.")

    @Argument(help: "The testbed (default: the only one that is up).") var name: String?
    @Flag(help: "End all of them.") var all = false
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let testbeds = Testbeds(directories: directories)
            if all {
                for name in testbeds.names() { try await end(name, testbeds) }
            } else if let name, testbeds.names().contains(name) {
                try await end(name, testbeds)
            } else {
                try await end(try testbeds.choose(name).name, testbeds)
            }
        }
    }

    private func end(_ name: String, _ testbeds: Testbeds) async throws {
        if let client = try? KeeperClient.connect(directory: testbeds.files(name).directory.path) { try await client.end() }
        try testbeds.remove(name)
        Terminal.note("testbed \(name) is down")
    }
}
