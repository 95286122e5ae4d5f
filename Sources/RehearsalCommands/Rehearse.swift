public import ArgumentParser
import RehearsalRuns

/// The command; `@main` calls it, tests parse it.
public struct Rehearse: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "rehearse",
        abstract: """
            Rehearsal updates a model of an OpenStack control plane, made of virtual machines on one Debian box, and says for each service \
            how long clients were cut off and which step was running at that time.
            """,
        discussion: """
            A run raises the machines, updates them one after the other while a recorder asks every service from outside, judges the \
            answers by the scenario's budgets, and takes the machines down. What it recorded stays. That a step was running when an \
            outage began is no proof that the step caused it.

              rehearse doctor                              can this host do it, and how fast
              rehearse plan Scenarios/minor-update.yaml    what a run would do, step by step
              rehearse run Scenarios/minor-update.yaml     do it, and report

            Exit status: 0 pass; 1 fail; 2 unknown, or the run was left before its end; 130 ended by a signal before the run had begun; \
            64 bad usage or input; 70 trouble of the host or of Rehearsal itself, or nothing newer to update to.
            """,
        version: "rehearse \(RehearsalVersion.current)",
        subcommands: [
            PlanCommand.self, RunCommand.self, UpdateCommand.self, ResumeCommand.self, RewindCommand.self, ReportCommand.self,
            OutagesCommand.self, CompareCommand.self, ExportCommand.self, DemoCommand.self, ServeCommand.self, RunsCommand.self,
            RecordCommand.self,
            FaultsCommand.self, InjectCommand.self, HealCommand.self,
            UpCommand.self, ScaleCommand.self, StatusCommand.self, ShellCommand.self, ConsoleCommand.self, DownCommand.self,
            ImagesCommand.self, CheckpointCommand.self, DoctorCommand.self, KeeperCommand.self, RecorderCommand.self,
        ])

    public init() {}
}
