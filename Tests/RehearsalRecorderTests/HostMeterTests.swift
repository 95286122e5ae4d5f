import Foundation
import Glibc
import RehearsalHistory
import RehearsalModel
import RehearsalTesting
import Testing

@testable import RehearsalRecorder

@Suite("the meter of the host")
struct HostMeterTests {
    private func write(_ text: String, _ path: String, in root: URL) throws {
        let file = root.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    @Test("the threads of each machine's QEMU are told apart and added up; other processes are not machines")
    func threads() throws {
        let scratch = Scratch()
        let proc = scratch.url
        try write("some avg10=0.00 avg60=0.00 avg300=0.00 total=1500\nfull avg10=0.00 total=7\n", "pressure/cpu", in: proc)
        try write("some avg10=0.00 avg60=0.00 avg300=0.00 total=20\n", "pressure/io", in: proc)
        try write("cpu  1 2 3 4 5 6 7 100 0 0\ncpu0 1 2 3 4 5 6 7 100 0 0\n", "stat", in: proc)
        let command = "/usr/bin/qemu-system-x86_64\0-name\0guest=controller-0,debug-threads=on\0-S\0"
        try write(command, "70/cmdline", in: proc)
        for (thread, name, schedule) in [
            ("70", "qemu-system-x86", "11 1 5"), ("71", "CPU 0/TCG", "100 40 5"), ("72", "CPU 1/TCG", "200 60 5"),
            ("73", "IO mon_iothread", "5 2 1"), ("74", "worker", "900 900 1"),
        ] {
            try write(name + "\n", "70/task/\(thread)/comm", in: proc)
            try write(schedule + "\n", "70/task/\(thread)/schedstat", in: proc)
        }
        try write("/bin/bash\0-name\0guest=nobody\0", "80/cmdline", in: proc)
        try write("sleep", "80/task/80/comm", in: proc)
        var meter = HostMeter(proc: proc.path, disk: proc, clock: WallClock())
        defer { meter.close() }
        let reading = meter.look()
        #expect(reading.host.processorPressureNanoseconds == 1_500_000 && reading.host.storagePressureNanoseconds == 20_000)
        #expect(reading.host.stolenNanoseconds == 1_000_000_000 && reading.host.freeBytes > 0)
        #expect(reading.guests.map(\.machine) == ["controller-0"])
        #expect(reading.guests[0].ranNanoseconds == 300 && reading.guests[0].waitedNanoseconds == 100)
        #expect(reading.guests[0].loopWaitedNanoseconds == 3)
        // What is read again is what is there then.
        try write("150 45 9\n", "70/task/71/schedstat", in: proc)
        #expect(meter.look().guests[0].waitedNanoseconds == 105)
    }

    @Test("a guest that gives way has a nice value, and its session, too")
    func yield() throws {
        let process = Process()
        // A session of its own, as libvirt starts QEMU.
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "setsid sleep 30 & echo $!"]
        process.standardOutput = pipe
        try process.run()
        var line: [UInt8] = []
        while line.last != 10 { line += pipe.fileHandleForReading.readData(ofLength: 1) }
        let number = try #require(Int32(String(decoding: line.dropLast(), as: UTF8.self)))
        defer { kill(number, SIGKILL) }
        for _ in 0..<200 where getsid(number) != number { usleep(10_000) }
        try #require(getsid(number) == number)
        GuestYield.apply(to: number, threads: [number])
        #expect(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), id_t(number)) == GuestYield.nice)
        if let group = try? String(contentsOfFile: "/proc/\(number)/autogroup", encoding: .utf8) {
            #expect(group.hasSuffix("nice \(GuestYield.nice)\n"))
        }
    }

    @Test("a host without pressure information and without machines is read as far as it goes")
    func bare() throws {
        let scratch = Scratch()
        var meter = HostMeter(proc: scratch.url.path, disk: scratch.url, clock: WallClock())
        let reading = meter.look()
        #expect(reading.host.processorPressureNanoseconds == 0 && reading.guests.isEmpty)
    }

    @Test("a recording with a run's directory watches the host as well")
    func recording() async throws {
        let scratch = Scratch()
        let collector = Collector()
        let control = Recorder.Control()
        let configuration = RecorderConfiguration(run: scratch.url.path, probes: [], priority: .normal, flushMilliseconds: 20)
        async let summary = Recorder.run(configuration: configuration, sink: collector, control: control, handlesSignals: false)
        let end = MonotonicClock.now + 240 * nanosecondsPerSecond
        while collector.readings.count < 3, MonotonicClock.now < end { try await Task.sleep(for: .milliseconds(20)) }
        control.stop()
        _ = try await summary
        #expect(collector.readings.count >= 3)
        let times = collector.readings.map(\.host.time)
        #expect(times == times.sorted() && Set(times).count == times.count)
    }
}
