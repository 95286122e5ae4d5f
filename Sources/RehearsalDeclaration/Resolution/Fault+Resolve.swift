public import RehearsalModel

extension ScenarioDocument.FaultEntry {
    /// Compares a fault with its kind and with the machines; reports what does not fit.
    ///
    /// - Parameters:
    ///   - kinds: The kinds there are.
    ///   - machines: The machines of the topology; nil if it is too wrong to know them.
    /// - Returns: The fault; nil if something about it is wrong.
    func resolve(kinds: [FaultKind], machines: [Machine]?, sink: DiagnosticSink) -> Fault? {
        let problems = sink.errorCount
        guard let kind = kinds.first(where: { $0.name == self.kind.value }) else {
            sink.error(
                "fault: there is no fault \"\(self.kind.value)\"", at: self.kind.location,
                hint: Suggestion.hint(for: self.kind.value, among: kinds.map(\.name), kind: "faults"))
            return nil
        }
        var told = Dictionary(kind.arguments.compactMap { argument in argument.standard.map { (argument.name, $0) } }) { $1 }
        for (key, value) in arguments {
            guard kind.arguments.contains(where: { $0.name == key.value }) else {
                sink.error(
                    "unknown key \"\(key.value)\" of the fault \(kind.name)", at: key.location,
                    hint: Suggestion.hint(for: key.value, among: Fault.keys + kind.arguments.map(\.name), kind: "keys"))
                continue
            }
            guard Fault.isUsable(value.value) else {
                sink.error(
                    "\(key.value): this cannot be told to a script", at: value.location,
                    hint: "write printable characters, 200 at most")
                continue
            }
            told[key.value] = value.value
        }
        for argument in kind.arguments where told[argument.name] == nil {
            sink.error("missing key \"\(argument.name)\"", at: location, hint: "add it: \(argument.summary)")
        }
        if let machines { check(told, among: machines, sink: sink) }
        guard sink.errorCount == problems else { return nil }
        return Fault(
            kind: kind.name, arguments: told, machine: machine.value == Self.random ? nil : machine.value, moment: moment, seconds: seconds,
            source: location.description, isLatent: kind.isLatent)
    }

    /// The word for a machine that the seed decides.
    private static let random = "random"

    private func check(_ told: [String: String], among machines: [Machine], sink: DiagnosticSink) {
        let names = machines.map(\.name)
        func unknown(_ name: String, _ key: String, at location: SourceLocation) {
            sink.error(
                "\(key): there is no machine \"\(name)\"", at: location, hint: Suggestion.hint(for: name, among: names, kind: "machines"))
        }
        if machine.value != Self.random, !names.contains(machine.value) { unknown(machine.value, "on", at: machine.location) }
        if case .step(_, _, let name?, _) = moment, !names.contains(name) { unknown(name, "at", at: location) }
        func place(of key: String) -> SourceLocation { arguments.first { $0.key.value == key }?.value.location ?? location }
        for name in (told[FaultKind.machinesArgument] ?? "").split(separator: ",").map(String.init) where !names.contains(name) {
            unknown(name, FaultKind.machinesArgument, at: place(of: FaultKind.machinesArgument))
        }
        guard let service = told[FaultKind.serviceArgument] else { return }
        let runners = machines.filter { $0.services.contains(service) }.map(\.name)
        let place = place(of: FaultKind.serviceArgument)
        if runners.isEmpty {
            sink.error(
                "service: no machine runs \"\(service)\"", at: place,
                hint: Suggestion.hint(for: service, among: Set(machines.flatMap(\.services)).sorted(), kind: "services"))
        } else if machine.value != Self.random, names.contains(machine.value), !runners.contains(machine.value) {
            sink.error(
                "service: \(machine.value) does not run \(service)", at: place, hint: "it runs on \(runners.joined(separator: ", "))")
        }
    }
}

extension Fault {
    /// A fault that somebody asks for by hand, compared with its kind and the machines.
    ///
    /// - Returns: What it is told, with what its kind says for what nobody said.
    /// - Throws: All that does not fit; the places are of no file.
    public static func told(
        kind: String, arguments: [String: String], machine: String, kinds: [FaultKind], machines: [Machine]
    ) throws(DiagnosticsError) -> [String: String] {
        let nowhere = SourceLocation(file: "")
        let entry = ScenarioDocument.FaultEntry(
            kind: Located(kind, at: nowhere), machine: Located(machine, at: nowhere), moment: .random, seconds: nil,
            arguments: arguments.sorted { $0.key < $1.key }.map {
                (key: Located($0.key, at: nowhere), value: Located($0.value, at: nowhere))
            },
            location: nowhere)
        return try DiagnosticSink.collect { entry.resolve(kinds: kinds, machines: machines, sink: $0)?.arguments }.value
    }

    /// Whether a script can be told a value: it comes as an environment variable.
    static func isUsable(_ value: String) -> Bool {
        value.utf8.count <= 200 && value.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
    }
}
