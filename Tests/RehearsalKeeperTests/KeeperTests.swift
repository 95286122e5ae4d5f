import Foundation
import RehearsalHost
import RehearsalModel
import RehearsalTestbed
import RehearsalTesting
import Synchronization
import Testing

@testable import RehearsalKeeper

/// A served keeper in a temporary directory, with fake machines.
private func withKeeper(
    machines: [String] = ["controller-0", "compute-0"], long: Bool = false, command: FakeHypervisor.Command? = nil,
    _ body: (KeeperClient, FakeHypervisor) async throws -> Void
) async throws {
    var directory = NSTemporaryDirectory() + "/keeper-\(UUID().uuidString)"
    let top = directory
    if long { directory += "/" + String(repeating: "long", count: 50) }
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: top) }
    let hypervisor = command.map { FakeHypervisor(machines: machines, command: $0) } ?? FakeHypervisor(machines: machines)
    let (ends, ask) = AsyncStream.makeStream(of: Void.self)
    let server = KeeperServer(
        specification: TestbedSpecification(
            name: "t", directory: directory, accelerator: .tcg,
            machines: machines.map {
                .init(name: $0, memoryMiB: 1, kernel: "/k", initrd: "/i", commandLine: "", disk: "/d/\($0)", console: "/c", steps: "/s")
            }),
        hypervisor: hypervisor, processes: ProcessTable()
    ) { ask.yield() }
    let (ready, isReady) = AsyncStream.makeStream(of: Void.self)
    let path = directory
    let serving = Task { try await server.run(directory: path) { isReady.yield() } }
    for await _ in ready { break }
    let ending = Task {
        for await _ in ends { break }
        serving.cancel()
    }
    do {
        try await body(try KeeperClient.connect(directory: directory), hypervisor)
    } catch {
        Issue.record("\(error)")
    }
    serving.cancel()
    ending.cancel()
    _ = await serving.result
}

@Suite("keeper", .timeLimit(.minutes(1)))
struct KeeperTests {
    @Test("the keeper describes its testbed")
    func describes() async throws {
        try await withKeeper { client, _ in
            let status = try await client.testbed()
            #expect(status.name == "t")
            #expect(status.directory == client.directory)
            #expect(status.machines == [.init(name: "controller-0", state: .off), .init(name: "compute-0", state: .off)])
            #expect(status.started.nanoseconds > 1_700_000_000_000_000_000)
            #expect(try client.keeperPID() == ProcessInfo.processInfo.processIdentifier)
        }
    }

    @Test("a long path is no trouble")
    func longPath() async throws {
        try await withKeeper(long: true) { client, _ in
            #expect(client.directory.utf8.count > 200)
            let status = try await client.testbed()
            #expect(status.name == "t")
        }
    }

    @Test("machines are driven")
    func machines() async throws {
        try await withKeeper { client, _ in
            let machine = try await client.machine(named: "controller-0")
            try await machine.start()
            #expect(try await machine.state() == .running)
            try await machine.pause()
            try await machine.resume()
            try await machine.destroy()
            #expect(try await machine.state() == .off)
            let kinds = try await client.events(after: 0, wait: 0).map(\.kind)
            #expect(kinds == [.started, .paused, .resumed, .stopped])
        }
    }

    @Test("all machines are saved and brought back")
    func checkpoint() async throws {
        try await withKeeper { client, hypervisor in
            let folder = client.directory + "/checkpoint"
            for name in ["controller-0", "compute-0"] { try await client.machine(named: name).start() }
            let taken = try await client.checkpoint(to: folder)
            #expect(taken.machines.map(\.specification.name) == ["controller-0", "compute-0"])
            #expect(try await client.machines().map(\.state) == [.running, .running])
            for name in ["controller-0", "compute-0"] { try await client.machine(named: name).destroy() }
            try FileManager.default.createDirectory(atPath: client.directory + "/machines", withIntermediateDirectories: false)
            #expect(try await client.restore(from: folder) == taken)
            #expect(try await client.machines().map(\.state) == [.running, .running])
            #expect(await hypervisor.clocks().sorted() == ["compute-0", "controller-0"])
            let again = await #expect(throws: TestbedError.self) { _ = try await client.checkpoint(to: folder) }
            #expect(again?.code == .invalidState)
        }
    }

    @Test("errors cross the socket")
    func errors() async throws {
        try await withKeeper { client, _ in
            let unknown = await #expect(throws: TestbedError.self) { _ = try await client.machine(named: "nobody") }
            #expect(unknown?.code == .notFound)
            let machine = try await client.machine(named: "compute-0")
            let off = await #expect(throws: TestbedError.self) { try await machine.pause() }
            #expect(off?.code == .invalidState)
            #expect(off?.message == "cannot pause machine compute-0: it is off")
            let path = await #expect(throws: TestbedError.self) { let _: CommandResult = try await client.call("GET", "/v1/nothing") }
            #expect(path?.code == .notFound)
            let body = await #expect(throws: TestbedError.self) {
                let _: CommandResult = try await client.call("POST", "/v1/machines/compute-0/exec", ["argv": 1])
            }
            #expect(body?.code == .invalidArgument)
            #expect(body?.message.contains("argv") == true)
        }
    }

    @Test("commands run in guests")
    func commands() async throws {
        let command: FakeHypervisor.Command = { machine, argv, input in
            if argv == ["cat"] { return CommandResult(status: 0, standardOutput: String(decoding: input ?? Data(), as: UTF8.self)) }
            return CommandResult(status: 3, standardOutput: "\(machine)\n", standardError: argv.joined(separator: "|"))
        }
        try await withKeeper(command: command) { client, _ in
            let machine = try await client.machine(named: "controller-0")
            try await machine.start()
            let result = try await machine.shell.execute(["ls", "a b"], timeout: 5)
            #expect(result == CommandResult(status: 3, standardOutput: "controller-0\n", standardError: "ls|a b"))
            let text = "zwölf\n\u{0}\"quoted\""
            #expect(try await machine.shell.execute(["cat"], input: Data(text.utf8), timeout: 5).standardOutput == text)
        }
    }

    @Test("a command that takes too long is named")
    func slow() async throws {
        let command: FakeHypervisor.Command = { _, _, _ in
            try await Task.sleep(for: .seconds(30))
            return CommandResult(status: 0)
        }
        try await withKeeper(command: command) { client, _ in
            let machine = try await client.machine(named: "controller-0")
            try await machine.start()
            let error = await #expect(throws: TestbedError.self) { _ = try await machine.shell.execute(["sleep", "30"], timeout: 0.2) }
            #expect(error?.code == .timeout)
            #expect(error?.message.contains("'sleep 30' on controller-0") == true)
        }
    }

    @Test("a blocked machine holds up nobody")
    func blocked() async throws {
        let gate = Gate()
        let command: FakeHypervisor.Command = { machine, _, _ in
            while machine == "controller-0", !gate.isOpen.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(10)) }
            return CommandResult(status: 0)
        }
        try await withKeeper(command: command) { client, _ in
            let blocked = try await client.machine(named: "controller-0")
            let free = try await client.machine(named: "compute-0")
            try await blocked.start()
            try await free.start()
            async let waiting = blocked.shell.execute(["x"], timeout: 120)
            for _ in 0..<20 { #expect(try await free.shell.execute(["x"], timeout: 5).isSuccess) }
            gate.isOpen.withLock { $0 = true }
            #expect(try await waiting.isSuccess)
        }
    }

    private final class Gate: Sendable {
        let isOpen = Mutex(false)
    }

    @Test("step lines and consoles are where the keeper was told to put them")
    func output() async throws {
        try await withKeeper { client, _ in
            let (steps, console) = (client.directory + "/steps", client.directory + "/console")
            let specification = TestbedSpecification(
                name: "t", directory: client.directory, accelerator: .tcg,
                machines: [
                    .init(name: "controller-0", memoryMiB: 1, kernel: "/k", initrd: "/i", commandLine: "", console: console, steps: steps)
                ])
            try specification.json().write(to: URL(fileURLWithPath: client.directory + "/" + TestbedSpecification.fileName))
            let machine = try await client.machine(named: "controller-0")
            let source = try await machine.openSteps()
            #expect(try await source.read(from: 0).isEmpty)
            #expect(try await machine.lastConsoleLines(1).isEmpty)
            try Data("one\ntwo\n".utf8).write(to: URL(fileURLWithPath: steps))
            try Data("first\nsecond\nlast\n".utf8).write(to: URL(fileURLWithPath: console))
            #expect(try await source.read(from: 4) == Data("two\n".utf8))
            #expect(try await machine.lastConsoleLines(2) == ["second", "last"])
            let other = try await client.machine(named: "compute-0")
            let error = await #expect(throws: TestbedError.self) { _ = try await other.openSteps() }
            #expect(error?.code == .notFound)
        }
    }

    @Test("files go into guests and come out")
    func files() async throws {
        try await withKeeper { client, hypervisor in
            let machine = try await client.machine(named: "controller-0")
            let content = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            try await machine.shell.write(content, to: "/etc/some file+%20&x", mode: 0o751)
            let file = await hypervisor.file("/etc/some file+%20&x", on: "controller-0")
            #expect(file?.content == content)
            #expect(file?.mode == 0o751)
            #expect(try await machine.shell.read("/etc/some file+%20&x") == content)
            let error = await #expect(throws: TestbedError.self) { _ = try await machine.shell.read("/nothing") }
            #expect(error?.code == .notFound)
        }
    }

    @Test("events can be waited for")
    func events() async throws {
        try await withKeeper { client, hypervisor in
            let none = try await client.events(after: 0, wait: 0.1)
            #expect(none.isEmpty)
            async let waited = client.events(after: 0, wait: 20)
            try await Task.sleep(for: .milliseconds(50))
            await hypervisor.crash("compute-0")
            let events = try await waited
            #expect(events.map(\.kind) == [.crashed])
            #expect(events.first?.sequence == 1)
            for try await event in client.eventStream() {
                #expect(event.machine == "compute-0")
                break
            }
        }
    }

    @Test("processes run inside the testbed")
    func processes() async throws {
        try await withKeeper { client, _ in
            let result = try await client.run(["sh", "-c", "echo out; echo err >&2; exit 4"])
            #expect(result == CommandResult(status: 4, standardOutput: "out\n", standardError: "err\n"))
            let log = client.directory + "/x.log"
            #expect(try await client.run(["sh", "-c", "echo a; echo b >&2"], log: log, timeout: 60).isSuccess)
            #expect(try String(contentsOfFile: log, encoding: .utf8) == "a\nb\n")
            let slow = await #expect(throws: TestbedError.self) { _ = try await client.run(["sleep", "30"], log: nil, timeout: 0.2) }
            #expect(slow?.code == .timeout)
            #expect(slow?.message == "command 'sleep 30' did not end in 0.2 s")
            let missing = await #expect(throws: TestbedError.self) { _ = try await client.run(["/no/such/program"]) }
            #expect(missing?.code == .notFound)
        }
    }

    @Test("detached processes are tracked and ended")
    func detached() async throws {
        try await withKeeper { client, _ in
            let log = client.directory + "/detached.log"
            let process = try await client.start(["sh", "-c", "echo here; exec sleep 60"], log: log)
            #expect(process.running)
            #expect(try await client.process(process.pid).running)
            #expect(try await client.testbed().processes.map(\.pid) == [process.pid])
            let ended = try await client.endProcess(process.pid)
            #expect(ended.running == false && ended.status == 128 + 15)
            let gone = await #expect(throws: TestbedError.self) { _ = try await client.process(process.pid) }
            #expect(gone?.code == .notFound)
            #expect(try String(contentsOfFile: log, encoding: .utf8) == "here\n")

            let short = try await client.start(["sh", "-c", "exit 7"], log: log)
            var status = try await client.process(short.pid)
            while status.running {
                try await Task.sleep(for: .milliseconds(10))
                status = try await client.process(short.pid)
            }
            #expect(status.status == 7)

            let stubborn = try await client.start(["sh", "-c", "trap '' TERM; while :; do sleep 1; done"], log: log)
            try await Task.sleep(for: .milliseconds(200))
            #expect(try await client.endProcess(stubborn.pid).status == 128 + 9)
        }
    }

    @Test("the keeper ends on request")
    func ends() async throws {
        try await withKeeper { client, _ in
            try await client.end()
            let error = await #expect(throws: TestbedError.self) { _ = try await client.testbed() }
            #expect(error?.code == .gone)
            let again = #expect(throws: TestbedError.self) { _ = try KeeperClient.connect(directory: client.directory) }
            #expect(again?.code == .notFound)
        }
    }
}
