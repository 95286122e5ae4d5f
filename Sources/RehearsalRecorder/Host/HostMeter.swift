import Foundation
import Glibc
public import RehearsalHistory
import RehearsalHost
import RehearsalModel

/// What one look at the host found.
public struct HostReading: Sendable, Hashable {
    /// The host itself.
    public var host: HostSample
    /// Every machine whose QEMU the recorder sees.
    public var guests: [GuestSample]
}

/// Reads how the host serves the testbed's machines, from the kernel's own counters.
///
/// The recorder shares the testbed's process namespace, so that `/proc` shows it the QEMU of each machine of this testbed and of no other.
/// Reading costs some 50 small files a look, 2 to 5 ms of a processor's second at four looks a second.
struct HostMeter {
    /// The threads of one QEMU, by the files of their scheduler's statistics.
    private struct Guest {
        var machine: String
        var processors: [Int32]
        var loops: [Int32]
    }

    /// Nanoseconds from one look to the next.
    static let period = 250 * nanosecondsPerMillisecond
    /// After how many looks machines are looked for again.
    private static let looksPerSearch = 20

    private let proc: String
    /// A path on the disk whose free space is watched.
    private let disk: URL
    private let clock: WallClock
    /// Whether guests are made to give way to the recorder when they are looked for next.
    var yields = false
    private var yielded: Set<String> = []
    private var guests: [Guest] = []
    private var looks = 0

    /// - Parameters:
    ///   - proc: Where the process file system is.
    ///   - disk: A path on the disk whose free space is watched.
    init(proc: String = "/proc", disk: URL, clock: WallClock) {
        self.proc = proc
        self.disk = disk
        self.clock = clock
    }

    /// Looks once.
    mutating func look() -> HostReading {
        if looks % Self.looksPerSearch == 0 {
            close()
            guests = find()
        }
        looks += 1
        let time = clock.timestamp(MonotonicClock.now)
        let host = HostSample(
            time: time, processorPressureNanoseconds: pressure("cpu"), storagePressureNanoseconds: pressure("io"),
            stolenNanoseconds: stolen(), freeBytes: Int64(FreeSpace.bytes(at: disk) ?? 0))
        return HostReading(
            host: host,
            guests: guests.map { guest in
                let processors = guest.processors.map { SchedulerStatistics($0) }
                return GuestSample(
                    time: time, machine: guest.machine, ranNanoseconds: processors.reduce(0) { $0 + $1.ran },
                    waitedNanoseconds: processors.reduce(0) { $0 + $1.waited },
                    loopWaitedNanoseconds: guest.loops.reduce(0) { $0 + SchedulerStatistics($1).waited })
            })
    }

    /// Gives the open files back.
    mutating func close() {
        for guest in guests { for file in guest.processors + guest.loops { Glibc.close(file) } }
        guests = []
    }

    // MARK: Machines

    private mutating func find() -> [Guest] {
        names(in: proc).compactMap { entry in
            guard let number = Int32(entry), let machine = machine(of: entry) else { return nil }
            if yields, yielded.insert(entry).inserted {
                GuestYield.apply(to: number, threads: names(in: "\(proc)/\(entry)/task").compactMap { Int32($0) }, proc: proc)
            }
            var guest = Guest(machine: machine, processors: [], loops: [])
            for thread in names(in: "\(proc)/\(entry)/task") {
                let name = text("\(proc)/\(entry)/task/\(thread)/comm")
                let isProcessor = name.hasPrefix("CPU ")
                guard isProcessor || thread == entry || name.hasPrefix("IO ") else { continue }
                let file = SchedulerStatistics.open("\(proc)/\(entry)/task/\(thread)/schedstat")
                guard file >= 0 else { continue }
                if isProcessor { guest.processors.append(file) } else { guest.loops.append(file) }
            }
            return guest
        }.sorted { $0.machine < $1.machine }
    }

    /// The machine that a process emulates, from its `-name guest=MACHINE,…`; nil for any other process.
    private func machine(of process: String) -> String? {
        let words = text("\(proc)/\(process)/cmdline").split(separator: "\0")
        guard words.first?.contains("qemu-system") == true, let option = words.firstIndex(of: "-name"),
            words.indices.contains(option + 1)
        else { return nil }
        let name = words[option + 1].split(separator: ",").first { $0.hasPrefix("guest=") }
        return name.map { String($0.dropFirst("guest=".count)) }
    }

    // MARK: Files

    private func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private func text(_ path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { Glibc.close(file) }
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = pread(file, &buffer, buffer.count, 0)
        return count > 0 ? String(decoding: buffer[0..<count], as: UTF8.self) : ""
    }

    /// The total of "some" in a file of pressure stall information, in nanoseconds; 0 where the kernel has none.
    private func pressure(_ resource: String) -> Int64 {
        let line = text("\(proc)/pressure/\(resource)").split(separator: "\n").first { $0.hasPrefix("some ") }
        let total = line?.split(separator: " ").first { $0.hasPrefix("total=") }?.dropFirst("total=".count)
        return (total.flatMap { Int64($0) } ?? 0) * 1_000
    }

    /// Processor time that went to others, in nanoseconds over all processors.
    private func stolen() -> Int64 {
        let fields = text("\(proc)/stat").split(separator: "\n").first?.split(separator: " ") ?? []
        // cpu user nice system idle iowait irq softirq steal …, in ticks (proc(5)).
        guard fields.count > 8, let ticks = Int64(fields[8]) else { return 0 }
        return ticks * (nanosecondsPerSecond / Int64(max(1, sysconf(Int32(_SC_CLK_TCK)))))
    }
}
