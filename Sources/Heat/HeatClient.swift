import Foundation
public import PlainJSON

/// Heat's orchestration API, version 1, as far as driving an update needs it.
///
/// Every call throws ``HeatError``. Heat answers before it has done the work: poll the stack to learn how it ended.
public struct HeatClient: Sendable {
    private let transport: any HeatTransport

    /// Makes a client.
    public init(_ transport: any HeatTransport) { self.transport = transport }

    // MARK: Stacks

    /// Whether Heat's API and its engine answer.
    public func isReady() async -> Bool {
        (try? await transport.send(HeatRequest("GET", "/build_info")))?.status == 200
    }

    /// The root stack of that name, or nil.
    public func stack(named name: String) async throws -> Stack? {
        try await stacks().first { $0.reference.name == name }
    }

    /// All root stacks.
    ///
    /// - Parameter nested: Whether nested stacks are listed too.
    public func stacks(nested: Bool = false) async throws -> [Stack] {
        struct Answer: Decodable { let stacks: [Stack] }
        return try await get("/stacks\(nested ? "?show_nested=True" : "")", Answer.self).stacks
    }

    /// A stack with its present status. Outputs are not resolved, because Heat would walk every nested stack for them.
    public func stack(_ stack: StackReference) async throws -> Stack {
        struct Answer: Decodable { let stack: Stack }
        return try await get("\(stack.path)?resolve_outputs=False", Answer.self).stack
    }

    /// The files that a stack was last made or updated with, by the names its templates know them by.
    public func files(of stack: StackReference) async throws -> [String: String] {
        try await get("\(stack.path)/files", [String: String].self)
    }

    /// The resources at which an update of a stack would wait, by the names or patterns in its stored environment, such as
    /// "Controller/Deployment"; sorted.
    public func hooks(of stack: StackReference) async throws -> [String] {
        let environment = try await get("\(stack.path)/environment", JSONValue.self)
        return Self.hooks(in: environment["resource_registry"]?["resources"] ?? .null, at: []).sorted()
    }

    private static func hooks(in resources: JSONValue, at path: [String]) -> [String] {
        guard case .object(let members) = resources else { return [] }
        return members.flatMap { name, value -> [String] in
            guard name == "hooks" else { return hooks(in: value, at: path + [name]) }
            return [.null, .array([]), .string("")].contains(value) ? [] : [path.joined(separator: "/")]
        }
    }

    /// Asks Heat to create a stack; returns before it is created.
    public func create(_ stack: StackRequest) async throws -> StackReference {
        struct Answer: Decodable {
            struct Created: Decodable { let id: String }
            let stack: Created
        }
        let request = HeatRequest("POST", "/stacks", body: try Self.encode(stack))
        let answer = try Self.decode(try await accepted(request), Answer.self, of: request)
        return StackReference(name: stack.name ?? "", id: answer.stack.id)
    }

    /// Asks Heat to update a stack; returns before it is updated. What the request leaves out stays as it is.
    public func update(_ stack: StackReference, to request: StackRequest) async throws {
        _ = try await accepted(HeatRequest("PATCH", stack.path, body: try Self.encode(request)))
    }

    /// Asks Heat to update a stack in some of its parameters alone; all else stays as it is.
    public func update(_ stack: StackReference, parameters: [String: JSONValue]) async throws {
        let body: [String: JSONValue] = ["parameters": .object(parameters), "disable_rollback": true]
        _ = try await accepted(HeatRequest("PATCH", stack.path, body: try Self.encode(body)))
    }

    /// The changes that an update would make; nothing is changed.
    ///
    /// Heat lists every software deployment as replaced, whether or not it would be.
    public func preview(_ stack: StackReference, of request: StackRequest) async throws -> ResourceChanges {
        struct Answer: Decodable {
            let changes: ResourceChanges
            enum CodingKeys: String, CodingKey { case changes = "resource_changes" }
        }
        let http = HeatRequest("PATCH", "\(stack.path)/preview?show_nested=True", body: try Self.encode(request))
        return try Self.decode(try await accepted(http), Answer.self, of: http).changes
    }

    /// Ends an update as failed and undoes nothing.
    ///
    /// Another update of the same content does the rest. Heat accepts it once no nested stack is in progress any more.
    public func cancelWithoutRollback(_ stack: StackReference) async throws {
        let body = try Self.encode(["cancel_without_rollback": JSONValue.null])
        _ = try await accepted(HeatRequest("POST", "\(stack.path)/actions", body: body))
    }

    // MARK: Resources

    /// The resources of a type, in the stack and in up to five levels of stacks below it.
    public func resources(of stack: StackReference, type: String) async throws -> [StackResource] {
        struct Answer: Decodable { let resources: [StackResource] }
        return try await get("\(stack.path)/resources?nested_depth=5&type=\(type)", Answer.self).resources
    }

    /// The newest events of the named resources and stacks, oldest first, from up to five levels of stacks.
    ///
    /// - Parameters:
    ///   - stack: The root stack.
    ///   - resources: The names of resources and of stacks.
    ///   - limit: The most events that are returned.
    public func events(of stack: StackReference, resources: [String], limit: Int = 200) async throws -> [StackEvent] {
        struct Answer: Decodable { let events: [StackEvent] }
        let names = resources.map { "&resource_name=\($0)" }.joined()
        return try await get(
            "\(stack.path)/events?nested_depth=5&sort_keys=event_time&sort_dir=desc&limit=\(limit)\(names)", Answer.self
        ).events.reversed()
    }

    /// Clears the hook `pre-update` that a resource waits at, so that its update begins.
    ///
    /// - Throws: ``HeatError`` with code `hookNotSet` if the resource does not wait.
    public func clearPreUpdateHook(of resource: String, in stack: StackReference) async throws {
        let body = try Self.encode(["unset_hook": "pre-update"])
        _ = try await accepted(HeatRequest("POST", "\(stack.path)/resources/\(resource)/signal", body: body))
    }

    /// A deployment, with the outputs that its server signalled.
    public func deployment(_ id: String) async throws -> SoftwareDeployment {
        struct Answer: Decodable {
            let deployment: SoftwareDeployment
            enum CodingKeys: String, CodingKey { case deployment = "software_deployment" }
        }
        return try await get("/software_deployments/\(id)", Answer.self).deployment
    }

    // MARK: Requests

    private func get<T: Decodable>(_ path: String, _ type: T.Type) async throws -> T {
        let request = HeatRequest("GET", path)
        return try Self.decode(try await accepted(request), type, of: request)
    }

    private func accepted(_ request: HeatRequest) async throws -> Data {
        let response = try await transport.send(request)
        guard (200..<300).contains(response.status) else { throw HeatError(request, response) }
        return response.body
    }

    private static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }

    private static func decode<T: Decodable>(_ body: Data, _ type: T.Type, of request: HeatRequest) throws -> T {
        do {
            return try JSONDecoder().decode(type, from: body)
        } catch {
            throw HeatError(.malformed, "Heat \(request.method) \(request.path): the answer cannot be decoded: \(error)")
        }
    }
}
