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

// swift-format-ignore: UseSynthesizedInitializer
/// A value that is written as null when there is none, so that its key is always there.
@propertyWrapper
struct Nullable<Value: Encodable>: Encodable {
    var wrappedValue: Value?

    // Without it, memberwise initializers would ask for the wrapper instead of the value.
    init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}
