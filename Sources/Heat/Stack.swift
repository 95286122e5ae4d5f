public import PlainJSON

/// Which stack: Heat wants both its name and its identifier.
public struct StackReference: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The name; Heat makes those of nested stacks.
    public let name: String
    /// The UUID.
    public let id: String

    /// Makes a reference.
    public init(name: String, id: String) {
        self.name = name
        self.id = id
    }

    /// Reads the end of a link: `…/stacks/NAME/ID[/…]`.
    public init?(link: String) {
        let parts = link.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        guard let place = parts.lastIndex(of: "stacks"), parts.count > place + 2 else { return nil }
        self.init(name: parts[place + 1], id: parts[place + 2])
    }

    var path: String { "/stacks/\(name)/\(id)" }

    public var description: String { name }
}

/// A reference to something else in an answer.
struct Link: Sendable, Decodable, Equatable {
    let href: String
    let rel: String
}

extension [Link] {
    func stack(_ rel: String) -> StackReference? { first { $0.rel == rel }.flatMap { StackReference(link: $0.href) } }
}

/// What an action has come to: `UPDATE_IN_PROGRESS` and the like.
public struct HeatStatus: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// CREATE, UPDATE, DELETE, SIGNAL, ROLLBACK, INIT, ….
    public var action: Substring { rawValue.prefix { $0 != "_" } }
    public var isInProgress: Bool { rawValue.hasSuffix("_IN_PROGRESS") }
    public var isComplete: Bool { rawValue.hasSuffix("_COMPLETE") }
    public var isFailed: Bool { rawValue.hasSuffix("_FAILED") }
    public var description: String { rawValue }
}

extension HeatStatus: Decodable {
    public init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(String.self)
    }
}

/// A stack and what it is doing.
public struct Stack: Sendable, Decodable, Equatable {
    public let reference: StackReference
    public let status: HeatStatus
    /// Why; for a failure it names the resource.
    public let reason: String
    /// The parameters that are text, as Heat gives nearly all of them. While an update runs they are still those before it, and in
    /// lists of stacks there are none.
    public let parameters: [String: String]

    private enum Key: String, CodingKey {
        case name = "stack_name"
        case id
        case status = "stack_status"
        case reason = "stack_status_reason"
        case parameters
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        reference = StackReference(
            name: try container.decode(String.self, forKey: .name), id: try container.decode(String.self, forKey: .id))
        status = try container.decode(HeatStatus.self, forKey: .status)
        reason = try container.decodeIfPresent(String.self, forKey: .reason) ?? ""
        let values = try container.decodeIfPresent([String: JSONValue].self, forKey: .parameters) ?? [:]
        parameters = values.compactMapValues { if case .string(let text) = $0 { text } else { nil } }
    }
}

/// A resource of a stack or of one nested in it.
public struct StackResource: Sendable, Decodable, Equatable {
    public let name: String
    public let type: String
    public let status: HeatStatus
    public let reason: String
    /// What stands for it outside: the identifier of a server, a deployment, a nested stack.
    public let physicalID: String
    /// The resource of the stack above that this one's stack is.
    public let parent: String?
    /// The stack that it belongs to.
    public let stack: StackReference?
    /// The stack that it is.
    public let nested: StackReference?

    private enum Key: String, CodingKey {
        case name = "resource_name"
        case type = "resource_type"
        case status = "resource_status"
        case reason = "resource_status_reason"
        case physicalID = "physical_resource_id"
        case parent = "parent_resource"
        case links
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        name = try container.decode(String.self, forKey: .name)
        type = try container.decode(String.self, forKey: .type)
        status = try container.decode(HeatStatus.self, forKey: .status)
        reason = try container.decodeIfPresent(String.self, forKey: .reason) ?? ""
        physicalID = try container.decodeIfPresent(String.self, forKey: .physicalID) ?? ""
        parent = try container.decodeIfPresent(String.self, forKey: .parent)
        let links = try container.decodeIfPresent([Link].self, forKey: .links) ?? []
        stack = links.stack("stack")
        nested = links.stack("nested")
    }
}

/// Something that happened to a resource, or to a stack: its name is then the resource's.
public struct StackEvent: Sendable, Decodable, Equatable {
    public let id: String
    /// UTC, ISO 8601, whole seconds: no order can be told from it.
    public let time: String
    public let resource: String
    public let physicalID: String
    public let status: HeatStatus
    public let reason: String
    /// The stack that the resource belongs to.
    public let stack: StackReference?

    private enum Key: String, CodingKey {
        case id
        case time = "event_time"
        case resource = "resource_name"
        case physicalID = "physical_resource_id"
        case status = "resource_status"
        case reason = "resource_status_reason"
        case links
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        id = try container.decode(String.self, forKey: .id)
        time = try container.decode(String.self, forKey: .time)
        resource = try container.decode(String.self, forKey: .resource)
        physicalID = try container.decodeIfPresent(String.self, forKey: .physicalID) ?? ""
        status = try container.decode(HeatStatus.self, forKey: .status)
        reason = try container.decodeIfPresent(String.self, forKey: .reason) ?? ""
        stack = try container.decodeIfPresent([Link].self, forKey: .links)?.stack("stack")
    }

    /// Makes an event.
    public init(
        id: String, time: String, resource: String, physicalID: String = "", status: String, reason: String,
        stack: StackReference?
    ) {
        self.id = id
        self.time = time
        self.resource = resource
        self.physicalID = physicalID
        self.status = HeatStatus(rawValue: status)
        self.reason = reason
        self.stack = stack
    }
}

/// A configuration and the server that is to apply it.
public struct SoftwareDeployment: Sendable, Decodable, Equatable {
    public let id: String
    /// The configuration's identifier, which the server knows it by; every change makes a new one.
    public let configID: String
    public let serverID: String
    public let action: String
    public let status: String
    public let reason: String
    /// What the server signalled back: `deploy_stdout`, `deploy_stderr`, `deploy_status_code`.
    public let outputs: [String: JSONValue]

    private enum Key: String, CodingKey {
        case id
        case configID = "config_id"
        case serverID = "server_id"
        case action, status
        case reason = "status_reason"
        case outputs = "output_values"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        id = try container.decode(String.self, forKey: .id)
        configID = try container.decode(String.self, forKey: .configID)
        serverID = try container.decode(String.self, forKey: .serverID)
        action = try container.decodeIfPresent(String.self, forKey: .action) ?? ""
        status = try container.decodeIfPresent(String.self, forKey: .status) ?? ""
        reason = try container.decodeIfPresent(String.self, forKey: .reason) ?? ""
        outputs = try container.decodeIfPresent([String: JSONValue].self, forKey: .outputs) ?? [:]
    }
}

/// What an update would do, by a preview.
public struct ResourceChanges: Sendable, Decodable, Equatable {
    /// A resource that would change.
    public struct Change: Sendable, Decodable, Equatable {
        public let resource: String
        public let type: String
        public let stack: String

        private enum CodingKeys: String, CodingKey {
            case resource = "resource_name"
            case type = "resource_type"
            case stack = "stack_name"
        }
    }

    public let replaced: [Change]
    public let updated: [Change]
    public let added: [Change]
    public let deleted: [Change]
}
