import ArgumentParser
import RehearsalHost
import RehearsalKeeper
import RehearsalModel
import RehearsalRuns
import RehearsalTestbed

struct ShellCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell", abstract: "Run a command on a machine; without one, a line-by-line shell.",
        usage: "rehearse shell <machine> [<options>] [-- <command> ...]",
        discussion:
            "Goes over the guest agent, never over the network under test. The exit status passes through.\n\n  rehearse shell controller-0 -- crm_mon -1"
    )

    @Argument(help: "The machine.") var machine: String
    @Argument(parsing: .postTerminator, help: "The command, after --.") var command: [String] = []
    @Option(help: "Seconds the command may take.") var timeout: Double = 300
    @OptionGroup var choice: TestbedChoice
    @OptionGroup var directories: Directories

    func validate() throws {
        guard timeout > 0, timeout <= DurationText.mostSeconds else {
            throw ValidationError("--timeout must be more than 0 and at most \(Int(DurationText.mostSeconds)) seconds")
        }
    }

    func run() async throws {
        try await reportingFailures {
            let testbed = try Testbeds(directories.places).choose(choice.testbed)
            let shell = try await testbed.client.machine(named: machine).shell
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
