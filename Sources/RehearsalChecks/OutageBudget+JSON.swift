import Foundation

extension OutageBudget {
    /// Budgets as the JSON text that a run's store keeps under `expectations`.
    public static func json(_ budgets: [OutageBudget]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        // Strings and numbers alone cannot fail to encode.
        return (try? encoder.encode(budgets)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
    }

    /// Reads budgets from the JSON text that a run's store keeps under `expectations`.
    ///
    /// - Throws: `DecodingError` when the text is something else.
    public static func budgets(json: String) throws -> [OutageBudget] {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try decoder.decode([OutageBudget].self, from: Data(json.utf8))
    }
}
