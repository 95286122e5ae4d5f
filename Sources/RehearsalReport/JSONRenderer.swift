public import Foundation
public import RehearsalAnalysis

/// `report.json`: the report of a run as data.
///
/// Times are UTC in ISO 8601 with milliseconds, durations are seconds rounded to milliseconds.
public enum JSONRenderer {
    /// The version of the format.
    static let format = 1

    /// The bytes of `report.json`.
    public static func render(_ analysis: RunAnalysis) throws -> Data {
        let members = ReportSections.withBanner.reduce(into: ["format": format] as [String: any Encodable]) { members, section in
            // Two sections that write the same key are a mistake in this program; its tests compare every key.
            members.merge(section.json(analysis)) { first, _ in first }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return try encoder.encode(JSONMembers(members: members)) + Data("\n".utf8)
    }
}

/// An object whose members have types of their own.
private struct JSONMembers: Encodable {
    let members: [String: any Encodable]

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        for (key, value) in members { try container.encode(value, forKey: Key(stringValue: key)) }
    }
}
