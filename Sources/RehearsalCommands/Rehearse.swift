public import ArgumentParser
import RehearsalRuns

/// The command; `@main` calls it, tests parse it.
public struct Rehearse: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "rehearse",
        abstract: "Rehearse a live cloud update on real machines before it matters.",
        discussion: """
            A run raises a small cloud out of virtual machines, updates it machine by machine while a recorder watches from outside, \
            judges what its users would have felt, says which step on which machine caused it, and leaves nothing behind.

              rehearse doctor                              can this host do it, and how fast
              rehearse plan Scenarios/minor-update.yaml    what a run would do, step by step
              rehearse run Scenarios/minor-update.yaml     do it, and report

            Exit status: 0 pass, 1 fail, 2 unknown or left before the end, 64 bad usage or input, 70 trouble of the harness.
            """,
        version: "rehearse \(RehearsalVersion.current)",
        subcommands: [
            PlanCommand.self, RunCommand.self, UpdateCommand.self, ResumeCommand.self, RewindCommand.self, ReportCommand.self,
            OutagesCommand.self, CompareCommand.self, ExportCommand.self, RunsCommand.self, RecordCommand.self,
            UpCommand.self, StatusCommand.self, ShellCommand.self, ConsoleCommand.self, DownCommand.self,
            ImagesCommand.self, CheckpointCommand.self, DoctorCommand.self, KeeperCommand.self, RecorderCommand.self,
        ])

    public init() {}
}
