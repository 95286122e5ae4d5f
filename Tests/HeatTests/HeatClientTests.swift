import Foundation
import PlainJSON
import Synchronization
import Testing

@testable import Heat

/// Answers every request with what was recorded from Heat 19, and remembers what it was asked.
private final class Recorded: HeatTransport {
    private let asked = Mutex<[HeatRequest]>([])
    private let answer: @Sendable (HeatRequest) throws -> HeatResponse

    init(_ answer: @escaping @Sendable (HeatRequest) throws -> HeatResponse) { self.answer = answer }

    /// A body as it was recorded.
    convenience init(_ name: String) throws {
        let body = try Fixture.data(name)
        self.init { _ in HeatResponse(status: 200, body: body) }
    }

    /// A status with its body: `{"status": …, "body": …}`.
    convenience init(refusal name: String) throws {
        struct Refusal: Decodable {
            let status: Int
            let body: JSONValue
        }
        let refusal = try JSONDecoder().decode(Refusal.self, from: try Fixture.data(name))
        let body = try JSONEncoder().encode(refusal.body)
        self.init { _ in HeatResponse(status: refusal.status, body: body) }
    }

    var requests: [HeatRequest] { asked.withLock { $0 } }

    func send(_ request: HeatRequest) async throws -> HeatResponse {
        asked.withLock { $0.append(request) }
        return try answer(request)
    }
}

enum Fixture {
    static func data(_ name: String) throws -> Data {
        try Data(contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name).json"))
    }
}

@Suite("Heat client, on recorded answers")
struct HeatClientTests {
    private let overcloud = StackReference(name: "overcloud", id: "38788889-31eb-41b2-a0ad-7b440843119d")

    @Test("a stack that failed says which resource did")
    func failed() async throws {
        let stack = try await HeatClient(try Recorded("stack_show_failed")).stack(overcloud)
        #expect(stack.status.isFailed && stack.status.action == "UPDATE")
        #expect(stack.reason.hasSuffix("Deployment exited with non-zero status code: 7"))
        #expect(stack.parameters["UpdateIdentifier"] == "1448000002")
    }

    @Test("a stack is asked for without its outputs, which would walk all that is nested in it")
    func cheapShow() async throws {
        let transport = try Recorded("stack_show")
        _ = try await HeatClient(transport).stack(overcloud)
        #expect(transport.requests.map(\.path) == ["/stacks/overcloud/\(overcloud.id)?resolve_outputs=False"])
    }

    @Test("a member of a group names the stack that it is, and the one it is in")
    func nested() async throws {
        let resources = try await HeatClient(try Recorded("resources_nested_trimmed")).resources(of: overcloud, type: "any")
        let member = try #require(resources.first { $0.name == "2" && $0.type == "OS::TripleO::Controller" })
        #expect(member.parent == "Controller")
        #expect(member.stack?.name == "overcloud-Controller-wzxisimia7uv")
        #expect(member.nested == StackReference(name: "overcloud-Controller-wzxisimia7uv-2-nebn47kh2qhe", id: member.physicalID))
    }

    @Test("events come newest first and are handed over oldest first")
    func events() async throws {
        let transport = try Recorded("events_filtered")
        let recorded = try JSONDecoder().decode([String: [StackEvent]].self, from: try Fixture.data("events_filtered"))["events"] ?? []
        let events = try await HeatClient(transport).events(of: overcloud, resources: ["UpdateDeployment", "overcloud"])
        #expect(events == recorded.reversed() && !events.isEmpty)
        let path = try #require(transport.requests.first?.path)
        #expect(path.contains("sort_dir=desc") && path.hasSuffix("&resource_name=UpdateDeployment&resource_name=overcloud"))
    }

    @Test("a deployment has what its server signalled")
    func deployment() async throws {
        let deployment = try await HeatClient(try Recorded("software_deployment_show")).deployment("5d3aec62")
        #expect(deployment.outputs["deploy_status_code"] == 0)
        #expect(deployment.configID == "45322358-2de2-48ba-9e71-8e9e23867f3c")
    }

    @Test("a preview names what would be replaced, and of which type")
    func preview() async throws {
        let request = StackRequest(template: "", files: [:], registry: [:], parameters: [:])
        let changes = try await HeatClient(try Recorded("preview_network_rename")).preview(overcloud, of: request)
        #expect(changes.replaced.contains { $0.resource == "Port" && $0.type == "Rehearsal::Net::Port" })
    }

    @Test("what Heat refuses is told apart")
    func refusals() async throws {
        func code(_ name: String) async throws -> HeatError {
            try await #require(throws: HeatError.self) {
                try await HeatClient(try Recorded(refusal: name)).clearPreUpdateHook(of: "UpdateDeployment", in: overcloud)
            }
        }
        #expect(try await code("error_hook_not_set").code == .hookNotSet)
        #expect(try await code("error_stack_exists").code == .stackExists)
        let missing = try await code("error_not_found")
        #expect(missing.code == .notFound && missing.status == 404)
        #expect(missing.message.hasSuffix("404: The Stack (nope) could not be found."))
    }

    @Test("an answer that is not the API's is an error that names the request")
    func malformed() async throws {
        let transport = Recorded { _ in HeatResponse(status: 200, body: Data("<html>".utf8)) }
        let error = try await #require(throws: HeatError.self) { try await HeatClient(transport).stacks() }
        #expect(error.code == .malformed && error.message.contains("GET /stacks"))
    }

    @Test("an update asks for hooks as tripleoclient did, and never for a rollback")
    func update() async throws {
        let transport = Recorded { _ in HeatResponse(status: 202, body: Data("<html>".utf8)) }
        try await HeatClient(transport).update(
            overcloud,
            to: StackRequest(
                template: "t", files: ["a.yaml": "b"], registry: ["OS::TripleO::Controller": "a.yaml"],
                resources: ["UpdateDeployment": ["hooks": "pre-update"]], parameters: ["UpdateIdentifier": "1"]))
        let request = try #require(transport.requests.first)
        let body = try JSONDecoder().decode(JSONValue.self, from: try #require(request.body))
        guard case .object(let sent) = body, case .object(let environment)? = sent["environment"],
            case .object(let registry)? = environment["resource_registry"]
        else {
            Issue.record("\(body)")
            return
        }
        #expect(request.method == "PATCH" && request.path == "/stacks/overcloud/\(overcloud.id)")
        #expect(registry["resources"] == ["*": ["*": ["UpdateDeployment": ["hooks": "pre-update"]]]])
        #expect(registry["OS::TripleO::Controller"] == "a.yaml")
        #expect(sent["disable_rollback"] == .bool(true) && sent["stack_name"] == nil)
    }

    @Test("links lead to stacks; what is no link to one leads nowhere")
    func links() {
        let link = "http://192.0.2.1:8004/v1/admin/stacks/overcloud-Compute-x/6ba7/resources/UpdateDeployment"
        #expect(StackReference(link: link) == StackReference(name: "overcloud-Compute-x", id: "6ba7"))
        #expect(StackReference(link: "http://192.0.2.1:8004/v1/admin/stacks") == nil)
    }
}
