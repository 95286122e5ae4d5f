import Foundation
import RehearsalHistory
import RehearsalStore
import RehearsalTesting
import Testing

@testable import RehearsalEngine

@Suite("answers from a run's page")
struct RemoteGateTests {
    private let progress: [(machine: String, state: MachineProgress)] = [("controller-0", .onBreakpoint), ("controller-1", .notStarted)]

    private func answering(_ answers: [String]) async throws -> (BreakpointDecision, complaints: [String?]) {
        let scratch = Scratch()
        try FileManager.default.createDirectory(at: scratch.url, withIntermediateDirectories: true)
        let desk = RunDesk(directory: scratch.url)
        async let decision = RemoteGate(desk).decide(machine: "controller-0", progress: progress)
        var (asked, complaints): (Set<String>, [String?]) = ([], [])
        for answer in answers {
            var question: RunDesk.Question?
            while question == nil {
                try await pause(seconds: 0.02)
                question = desk.asked().flatMap { asked.contains($0.identifier) ? nil : $0 }
            }
            guard let question else { continue }
            asked.insert(question.identifier)
            complaints.append(question.complaint)
            #expect(question.machine == "controller-0")
            try desk.answer(question.identifier, with: answer)
        }
        let made = try await decision
        #expect(desk.asked() == nil, "nothing is asked any more")
        return (made, complaints)
    }

    @Test("a name, a pattern and a refusal are what they are at the prompt, and say that they came from the page")
    func answers() async throws {
        #expect(try await answering(["controller-.*"]).0 == .told(by: "the page", .proceed(["controller-0", "controller-1"])))
        #expect(try await answering([""]).0 == .told(by: "the page", .proceed(["controller-0"])))
        #expect(try await answering(["no"]).0 == .told(by: "the page", .stop))
    }

    @Test("an answer that cannot be used is asked for again, and says why")
    func again() async throws {
        let (decision, complaints) = try await answering(["compute-9", "controller-0"])
        #expect(decision == .told(by: "the page", .proceed(["controller-0"])))
        #expect(complaints.count == 2 && complaints[0] == nil && complaints[1]?.contains("matches none of") == true)
    }
}
