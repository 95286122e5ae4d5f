/// A setting that a kind of probe takes.
public struct ProbeSetting<Value: Sendable>: CheckedSetting {
    /// The name by which a service's file gives it.
    public let name: String
    /// What its text must look like.
    public let form: ProbeForm<Value>
    /// What holds when it is not given.
    public let absence: ProbeSettingAbsence
    /// Whether its value must appear in no message and no sample.
    public let isSecret: Bool
    /// What it decides, in a few words.
    public let meaning: String
    /// The setting that gets the bridge of the network that this setting names; `nil` if this one names no network.
    public let bridgeSetting: String?

    /// Makes a setting.
    public init(
        _ name: String, _ form: ProbeForm<Value>, _ absence: ProbeSettingAbsence, _ meaning: String, isSecret: Bool = false,
        bridgeSetting: String? = nil
    ) {
        self.name = name
        self.form = form
        self.absence = absence
        self.isSecret = isSecret
        self.meaning = meaning
        self.bridgeSetting = bridgeSetting
    }

    /// The form without the type of its values.
    public var checkedForm: any CheckedForm { form }
}

/// What holds when a setting is not given.
public enum ProbeSettingAbsence: Hashable, Sendable {
    /// The setting must be given.
    case required
    /// This text is taken, as if it had been given.
    case standard(String)
    /// The probe finds out by itself; the text says how.
    case foundOut(String)
}

/// A setting without the type of its values: what a file can be checked against and a document can show.
public protocol CheckedSetting: Sendable {
    /// The name by which a service's file gives it.
    var name: String { get }
    /// What its text must look like.
    var checkedForm: any CheckedForm { get }
    /// What holds when it is not given.
    var absence: ProbeSettingAbsence { get }
    /// Whether its value must appear in no message and no sample.
    var isSecret: Bool { get }
    /// What it decides, in a few words.
    var meaning: String { get }
    /// The setting that gets the bridge of the network that this setting names; `nil` if this one names no network.
    var bridgeSetting: String? { get }
}
