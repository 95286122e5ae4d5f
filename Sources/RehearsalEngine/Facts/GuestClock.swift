import RehearsalHistory
import RehearsalHost
import RehearsalModel
import RehearsalTestbed

/// How the clocks of a machine stand to the run's, at one instant.
struct GuestClockReading: Sendable {
    /// When they were read.
    var time = Timestamp(nanoseconds: 0)
    /// The run's clock minus the guest's monotonic one, in nanoseconds.
    let offset: Int64
    /// The guest's wall clock minus its monotonic one, in nanoseconds.
    let wall: Int64

    /// The run's clock minus the guest's wall clock, in nanoseconds.
    var wallOffset: Int64 { offset - wall }

    /// How many seconds of the guest's clock passed for each of the host's since an earlier reading.
    func rate(since earlier: GuestClockReading) -> Double {
        1 - Double(offset - earlier.offset) / 1e9 / max(0.001, time.seconds(since: earlier.time))
    }

    /// Asks a machine for its clocks.
    ///
    /// - Parameter attempts: How often it is asked; the quickest answer counts, because it can be off by half of what it took at most.
    /// - Throws: ``EngineError`` if it does not tell; what the shell throws.
    static func take(_ shell: any GuestShell, slowness: Double, attempts: Int = 4) async throws -> GuestClockReading {
        var best: (width: Int64, reading: GuestClockReading)?
        for _ in 0..<attempts {
            let before = HostClock.now()
            let answer = try await shell.execute(
                ["sh", "-c", "read -r up rest < /proc/uptime; echo $up $(date +%s%N)"], timeout: 20 + 2 * slowness)
            let width = HostClock.now().nanoseconds(since: before)
            let words = answer.standardOutput.split { $0.isWhitespace }
            // No machine has been on for 30 years, and none has a clock from before 1970, whatever it says.
            guard words.count == 2, let uptime = Double(words[0]), (0...1e9).contains(uptime), let wall = Int64(words[1]), wall >= 0,
                width < best?.width ?? .max
            else { continue }
            let monotonic = Int64((uptime * 1e9).rounded())
            let middle = before.advanced(byNanoseconds: width / 2)
            best = (width, GuestClockReading(time: middle, offset: middle.nanoseconds - monotonic, wall: wall - monotonic))
        }
        guard let best else { throw EngineError(.machineUnreachable, "the machine does not tell its time") }
        return best.reading
    }
}

/// How the clocks of a machine stand to the run's.
///
/// A guest's clocks stand still while it is saved. What it noted before is that much later on the run's clock than its own says.
struct GuestClock: Sendable {
    /// How they stand now.
    let reading: GuestClockReading
    /// When all machines stood still, in order.
    let pauses: [ExcludedInterval]

    /// When a reading of the guest's monotonic clock, in seconds, was.
    func time(ofUptime seconds: Double) -> Timestamp {
        time(ofMonotonic: Timestamp(nanoseconds: 0).advanced(bySeconds: seconds))
    }

    /// When a reading of the guest's wall clock was, if that was not stepped since.
    func time(ofWall time: Timestamp) -> Timestamp {
        self.time(ofMonotonic: time.advanced(byNanoseconds: -reading.wall))
    }

    private func time(ofMonotonic reading: Timestamp) -> Timestamp {
        var time = reading.advanced(byNanoseconds: self.reading.offset)
        for pause in pauses.reversed() where time < pause.end {
            time = time.advanced(byNanoseconds: -pause.end.nanoseconds(since: pause.start))
        }
        return time
    }
}

/// Which service a systemd unit belongs to.
///
/// A unit belongs to the service of its own name, or to the one that lays a file for it below `files/etc/systemd/system`: the unit itself
/// or a folder of drop-ins.
public struct UnitOwners: Sendable {
    private let owners: [String: String]

    /// - Parameters:
    ///   - services: The names of the services.
    ///   - files: The names of what each service lays below `etc/systemd/system`.
    public init(services: [String], files: (String) -> [String]) {
        var owners = Dictionary(services.map { ("\($0).service", $0) }) { first, _ in first }
        for service in services {
            for file in files(service) {
                let unit = file.hasSuffix(".d") ? String(file.dropLast(2)) : file
                if unit.hasSuffix(".service") { owners[unit] = service }
            }
        }
        self.owners = owners
    }

    /// The service of a unit; nil if it belongs to none.
    func service(of unit: some StringProtocol) -> String? { owners[String(unit)] }

    /// The units that belong to a service, sorted; some of them may not be there.
    func units(of service: String) -> [String] { owners.filter { $0.value == service }.keys.sorted() }
}
