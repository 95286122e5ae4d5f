/// How many machines of a role join a cloud after its update, or leave it.
public struct RoleScaling: Hashable, Codable, Sendable {
    /// The role.
    public let role: String
    /// How many join; less than 0 for machines that leave.
    public let change: Int

    /// What a scenario leaves out if Heat's stack is to go on remembering the update identifier when machines join.
    public static let forgetIdentifier = "forget-identifier"

    /// Makes a change.
    public init(role: String, change: Int) {
        self.role = role
        self.change = change
    }
}
