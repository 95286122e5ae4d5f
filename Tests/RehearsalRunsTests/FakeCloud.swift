import Foundation
import RehearsalAnalysis
import RehearsalChecks
import RehearsalDeclaration
import RehearsalEngine
import RehearsalHistory
import RehearsalHost
import RehearsalKeeper
import RehearsalModel
import RehearsalStore
import RehearsalTestbed
import RehearsalTesting
import Synchronization

@testable import RehearsalImages
@testable import RehearsalRuns

/// The testbed `mine` of the topology `smoke`: its keeper serves in this process, its machines are in memory, its recorder does nothing.
///
/// Whatever procedure a machine is given, it reports one sub-step `work` and then has version 2 of the package `hello`.
final class FakeCloud: Sendable {
    static let name = "mine"

    let places: Places
    let declaration: Declaration
    private let procedures = Mutex<[String]>([])

    var topology: Topology { declaration.topology }
    var files: TestbedFiles { Testbeds(places).files(Self.name) }
    /// "MACHINE PROCEDURE" of each that was started, in order.
    var started: [String] { procedures.withLock { $0 } }

    private init(_ directory: URL) throws {
        let program = directory.appendingPathComponent("program")
        try Data("#!/bin/sh\nexec sleep 600\n".utf8).write(to: program)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
        places = Places(
            state: directory.appendingPathComponent("state"), cache: directory.appendingPathComponent("cache"), program: program.path)
        declaration = try Project(root: Checkout.root).scenario("smoke").value
    }

    /// Has the testbed up while a test does something with it.
    static func up(_ body: (FakeCloud) async throws -> Void) async throws {
        let scratch = Scratch()
        let cloud = try FakeCloud(scratch.url)
        try await cloud.serve { try await body(cloud) }
    }

    private func serve(_ body: () async throws -> Void) async throws {
        let files = files
        try FileManager.default.createDirectory(
            at: files.directory.appendingPathComponent("machines"), withIntermediateDirectories: true)
        try JSONEncoder().encode(topology).write(to: files.topology)
        let names = topology.machines.map(\.name)
        let hypervisor = FakeHypervisor(machines: names) { [self] machine, argv, _ in answer(machine, argv) }
        for name in names { try await hypervisor.machine(named: name).start() }
        let specification = TestbedSpecification(
            name: Self.name, directory: files.directory.path, accelerator: .tcg,
            machines: names.map {
                .init(
                    name: $0, memoryMiB: 1, kernel: "/k", initrd: "/i", commandLine: "", disk: "/d/\($0)", console: "/c",
                    steps: steps($0).path)
            })
        try specification.json().write(to: files.specification)
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        let server = KeeperServer(specification: specification, hypervisor: hypervisor, processes: ProcessTable()) { end.yield() }
        let (ready, isReady) = AsyncStream.makeStream(of: Void.self)
        let serving = Task { try await server.run(directory: files.directory.path) { isReady.yield() } }
        let ending = Task {
            for await _ in ends { break }
            serving.cancel()
        }
        for await _ in ready { break }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        serving.cancel()
        ending.cancel()
        _ = await serving.result
        try result.get()
    }

    /// What a machine's procedures write on its step channel.
    private func steps(_ machine: String) -> URL { files.directory.appendingPathComponent("machines/\(machine).steps") }

    private func answer(_ machine: String, _ argv: [String]) -> CommandResult {
        if argv.contains("/usr/lib/rehearsal/ready") { return CommandResult(status: 0, standardOutput: "base ok\n") }
        if argv.contains(where: { $0.contains("/proc/uptime") }) {
            let now = HostClock.now().nanoseconds
            return CommandResult(status: 0, standardOutput: "\(Double(HostClock.monotonicNanoseconds()) / 1e9) \(now)\n")
        }
        if argv.first == "dpkg-query" {
            let version = procedures.withLock { $0.contains { $0.hasPrefix(machine + " ") } } ? "2" : "1"
            return CommandResult(status: 0, standardOutput: "installed\thello\t\(version)\thello\n")
        }
        if let place = argv.firstIndex(of: "/usr/lib/rehearsal/run-procedure"), argv.count > place + 2,
            !argv[place + 1].hasPrefix("--")
        {
            let execution = argv[place + 1]
            procedures.withLock { $0.append("\(machine) \(argv[place + 2])") }
            let path = steps(machine).path
            let before = FileManager.default.contents(atPath: path) ?? Data()
            let lines = "@ \(execution) 1 begin work\n@ \(execution) 2 end work 0\n@ \(execution) 3 exit 0\n"
            try? (before + Data(lines.utf8)).write(to: URL(fileURLWithPath: path))
        }
        return CommandResult(status: 0)
    }

    // MARK: A run on it

    static let change = PackageChange(name: "hello", from: "1", to: "2", source: "hello")

    /// Images that nobody has built: those of computes hold the old version of `hello`, those of other roles a version of their own.
    func prepared() -> Prepared {
        func image(_ role: String, _ version: String) -> ImageSet.RoleImage {
            ImageSet.RoleImage(
                role: role, digest: "digest-\(role)", disk: URL(fileURLWithPath: "/nonexistent/\(role)"),
                packages: [PackageVersion(name: "hello", version: version, source: "hello")], built: false)
        }
        let roles = topology.roles.map { ($0.role, image($0.role, $0.role == "Compute" ? "1" : "local")) }
        return Prepared(
            declaration: declaration,
            images: ImageSet(
                kernel: URL(fileURLWithPath: "/nonexistent/kernel"), initrd: URL(fileURLWithPath: "/nonexistent/initrd"),
                kernelDigest: "digest-kernel", roles: Dictionary(uniqueKeysWithValues: roles), delta: [Self.change],
                candidateDigest: "digest-candidate", candidateSource: "security-updates", candidateLeftOut: []),
            host: HostConditions(accelerator: .tcg, reason: "no /dev/kvm", cpuModel: "qemu64", slowness: 1, isDisturbed: false))
    }

    /// A plan with one breakpoint and one procedure, both of `compute-0`.
    func plan() -> Plan {
        func step(_ id: String, _ name: String, _ action: Action, machine: String? = nil, _ children: [Step] = []) -> Step {
            Step(
                id: StepID(rawValue: id), name: name, machine: machine, action: action, children: children, boundSeconds: 60,
                predictedSeconds: 1)
        }
        return Plan(
            strategy: "rolling", topology: topology.name, seed: 1, identifier: "17",
            root: [
                step("1", "record versions before", .recordVersions), step("2", "start the recorder", .startRecorder),
                step(
                    "3", "update compute-0", .sequence, machine: "compute-0",
                    [
                        step("3.1", "breakpoint on compute-0", .breakpoint, machine: "compute-0"),
                        step("3.2", "prove ready", .proveReady),
                        step(
                            "3.3", "update 1 package", .procedure(name: "update-machine", arguments: ["17"]), machine: "compute-0",
                            [step("3.3.1", "work", .substep, machine: "compute-0")]),
                    ]),
                step("4", "stop the recorder", .stopRecorder), step("5", "record versions after", .recordVersions),
            ])
    }
}

/// Remembers what happened, a word for each thing, in order.
final class Diary: RunObserver, RunReporter {
    private let entries = Mutex<[String]>([])

    var words: [String] { entries.withLock { $0 } }
    private func note(_ word: String) { entries.withLock { $0.append(word) } }

    func observe(_ progress: RunProgress) {
        switch progress {
        case .executing(let run, _, _, let journal): note("executing \(run) after \(journal.count) events")
        case .event(let event): note("\(event.payload.storedKind) \(event.step?.rawValue ?? "")")
        case .executed: note("executed")
        case .left(_, let testbed, let machine): note("left \(testbed) \(machine ?? "")")
        case .kept(let testbed): note("kept \(testbed)")
        case .failed(let step, _): note("failed \(step)")
        default: note("\(progress)")
        }
    }

    func report(_ analysis: RunAnalysis, of store: RunStore) { note("report") }
}

/// An operator that answers every breakpoint the same way, and may leave there.
struct Answering: RunOperator, BreakpointGate {
    enum Answer { case proceed, stop, leave }
    let answer: Answer

    func gate(of run: URL) -> any BreakpointGate { self }

    func decide(machine: String, progress: [(machine: String, state: MachineProgress)]) async throws -> BreakpointDecision {
        switch answer {
        case .proceed: return .proceed([machine])
        case .stop: return .stop
        case .leave: throw CancellationError()
        }
    }

    func attend<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws -> Result { try await work() }
}
