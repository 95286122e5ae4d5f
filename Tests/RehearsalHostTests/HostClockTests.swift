import RehearsalModel
import Testing

@testable import RehearsalHost

@Suite("host clock", .serialized)
struct HostClockTests {
    @Test("an instant is the monotonic clock plus the offset that was adopted")
    func adopted() {
        let measured = HostClock.measuredOffset()
        defer { HostClock.adopt(offset: measured) }
        HostClock.adopt(offset: 1_000)
        #expect(HostClock.time(ofMonotonic: 5) == Timestamp(nanoseconds: 1_005))
        let before = HostClock.monotonicNanoseconds()
        #expect(HostClock.now().nanoseconds - 1_000 >= before)
    }

    @Test("this boot of the host has a name")
    func boot() { #expect(HostClock.bootID().count == 36) }
}
