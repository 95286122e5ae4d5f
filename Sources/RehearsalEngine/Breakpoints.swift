import Foundation
public import RehearsalHistory

/// What the operator, or the lack of one, said at a breakpoint.
public indirect enum BreakpointDecision: Sendable, Equatable {
    /// Go on with these machines; the others keep their breakpoints.
    case proceed(Set<String>)
    /// Stop here; the run is kept and can be resumed.
    case stop
    /// The same, said by somebody who is not at the terminal.
    case told(by: String, BreakpointDecision)

    /// What is to be done, and who said so; nil for the operator at the terminal, or for nobody.
    var plain: (decision: BreakpointDecision, teller: String?) {
        if case .told(let teller, let decision) = self { (decision.plain.decision, teller) } else { (self, nil) }
    }
}

/// Decides about breakpoints.
public protocol BreakpointGate: Sendable {
    /// Called with the machine that waits and where all machines stand.
    func decide(machine: String, progress: [(machine: String, state: MachineProgress)]) async throws -> BreakpointDecision
}

/// Nobody is asked: every breakpoint is journalled and passed.
public struct OpenGate: BreakpointGate {
    public init() {}
    public func decide(machine: String, progress: [(machine: String, state: MachineProgress)]) async throws -> BreakpointDecision {
        .proceed([machine])
    }
}

/// Reads an answer at the prompt; pure.
public enum BreakpointAnswer: Equatable, Sendable {
    case proceed(Set<String>)
    case stop
    /// The answer cannot be used; the text says why.
    case again(String)

    /// Enter clears the machine that waits; `no` stops; anything else is a regular expression that must match a machine's whole name
    /// and may clear many at once (`_stack_update.py` of tripleo-common 2.0.0).
    public static func read(_ text: String, waiting: String, machines: [String]) -> BreakpointAnswer {
        let answer = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if answer.isEmpty { return .proceed([waiting]) }
        if answer.lowercased() == "no" { return .stop }
        guard let pattern = try? Regex(answer) else { return .again("'\(answer)' is not a regular expression") }
        let matches = machines.filter { (try? pattern.wholeMatch(in: $0)) != nil }
        return matches.isEmpty ? .again("'\(answer)' matches none of \(machines.joined(separator: ", "))") : .proceed(Set(matches))
    }
}
