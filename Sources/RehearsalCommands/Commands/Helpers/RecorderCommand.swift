import ArgumentParser
import Foundation
import RehearsalChecks
import RehearsalHistory
import RehearsalHost
import RehearsalRecorder
import RehearsalRuns
import RehearsalStore

struct RecorderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recorder", abstract: "Ask every probe on its schedule and write the samples (started inside the testbed).",
        shouldDisplay: false)
    @Option(help: "What to ask, JSON.") var configuration: String
    @Flag(help: "Only prove that every probe is answered, and end.") var once = false
    @Option(help: "Seconds that --once may take.") var deadline: Double = 60

    func run() async throws {
        try await reportingFailures {
            let configuration = try RecorderConfiguration.read(URL(fileURLWithPath: self.configuration))
            if once {
                let unproven = try await Recorder.proveAll(configuration.probes, deadline: deadline)
                for probe in unproven { Terminal.error("probe \(probe.probe): \(probe.reason)") }
                if !unproven.isEmpty { throw ExitCode(Verdict.fail.exitStatus) }
                return
            }
            guard let run = configuration.run else { throw CommandFailure(.usage, "the recorder's configuration names no run") }
            let store = try RunStore.open(directory: URL(fileURLWithPath: run))
            let offset = try RunClock.offset(of: store)
            let summary = try await Recorder.run(configuration: configuration, sink: StoreSink(store: store), clockOffset: offset) {
                start in
                Terminal.note("\(start.time) asking \(start.probes) probes, scheduled \(start.scheduling)")
            }
            Terminal.note(
                "\(summary.samples.values.reduce(0, +)) samples, \(summary.late) late, starved for \(summary.starvedSeconds.spoken)")
        }
    }
}
