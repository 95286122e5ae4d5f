import Foundation
import RehearsalTesting
import Synchronization
import Testing

@testable import RehearsalTestbed

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

@Suite(.timeLimit(.minutes(1)))
struct KeeperTests {
    @Test func tellsAboutTheTestbed() async throws {
        try await withKeeper { client, _ in
            let status = try await client.testbed()
            #expect(status.name == "t")
            #expect(status.directory == client.directory)
            #expect(status.machines == [.init(name: "controller-0", state: .off), .init(name: "compute-0", state: .off)])
            #expect(status.started > 1_700_000_000_000_000_000)
            #expect(try client.keeperPID() == ProcessInfo.processInfo.processIdentifier)
        }
    }

    @Test func longPathsAreNoTrouble() async throws {
        try await withKeeper(long: true) { client, _ in
            #expect(client.directory.utf8.count > 200)
            let status = try await client.testbed()
            #expect(status.name == "t")
        }
    }

    @Test func drivesMachines() async throws {
        try await withKeeper { client, _ in
            let machine = try await client.machine(named: "controller-0")
            try await machine.start()
            #expect(try await machine.state() == .running)
            try await machine.pause()
            try await machine.resume()
            try await machine.destroy()
            #expect(try await machine.state() == .off)
            let kinds = try await client.events(after: 0, wait: 0).map(\.kind)
            #expect(kinds == ["started", "paused", "resumed", "stopped"])
        }
    }

    @Test func savesAndBringsBackAllMachines() async throws {
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

    @Test func errorsCrossTheSocket() async throws {
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

    @Test func runsCommandsInGuests() async throws {
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

    @Test func aCommandThatTakesTooLongIsNamed() async throws {
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

    @Test func aBlockedMachineHoldsUpNobody() async throws {
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

    @Test func filesGoInAndOut() async throws {
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

    @Test func eventsAreWaitedFor() async throws {
        try await withKeeper { client, hypervisor in
            let none = try await client.events(after: 0, wait: 0.1)
            #expect(none.isEmpty)
            async let waited = client.events(after: 0, wait: 20)
            try await Task.sleep(for: .milliseconds(50))
            await hypervisor.crash("compute-0")
            let events = try await waited
            #expect(events.map(\.kind) == ["crashed"])
            #expect(events.first?.sequence == 1)
            for try await event in client.eventStream() {
                #expect(event.machine == "compute-0")
                break
            }
        }
    }

    @Test func runsProcesses() async throws {
        try await withKeeper { client, _ in
            let result = try await client.run(["sh", "-c", "echo out; echo err >&2; exit 4"])
            #expect(result == CommandResult(status: 4, standardOutput: "out\n", standardError: "err\n"))
            let log = client.directory + "/x.log"
            #expect(try await client.run(["sh", "-c", "echo a; echo b >&2"], log: log).isSuccess)
            #expect(try String(contentsOfFile: log, encoding: .utf8) == "a\nb\n")
            let slow = await #expect(throws: TestbedError.self) { _ = try await client.run(["sleep", "30"], timeout: 0.2) }
            #expect(slow?.code == .timeout)
            #expect(slow?.message == "command 'sleep 30' did not end in 0.2 s")
            let missing = await #expect(throws: TestbedError.self) { _ = try await client.run(["/no/such/program"]) }
            #expect(missing?.code == .notFound)
        }
    }

    @Test func tracksDetachedProcesses() async throws {
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

    @Test func endsOnRequest() async throws {
        try await withKeeper { client, _ in
            try await client.end()
            let error = await #expect(throws: TestbedError.self) { _ = try await client.testbed() }
            #expect(error?.code == .keeperGone)
            let again = #expect(throws: TestbedError.self) { _ = try KeeperClient.connect(directory: client.directory) }
            #expect(again?.code == .notFound)
        }
    }
}

@Suite(.timeLimit(.minutes(1)))
struct KeeperFilesTests {
    private func directory() throws -> String {
        let directory = NSTemporaryDirectory() + "/files-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        return directory
    }

    /// Leaves a socket nobody listens on.
    private func leaveSocket(in directory: String) throws {
        let script = "import socket,sys; s=socket.socket(socket.AF_UNIX); s.bind(sys.argv[1])"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, directory + "/" + KeeperFiles.socket]
        try process.run()
        process.waitUntilExit()
    }

    @Test func aStaleSocketIsSaidAndRemoved() throws {
        let directory = try directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try leaveSocket(in: directory)
        let stale = #expect(throws: TestbedError.self) { _ = try KeeperClient.connect(directory: directory) }
        #expect(stale?.code == .keeperGone)
        #expect(stale?.message.hasPrefix("the testbed's keeper is gone") == true)
        #expect(!FileManager.default.fileExists(atPath: directory + "/" + KeeperFiles.socket))
        let none = #expect(throws: TestbedError.self) { _ = try KeeperClient.connect(directory: directory) }
        #expect(none?.code == .notFound)
    }

    @Test func theSocketOfAStartingKeeperIsLeftAlone() throws {
        let directory = try directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try leaveSocket(in: directory)
        let lock = try KeeperLock.take(directory: directory)
        let error = #expect(throws: TestbedError.self) { _ = try KeeperClient.connect(directory: directory) }
        #expect(error?.code == .keeperGone)
        #expect(FileManager.default.fileExists(atPath: directory + "/" + KeeperFiles.socket))
        _ = consume lock
    }

    @Test func aDirectoryHasOneKeeper() async throws {
        let directory = try directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let claim = try KeeperClaim.make(directory: directory)
        let second = #expect(throws: TestbedError.self) { _ = try KeeperClaim.make(directory: directory) }
        #expect(second?.code == .alreadyUp)
        let launched = await #expect(throws: TestbedError.self) {
            _ = try await KeeperLauncher.launch(
                specification: .init(name: "t", directory: directory, accelerator: .tcg, connection: "test:///default"),
                arguments: ["true"])
        }
        #expect(launched?.code == .alreadyUp)
        #expect(claim.isReachable)
        try FileManager.default.removeItem(atPath: directory)
        #expect(!claim.isReachable)
    }

    @Test func aKeeperThatDiesAtOnceIsToldWithItsLastWords() async throws {
        let directory = try directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let error = await #expect(throws: TestbedError.self) {
            _ = try await KeeperLauncher.launch(
                specification: .init(name: "t", directory: directory, accelerator: .tcg, connection: "test:///default"),
                arguments: ["sh", "-c", "echo cannot do it >&2; exit 9"])
        }
        #expect(error?.message == "the keeper of testbed 't' ended with status 9: cannot do it")
        #expect(error?.hint?.contains(KeeperFiles.log) == true)
        // Nothing holds the directory any more; what other tests have just forked does until it is another program.
        var claim: KeeperClaim?
        for _ in 0..<100 where claim == nil {
            claim = try? KeeperClaim.make(directory: directory)
            if claim == nil { try await Task.sleep(for: .milliseconds(20)) }
        }
        #expect(claim != nil)
    }

    @Test func aKeeperThatIsNeverReadyIsEnded() async throws {
        let directory = try directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let error = await #expect(throws: TestbedError.self) {
            _ = try await KeeperLauncher.launch(
                specification: .init(name: "t", directory: directory, accelerator: .tcg, connection: "test:///default"),
                arguments: ["sh", "-c", "exec sleep 60"], timeout: 0.5)
        }
        #expect(error?.code == .timeout)
    }

    @Test func namespacesDependOnTheUser() {
        #expect(NamespaceLauncher.needsUserNamespace(userID: 1000, subordinateIDs: nil))
        #expect(!NamespaceLauncher.needsUserNamespace(userID: 0, subordinateIDs: nil))
        #expect(!NamespaceLauncher.needsUserNamespace(userID: 0, subordinateIDs: "user:100000:65536\n"))
        #expect(NamespaceLauncher.needsUserNamespace(userID: 0, subordinateIDs: "root:100000:65536\n"))
        #expect(
            NamespaceLauncher.command(["rehearse", "keeper"], userNamespace: true).joined(separator: " ")
                == "unshare --user --map-root-user --map-auto --net --pid --mount --fork --kill-child --mount-proc -- tini -- rehearse keeper"
        )
        #expect(
            NamespaceLauncher.command(["x"], userNamespace: false).joined(separator: " ")
                == "unshare --net --pid --mount --fork --kill-child --mount-proc -- tini -- x")
    }
}

struct TestbedSpecificationTests {
    private func example() -> TestbedSpecification {
        TestbedSpecification(
            name: "demo", directory: "/state", accelerator: .kvm,
            networks: [.init(name: "ctlplane", bridge: "br0", address: "192.0.2.254/24")],
            machines: [
                .init(
                    name: "controller-0", memoryMiB: 512, kernel: "/k", initrd: "/i", commandLine: "quiet",
                    interfaces: [.init(network: "ctlplane", mac: "52:54:00:00:00:02")], console: "/c", steps: "/s")
            ])
    }

    @Test func roundTrips() throws {
        let example = example()
        #expect(try TestbedSpecification(json: example.json()) == example)
    }

    @Test func allProblemsAreTold() throws {
        var bad = example()
        bad.directory = "state"
        bad.networks.append(.init(name: "tenant", bridge: "a-name-that-is-too-long", mtu: 12))
        bad.machines[0].memoryMiB = 0
        bad.machines[0].interfaces.append(.init(network: "nowhere", mac: "52:54:00:00:00:02"))
        bad.machines.append(bad.machines[0])
        bad.machines[1].name = "../x"
        let error = #expect(throws: TestbedError.self) { try bad.validate() }
        #expect(error?.code == .invalidArgument)
        for part in [
            "directory 'state' is not an absolute path", "'a-name-that-is-too-long'", "mtu 12", "0 MiB", "network 'nowhere'",
            "machine name '../x'", "hardware address '52:54:00:00:00:02' is named twice",
        ] {
            #expect(error?.message.contains(part) == true, "\(part) is not in \(error?.message ?? "")")
        }
    }

    @Test func aBadKeyIsNamed() throws {
        let error = #expect(throws: TestbedError.self) {
            _ = try TestbedSpecification(json: Data(#"{"name":"x","directory":"/d","accelerator":"xen","networks":[],"machines":[]}"#.utf8))
        }
        #expect(error?.message.contains("accelerator") == true)
        let missing = #expect(throws: TestbedError.self) { _ = try TestbedSpecification(json: Data("{}".utf8)) }
        #expect(missing?.message.contains("key 'name' is missing") == true)
    }

    @Test func embeddedOrNot() {
        var example = example()
        #expect(example.isEmbedded)
        example.connection = "qemu:///embed?root=/x"
        #expect(example.isEmbedded)
        example.connection = "qemu:///system"
        #expect(!example.isEmbedded)
    }
}

struct UnixHTTPTests {
    @Test func parsesResponses() throws {
        let response = try UnixHTTP.parse(Data("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}".utf8))
        #expect(response.status == 404)
        #expect(response.body == Data("{}".utf8))
        #expect(throws: UnixHTTP.Failure.self) { _ = try UnixHTTP.parse(Data("nonsense\r\n\r\n".utf8)) }
    }
}

struct HostRequirementsTests {
    private func requirements(subordinate: String, tun: String = "/dev/null") throws -> HostRequirements {
        let file = NSTemporaryDirectory() + "/subid-\(UUID().uuidString)"
        try Data(subordinate.utf8).write(to: URL(fileURLWithPath: file))
        var requirements = HostRequirements()
        requirements.userID = 1234
        requirements.userName = "tester"
        requirements.tun = tun
        requirements.subordinateUserIDs = file
        requirements.subordinateGroupIDs = file
        return requirements
    }

    private func messages(_ requirements: HostRequirements) -> [String] {
        requirements.problems().filter { !$0.message.hasPrefix("the program") }.map(\.description)
    }

    @Test func aUserNeedsSubordinateIDs() throws {
        #expect(try messages(requirements(subordinate: "tester:100000:65536\n")).isEmpty)
        #expect(try messages(requirements(subordinate: "1234:100000:65536\n")).isEmpty)
        for text in ["", "other:100000:65536\n", "tester:100000:10\n"] {
            let requirements = try requirements(subordinate: text)
            let found = messages(requirements)
            #expect(found.count == 2)
            #expect(
                found.first?.contains("user tester has no range of 65536 subordinate ids in \(requirements.subordinateUserIDs)") == true)
            #expect(found.first?.contains("usermod --add-subuids 100000-165535 tester") == true)
        }
    }

    @Test func rootNeedsNone() throws {
        var requirements = try requirements(subordinate: "")
        requirements.userID = 0
        requirements.userName = "root"
        #expect(messages(requirements).isEmpty)
    }

    @Test func tapsNeedTheirDevice() throws {
        let found = try messages(requirements(subordinate: "tester:1:65536\n", tun: "/nonexistent/tun"))
        #expect(found == ["cannot open /nonexistent/tun: No such file or directory (as root: modprobe tun)"])
    }

    @Test func programsAreNamedWithTheirPackage() throws {
        var requirements = try requirements(subordinate: "tester:1:65536\n")
        requirements.path = "/nonexistent"
        #expect(
            requirements.problems().contains { $0.description.contains("the program tini is not installed (as root: apt-get install tini") }
        )
    }
}
