import Foundation
import RehearsalHistory
import RehearsalHost
import RehearsalModel
import RehearsalStore
import RehearsalTestbed
import RehearsalTesting
import Testing

@testable import RehearsalEngine

/// A driver that must not be asked.
private struct NoDriver: Driver {
    func run(_ call: ProcedureCall, report: @escaping @Sendable (TimedStepLine) async throws -> Void) async throws -> ProcedureOutcome {
        Issue.record("procedure \(call.name) was begun")
        return .finished(status: 0)
    }
}

private struct IdleRecorder: RecorderControl {
    func start() async throws {}
    func stop() async throws -> RecorderEnd { .exited(0) }
    func isRunning() async -> Bool { true }
}

/// Guests in this suite are shells of the host that run what they are sent.
@Suite("what is looked for on machines")
final class MachineChecksTests {
    private let machines = ["controller-0", "controller-1"]
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent("checks-\(UUID())")

    deinit { try? FileManager.default.removeItem(at: directory) }

    private func check(_ name: String, _ script: String, compares: Bool = false) throws -> MachineCheck {
        let folder = RunStore.checks(in: directory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(script.utf8).write(to: folder.appendingPathComponent("\(name).sh"))
        return MachineCheck(name: name, summary: "\(name) holds", moments: [.before, .after], compares: compares)
    }

    private func testbed(silent: String? = nil) async throws -> FakeHypervisor {
        let notes = directory.appendingPathComponent("notes").path
        let testbed = FakeHypervisor(machines: machines) { machine, argv, input in
            if machine == silent { throw TestbedError(.guestAgent, "the guest agent does not answer") }
            let shell = Process()
            shell.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            shell.arguments = ["MACHINE=\(machine)", "REHEARSAL_CHECKS=\(notes)/\(machine)"] + argv
            let (into, out) = (Pipe(), Pipe())
            (shell.standardInput, shell.standardOutput) = (into, out)
            try shell.run()
            into.fileHandleForWriting.write(input ?? Data())
            try into.fileHandleForWriting.close()
            let said = out.fileHandleForReading.readDataToEndOfFile()
            shell.waitUntilExit()
            return CommandResult(status: shell.terminationStatus, standardOutput: String(decoding: said, as: UTF8.self))
        }
        for machine in machines { try await testbed.machine(named: machine).start() }
        return testbed
    }

    private func find(
        _ checks: [MachineCheck], _ moment: MachineCheck.Moment = .before, on testbed: FakeHypervisor
    ) async throws -> [MachineChecks.Finding] {
        try await MachineChecks(hypervisor: testbed, folder: RunStore.checks(in: directory), slowness: 1).find(checks, moment, on: machines)
    }

    @Test("a check that compares says what is different after the update, on which machine")
    func compared() async throws {
        let state = directory.appendingPathComponent("state").path
        let script = "echo same; [ $MACHINE = controller-1 ] && cat \(state); exit 0\n"
        let checks = [try check("identity", script, compares: true)]
        try Data("port 1\n".utf8).write(to: URL(fileURLWithPath: state))
        let testbed = try await testbed()
        #expect(try await find(checks, .after, on: testbed).map(\.verdict) == [.unknown], "there is nothing to compare with")
        #expect(try await find(checks, .before, on: testbed).map(\.verdict) == [.pass])
        #expect(try await find(checks, .after, on: testbed).map(\.verdict) == [.pass])
        try Data("port 2\n".utf8).write(to: URL(fileURLWithPath: state))
        let found = try await find(checks, .after, on: testbed)
        #expect(found.map(\.verdict) == [.fail] && found.map(\.text) == ["controller-1: was port 1, is now port 2"])
        _ = try check("identity", "echo cannot look; exit 2\n")
        #expect(try await find(checks, .after, on: testbed).map(\.verdict) == [.unknown])
    }

    @Test("a check is what its script says on all machines together: wrong anywhere is wrong, silent anywhere is unknown")
    func findings() async throws {
        let checks = try [
            check("fine", "echo all is well\n"),
            check("wrong", "[ \"$MACHINE\" = controller-0 ] || { echo one thing; echo another >&2; exit 1; }\n"),
            check("silent", "echo cannot look; exit 2\n"),
        ]
        let findings = try await find(checks, on: testbed())
        #expect(findings.map(\.verdict) == [.pass, .fail, .unknown])
        #expect(
            findings.map(\.text) == [
                "2 machines", "controller-1: one thing, another", "controller-0: cannot look; controller-1: cannot look",
            ])
    }

    @Test("a machine that does not answer leaves open what there is; a script that eats its input harms no other")
    func silence() async throws {
        let checks = try [check("eats", "cat > /dev/null\n"), check("fine", "true\n")]
        #expect(try await find(checks, on: testbed()).map(\.verdict) == [.pass, .pass])
        let findings = try await find(checks, on: testbed(silent: "controller-1"))
        #expect(findings.map(\.verdict) == [.unknown, .unknown])
        #expect(findings[0].text.hasPrefix("controller-1: "))
    }

    @Test("a machine whose clock was stepped is named; one that does not tell its time leaves open how they go")
    func clocks() async throws {
        func compare(_ seconds: [String: Int], silent: String? = nil) async throws -> MachineChecks.Finding {
            let machines = ["controller-0", "controller-1", "compute-0"]
            let testbed = FakeHypervisor(machines: machines) { machine, _, _ in
                if machine == silent { throw TestbedError(.guestAgent, "the guest agent does not answer") }
                let wall = HostClock.now().advanced(bySeconds: Double(seconds[machine] ?? 0))
                return CommandResult(status: 0, standardOutput: "100.0 \(wall.nanoseconds)\n")
            }
            for machine in machines { try await testbed.machine(named: machine).start() }
            return try await MachineChecks(hypervisor: testbed, folder: directory, slowness: 1).compareClocks(of: machines)
        }
        #expect(try await compare([:]).verdict == .pass)
        #expect(try await compare(["controller-0": 2, "compute-0": -2]).verdict == .pass)
        let stepped = try await compare(["controller-1": 7200])
        #expect(stepped.verdict == .fail && stepped.text == "controller-1 is 7200 s ahead of the others")
        #expect(try await compare(["compute-0": -60]).text == "compute-0 is 60 s behind the others")
        let silence = try await compare([:], silent: "compute-0")
        #expect(silence.verdict == .unknown && silence.text == "compute-0: the guest agent does not answer")
    }

    @Test("what is found before the update ends the run there, and every verdict is journalled; what is found after it fails the run alone")
    func run() async throws {
        let checks = try [check("fine", "true\n"), check("wrong", "echo here; exit 1\n")]
        func step(_ id: StepID, _ action: Action, _ machine: String? = nil) -> Step {
            Step(id: id, name: "\(id)", machine: machine, action: action, boundSeconds: 20, predictedSeconds: 1)
        }
        for moment in MachineCheck.Moment.allCases {
            let run = directory.appendingPathComponent(moment.rawValue)
            let store = try RunStore.create(directory: run)
            try store.setMachines(machines.enumerated().map { MachineRecord(name: $1, role: "Controller", position: $0) })
            let last = moment == .before ? [step("2", .procedure(name: "p", arguments: []), "controller-0")] : []
            let plan = Plan(
                strategy: "test", topology: "two", seed: 1, identifier: "id", root: [step("1", .inspect(moment, checks: checks))] + last,
                looksFor: [])
            let testbed = try await testbed()
            let executor = PlanExecutor(
                plan: plan, store: store, hypervisor: testbed, driver: NoDriver(), recorder: IdleRecorder(), gate: OpenGate(),
                checks: MachineChecks(hypervisor: testbed, folder: RunStore.checks(in: directory), slowness: 1), slowness: 1
            ) { _ in }
            let outcome = try await executor.run()
            let reason = "not so: wrong holds (controller-0: here; controller-1: here)"
            #expect(outcome == (moment == .before ? .failed(step: "1", reason: reason) : .completed))
            let verdicts = try store.events().compactMap { event -> Event.CheckVerdict? in
                if case .verdict(let verdict) = event.payload { verdict } else { nil }
            }
            #expect(verdicts.map(\.check) == checks.map { $0.title(moment) })
            #expect(verdicts.map(\.verdict) == [.pass, .fail])
        }
    }
}
