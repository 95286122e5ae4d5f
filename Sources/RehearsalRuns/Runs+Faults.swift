import Foundation
import RehearsalDeclaration
import RehearsalEngine
import RehearsalHistory
import RehearsalHost
import RehearsalKeeper
public import RehearsalModel
import RehearsalStore
import RehearsalTestbed

/// A fault that somebody injected by hand, until it is healed; kept beside the testbed.
public struct FaultByHand: Hashable, Codable, Sendable {
    /// What names it in the journal of the run that it was injected into.
    public let identifier: StepID
    /// The name of its kind.
    public let kind: String
    /// What it was told.
    public let arguments: [String: String]
    /// The machine.
    public let machine: String
    /// The run whose journal tells of it; nil if none was going on.
    public let run: String?

    /// What names it on its machine, where a run that begins later may have a fault of the same number.
    var mark: String { "H\(identifier.faultNumber ?? 0)" }
}

extension Runs {
    /// The kinds of faults that a project has, those of the hypervisor included; a scenario's own come first.
    public func faultKinds(of scenario: String?, in project: Project) throws -> [FaultKind] {
        try project.faultKinds(of: scenario).sorted { $0.name < $1.name }
    }

    /// Breaks something on a testbed that is up.
    ///
    /// A run that goes on there has it in its journal, its timeline and its causes.
    /// - Parameters:
    ///   - name: The kind.
    ///   - arguments: What it is told, by the names of the kind's arguments.
    ///   - machine: The machine.
    ///   - testbed: The testbed; nil for the only one.
    /// - Returns: What the fault says it did; empty if it says nothing.
    /// - Throws: ``RunError`` for what cannot be asked, or could not be done.
    public func inject(
        _ name: String, _ arguments: [String: String], on machine: String, testbed: String?, in project: Project
    ) async throws -> String {
        let live = try testbeds.choose(testbed)
        let topology = try live.files.readTopology()
        let told = try Self.told(name, arguments, machine, try faultKinds(of: nil, in: project), topology)
        var open = openFaults(of: live)
        guard !open.contains(where: { $0.kind == name && $0.machine == machine && $0.arguments == told }) else {
            throw RunError(
                .invalid, "\(name) was done to \(machine) before", hint: "heal it first: `rehearse heal \(name) --on \(machine)`")
        }
        let scripts = try project.copyFaults([name], of: nil, to: folder(of: live))
        let journal = try Journal(of: live, index: index)
        let number = ([0] + (open.map(\.identifier) + (try journal?.faults() ?? [])).compactMap(\.faultNumber)).max() ?? 0
        let fault = FaultByHand(
            identifier: .fault(number + 1), kind: name, arguments: told, machine: machine, run: journal?.run)
        // It is known before it is done, so that it can be healed whatever happens to this process.
        open.append(fault)
        try keep(open, of: live)
        try journal?.append(.stepStarted(), fault, PlannedFault.title(name, told))
        let injector = try await injector(live, topology, scripts, project)
        let result = try await injector.perform(
            .inject, identifier: fault.mark, kind: name, arguments: told, on: machine,
            boundSeconds: injector.usualBoundSeconds)
        guard !result.isFailure else {
            try journal?.append(.stepEnded(.error), fault, "not injected: \(result.text)")
            try keep(open.filter { $0 != fault }, of: live)
            throw RunError(.trouble, "\(name) could not be done to \(machine): \(result.text)")
        }
        return result.text
    }

    /// Mends what was broken by hand.
    ///
    /// - Parameters:
    ///   - name: The kind; nil for all of them.
    ///   - machine: The machine; nil for all of them.
    /// - Returns: What was healed.
    /// - Throws: ``RunError`` if there is nothing to heal, or something could not be healed.
    public func heal(_ name: String?, on machine: String?, testbed: String?, in project: Project) async throws -> [FaultByHand] {
        let live = try testbeds.choose(testbed)
        let topology = try live.files.readTopology()
        let chosen = openFaults(of: live).filter { (name == nil || $0.kind == name) && (machine == nil || $0.machine == machine) }
        guard !chosen.isEmpty else {
            let open = openFaults(of: live).map { "\($0.kind) on \($0.machine)" }
            throw RunError(
                .invalid, "nothing of that is broken by hand on testbed \(live.name)",
                hint: open.isEmpty ? "a run heals its own faults" : "broken: \(open.joined(separator: ", "))")
        }
        let injector = try await injector(live, topology, FaultScripts(folder: folder(of: live)), project)
        var problems: [String] = []
        // The last one first: what was broken later may hide what was broken before.
        for fault in chosen.reversed() {
            let result = try await injector.perform(
                .heal, identifier: fault.mark, kind: fault.kind, arguments: fault.arguments, on: fault.machine,
                boundSeconds: injector.usualBoundSeconds)
            if let journal = try Journal(of: live, index: index), journal.run == fault.run {
                try journal.append(
                    .stepEnded(result.isFailure ? .error : .ok), fault, result.isFailure ? "not healed: \(result.text)" : result.text)
            }
            if result.isFailure {
                problems.append("\(fault.kind) on \(fault.machine): \(result.text)")
            } else {
                try keep(openFaults(of: live).filter { $0 != fault }, of: live)
            }
        }
        guard problems.isEmpty else { throw RunError(.trouble, "not healed: \(problems.joined(separator: "; "))") }
        return chosen
    }

    /// What is broken by hand on a testbed.
    public func openFaults(of live: LiveTestbed) -> [FaultByHand] {
        (try? JSONDecoder().decode([FaultByHand].self, from: Data(contentsOf: list(of: live)))) ?? []
    }

    private func keep(_ faults: [FaultByHand], of live: LiveTestbed) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(faults).write(to: list(of: live), options: .atomic)
    }

    private func folder(of live: LiveTestbed) -> URL { live.files.directory.appendingPathComponent("faults") }
    private func list(of live: LiveTestbed) -> URL { folder(of: live).appendingPathComponent("open.json") }

    private static func told(
        _ kind: String, _ arguments: [String: String], _ machine: String, _ kinds: [FaultKind], _ topology: Topology
    ) throws -> [String: String] {
        do {
            return try Fault.told(kind: kind, arguments: arguments, machine: machine, kinds: kinds, machines: topology.machines)
        } catch {
            throw RunError(
                .invalid, error.diagnostics.map(\.message).joined(separator: "; "),
                hint: error.diagnostics.compactMap(\.hint).joined(separator: "; "))
        }
    }

    private func injector(
        _ live: LiveTestbed, _ topology: Topology, _ scripts: FaultScripts, _ project: Project
    ) async throws -> FaultInjector {
        project.injector(live.client, topology: topology, scripts: scripts, slowness: try await usualSlowness(of: live))
    }

    /// How much slower guests run than the host, at most. It is not measured for one command: that would be in the way of what the testbed
    /// does.
    func usualSlowness(of live: LiveTestbed) async throws -> Double { try await live.client.testbed().accelerator == .tcg ? 30 : 1 }
}

extension Project {
    /// What breaks and heals the machines of a testbed, which knows the units of the project's services.
    func injector(_ testbed: any Testbed, topology: Topology, scripts: FaultScripts, slowness: Double) -> FaultInjector {
        FaultInjector(
            testbed: testbed, topology: topology, scripts: scripts, units: unitOwners(services(of: topology).map(\.name)),
            slowness: slowness)
    }
}

/// The journal of the run that goes on on a testbed.
private struct Journal {
    let run: String
    private let store: RunStore

    /// Nil if no run goes on there.
    init?(of live: LiveTestbed, index: RunIndex) throws {
        guard let run = live.files.readRun() else { return nil }
        let directory = index.runsDirectory.appendingPathComponent(run)
        guard RunLock.isHeld(directory: directory) else { return nil }
        self.run = run
        store = try RunStore.open(directory: directory)
        try HostClock.adopt(store)
    }

    func faults() throws -> [StepID] { try store.events().compactMap(\.step) + store.steps().map(\.id) }

    func append(_ payload: Event.Payload, _ fault: FaultByHand, _ text: String) throws {
        _ = try store.append(Event(time: HostClock.now(), payload, step: fault.identifier, machine: fault.machine, text: text))
    }
}
