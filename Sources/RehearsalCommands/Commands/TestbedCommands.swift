import RehearsalDeclaration
import RehearsalPlanner
import RehearsalRuns
import ArgumentParser
import Foundation
import RehearsalEngine
import RehearsalHistory
import RehearsalImages
import RehearsalModel
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
            let raised = try await directories.runs(TerminalObserver(.imagesAlone)).raise(
                topology, name: name, in: directories.project(), images: images.settings, settings: raise.settings)
            let name = raised.name
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
    @OptionGroup var output: OutputOptions
    @Flag(help: "Do not ask the machines how their services are.") var quick = false
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let (name, files, client) = try Testbeds(directories.places).choose(choice.testbed)
            let topology = try files.readTopology()
            let status = try await client.testbed()
            let states = Dictionary(uniqueKeysWithValues: status.machines.map { ($0.name, $0.state.rawValue) })
            let running = topology.machines.map(\.name).filter { states[$0] == "running" }
            let run = files.readRun()
            try output.print(
                StatusListing(
                    testbed: name, topology: topology, accelerator: status.accelerator.rawValue, run: run, states: states,
                    ready: quick ? nil : try await Readiness.ask(running, of: client),
                    progress: (try run.map(progress) ?? [:]).mapValues(\.rawValue)))
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
            let (_, _, client) = try Testbeds(directories.places).choose(choice.testbed)
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
            let (name, files, _) = try Testbeds(directories.places).choose(choice.testbed)
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
            let testbeds = Testbeds(directories.places)
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
