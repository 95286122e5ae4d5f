/// Something that keeps a probe from being asked.
public struct ProbeProblem: Error, Hashable, Sendable {
    /// The part of a probe that a problem is about.
    public enum Part: Hashable, Sendable {
        case name, kind, target, period
        /// The settings as a whole.
        case settings
        /// The setting of that name.
        case setting(String)
    }

    /// The part that it is about.
    public let part: Part
    /// What is wrong: lower case, no full stop. It shows no value of a secret setting.
    public let message: String
    /// What would be right.
    public let hint: String
    /// The names that may have been meant; empty if the problem is not an unknown name.
    public let known: [String]

    init(_ part: Part, _ message: String, hint: String, known: [String] = []) {
        self.part = part
        self.message = message
        self.hint = hint
        self.known = known
    }
}

extension ProbeProblem: CustomStringConvertible {
    /// The part and what is wrong with it, without the hint.
    public var description: String {
        switch part {
        case .name: "name: \(message)"
        case .kind: "kind: \(message)"
        case .target: "target: \(message)"
        case .period: "period: \(message)"
        case .settings: "settings: \(message)"
        case .setting(let name): "setting \(name): \(message)"
        }
    }
}

extension ProbeSpecification {
    /// The shortest and the longest time between two attempts, in milliseconds.
    public static let periods = 10...600_000

    /// The most bytes that a name may have.
    public static let longestName = 64

    /// Everything that keeps this probe from being asked; empty when it is right.
    ///
    /// - Parameter kinds: The kinds there are.
    public func problems(kinds: [ProbeKind]) -> [ProbeProblem] {
        var problems: [ProbeProblem] = []
        if name.isEmpty || name.utf8.count > Self.longestName {
            problems.append(
                ProbeProblem(
                    .name, name.isEmpty ? "it is empty" : "\"\(name)\" is too long", hint: "give 1 to \(Self.longestName) bytes"))
        }
        if !Self.periods.contains(periodMilliseconds) {
            let range = "\(Self.periods.lowerBound) to \(Self.periods.upperBound)"
            problems.append(ProbeProblem(.period, "\(periodMilliseconds) ms is out of range", hint: "give \(range)"))
        }
        guard let kind = kinds.first(where: { $0.name == self.kind }) else {
            let known = kinds.map(\.name).sorted()
            let hint = "known kinds: " + known.joined(separator: ", ")
            return problems + [ProbeProblem(.kind, "unknown probe kind \"\(self.kind)\"", hint: hint, known: known)]
        }
        if let problem = kind.target.problem(with: target, of: .target) { problems.append(problem) }
        return problems + settingProblems(kind)
    }

    private func settingProblems(_ kind: ProbeKind) -> [ProbeProblem] {
        let known = kind.settings.map(\.name).sorted()
        let given = settings.sorted { $0.key < $1.key }.compactMap { name, text -> ProbeProblem? in
            guard let setting = kind.setting(named: name) else {
                return ProbeProblem(
                    .setting(name), "unknown setting of kind \(kind.name)", hint: "known settings: " + known.joined(separator: ", "),
                    known: known)
            }
            return setting.checkedForm.problem(with: text, of: .setting(name), isSecret: setting.isSecret)
        }
        let missing = kind.settings.filter { $0.absence == .required && settings[$0.name] == nil }
        return given + missing.map { ProbeProblem.missing($0.name) }
    }

    // MARK: Reading

    /// The target as a value.
    ///
    /// - Throws: The problem with it, if it has another form.
    public func target<Value>(as form: ProbeForm<Value>) throws(ProbeProblem) -> Value {
        if let value = form.read(target) { return value }
        throw form.problem(with: target, of: .target) ?? ProbeProblem(.target, "it cannot be read", hint: form.example)
    }

    /// The value of a setting that is required or has a standard value.
    ///
    /// - Throws: The problem with it, if it is missing or has another form.
    public func value<Value>(of setting: ProbeSetting<Value>) throws(ProbeProblem) -> Value {
        if let value = try given(setting) { return value }
        if case .standard(let text) = setting.absence, let value = setting.form.read(text) { return value }
        throw ProbeProblem.missing(setting.name)
    }

    /// The value of a setting, if it is given.
    ///
    /// - Throws: The problem with it, if it has another form.
    public func given<Value>(_ setting: ProbeSetting<Value>) throws(ProbeProblem) -> Value? {
        guard let text = settings[setting.name] else { return nil }
        if let problem = setting.form.problem(with: text, of: .setting(setting.name), isSecret: setting.isSecret) { throw problem }
        return setting.form.read(text)
    }
}

extension ProbeProblem {
    fileprivate static func missing(_ setting: String) -> ProbeProblem {
        ProbeProblem(.settings, "setting \"\(setting)\" is missing", hint: "add it")
    }
}

extension CheckedForm {
    /// What is wrong with a text, or `nil` if it has this form.
    fileprivate func problem(with text: String, of part: ProbeProblem.Part, isSecret: Bool = false) -> ProbeProblem? {
        guard !accepts(text) else { return nil }
        let shown = isSecret ? "the secret" : "\"\(text)\""
        return ProbeProblem(
            part, text.isEmpty ? "it is empty" : "\(shown) is not \(summary)",
            hint: "for example \(example.split(separator: "\n").joined(separator: "\\n"))")
    }
}
