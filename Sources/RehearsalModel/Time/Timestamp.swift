/// An instant in UTC, counted in nanoseconds since the Unix epoch.
///
/// Encoded as one integer. Values before 1678 or after 2262 do not fit and are clamped by the arithmetic below.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    public var nanoseconds: Int64

    /// Makes an instant from nanoseconds since the Unix epoch.
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Makes an instant from whole seconds since the Unix epoch and further nanoseconds, as `clock_gettime` gives them.
    public init(seconds: Int64, nanoseconds: Int64) {
        self.nanoseconds = seconds &* 1_000_000_000 &+ nanoseconds
    }

    /// Whether one instant is before another.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The seconds from another instant to this one; negative when the other is later.
    public func seconds(since other: Timestamp) -> Double {
        Double(nanoseconds(since: other)) / 1e9
    }

    /// The nanoseconds from another instant to this one; negative when the other is later.
    public func nanoseconds(since other: Timestamp) -> Int64 {
        let (difference, overflow) = nanoseconds.subtractingReportingOverflow(other.nanoseconds)
        return overflow ? (nanoseconds < other.nanoseconds ? .min : .max) : difference
    }

    /// The instant that lies the given number of nanoseconds after this one.
    public func advanced(byNanoseconds distance: Int64) -> Timestamp {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(distance)
        return Timestamp(nanoseconds: overflow ? (distance < 0 ? .min : .max) : sum)
    }

    /// The instant that lies the given number of seconds after this one.
    public func advanced(bySeconds distance: Double) -> Timestamp {
        let scaled = (distance * 1e9).rounded()
        guard scaled.isFinite, abs(scaled) < 9.2e18 else {
            return Timestamp(nanoseconds: distance < 0 ? .min : .max)
        }
        return advanced(byNanoseconds: Int64(scaled))
    }
}

// MARK: Text

extension Timestamp: CustomStringConvertible {
    /// The instant in UTC as ISO 8601 with milliseconds (rounded down), such as `2026-11-22T15:00:00.123Z`.
    public var iso8601: String {
        let (seconds, rest) = Timestamp.floorDivide(nanoseconds, by: 1_000_000_000)
        let (day, second) = Timestamp.floorDivide(seconds, by: 86_400)
        let date = Timestamp.civil(day: day)
        return Timestamp.padded(date.year, 4) + "-" + Timestamp.padded(date.month, 2) + "-"
            + Timestamp.padded(date.day, 2) + "T" + Timestamp.clock(second) + "."
            + Timestamp.padded(rest / 1_000_000, 3) + "Z"
    }

    /// The time of day in UTC with milliseconds, such as `15:00:00.123`.
    public var timeOfDay: String {
        String(iso8601.dropFirst(11).dropLast())
    }

    /// The instant as ``iso8601``.
    public var description: String { iso8601 }

    /// Reads ISO 8601 in UTC: `2026-11-22T15:00:00Z`, with one to nine digits of a second or none.
    ///
    /// Returns nil for anything else, dates that do not exist included.
    public init?(iso8601 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z") else { return nil }
        for (position, character) in [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")] {
            guard bytes[position] == character.utf8.first else { return nil }
        }
        func number(_ range: Range<Int>) -> Int64? {
            var value: Int64 = 0
            for byte in bytes[range] {
                guard byte >= 48, byte <= 57 else { return nil }
                value = value * 10 + Int64(byte - 48)
            }
            return value
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1678...2261).contains(year), (1...12).contains(month), day >= 1, hour < 24, minute < 60, second < 60
        else { return nil }
        var fraction: Int64 = 0
        if bytes.count > 20 {
            let digits = bytes.count - 21
            guard bytes[19] == UInt8(ascii: "."), (1...9).contains(digits),
                let value = number(20..<(20 + digits))
            else { return nil }
            fraction = (digits..<9).reduce(value) { scaled, _ in scaled * 10 }
        }
        let days = Timestamp.days(year: year, month: month, day: day)
        let back = Timestamp.civil(day: days)
        guard back.year == year, back.month == month, back.day == day else { return nil }
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second
        self.init(seconds: seconds, nanoseconds: fraction)
    }

    private static func floorDivide(_ value: Int64, by divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    private static func clock(_ second: Int64) -> String {
        padded(second / 3_600, 2) + ":" + padded(second / 60 % 60, 2) + ":" + padded(second % 60, 2)
    }

    /// The proleptic Gregorian date of a day counted from 1970-01-01.
    private static func civil(day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        // Years are counted from 1 March, in eras of 400 years, so that the leap day is the last of its year.
        let (era, dayOfEra) = floorDivide(day + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1
        )
    }

    /// The day of a date, counted from 1970-01-01.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let (era, yearOfEra) = floorDivide(month <= 2 ? year - 1 : year, by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

// MARK: Codable

extension Timestamp: Codable {
    public init(from decoder: any Decoder) throws {
        nanoseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(nanoseconds)
    }
}
