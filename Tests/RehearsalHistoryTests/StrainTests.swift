import RehearsalModel
import Testing

@testable import RehearsalHistory

@Suite("what a target can bear")
struct StrainTests {
    private let probe = ProbeSpecification(name: "api", kind: "http", target: "http://192.0.2.10/", periodMilliseconds: 50)

    private func sample(_ milliseconds: Int64, _ outcome: SampleOutcome, latency: Int64 = 1) -> Sample {
        Sample(
            probe: "api", start: Timestamp(nanoseconds: milliseconds * 1_000_000), latencyNanoseconds: latency * 1_000_000, outcome: outcome
        )
    }

    @Test("nothing held back, nothing said")
    func none() {
        #expect(Strain([sample(0, .ok), sample(50, .timeout)], probe: probe) == nil)
    }

    @Test("the answers while attempts were held back give the period")
    func rate() throws {
        // From 1 s to 3 s every fifth attempt is made and answered, four times a second.
        let samples =
            (0..<20).map { sample($0 * 50, .ok) }
            + (20..<60).map { sample($0 * 50, $0 % 5 == 4 ? .ok : .held) } + [sample(3_000, .held)]
        let strain = try #require(Strain(samples, probe: probe))
        #expect(strain.held == 33)
        #expect(abs(strain.answersPerSecond - 8 / 2.05) < 0.01)
        #expect(strain.bearablePeriodMilliseconds == 260)
    }

    @Test("a target that answers nothing has no period")
    func silent() throws {
        let strain = try #require(Strain([sample(0, .timeout, latency: 9_999), sample(50, .held), sample(900, .held)], probe: probe))
        #expect(strain.bearablePeriodMilliseconds == nil)
    }
}
