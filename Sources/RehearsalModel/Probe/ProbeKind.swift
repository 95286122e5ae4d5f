/// A kind of probe, as services' files may use it: the form of its target, and its settings.
///
/// The recorder, which asks the question of a kind, holds the kinds there are.
public struct ProbeKind: Sendable {
    /// The time that every kind gives an attempt.
    public static let timeout = ProbeSetting(
        "timeout_s", .seconds(in: 0.1...600), .standard("10"), "an attempt without an answer by then is a `timeout`")

    /// The name by which a service's file means this kind.
    public let name: String
    /// What is asked.
    public let target: any CheckedForm
    /// When an answer is right, in a few words.
    public let rightWhen: String
    /// What the detail of a right answer says, in a few words; empty if there is none.
    public let detail: String
    /// All settings, without `timeout`, which every kind takes.
    public let ownSettings: [any CheckedSetting]

    /// Makes a kind.
    public init(
        _ name: String, target: any CheckedForm, rightWhen: String, detail: String = "", settings: [any CheckedSetting] = []
    ) {
        self.name = name
        self.target = target
        self.rightWhen = rightWhen
        self.detail = detail
        ownSettings = settings
    }

    /// All settings.
    public var settings: [any CheckedSetting] { ownSettings + [Self.timeout] }

    /// The setting of that name.
    public func setting(named name: String) -> (any CheckedSetting)? {
        settings.first { $0.name == name }
    }
}
