import Foundation
public import RehearsalModel

extension Plan {
    /// The plan as JSON with sorted keys: the same plan gives the same text.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }

    /// Reads a plan that `json()` wrote.
    ///
    /// - Throws: `DecodingError` for anything else.
    public init(json: String) throws {
        self = try JSONDecoder().decode(Plan.self, from: Data(json.utf8))
    }
}
