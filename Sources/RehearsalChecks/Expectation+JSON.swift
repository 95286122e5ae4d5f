import Foundation
public import RehearsalModel

extension Expectation {
    /// Expectations as the JSON text that a run's store keeps under `expectations`.
    public static func json(_ expectations: [Expectation]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        // Strings and numbers alone cannot fail to encode.
        return (try? encoder.encode(expectations)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
    }

    /// Reads expectations from the JSON text that a run's store keeps under `expectations`.
    ///
    /// - Throws: `DecodingError` when the text is something else.
    public static func expectations(json: String) throws -> [Expectation] {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try decoder.decode([Expectation].self, from: Data(json.utf8))
    }
}
