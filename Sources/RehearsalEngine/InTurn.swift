import Foundation

/// Asks machines something that costs them time, few at once.
///
/// Machines that are asked answer users later, most of all emulated ones. So on a host with few processors few machines are asked at the
/// same time: half as many as it has.
enum InTurn {
    /// What comes of asking a machine: its answer, or that the next is asked without waiting for it any longer.
    private enum Asked<Answer: Sendable>: Sendable {
        case answered(String, Answer)
        case overdue(String)
    }

    /// Asks every machine once.
    ///
    /// - Parameters:
    ///   - machines: Their names.
    ///   - turn: How long one that does not answer keeps the next from being asked, in seconds.
    ///   - ask: Asks one.
    /// - Returns: The answers, as they come.
    static func ask<Answer: Sendable>(
        _ machines: [String], turn: Double, _ ask: @escaping @Sendable (String) async throws -> Answer
    ) async throws -> [Answer] {
        try await withThrowingTaskGroup(of: Asked<Answer>.self) { group in
            var (waiting, all): (ArraySlice<String>, [Answer]) = (machines[...], [])
            var atWork: Set<String> = []
            func askNext() {
                guard let name = waiting.popFirst() else { return }
                atWork.insert(name)
                group.addTask { .answered(name, try await ask(name)) }
                group.addTask {
                    try? await pause(seconds: turn)
                    return .overdue(name)
                }
            }
            for _ in 0..<max(1, ProcessInfo.processInfo.activeProcessorCount / 2) { askNext() }
            while all.count < machines.count, let asked = try await group.next() {
                switch asked {
                case .answered(let name, let answer):
                    all.append(answer)
                    if atWork.remove(name) != nil { askNext() }
                case .overdue(let name):
                    if atWork.remove(name) != nil { askNext() }
                }
            }
            group.cancelAll()
            return all
        }
    }
}
