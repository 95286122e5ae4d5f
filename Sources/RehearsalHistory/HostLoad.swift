public import RehearsalModel

/// How the host stood at one instant; counters grow from an arbitrary beginning.
public struct HostSample: Codable, Hashable, Sendable {
    /// When.
    public var time: Timestamp
    /// Time in which some task of the host waited for a processor (`/proc/pressure/cpu`, "some"), in nanoseconds.
    public var processorPressureNanoseconds: Int64
    /// Time in which some task of the host waited for storage (`/proc/pressure/io`, "some"), in nanoseconds.
    public var storagePressureNanoseconds: Int64
    /// Processor time that a hypervisor below this host gave to others (`/proc/stat`, steal), in nanoseconds over all processors.
    public var stolenNanoseconds: Int64
    /// Free space on the disk that holds the run, in bytes.
    public var freeBytes: Int64

    /// Makes a sample.
    public init(
        time: Timestamp, processorPressureNanoseconds: Int64, storagePressureNanoseconds: Int64, stolenNanoseconds: Int64, freeBytes: Int64
    ) {
        self.time = time
        self.processorPressureNanoseconds = processorPressureNanoseconds
        self.storagePressureNanoseconds = storagePressureNanoseconds
        self.stolenNanoseconds = stolenNanoseconds
        self.freeBytes = freeBytes
    }
}

/// How one machine's QEMU was served by the host; counters grow from the start of the process.
public struct GuestSample: Codable, Hashable, Sendable {
    /// When.
    public var time: Timestamp
    /// The machine.
    public var machine: String
    /// How long its virtual processors ran, in nanoseconds (`/proc/PID/task/TID/schedstat`, first field).
    public var ranNanoseconds: Int64
    /// How long its virtual processors could have run and were not let, in nanoseconds (second field).
    public var waitedNanoseconds: Int64
    /// The same of QEMU's main loop and its input and output threads, which carry the machine's packets and disk blocks.
    public var loopWaitedNanoseconds: Int64

    /// Makes a sample.
    public init(time: Timestamp, machine: String, ranNanoseconds: Int64, waitedNanoseconds: Int64, loopWaitedNanoseconds: Int64) {
        self.time = time
        self.machine = machine
        self.ranNanoseconds = ranNanoseconds
        self.waitedNanoseconds = waitedNanoseconds
        self.loopWaitedNanoseconds = loopWaitedNanoseconds
    }
}

extension GuestSample {
    fileprivate var allWaited: Int64 { waitedNanoseconds + loopWaitedNanoseconds }
}

/// How long the host kept a testbed's machines waiting, by time.
///
/// An answer passes through several machines: HAProxy on one, a service on another, a database that asks the other two. Each wait may
/// delay it, so that the waits of all machines together are the most of its latency that can be the host's doing.
///
/// That an attempt had no answer at all is not told by a sum: on a host with fewer processors than machines the sum grows faster than time,
/// and a real failure would hide behind it. It is the host's doing only where one machine was *starved*: it wanted to run and hardly could.
public struct HostLoad: Sendable {
    /// From one sampling of all machines to the next.
    public struct Tick: Hashable, Sendable {
        /// The beginning.
        public var start: Timestamp
        /// The end; the beginning of the next tick.
        public var end: Timestamp
        /// How long machines waited in it, all together, in nanoseconds.
        public var waitedNanoseconds: Int64
        /// How long machines' processors ran in it, all together, in nanoseconds.
        public var ranNanoseconds: Int64
        /// Processor time that went to others than this host in it, in nanoseconds.
        public var stolenNanoseconds: Int64
        /// Which part of the tick some task of the host waited for a processor, from 0 to 1.
        public var pressure: Double

        /// The length in seconds.
        public var seconds: Double { end.seconds(since: start) }
    }

    /// From which pressure on a tick counts as saturated: a task waited nearly all the time.
    public static let saturation = 0.9

    /// Which part of the processor time that a machine asked for it got at most, where it counts as starved. Machines that compete with
    /// each other alone get more: with six on two processors, a third.
    static let starvedShare = 0.1
    /// Which part of a span a machine must have wanted to run at least, to be starved in it.
    static let starvedDemand = 0.5

    /// How long one machine's virtual processors, or those of all, ran and waited, in nanoseconds.
    private struct Share {
        var ran: Int64 = 0
        var waited: Int64 = 0

        static func + (left: Share, right: Share) -> Share { Share(ran: left.ran + right.ran, waited: left.waited + right.waited) }
        static func - (left: Share, right: Share) -> Share { Share(ran: left.ran - right.ran, waited: left.waited - right.waited) }
        static func += (left: inout Share, right: Share) { left = left + right }
    }

    /// All ticks, in order of time, without overlaps.
    public let ticks: [Tick]
    /// The least free space on the disk of the run, in bytes; nil if it was not watched.
    public let leastFreeBytes: Int64?
    /// What machines had waited at the end of each tick, all ticks before included.
    private let sums: [Int64]
    /// How each machine was served until the end of each tick, all ticks before included; shorter where it was not there to the end.
    private let served: [String: [Share]]

    /// Nothing is known of the host.
    public static let unknown = HostLoad(host: [], guests: [])

    /// Puts the samples of a run together.
    public init(host: [HostSample], guests: [GuestSample]) {
        let host = host.sorted { $0.time < $1.time }
        let byTime = Dictionary(grouping: guests, by: \.time)
        var last: [String: GuestSample] = [:]
        var ticks: [Tick] = []
        var served: [String: [Share]] = [:]
        for (index, sample) in host.enumerated() {
            var all = Share()
            var loops: Int64 = 0
            var shares: [String: Share] = [:]
            for guest in byTime[sample.time] ?? [] {
                // A machine that was started again counts anew.
                if let before = last[guest.machine], before.allWaited <= guest.allWaited, before.ranNanoseconds <= guest.ranNanoseconds {
                    let share = Share(
                        ran: guest.ranNanoseconds - before.ranNanoseconds, waited: guest.waitedNanoseconds - before.waitedNanoseconds)
                    shares[guest.machine] = share
                    all += share
                    loops += guest.loopWaitedNanoseconds - before.loopWaitedNanoseconds
                }
                last[guest.machine] = guest
            }
            guard index > 0 else { continue }
            let before = host[index - 1]
            let length = sample.time.nanoseconds(since: before.time)
            guard length > 0 else { continue }
            let pressed = sample.processorPressureNanoseconds - before.processorPressureNanoseconds
            for (machine, share) in shares {
                // A machine that came later had nothing before.
                var sums = served[machine] ?? []
                while sums.count < ticks.count { sums.append(sums.last ?? Share()) }
                sums.append((sums.last ?? Share()) + share)
                served[machine] = sums
            }
            ticks.append(
                Tick(
                    start: before.time, end: sample.time, waitedNanoseconds: all.waited + loops, ranNanoseconds: all.ran,
                    stolenNanoseconds: max(0, sample.stolenNanoseconds - before.stolenNanoseconds),
                    pressure: min(1, max(0, Double(pressed) / Double(length)))))
        }
        self.ticks = ticks
        self.served = served
        leastFreeBytes = host.map(\.freeBytes).min()
        var sum: Int64 = 0
        sums = ticks.map {
            sum += $0.waitedNanoseconds
            return sum
        }
    }

    /// How long machines waited in a span, all together, in nanoseconds; a tick that the span touches counts in full.
    public func waited(from start: Timestamp, to end: Timestamp) -> Int64 {
        let touched = touchedTicks(from: start, to: end)
        guard let first = touched.first, let last = touched.last else { return 0 }
        return sums[last] - (first > 0 ? sums[first - 1] : 0)
    }

    /// Machines that wanted to run for at least half of a span and got less than a tenth of it; a tick that the span touches counts in full.
    public func starved(from start: Timestamp, to end: Timestamp) -> [String] {
        let touched = touchedTicks(from: start, to: end)
        guard let first = touched.first, let last = touched.last else { return [] }
        let length = Double(ticks[last].end.nanoseconds(since: ticks[first].start))
        return served.filter { _, sums in
            guard sums.indices.contains(last) else { return false }
            let share = sums[last] - (first > 0 ? sums[first - 1] : Share())
            let wanted = Double(share.ran + share.waited)
            return wanted >= length * Self.starvedDemand && Double(share.ran) < wanted * Self.starvedShare
        }.keys.sorted()
    }

    /// The ticks that a span touches.
    private func touchedTicks(from start: Timestamp, to end: Timestamp) -> Range<Int> {
        // The first tick that ends after the start, and the first that begins at the end or later.
        let first = ticks.partitioningIndex { $0.end > start }
        return first..<max(first, ticks.partitioningIndex { $0.start >= end })
    }

    /// How many seconds the host was saturated.
    public var saturatedSeconds: Double {
        ticks.reduce(0) { $0 + ($1.pressure >= Self.saturation ? $1.seconds : 0) }
    }

    /// How long machines' processors ran, all together, in seconds.
    public var ranSeconds: Double { ticks.reduce(0) { $0 + Double($1.ranNanoseconds) / 1e9 } }

    /// How long machines waited to be let run, all together, in seconds.
    public var waitedSeconds: Double { ticks.reduce(0) { $0 + Double($1.waitedNanoseconds) / 1e9 } }

    /// Processor time that went to others than this host, in seconds over all processors.
    public var stolenSeconds: Double { ticks.reduce(0) { $0 + Double($1.stolenNanoseconds) / 1e9 } }

    /// How many seconds the host was watched.
    public var seconds: Double { ticks.reduce(0) { $0 + $1.seconds } }

    /// Samples with what the host may have added to each of them.
    public func annotate(_ samples: [Sample]) -> [Sample] {
        guard !ticks.isEmpty else { return samples }
        return samples.map { sample in
            var sample = sample
            let end = sample.start.advanced(byNanoseconds: max(0, sample.latencyNanoseconds))
            sample.hostNanoseconds = waited(from: sample.start, to: end)
            if sample.outcome == .timeout { sample.isSilencedByHost = !starved(from: sample.start, to: end).isEmpty }
            return sample
        }
    }
}

extension Array {
    /// The first index whose element fulfils a condition that all elements after it fulfil, too; the count if there is none.
    fileprivate func partitioningIndex(where condition: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
