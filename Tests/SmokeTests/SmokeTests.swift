import Foundation
import RehearsalTesting
import Testing

/// One real rehearsal on virtual machines: images, testbed, update, recorder, report, nothing left behind.
///
/// Large: minutes, not seconds. Runs with `make smoke`, which sets REHEARSAL_SMOKE.
@Suite("smoke", .serialized, .enabled(if: ProcessInfo.processInfo.environment["REHEARSAL_SMOKE"] != nil, "set by make smoke"))
struct SmokeTests {
    @Test("a rolling update of Scenarios/smoke.yaml passes, is reported, can go back, and leaves nothing behind")
    func rehearsal() async throws {
        let place = try SmokeRun()
        defer { place.remove() }

        let status = try place.rehearse(["run", "smoke"])
        #expect(status == 0, "the run passes")

        let runs = try place.runDirectories()
        try #require(runs.count == 1)
        let run = runs[0]
        let report = try JSONDecoder().decode(Report.self, from: Data(contentsOf: run.appendingPathComponent("report.json")))
        #expect(report.verdict == "pass")
        #expect(report.strategy == "rolling")
        #expect(report.steps.allSatisfy { $0.outcome == "ok" })
        #expect(report.machines.contains { $0.role == "Controller" && !$0.packagesChanged.isEmpty }, "packages really changed")
        for machine in report.machines where machine.role == "Controller" {
            #expect(!machine.packagesChanged.isEmpty, "\(machine.name) has new packages")
        }

        let before = try place.digests(of: run)
        #expect(try place.rehearse(["report", run.lastPathComponent]) == 0)
        #expect(try place.digests(of: run) == before, "the same store gives the same bytes")
        #expect(try place.leftovers().isEmpty, "no process of the testbed is left")

        // The testbed is gone; the run can go back all the same, and its last machine is updated once more.
        #expect(try place.rehearse(["rewind", run.lastPathComponent]) == 0)
        #expect(try place.rehearse(["resume", run.lastPathComponent]) == 0, "the run passes again")
        let again = try JSONDecoder().decode(Report.self, from: Data(contentsOf: run.appendingPathComponent("report.json")))
        #expect(again.verdict == "pass" && again.branches.count == 1)
        #expect(again.machines.map { $0.packagesChanged.map(\.name) } == report.machines.map { $0.packagesChanged.map(\.name) })
        #expect(FileManager.default.fileExists(atPath: run.appendingPathComponent("branch-1/report.html").path), "what it left is kept")

        #expect(try place.leftovers().isEmpty, "no process of the testbed is left")
        #expect(try place.testbeds().isEmpty, "no testbed is left")
    }
}

/// The parts of report.json that the test looks at.
private struct Report: Decodable {
    struct Step: Decodable { let id: String, name: String, outcome: String }
    struct Branch: Decodable { let number: Int }
    struct Machine: Decodable {
        struct Change: Decodable { let name: String }
        let name: String, role: String
        let packagesChanged: [Change]

        enum CodingKeys: String, CodingKey {
            case name, role
            case packagesChanged = "packages_changed"
        }
    }
    let verdict: String, strategy: String
    let steps: [Step]
    let machines: [Machine]
    let branches: [Branch]
}

/// A state directory of its own for one run; the image cache is the user's.
private struct SmokeRun {
    let state: URL
    let root = Checkout.root

    init() throws {
        state = FileManager.default.temporaryDirectory.appendingPathComponent(
            "rehearsal-smoke-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
    }

    func remove() {
        _ = try? rehearse(["down", "--all"])
        if ProcessInfo.processInfo.environment["REHEARSAL_SMOKE_KEEP"] == nil { try? FileManager.default.removeItem(at: state) }
    }

    /// Runs the command that the build has just made; its output goes to the terminal as it comes.
    func rehearse(_ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent(
            "rehearse")
        if !FileManager.default.isExecutableFile(atPath: process.executableURL?.path ?? "") {
            process.executableURL = root.appendingPathComponent(".build/debug/rehearse")
        }
        process.arguments = arguments + ["--state-directory", state.path, "--project", root.path]
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    func runDirectories() throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: state.appendingPathComponent("runs"), includingPropertiesForKeys: nil)
            .filter { FileManager.default.fileExists(atPath: $0.appendingPathComponent("run.sqlite").path) }
    }

    func testbeds() throws -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: state.appendingPathComponent("testbeds").path)) ?? []
    }

    /// Processes whose command line names this state directory.
    func leftovers() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { entry in
            guard Int32(entry) != nil, let data = FileManager.default.contents(atPath: "/proc/\(entry)/cmdline") else { return nil }
            let text = String(decoding: data.map { $0 == 0 ? 32 : $0 }, as: UTF8.self)
            return text.contains(state.path) ? text : nil
        }
    }

    func digests(of run: URL) throws -> [Data] {
        try ["report.json", "report.html", "junit.xml", "demo.cast"].map { try Data(contentsOf: run.appendingPathComponent($0)) }
    }
}
