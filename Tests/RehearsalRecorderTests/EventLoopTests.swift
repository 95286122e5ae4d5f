import RehearsalHost
import RehearsalModel
import Testing

@testable import RehearsalRecorder

@Suite("event loop")
struct EventLoopTests {
    @Test("timers run in order, and cancelled ones do not")
    func timers() throws {
        let loop = try #require(EventLoop(meter: StarvationMeter()))
        var seen: [Int] = []
        let base = MonotonicClock.now
        for number in [5, 1, 4, 2, 3] {
            loop.schedule(at: base + Int64(number) * 2_000_000) { seen.append(number) }
        }
        let cancelled = loop.schedule(at: base + 5_000_000) { seen.append(99) }
        loop.cancel(cancelled)
        loop.schedule(at: base + 30_000_000) { loop.stop() }
        loop.run()
        #expect(seen == [1, 2, 3, 4, 5])
        #expect(MonotonicClock.now >= base + 30_000_000)
    }

    @Test("the wall clock follows the monotonic clock")
    func clocks() {
        let clock = WallClock()
        let before = HostClock.now().nanoseconds
        let stamp = clock.timestamp(MonotonicClock.now).nanoseconds
        let after = HostClock.now().nanoseconds
        #expect(stamp >= before - 5_000_000 && stamp <= after + 5_000_000)
    }
}
