public import Foundation
import RehearsalHistory
import RehearsalHost
public import RehearsalModel
import RehearsalStore
public import RehearsalTestbed

/// Lets machines join a testbed that is up, or leave it.
public struct TestbedScaler: Sendable {
    let testbed: any Testbed
    let files: TestbedFiles
    let images: URL
    let slowness: Double
    let progress: @Sendable (TestbedRaiser.Progress) -> Void

    /// Makes a scaler.
    ///
    /// - Parameters:
    ///   - files: Where the testbed keeps its files.
    ///   - images: The directory `Images`.
    ///   - slowness: How much slower guests run than the host; multiplies every bound.
    public init(
        _ testbed: any Testbed, files: TestbedFiles, images: URL, slowness: Double,
        progress: @escaping @Sendable (TestbedRaiser.Progress) -> Void = { _ in }
    ) {
        self.testbed = testbed
        self.files = files
        self.images = images
        self.slowness = slowness
        self.progress = progress
    }

    /// Has a testbed have the machines of a topology, and proves those that joined ready.
    ///
    /// Where the topology has Heat, its stack is told. A machine that leaves loses its disk.
    ///
    /// - Parameters:
    ///   - topology: The testbed's topology with other numbers of machines (`Topology.scaled`).
    ///   - keepingIdentifier: Whether the stack goes on remembering the identifier of its last update.
    /// - Returns: The machines that joined.
    /// - Throws: ``EngineError`` for what did not get ready. The testbed then has some of the machines, and the same can be asked for again.
    @discardableResult
    public func scale(to topology: Topology, keepingIdentifier: Bool = false) async throws -> [String] {
        let before = try files.readTopology()
        let joining = topology.machines.filter { before.machine(named: $0.name) == nil }.map(\.name)
        let leaving = before.machines.filter { topology.machine(named: $0.name) == nil }.map(\.name)
        let overcloud = try Overcloud.of(topology, images: images, hypervisor: testbed, slowness: slowness)
        let raiser = TestbedRaiser(
            files: files, consoles: files.directory.appendingPathComponent("console"), slowness: slowness, progress: progress)
        try await raiser.bringUp(testbed, machines: joining) {
            try await overcloud?.scale(keepingIdentifier: keepingIdentifier)
        }
        for name in leaving {
            try await testbed.machine(named: name).destroy()
            try? FileManager.default.removeItem(at: files.disk(name))
        }
        try await Procedures.install(on: testbed, machines: joining, from: images, slowness: slowness)
        try files.write(topology)
        return joining
    }

    /// The names of the machines that the testbed has now.
    func machines() throws -> [String] { try files.readTopology().machines.map(\.name) }

    /// The testbed's topology with so many machines of a role; nil if it cannot have as many.
    func topology(_ role: String, having count: Int) throws -> Topology? {
        let topology = try files.readTopology()
        guard let now = topology.roles.first(where: { $0.role == role })?.count else { return nil }
        return topology.scaled(role, by: count - now)
    }

    /// The update identifier that Heat's stack remembers, empty if it remembers none; nil without Heat.
    func rememberedIdentifier(of topology: Topology) async throws -> String? {
        try await Overcloud.of(topology, images: images, hypervisor: testbed, slowness: slowness)?.rememberedIdentifier()
    }

    /// Those of some machines that have begun an update: they have a marker of it.
    func updated(_ machines: [String]) async throws -> [String] {
        var found: [String] = []
        for name in machines {
            let markers = ["/var/lib/rehearsal/update-begun", "/var/lib/rehearsal/talk-update"]
            let result = try await testbed.machine(named: name).shell.execute(["/bin/ls"] + markers, timeout: 20 + 6 * slowness)
            if !result.standardOutput.isEmpty { found.append(name) }
        }
        return found
    }
}

extension PlanExecutor {
    /// Lets machines join or leave, and looks at what those that joined do.
    func scale(_ step: Step, role: String, count: Int, forgets: Bool) async throws -> StepResult {
        guard let scaler, let target = try scaler.topology(role, having: count) else {
            return .failed("the testbed cannot have \(count) machines of role \(role)")
        }
        if plan.looksFor.contains(.identifierForgotten), let identifier = try await scaler.rememberedIdentifier(of: target) {
            let isRemembered = !forgets && !identifier.isEmpty
            let text = "the stack remembers update \(identifier): a machine that joins would run it, and no breakpoint would hold that up"
            try note(.identifierForgotten, step, wrong: isRemembered ? text : "", right: forgets ? "it is forgotten before" : "none")
            if isRemembered { return .failed(text) }
        }
        let joined = try await scaler.scale(to: target, keepingIdentifier: !forgets)
        try await follow(target, role: role, step)
        if plan.looksFor.contains(.joinsQuietly), !joined.isEmpty {
            let ran = try await scaler.updated(joined).map { "\($0) ran an update as soon as it was made, and no breakpoint held that up" }
            try note(.joinsQuietly, step, wrong: ran.joined(separator: "; "), right: joined.joined(separator: ", "))
        }
        return .done(remark: joined.isEmpty ? "" : "joined: \(joined.joined(separator: ", "))")
    }

    /// The machines that the testbed has now.
    func machines() throws -> [String] { try scaler?.machines() ?? store.machines().map(\.name) }

    /// Makes machines that joined part of the run, and has the recorder ask what the testbed has now. The recorder starts anew for that, which
    /// costs it a second.
    private func follow(_ topology: Topology, role: String, _ step: Step) async throws {
        let known = try store.machines()
        let new = topology.machines.filter { machine in !known.contains { $0.name == machine.name } }
        try store.setMachines(
            known + new.enumerated().map { MachineRecord(name: $1.name, role: $1.role, position: known.count + $0) })
        for machine in new where !state.joinedMachines.contains(machine.name) {
            try journal(.machineChanged(.joined), machine: machine.name, text: "\(machine.name) \(MachineChange.joined.inWords())")
        }
        for machine in known where machine.role == role && topology.machine(named: machine.name) == nil {
            try journal(.machineChanged(.left), machine: machine.name, text: "\(machine.name) \(MachineChange.left.inWords())")
        }
        try probes(topology)
        guard isRecording else { return }
        isChangingRecorder = true
        defer { isChangingRecorder = false }
        try journal(.recorderStopped(try await recorder.stop()), step: step, text: "the testbed has other machines")
        try await recorder.start()
        try journal(.recorderStarted, step: step)
    }
}
