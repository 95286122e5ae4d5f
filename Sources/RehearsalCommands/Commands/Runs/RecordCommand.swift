import ArgumentParser
import Foundation
import RehearsalModel
import RehearsalRuns

struct RecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record", abstract: "Record endpoints that somebody else runs, without a testbed, and report.",
        discussion: """
            The file lists probes as a service's file does, and may hold budgets as a scenario does:

              probes:
                - name: api
                  kind: http
                  target: http://192.0.2.10:8080/
                  period_ms: 100
              expectations:
                - probe: api
                  patience_s: 1
                  longest_outage_s: 2

            Each probe must be answered once before anything is recorded. The recording is a run like others: `rehearse report`, `outages`, \
            `compare` and `export` take its name. C-c ends it, and reports. Kinds of probes and their settings: docs/probes.md; more: \
            docs/how-to/record.md.
            """)

    @Option(help: ArgumentHelp("The file of the probes.", valueName: "file")) var probes: String
    @Option(name: .customLong("for"), help: ArgumentHelp("How long, as in 90s, 10m, 1.5h (default: until C-c).", valueName: "length"))
    var length: LengthOption?
    @Flag(help: "Record although a target does not answer at the start.") var allowDown = false
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let view = RecordingView(seconds: length?.seconds)
            let recording = Recording(places: directories.places) { view.show($0) }
            let request = RecordingRequest(file: URL(fileURLWithPath: probes), seconds: length?.seconds, allowsDown: allowDown)
            try await Optional(recording.record(request, reporter: RunReporting())).exit()
        }
    }
}
