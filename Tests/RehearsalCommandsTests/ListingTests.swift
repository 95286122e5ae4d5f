import Foundation
import RehearsalDeclaration
import RehearsalHistory
import RehearsalHost
import RehearsalModel
import RehearsalTestbed
import RehearsalTesting
import Testing

@testable import RehearsalCommands
@testable import RehearsalEngine
@testable import RehearsalImages
@testable import RehearsalRuns
@testable import RehearsalStore

/// What commands list, for people and for programs.
@Suite("listings")
struct ListingTests {
    /// The object that a listing prints as JSON.
    private func object(_ listing: any Listing) throws -> [String: Any] {
        let text = try Output.render(listing, as: .json)
        #expect(text.hasSuffix("\n"))
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    /// Expects that a listing's JSON has the keys that docs/cli-json.md shows for its command, and no others.
    ///
    /// - Parameter maps: The keys of objects whose own keys are names of the user's.
    private func expectDocumented(_ listing: any Listing, _ command: String, maps: Set<String> = []) throws {
        let row = try #require(try MarkdownPage("docs/cli-json.md").table("command").first { $0[0] == "`\(command)`" })
        let written = MarkdownPage.keys(ofJSON: try object(listing), maps: maps)
        #expect(written == MarkdownPage.keys(row[1]), "\(command)")
    }

    @Test("a run that was judged, and one that was cut short")
    func runs() throws {
        let start = try #require(Timestamp(iso8601: "2026-11-22T15:00:00.000Z"))
        func summary(_ name: String, _ verdict: Verdict?) -> RunSummary {
            RunSummary(
                identifier: name, directory: "/runs/\(name)", scenario: "talk", strategy: "talk", started: start,
                ended: verdict.map { _ in start.advanced(bySeconds: 252) }, durationSeconds: verdict.map { _ in 252 },
                state: verdict == nil ? .interrupted : .ended, verdict: verdict,
                bytes: 2 << 20, checkpointBytes: 0)
        }
        let listing = RunListing([summary("one", .fail), summary("two", nil)])
        #expect(listing.table == "one  talk talk  fail  4 min 12 s  2 MiB\ntwo  talk talk  interrupted  -  2 MiB\n")
        #expect(listing.names == "one\ntwo\n")
        let runs = try #require(try object(listing)["runs"] as? [[String: Any]])
        #expect(runs[0]["duration_s"] as? Double == 252)
        #expect(runs[0]["start"] as? String == "2026-11-22T15:00:00.000Z")
        #expect(runs[1]["verdict"] is NSNull)
        #expect(runs[1]["state"] as? String == "interrupted")
        try expectDocumented(listing, "runs list")
    }

    @Test("no runs are an empty list")
    func none() throws {
        #expect(RunListing([]).table == "")
        #expect(try (object(RunListing([]))["runs"] as? [Any])?.isEmpty == true)
    }

    @Test("artefacts and checkpoints say what they take and when they were last used")
    func artefacts() throws {
        let entry = ArtefactCache.Entry(name: "Controller-1234", bytes: 3 << 30, lastUsed: Date(timeIntervalSince1970: 0))
        let images = ArtefactListing([entry])
        #expect(images.table == "Controller-1234  3.0 GiB  last used 1970-01-01T00:00:00Z\n")
        try expectDocumented(images, "images list")

        let saved = Runs.Checkpoint(checkpoint: .init(step: "1.2", sequence: 7, time: Timestamp(nanoseconds: 0)), name: "update")
        let checkpoints = CheckpointListing(testbeds: [entry], runs: [("one", 1 << 20, [saved])])
        #expect(checkpoints.table == images.table + "one  1 MiB  1 to go back to\n")
        let runs = try MarkdownPage.keys(ofJSON: #require(object(checkpoints)["runs"]))
        #expect(runs == ["run", "bytes", "checkpoints", "step", "name", "time"])
        try expectDocumented(RunCheckpointListing([saved]), "rewind --list")
    }

    @Test("what the host lacks comes with its remedy")
    func doctor() throws {
        let listing = DoctorListing(
            checks: [
                HostCheck(name: "tun", result: .ok, detail: "fine", remedy: nil),
                HostCheck(name: "disk", result: .failed, detail: "full", remedy: "free some"),
            ], accelerator: nil, slowness: nil)
        #expect(listing.table == "ok      tun: fine\nFAILED  disk: full\n        remedy: free some\n")
        let answer = try object(listing)
        #expect(answer["accelerator"] is NSNull)
        #expect((answer["checks"] as? [[String: Any]])?.last?["remedy"] as? String == "free some")
        try expectDocumented(listing, "doctor")
    }

    @Test("a testbed says where its machines stand, and which services are waited for")
    func status() throws {
        let topology = try Project(root: Checkout.root).topology("ha").value.topology
        let ready = [
            ServiceReadiness.parse("galera wait Joining\nvip ok", machine: "controller-0"),
            ServiceReadiness.parse("galera ok", machine: "controller-1"),
        ].flatMap { $0 }
        func listing(_ run: String?, _ ready: [ServiceReadiness]?) -> StatusListing {
            StatusListing(
                testbed: "mine", topology: topology, accelerator: .tcg, run: run,
                states: Dictionary(uniqueKeysWithValues: topology.machines.map { ($0.name, .running) }), ready: ready,
                progress: ["controller-0": .inProgress],
                faults: [
                    FaultByHand(identifier: "F1", kind: "fill-disk", arguments: ["mebibytes": "0"], machine: "compute-0", run: nil)
                ])
        }
        let asked = listing("one", ready)
        let lines = asked.table.split(separator: "\n").map(String.init)
        #expect(lines.first == "testbed mine (topology ha, tcg), last driven by run one")
        #expect(lines.contains("  controller-0   running  in_progress   galera: wait Joining"))
        #expect(lines.contains("  controller-1   running                all services ready"))
        let machines = try #require(try object(asked)["machines"] as? [[String: Any]])
        try expectDocumented(asked, "status", maps: ["addresses", "services", "arguments"])
        #expect(lines.last == "broken by hand: fill-disk on compute-0")
        let first = try #require(machines.first { $0["name"] as? String == "controller-0" })
        #expect(first["services"] as? [String: String] == ["galera": "wait Joining", "vip": "ok"])

        let quick = listing(nil, nil)
        #expect(quick.table.hasPrefix("testbed mine (topology ha, tcg)\n"))
        #expect(try (object(quick)["machines"] as? [[String: Any]])?.first?["services"] is NSNull)
    }

    @Test("kinds of faults, with what they are told")
    func faults() throws {
        let kinds = [
            FaultKind(
                name: "fill-disk", summary: "a disk is filled",
                arguments: [.init(name: "mebibytes", standard: "0", summary: "what is left"), .init(name: "path", summary: "where")]),
            FaultKind(name: "x", summary: "something", place: .testbed),
        ]
        let listing = FaultListing(kinds)
        let text = "fill-disk  a disk is filled\n             mebibytes=0: what is left\n             path: where\nx          something\n"
        #expect(listing.table == text)
        try expectDocumented(listing, "faults")
    }

    @Test("a plan is listed as the tree that it is")
    func plan() throws {
        let step = Step(
            id: StepID(rawValue: "1"), name: "update compute-0", machine: "compute-0", action: .sequence,
            children: [
                Step(
                    id: StepID(rawValue: "1.1"), name: "update 3 packages", machine: "compute-0",
                    action: .procedure(name: "update-machine", arguments: ["17"], driver: .heat), boundSeconds: 10, predictedSeconds: 6)
            ], boundSeconds: 0, predictedSeconds: 6)
        let fault = PlannedFault(kind: "fill-disk", arguments: ["mebibytes": "0"], edge: .during, step: "1.1", delaySeconds: 5, seconds: 30)
        let plan = Plan(
            strategy: "rolling", topology: "ha", seed: 1, identifier: "17", root: [step],
            faults: [
                Step(id: .fault(1), name: "fill-disk", machine: "compute-0", action: .fault(fault), boundSeconds: 30, predictedSeconds: 0)
            ])
        let answer = try object(PlanListing(plan, checkpoints: ""))
        try expectDocumented(PlanListing(plan, checkpoints: ""), "plan", maps: ["arguments"])
        let inner = try #require(((answer["steps"] as? [[String: Any]])?.first?["steps"] as? [[String: Any]])?.first)
        #expect(inner["bound_s"] as? Double == 10)
        #expect(inner["procedure"] as? String == "update-machine")
        #expect(inner["driver"] as? String == "heat")
        #expect(inner["kind"] as? String == "procedure")
    }
}
