import Foundation
import RehearsalTesting
import Testing

/// The programs that the how-to pages come with: those in `jq` against stored reports, the nightly script with a stand-in for `rehearse`.
@Suite("how-to programs")
struct HowToScriptTests {
    private struct Output {
        let status: Int32
        let out: String
        let error: String
    }

    private static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Output {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (out, error) = (Pipe(), Pipe())
        process.standardOutput = out
        process.standardError = error
        try process.run()
        // What these programs print fits into a pipe.
        process.waitUntilExit()
        func text(_ pipe: Pipe) throws -> String { String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self) }
        return Output(status: process.terminationStatus, out: try text(out), error: try text(error))
    }

    private static let howTo = Checkout.root.appending(path: "docs/how-to")

    @Test("longest.jq lists the failed outages of a probe of a stored run, the longest first, each with its step")
    func longest() throws {
        let report = Checkout.root.appending(path: "Tests/RehearsalReportTests/Snapshots/report.json")
        let program = Self.howTo.appending(path: "which-step/longest.jq").path
        let output = try Self.run(
            ["jq", "-r", "--arg", "probe", "haproxy-kept", "--argjson", "patience", "0.25", "-f", program, report.path])
        #expect(output.status == 0 && output.error == "")
        let lines = output.out.split(separator: "\n")
        #expect(lines.count == 1)
        #expect(lines.first?.hasSuffix("3.1.3.1 ban-vips on controller-1") == true, "\(output.out)")
    }

    /// A place for nights: a state directory, what is kept, and a stand-in for `rehearse` that "runs" by writing a report.
    private struct Nights: ~Copyable {
        let scratch = Scratch()
        var state: URL { scratch.url.appending(path: "state") }
        var keep: URL { scratch.url.appending(path: "keep") }

        init() throws {
            let stand = scratch.url.appending(path: "bin/rehearse")
            try FileManager.default.createDirectory(at: stand.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(
                #"""
                #!/usr/bin/env bash
                runs=$XDG_STATE_HOME/rehearsal/runs
                echo "$*" >> "$XDG_STATE_HOME/said"
                case "$1 $2" in
                  "run nightly")
                    mkdir -p "$runs/$NIGHT"
                    touch "$runs/$NIGHT/junit.xml" "$runs/$NIGHT/report.html"
                    printf '{"probes": [{"name": "api", "clients": [{"patience_s": 1, "longest_lo_s": %s, "longest_hi_s": %s}]}]}' \
                      "$LONGEST" "$((LONGEST + 1))" > "$runs/$NIGHT/report.json"
                    exit "$STATUS"
                    ;;
                  "runs list") ls "$runs" ;;
                  "runs rm") shift 2; cd "$runs" && rm -r "$@" ;;
                esac
                """#.utf8
            ).write(to: stand)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: stand.path)
            try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
        }

        /// One night.
        ///
        /// - Parameters:
        ///   - status: What the run ends with.
        ///   - longest: The longest outage of the probe `api`, at least, in seconds.
        func night(_ number: Int, status: Int32 = 0, longest: Int) throws -> Output {
            let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
            return try HowToScriptTests.run(
                ["bash", HowToScriptTests.howTo.appending(path: "nightly/nightly.sh").path],
                environment: [
                    "PATH": "\(scratch.url.path)/bin:\(path)", "XDG_STATE_HOME": state.path, "KEEP": keep.path, "NIGHT": "night-\(number)",
                    "STATUS": "\(status)", "LONGEST": "\(longest)", "SLACK": "5",
                ])
        }

        /// The least length of the longest outage in the last night that was good.
        func lastGood() throws -> Int? {
            let text = try String(contentsOf: keep.appending(path: "last-good.json"), encoding: .utf8)
            return text.firstMatch(of: /"longest_lo_s": (\d+)/).flatMap { Int($0.output.1) }
        }
    }

    @Test("a night within the slack of the last good one is good, and one that is certainly worse is not")
    func regression() throws {
        let nights = try Nights()
        #expect(try nights.night(1, longest: 2).status == 0)
        #expect(try nights.night(2, longest: 8).status == 0, "8 s is not over 3 s and 5 s")
        #expect(try nights.lastGood() == 8)
        let worse = try nights.night(3, longest: 15)
        #expect(worse.status == 1)
        #expect(worse.error.contains("api: [15, 16] s, before [8, 9] s"), "\(worse.error)")
        #expect(try nights.lastGood() == 8)
    }

    @Test("a night that broke a budget is kept and ends with its status; one without a run ends at once", arguments: [1, 2, 64, 70])
    func bad(status: Int32) throws {
        let nights = try Nights()
        #expect(try nights.night(1, longest: 2).status == 0)
        #expect(try nights.night(2, status: status, longest: 3).status == status)
        #expect(try nights.lastGood() == 2)
        let kept = try String(contentsOf: nights.keep.appending(path: "report.json"), encoding: .utf8)
        #expect(kept.contains(#""longest_lo_s": \#(status < 64 ? 3 : 2)"#))
    }

    @Test("of the runs the last seven are left")
    func tidy() throws {
        let nights = try Nights()
        for night in 1...9 { #expect(try nights.night(night, longest: 2).status == 0) }
        let left = try FileManager.default.contentsOfDirectory(atPath: nights.state.appending(path: "rehearsal/runs").path).sorted()
        #expect(left == (3...9).map { "night-\($0)" })
        let said = try String(contentsOf: nights.state.appending(path: "said"), encoding: .utf8)
        #expect(said.hasPrefix("down --all\nrun nightly --cold --checkpoint none\nruns list --quiet\n"))
    }
}
