import Foundation
import Testing

@testable import RehearsalModel

@Suite("durations and numbers as text")
struct DurationTextTests {
    @Test("numbers have the digits that C gives them")
    func fixed() {
        var generator = SystemRandomNumberGenerator()
        // Among them are numbers that lie exactly halfway between two texts, and those that only seem to.
        var values = [0, 0.5, 1.5, 2.5, 0.0625, 0.1875, 1.0005, 9.995, 0.25, 0.125, 0.375, 1e12, 999.9995, 0.9995, 99_999.95]
        for _ in 0..<20_000 {
            values.append(Double.random(in: 0...10_000, using: &generator))
            values.append(Double(Int.random(in: 0...1_000_000, using: &generator)) / 16)
            values.append(Double(Int.random(in: 0...10_000_000, using: &generator)) * 0.0005)
        }
        for value in values {
            for digits in 0...3 {
                let expected = String(format: "%.\(digits)f", value)
                #expect(DurationText.fixed(value, digits: digits) == expected)
                if DurationText.fixed(value, digits: digits) != expected { return }
            }
        }
        #expect(DurationText.fixed(-1.25, digits: 1) == "-1.2")
        #expect(DurationText.fixed(-0.001, digits: 2) == "0.00")
    }

    @Test("a number has no digits that are not needed", arguments: [(12.0, "12"), (0.25, "0.25"), (100.5, "100.5"), (1.0004, "1")])
    func number(value: Double, text: String) {
        #expect(DurationText.number(value) == text)
    }

    @Test("what is no number of seconds keeps its name")
    func notFinite() {
        #expect(DurationText.number(.infinity) == "inf")
        #expect(DurationText.number(1e20) == "1e+20")
    }

    @Test("a clock shows hours when there are any", arguments: [(-1.0, "00:00"), (125.9, "02:05"), (3_725, "1:02:05")])
    func elapsed(seconds: Double, text: String) {
        #expect(DurationText.elapsed(seconds) == text)
    }

    @Test("lengths have their unit")
    func units() {
        #expect([0.42, 36.6, 252].map(DurationText.spoken) == ["0.4 s", "37 s", "4 min 12 s"])
        #expect([90, 119.6, 700].map(DurationText.predicted) == ["90 s", "2 min", "12 min"])
        #expect([812_999_999, 12_345_000_000].map(DurationText.measured) == ["812 ms", "12.3 s"])
        #expect(DurationText.interval(0.5, 12.34) == "[0.50, 12.3] s")
    }

    @Test("the standard patiences include the headline, and the shortest is the recorder's")
    func patiences() {
        #expect(Patience.standard.contains(Patience.headline))
        #expect(Patience.standard.min() == Double(Patience.shortestNanoseconds) / 1e9)
        #expect(Patience.standard == Patience.standard.sorted())
    }
}
