import Foundation
public import PlainJSON

/// The state that a stack should have: the body of a request to create or to update one.
///
/// Every request holds everything. Heat keeps what an update leaves out, even the parameters of an update that failed
/// (docs/heat.md#traps).
public struct StackRequest: Sendable, Equatable, Encodable {
    /// The name; needed to create a stack only.
    public var name: String?
    /// The template's text.
    public var template: String
    /// The texts of the files that the template and the environment name, by file name.
    public var files: [String: String]
    /// The template file of each resource type that Heat does not know itself (`resource_registry`).
    public var registry: [String: String]
    /// Hooks and forbidden actions, by a pattern of the resource's name. They hold for stacks two levels below the root stack.
    public var resources: [String: [String: JSONValue]]
    /// The values of the template's parameters.
    public var parameters: [String: JSONValue]
    /// Heat gives up after this many minutes (`STACK_TIMEOUT_DEFAULT` of tripleo-common was 240).
    public var timeoutMinutes = 240

    /// Makes a request.
    public init(
        name: String? = nil, template: String, files: [String: String], registry: [String: String],
        resources: [String: [String: JSONValue]] = [:], parameters: [String: JSONValue]
    ) {
        self.name = name
        self.template = template
        self.files = files
        self.registry = registry
        self.resources = resources
        self.parameters = parameters
    }

    private enum Key: String, CodingKey {
        case name = "stack_name"
        case template, files, environment, parameters
        case timeout = "timeout_mins"
        case disableRollback = "disable_rollback"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeIfPresent(name, forKey: .name)
        try container.encode(template, forKey: .template)
        try container.encode(files, forKey: .files)
        var registry = self.registry.mapValues(JSONValue.string)
        registry["resources"] = .object(["*": .object(["*": .object(resources.mapValues(JSONValue.object))])])
        try container.encode(JSONValue.object(["resource_registry": .object(registry)]), forKey: .environment)
        try container.encode(parameters, forKey: .parameters)
        try container.encode(timeoutMinutes, forKey: .timeout)
        // Heat must never roll a half-updated machine back. tripleo-common gave rollback up in 2017 (commit b14c0f72).
        try container.encode(true, forKey: .disableRollback)
    }
}
