import Foundation
import RehearsalModel
import RehearsalTesting
import Testing

@Suite("timestamps")
struct TimestampTests {
    @Test(
        "a timestamp prints as ISO 8601",
        arguments: [
            (Int64(0), "1970-01-01T00:00:00.000Z"), (1_795_359_600_123_456_789, "2026-11-22T15:00:00.123Z"),
            (951_782_399_999_999_999, "2000-02-28T23:59:59.999Z"), (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000Z"),
        ])
    func printed(nanoseconds: Int64, text: String) {
        #expect(Timestamp(nanoseconds: nanoseconds).iso8601 == text)
    }

    @Test("a timestamp reads what it prints")
    func roundTrip() throws {
        var generator = SplitMix(seed: 7)
        for _ in 0..<2_000 {
            let milliseconds = Int64.random(in: -9_000_000_000_000...9_000_000_000_000, using: &generator)
            let time = Timestamp(nanoseconds: milliseconds * 1_000_000)
            #expect(Timestamp(iso8601: time.iso8601) == time)
        }
    }

    @Test("it agrees with Foundation")
    func foundation() throws {
        var generator = SplitMix(seed: 8)
        for _ in 0..<200 {
            let seconds = Int64.random(in: -4_000_000_000...7_000_000_000, using: &generator)
            let expected = Date(timeIntervalSince1970: Double(seconds)).ISO8601Format()
            #expect(String(Timestamp(seconds: seconds, nanoseconds: 0).iso8601.prefix(19)) + "Z" == expected)
        }
    }

    @Test(
        "a text that is no timestamp is refused",
        arguments: [
            "", "2026-11-22", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22 15:00:00Z",
            "2026-11-22T15:00:00", "2026-11-22T15:00:00.Z", "2026-11-22T15:00:00.1234567890Z", "9999-01-01T00:00:00Z",
            "2026-11-22T15:0x:00Z",
        ])
    func refused(text: String) {
        #expect(Timestamp(iso8601: text) == nil)
    }

    @Test("it is encoded as one integer")
    func encoded() throws {
        let data = try JSONEncoder().encode([Timestamp(nanoseconds: 1_795_359_600_123_456_789)])
        #expect(String(decoding: data, as: UTF8.self) == "[1795359600123456789]")
        #expect(try JSONDecoder().decode([Timestamp].self, from: data).first?.nanoseconds == 1_795_359_600_123_456_789)
    }

    @Test("arithmetic does not trap")
    func arithmetic() {
        let far = Timestamp(nanoseconds: .max)
        #expect(far.advanced(bySeconds: 1e30) == far)
        #expect(far.advanced(byNanoseconds: 5) == far)
        #expect(far.nanoseconds(since: Timestamp(nanoseconds: .min)) == .max)
    }
}
