public import PlainJSON
import Foundation

/// A stack as it is to be: what creating and updating one needs.
///
/// Everything is sent each time. What is left out of an update persists in the stored environment, and so would the parameters of
/// an update that failed.
public struct StackRequest: Sendable, Equatable, Encodable {
    /// The name, for a stack to create.
    public var name: String?
    /// The template's text.
    public var template: String
    /// The files that template and environment name.
    public var files: [String: String]
    /// The type of each resource type that is ours: `resource_registry`.
    public var registry: [String: String]
    /// What is said of resources of any stack two levels down: hooks and forbidden actions, by a pattern of the resource's name.
    public var resources: [String: [String: JSONValue]]
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
        // A machine that was updated half-way is never rolled back by itself; tripleo-common took its own rollback back in 2017 (b14c0f72).
        try container.encode(true, forKey: .disableRollback)
    }
}
