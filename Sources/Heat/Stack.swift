public import PlainJSON

/// The name and the identifier of a stack; the paths of Heat's API hold both.
public struct StackReference: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The name. Heat itself names nested stacks.
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

/// A link in one of Heat's answers.
struct Link: Sendable, Decodable, Equatable {
    let href: String
    let rel: String
}

extension [Link] {
    func stack(_ rel: String) -> StackReference? { first { $0.rel == rel }.flatMap { StackReference(link: $0.href) } }
}

/// The last action on a stack or a resource, and how far it has come: `UPDATE_IN_PROGRESS` and the like.
public struct HeatStatus: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
    /// The words that Heat uses.
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The action: CREATE, UPDATE, DELETE, SIGNAL, ROLLBACK, INIT, ….
    public var action: Substring { rawValue.prefix { $0 != "_" } }
    /// Whether the action is still running.
    public var isInProgress: Bool { rawValue.hasSuffix("_IN_PROGRESS") }
    /// Whether the action succeeded.
    public var isComplete: Bool { rawValue.hasSuffix("_COMPLETE") }
    /// Whether the action failed.
    public var isFailed: Bool { rawValue.hasSuffix("_FAILED") }
    public var description: String { rawValue }
}

extension HeatStatus: Decodable {
    public init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(String.self)
    }
}

/// A stack and its status.
public struct Stack: Sendable, Decodable, Equatable {
    /// The stack's name and identifier.
    public let reference: StackReference
    /// The last action on the stack.
    public let status: HeatStatus
    /// The reason of the status; that of a failure names the resource that failed.
    public let reason: String
    /// The parameters whose values are text, which nearly all are. Stacks in a list have none.
    ///
    /// During an update the values may still be those from before it (docs/heat.md#which-update-goes-on).
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
    /// The resource's name in its stack.
    public let name: String
    /// The resource type, such as `OS::Heat::SoftwareDeployment`.
    public let type: String
    /// The last action on the resource.
    public let status: HeatStatus
    /// The reason of the status.
    public let reason: String
    /// The identifier of what the resource stands for, such as a server, a deployment or a nested stack.
    public let physicalID: String
    /// The name of the resource that ``stack`` is in the stack above it; nil in the root stack.
    public let parent: String?
    /// The stack that the resource belongs to.
    public let stack: StackReference?
    /// The nested stack that the resource stands for, if it stands for one.
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

/// A change of a resource's status, or of a whole stack's.
public struct StackEvent: Sendable, Decodable, Equatable {
    /// The event's identifier.
    public let id: String
    /// The time in UTC, as ISO 8601 with whole seconds. Events of the same second cannot be put in order.
    public let time: String
    /// The name of the resource; that of the stack if the event is about the whole stack.
    public let resource: String
    /// The identifier of what the resource stands for.
    public let physicalID: String
    /// The status after the change.
    public let status: HeatStatus
    /// The reason of the status.
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

/// A configuration and the server that has to apply it.
public struct SoftwareDeployment: Sendable, Decodable, Equatable {
    /// The deployment's identifier.
    public let id: String
    /// The configuration's identifier. Every change makes a new one, and the server knows the configuration by it.
    public let configID: String
    /// The server's identifier.
    public let serverID: String
    /// The action that the configuration is applied for, such as CREATE or UPDATE.
    public let action: String
    /// How far the action has come.
    public let status: String
    /// The reason of the status.
    public let reason: String
    /// The values that the server signalled: `deploy_stdout`, `deploy_stderr`, `deploy_status_code`.
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

/// The changes that an update would make, as a preview lists them.
public struct ResourceChanges: Sendable, Decodable, Equatable {
    /// A resource that would change.
    public struct Change: Sendable, Decodable, Equatable {
        /// The resource's name.
        public let resource: String
        /// The resource type.
        public let type: String
        /// The name of the stack that the resource belongs to.
        public let stack: String

        private enum CodingKeys: String, CodingKey {
            case resource = "resource_name"
            case type = "resource_type"
            case stack = "stack_name"
        }
    }

    /// The resources that would be deleted and made again.
    public let replaced: [Change]
    /// The resources that would be changed in place.
    public let updated: [Change]
    /// The resources that would be new.
    public let added: [Change]
    /// The resources that would be deleted.
    public let deleted: [Change]
}
