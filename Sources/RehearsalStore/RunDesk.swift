public import Foundation
import RehearsalHost

/// Where a run that goes on asks who else may answer, in its own directory: a question at a breakpoint, and the answer to it.
///
/// Both files are for their owner alone. An answer names its question, so that one that comes late is not taken for the next.
public struct RunDesk: Sendable {
    /// A question of the run.
    public struct Question: Codable, Hashable, Sendable {
        /// Which question it is.
        public var identifier: String
        /// The machine that waits.
        public var machine: String
        /// Why the last answer could not be used; nil if it could, or there was none.
        public var complaint: String?

        /// Makes a question.
        public init(identifier: String, machine: String, complaint: String? = nil) {
            self.identifier = identifier
            self.machine = machine
            self.complaint = complaint
        }
    }

    private struct Answer: Codable {
        var identifier: String
        var text: String
    }

    private let directory: URL
    private var question: URL { directory.appendingPathComponent("question.json") }
    private var answer: URL { directory.appendingPathComponent("answer.json") }

    /// The desk of the run in a directory.
    public init(directory: URL) { self.directory = directory }

    /// Asks something, in place of what was asked before.
    public func ask(_ asked: Question) throws {
        try? FileManager.default.removeItem(at: answer)
        try PrivateFile.replace(question, with: try JSONEncoder().encode(asked))
    }

    /// What is asked now; nil for nothing.
    public func asked() -> Question? {
        (try? Data(contentsOf: question)).flatMap { try? JSONDecoder().decode(Question.self, from: $0) }
    }

    /// Answers a question.
    ///
    /// - Throws: ``StoreError``, with code `notFound` when something else is asked by now, or nothing.
    public func answer(_ identifier: String, with text: String) throws {
        guard asked()?.identifier == identifier else {
            throw StoreError(.notFound, "the run does not ask that any more", hint: "look at what it asks now")
        }
        try PrivateFile.replace(answer, with: try JSONEncoder().encode(Answer(identifier: identifier, text: text)))
    }

    /// The answer to a question; nil if there is none yet.
    public func answered(_ identifier: String) -> String? {
        (try? Data(contentsOf: answer)).flatMap { try? JSONDecoder().decode(Answer.self, from: $0) }
            .flatMap { $0.identifier == identifier ? $0.text : nil }
    }

    /// Asks nothing any more.
    public func clear() {
        for file in [question, answer] { try? FileManager.default.removeItem(at: file) }
    }
}
