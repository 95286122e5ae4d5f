import Foundation
public import RehearsalHistory
public import RehearsalStore

/// Takes answers at breakpoints from the run's desk, where its page leaves them.
public struct RemoteGate: BreakpointGate {
    private let desk: RunDesk
    /// How often the desk is looked at, in seconds.
    private static let period = 0.3

    /// Takes answers from a desk.
    public init(_ desk: RunDesk) { self.desk = desk }

    /// - Throws: `CancellationError` when the operator leaves; what is asked is taken back then.
    public func decide(machine: String, progress: [(machine: String, state: MachineProgress)]) async throws -> BreakpointDecision {
        defer { desk.clear() }
        var complaint: String?
        while true {
            let question = RunDesk.Question(identifier: UUID().uuidString, machine: machine, complaint: complaint)
            try desk.ask(question)
            var answer: String?
            while answer == nil {
                try await pause(seconds: Self.period)
                answer = desk.answered(question.identifier)
            }
            switch BreakpointAnswer.read(answer ?? "", waiting: machine, machines: progress.map(\.machine)) {
            case .proceed(let names): return .told(by: "the page", .proceed(names))
            case .stop: return .told(by: "the page", .stop)
            case .again(let why): complaint = why
            }
        }
    }
}
