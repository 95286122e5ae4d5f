public import ArgumentParser
import Foundation
import RehearsalChecks
import RehearsalDeclaration
public import RehearsalEngine
import RehearsalHistory
import RehearsalImages
import RehearsalModel
import RehearsalPlanner
import RehearsalStore
import RehearsalTestbed

extension CheckpointPolicy: ExpressibleByArgument {}

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Rehearse a scenario: raise the testbed, update it, record, judge, report, take it down.",
        discussion: """
            The plan is printed first. Every step is journalled before it starts; `rehearse resume` takes up a run that was left or killed. \
            With -i every breakpoint asks: Enter goes on with that machine, a regular expression with all machines it matches, \
            "no" stops there, C-c leaves.
            """)

    @Argument(help: "A scenario: Scenarios/NAME.yaml, or its NAME.") var scenario: String
    @Flag(name: .shortAndLong, help: "Ask at every breakpoint.") var interactive = false
    @Option(
        name: .customLong("checkpoint"),
        help: "Save all machines, for `rehearse rewind`: at every breakpoint, also before every procedure (steps), or never (none).")
    var checkpoints: CheckpointPolicy = .breakpoints
    @Option(help: ArgumentHelp("Use a testbed that is up (`rehearse up`) and leave it up.", valueName: "name")) var on: String?
    @OptionGroup var update: UpdateOptions
    @OptionGroup var images: ImageOptions
    @OptionGroup var raise: RaiseOptions
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let project = try directories.project()
            let declaration = try project.scenario(scenario)
            try update.check(declaration)
            if let on { _ = try Testbeds(directories: directories).chooseUndriven(on) }
            try HostChecks(directories: directories).require(memoryMiB: declaration.topology.machines.reduce(0) { $0 + $1.memoryMiB })

            Terminal.note(Terminal.styled("Images", .bold))
            let host = try await HostConditions.measure(
                directories: directories, builder: images.builder(project: project, directories: directories))
            let set = try await images.prepare(declaration, project: project, directories: directories)
            Terminal.note("  \(set.delta.count) packages differ between the installed and the candidate channel (\(set.candidateSource))")
            Terminal.note("  accelerator \(host.text)")
            let identifier = update.identifier ?? Planning.newIdentifier()
            let plan = try Planning.plan(
                declaration, project: project, images: set, update: update, identifier: identifier, slowness: host.slowness)
            Terminal.note("")
            Terminal.output(PlanPrinter.print(plan))
            Terminal.note("")

            let store = try RunIndex(stateDirectory: directories.state).create(strategy: plan.strategy, at: HostClock.now())
            let name = store.directory.lastPathComponent
            let lock = try RunLock(directory: store.directory)
            try HostClock.adopt(store)
            try RunRecord.begin(store, declaration: declaration, plan: plan, images: set, host: host, testbed: on ?? name)
            try store.setMetadata(["checkpoints": checkpoints.rawValue])
            for run in try RunIndex(stateDirectory: directories.state).cleanCheckpoints(keepBytes: CheckpointCache.runLimitBytes) {
                Terminal.note("removed the checkpoints of run \(run), to make room")
            }

            Terminal.note(Terminal.styled("Testbed \(on ?? name)", .bold))
            let testbed = try await self.testbed(name, declaration: declaration, project: project, images: set, host: host, store: store)
            try RunRecord.attach(store, files: testbed.files, declaration: declaration, directories: directories)
            Terminal.note("\n" + Terminal.styled("Run \(name)", .bold))
            let session = RunSession(
                store: store, lock: lock, plan: plan, files: testbed.files, client: testbed.client, slowness: host.slowness,
                images: project.images,
                interactive: interactive,
                checkpoints: raise.connection == nil ? checkpoints : .none, delta: set.delta)
            let verdict = try await session.execute()
            try await RunEnding(directories: directories, run: store.directory, lock: lock, keep: raise.keep || on != nil).finish(
                testbed.files, client: testbed.client, verdict: verdict)
        }
    }

    private func testbed(
        _ name: String, declaration: Declaration, project: Project, images: ImageSet, host: HostConditions, store: RunStore
    ) async throws -> (client: KeeperClient, files: TestbedFiles) {
        if let on {
            // Again: another engine may have come while this one planned.
            let chosen = try Testbeds(directories: directories).chooseUndriven(on)
            guard try chosen.files.readTopology() == declaration.topology else {
                throw CommandFailure(.usage, "testbed \(on) was raised from another topology than \(declaration.topology.name)")
            }
            try await Procedures.install(
                on: chosen.client, machines: declaration.topology.machines.map(\.name), from: project.images, slowness: host.slowness)
            return (chosen.client, chosen.files)
        }
        let raiser = Raiser(directories: directories, project: project, declaration: declaration, options: raise)
        do {
            let raised = try await raiser.raise(
                name: name, images: images, host: host, consoles: store.directory.appendingPathComponent("console"))
            try store.setMetadata([raised.wasWarm ? "condition.warm_up_s" : "condition.cold_up_s": String(format: "%.0f", raised.seconds)])
            return (raised.client, raised.files)
        } catch {
            _ = try? store.append(Event(time: HostClock.now(), kind: .runEnded, text: "the testbed was not raised: \(error)"))
            throw error
        }
    }
}

/// Takes a testbed down after its run, or says that it stays, and makes the run's checkpoints small.
struct RunEnding {
    let directories: Directories
    /// The run's directory.
    let run: URL
    let lock: RunLock
    let keep: Bool

    func finish(_ files: TestbedFiles, client: KeeperClient, verdict: Verdict?) async throws {
        defer { withExtendedLifetime(lock) {} }
        // Left or stopped before the end: nothing is judged yet, so that a script must not take it for a pass.
        guard let verdict else { throw ExitCode(Verdict.unknown.exitStatus) }
        let name = files.directory.lastPathComponent
        if keep {
            Terminal.note("testbed \(name) is still up: `rehearse shell MACHINE`, `rehearse down \(name)`")
        } else {
            try await client.end()
            try Testbeds(directories: directories).remove(name)
        }
        do {
            try await RunCheckpoints.compress(run: run) { done, all in
                if done == 0 { Terminal.note("compressing what \(all) checkpoints hold (`rehearse rewind`); all else is done") }
            }
        } catch let error as TestbedError {
            Terminal.note("the run's checkpoints stay as large as they are: \(error.message)")
        }
        if verdict != .pass { throw ExitCode(verdict.exitStatus) }
    }
}
