import Foundation
import Libvirt
import Testing

/// Runs against libvirt's `test:` driver, with a node of its own for each test.
@Suite("libvirt, over its test driver")
struct LibvirtTests {
    private static let definition = """
        <domain type='test'>
          <name>alpha</name>
          <memory unit='MiB'>64</memory>
          <os><type>hvm</type></os>
        </domain>
        """

    /// A connection private to the test: a node file of its own, with no domains.
    private func open() async throws -> Connection {
        let file = NSTemporaryDirectory() + "/node-\(UUID().uuidString).xml"
        try Data("<node/>".utf8).write(to: URL(fileURLWithPath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        return try await Connection.open("test://\(file)")
    }

    @Test("the test driver's default node can be opened")
    func defaultNode() async throws {
        let connection = try await Connection.open("test:///default")
        #expect(connection.uri == "test:///default")
        #expect(try await connection.domains().map(\.name) == ["test"])
        #expect(try await connection.libraryVersion().split(separator: ".").count == 3)
    }

    @Test("an unknown URI is refused, and the error names it")
    func unknownURI() async throws {
        let error = await #expect(throws: LibvirtError.self) { _ = try await Connection.open("nosuch:///x") }
        #expect(error?.operation == "open nosuch:///x")
        #expect(error?.message.isEmpty == false)
    }

    @Test("two nodes know nothing of each other's domains")
    func privateNodes() async throws {
        let one = try await open()
        let two = try await open()
        _ = try await one.define(xml: Self.definition)
        #expect(try await one.domains().count == 1)
        #expect(try await two.domains().isEmpty)
    }

    @Test("a domain is defined, started, paused, resumed, ended and forgotten")
    func lifecycle() async throws {
        let connection = try await open()
        let domain = try await connection.define(xml: Self.definition)
        #expect(domain.name == "alpha")
        #expect(try await domain.state() == .shutOff)
        try await domain.start()
        #expect(try await domain.state() == .running)
        try await domain.suspend()
        #expect(try await domain.state() == .paused)
        try await domain.resume()
        #expect(try await domain.state() == .running)
        #expect(try await domain.xml().contains("<name>alpha</name>"))
        try await domain.shutdown()
        #expect(try await domain.state() == .shutOff)
        try await domain.start()
        try await domain.destroy()
        try await domain.undefine()
        #expect(try await connection.domains().isEmpty)
    }

    @Test("a domain is saved to a file and restored from it")
    func saved() async throws {
        let connection = try await open()
        let domain = try await connection.define(xml: Self.definition)
        let file = NSTemporaryDirectory() + "/saved-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try await domain.start()
        try await domain.save(to: file)
        #expect(try await domain.state() == .shutOff)
        try await domain.restore(from: file)
        #expect(try await domain.state() == .running)
    }

    @Test("an error carries libvirt's code, domain and message")
    func errors() async throws {
        let connection = try await open()
        do {
            _ = try await connection.domain(named: "nobody")
            Issue.record("found a domain that is not there")
        } catch {
            #expect(error.code == .noDomain)
            #expect(error.domain != 0)
            #expect(error.message.contains("nobody") || error.message.lowercased().contains("domain not found"))
            #expect(error.description.hasPrefix("cannot find domain nobody: "))
        }
        let domain = try await connection.define(xml: Self.definition)
        do {
            try await domain.destroy()
            Issue.record("destroyed a domain that does not run")
        } catch {
            #expect(error.code == .operationInvalid)
        }
        do {
            _ = try await connection.define(xml: "<domain><nonsense/></domain>")
            Issue.record("defined nonsense")
        } catch {
            #expect(error.operation == "define a domain")
        }
        do {
            _ = try await domain.qemuAgentCommand("{}", timeout: 1)
            Issue.record("the test driver has no guest agent")
        } catch {
            #expect([.noSupport, .invalidArgument, .operationInvalid].contains(error.code))
        }
    }

    @Test("lifecycle events arrive in order", .timeLimit(.minutes(1)))
    func events() async throws {
        let connection = try await open()
        let events = try await connection.lifecycleEvents()
        let domain = try await connection.define(xml: Self.definition)
        try await domain.start()
        try await domain.suspend()
        try await domain.resume()
        try await domain.destroy()
        var seen: [LifecycleEvent] = []
        for await event in events {
            seen.append(event)
            if event.kind == .stopped { break }
        }
        #expect(seen.map(\.kind) == [.defined, .started, .suspended, .resumed, .stopped])
        #expect(seen.allSatisfy { $0.domain == "alpha" })
        #expect(seen.last?.reason == "destroyed")
        #expect(seen.last?.isFailure == false)
    }

    @Test("closing the connection ends its streams of events", .timeLimit(.minutes(1)))
    func closing() async throws {
        let connection = try await open()
        let events = try await connection.lifecycleEvents()
        await connection.close()
        for await _ in events { Issue.record("an event after the end") }
    }

    @Test("a consumer of events that was cancelled is forgotten", .timeLimit(.minutes(1)))
    func cancelled() async throws {
        let connection = try await open()
        for _ in 0..<20 {
            let events = try await connection.lifecycleEvents()
            let consumer = Task { for await _ in events {} }
            consumer.cancel()
            await consumer.value
        }
        // The connection still works and delivers to a new consumer.
        let events = try await connection.lifecycleEvents()
        _ = try await connection.define(xml: Self.definition)
        for await event in events {
            #expect(event.kind == .defined)
            break
        }
    }

    @Test("domains can be driven in parallel")
    func parallel() async throws {
        let connection = try await open()
        var domains: [Domain] = []
        for index in 0..<8 {
            domains.append(try await connection.define(xml: Self.definition.replacingOccurrences(of: "alpha", with: "d\(index)")))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for domain in domains {
                group.addTask {
                    for _ in 0..<10 {
                        try await domain.start()
                        try await domain.destroy()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await connection.domains().map(\.name) == (0..<8).map { "d\($0)" })
    }

    @Test("a domain keeps its connection alive")
    func outlives() async throws {
        let domain = try await open().define(xml: Self.definition)
        try await domain.start()
        #expect(try await domain.state() == .running)
    }
}
