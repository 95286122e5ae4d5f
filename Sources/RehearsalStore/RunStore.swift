public import Foundation
import GRDB
public import RehearsalHistory
public import RehearsalModel
import Synchronization

/// The history of one run on disk: `run.sqlite` in the run's directory.
///
/// The engine and the recorder each open it from a process of their own; writers wait up to ten seconds for each other.
/// What an `append` took is on disk before it returns.
public final class RunStore: Sendable {
    /// The directory of the run.
    public let directory: URL
    /// Whether the store was opened for reading alone.
    public let isReadOnly: Bool

    private let queue: DatabaseQueue
    private let probeIdentifiers = Mutex<[String: Int64]>([:])

    private init(directory: URL, queue: DatabaseQueue, isReadOnly: Bool) {
        self.directory = directory
        self.queue = queue
        self.isReadOnly = isReadOnly
    }

    // MARK: Opening

    /// The name of the database in the run's directory.
    public static let databaseName = "run.sqlite"

    /// Where a run's checkpoints are.
    public static func checkpoints(in directory: URL) -> URL { directory.appendingPathComponent("checkpoints") }

    /// The scripts of the faults of a run, as they were when it began.
    public static func faults(in directory: URL) -> URL { directory.appendingPathComponent("faults") }

    /// The scripts of the checks of machines of a run, as they were when it began.
    public static func checks(in directory: URL) -> URL { directory.appendingPathComponent("checks") }

    /// Makes the directory of a new run, with `console` and `steps` in it, and an empty store.
    ///
    /// - Throws: ``StoreError``, with code `exists` when the directory holds a run already.
    public static func create(directory: URL) throws -> RunStore {
        let path = directory.appendingPathComponent(databaseName).path
        guard !FileManager.default.fileExists(atPath: path) else {
            throw StoreError(
                .exists, "cannot create a run in \(directory.path): it holds a run already",
                hint: "resume that run or choose another directory")
        }
        do {
            for name in ["console", "steps"] {
                try FileManager.default.createDirectory(
                    at: directory.appendingPathComponent(name), withIntermediateDirectories: true)
            }
        } catch {
            throw StoreError(
                .failed, "cannot create the directory of a run at \(directory.path): \(error.localizedDescription)",
                hint: "check its permissions and free space", cause: error)
        }
        return try open(path: path, directory: directory, readOnly: false)
    }

    /// Opens the store of a run that exists.
    ///
    /// - Throws: ``StoreError``, with code `notFound`, `damaged` or `newer`.
    public static func open(directory: URL, readOnly: Bool = false) throws -> RunStore {
        let path = directory.appendingPathComponent(databaseName).path
        guard FileManager.default.fileExists(atPath: path) else {
            throw StoreError(
                .notFound, "cannot open the run in \(directory.path): it has no \(databaseName)",
                hint: "`rehearse runs list` shows the runs there are")
        }
        return try open(path: path, directory: directory, readOnly: readOnly)
    }

    private static func open(path: String, directory: URL, readOnly: Bool) throws -> RunStore {
        do {
            var configuration = Configuration()
            configuration.readonly = readOnly
            configuration.busyMode = .timeout(10)
            configuration.label = "rehearsal.store"
            configuration.foreignKeysEnabled = true
            if !readOnly { configuration.journalMode = .wal }
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            if try queue.read({ try Schema.migrator.hasBeenSuperseded($0) }) {
                throw StoreError(
                    .newer, "cannot open \(path): a newer version of Rehearsal wrote it",
                    hint: "use that version or a later one")
            }
            if readOnly {
                guard try queue.read({ try Schema.migrator.appliedIdentifiers($0).contains(Schema.first) }) else {
                    throw StoreError(
                        .damaged, "cannot read \(path): it is not a complete run store",
                        hint: "its creation was cut short; remove the run")
                }
            } else {
                try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
                try Schema.migrator.migrate(queue)
            }
            return RunStore(directory: directory, queue: queue, isReadOnly: readOnly)
        } catch let error as DatabaseError {
            throw translate(error, "open \(path)")
        }
    }

    /// Folds the write-ahead log into `run.sqlite`, so that the file alone is the whole history and can be copied anywhere.
    ///
    /// Call it when the run is over; does nothing while another process has the store open.
    public func seal() {
        guard !isReadOnly else { return }
        try? queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA busy_timeout = 500")
            defer { try? database.execute(sql: "PRAGMA busy_timeout = 10000") }
            _ = try String.fetchOne(database, sql: "PRAGMA journal_mode = DELETE")
        }
    }

    /// Closes the store; the object cannot be used afterwards.
    public func close() throws {
        try perform("close") { try queue.close() }
    }

    // MARK: Conditions of the run

    /// Sets facts about the run, by name.
    public func setMetadata(_ values: [String: String]) throws {
        try write("set facts of the run") { database in
            for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                try database.execute(
                    sql: "INSERT INTO run (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    arguments: [key, value])
            }
        }
    }

    /// All facts about the run, by name.
    public func metadata() throws -> [String: String] {
        try read("read the facts of the run") { database in
            var values: [String: String] = [:]
            for row in try Row.fetchAll(database, sql: "SELECT key, value FROM run") { values[row[0]] = row[1] }
            return values
        }
    }

    /// Sets the machines of the run.
    public func setMachines(_ machines: [MachineRecord]) throws {
        try write("store the machines") { database in
            try database.execute(sql: "DELETE FROM machines")
            for machine in machines {
                try database.execute(
                    sql: "INSERT INTO machines (name, role, position) VALUES (?, ?, ?)",
                    arguments: [machine.name, machine.role, machine.position])
            }
        }
    }

    /// The machines of the run, in the order of the topology.
    public func machines() throws -> [MachineRecord] {
        try read("read the machines") { database in
            try Row.fetchAll(database, sql: "SELECT name, role, position FROM machines ORDER BY position, name")
                .map { MachineRecord(name: $0[0], role: $0[1], position: $0[2]) }
        }
    }

    /// Sets the steps of the plan.
    public func setSteps(_ steps: [StepRecord]) throws {
        try write("store the plan") { database in
            try database.execute(sql: "DELETE FROM steps")
            let statement = try database.makeStatement(
                sql: """
                    INSERT INTO steps (id, parent, position, name, machine, kind, bound_s, predicted_s, packages)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """)
            for step in steps {
                try statement.execute(arguments: [
                    step.id.rawValue, step.parent?.rawValue, step.position, step.name, step.machine, step.kind.rawValue, step.boundSeconds,
                    step.predictedSeconds, step.packages.joined(separator: " "),
                ])
            }
        }
    }

    /// The steps of the plan, in its order of reading.
    public func steps() throws -> [StepRecord] {
        try read("read the plan") { database in
            try Row.fetchAll(database, sql: "SELECT * FROM steps ORDER BY position, id").map { row in
                let packages: String = row["packages"]
                let parent: String? = row["parent"]
                return StepRecord(
                    id: StepID(rawValue: row["id"]), parent: parent.map(StepID.init(rawValue:)), name: row["name"], machine: row["machine"],
                    kind: StepKind(rawValue: row["kind"]), position: row["position"], boundSeconds: row["bound_s"],
                    predictedSeconds: row["predicted_s"], packages: packages.split(separator: " ").map(String.init))
            }
        }
    }

    // MARK: Journal

    /// Adds an event to the journal; it is on disk when this returns.
    ///
    /// - Returns: The event with its place in the journal.
    @discardableResult
    public func append(_ event: Event) throws -> Event {
        let detail = try RunStore.encode(event.payload.storedDetail)
        return try write("journal a \(event.payload.storedKind) event") { database in
            try database.execute(
                sql: "INSERT INTO events (time, kind, step, machine, text, detail) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [
                    event.time.nanoseconds, event.payload.storedKind, event.step?.rawValue, event.machine, event.text, detail,
                ])
            var event = event
            event.sequence = database.lastInsertedRowID
            return event
        }
    }

    /// The events of the journal, in order; those of a kind that this version does not know are among them.
    ///
    /// - Parameter sequence: Only events after this place; 0 for all.
    public func events(after sequence: Int64 = 0) throws -> [Event] {
        try read("read the journal") { database in
            try Row.fetchAll(
                database,
                sql: "SELECT sequence, time, kind, step, machine, text, detail FROM events WHERE sequence > ? ORDER BY sequence",
                arguments: [sequence]
            ).map { row in
                let (step, detail): (String?, String) = (row[3], row[6])
                let facts = (try? JSONDecoder().decode([String: String].self, from: Data(detail.utf8))) ?? [:]
                return Event(
                    sequence: row[0], time: Timestamp(nanoseconds: row[1]), Event.Payload(kind: row[2], detail: facts),
                    step: step.map(StepID.init(rawValue:)), machine: row[4], text: row[5])
            }
        }
    }

    // MARK: Samples

    /// Names the probes of the run, or adds to them; their settings may hold secrets and are not stored.
    public func setProbes(_ probes: [ProbeSpecification]) throws {
        try write("store the probes") { database in
            for probe in probes {
                try database.execute(
                    sql: """
                        INSERT INTO probes (name, kind, target, period_ms, service) VALUES (?, ?, ?, ?, ?)
                        ON CONFLICT (name) DO UPDATE
                        SET kind = excluded.kind, target = excluded.target, period_ms = excluded.period_ms, service = excluded.service
                        """,
                    arguments: [probe.name, probe.kind, probe.target, probe.periodMilliseconds, probe.service])
            }
        }
    }

    /// The probes of the run, in the order they were named, without their settings.
    public func probes() throws -> [ProbeSpecification] {
        try read("read the probes") { database in
            // A run that was made before Rehearsal recorded services has no column for them.
            let hasServices = try database.columns(in: "probes").contains { $0.name == "service" }
            let service = hasServices ? "service" : "NULL"
            return try Row.fetchAll(database, sql: "SELECT name, kind, target, period_ms, \(service) FROM probes ORDER BY id").map {
                ProbeSpecification(name: $0[0], kind: $0[1], target: $0[2], periodMilliseconds: $0[3], service: $0[4])
            }
        }
    }

    /// Adds samples in one transaction; all of them are on disk when this returns, or none.
    ///
    /// - Throws: ``StoreError``, with code `invalid` when a sample's probe was never named.
    public func append(samples: [Sample]) throws {
        guard !samples.isEmpty else { return }
        try write("store \(samples.count) samples") { database in
            let statement = try database.cachedStatement(
                sql: """
                    INSERT INTO samples (probe, start, latency_ns, outcome, detail, connected_ns, first_byte_ns)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """)
            for sample in samples {
                try statement.execute(arguments: [
                    try probeIdentifier(sample.probe, database), sample.start.nanoseconds, sample.latencyNanoseconds,
                    sample.outcome.rawValue, sample.detail, sample.connectedNanoseconds, sample.firstByteNanoseconds,
                ])
            }
        }
    }

    /// The samples of one probe, in order of their start.
    ///
    /// - Parameters:
    ///   - time: Only samples that started at this instant or later; nil for all.
    ///   - end: Only samples that started at this instant or earlier; nil for all.
    public func samples(probe: String, from time: Timestamp? = nil, until end: Timestamp? = nil) throws -> [Sample] {
        try read("read the samples of \(probe)") { database in
            // A run that was made before Rehearsal recorded phases has no columns for them.
            let hasPhases = try database.columns(in: "samples").contains { $0.name == "connected_ns" }
            let cursor = try Row.fetchCursor(
                database,
                sql: """
                    SELECT start, latency_ns, outcome, detail, \(hasPhases ? "connected_ns, first_byte_ns" : "NULL, NULL") FROM samples
                    WHERE probe = (SELECT id FROM probes WHERE name = ?) AND start BETWEEN ? AND ? ORDER BY start, rowid
                    """,
                arguments: [probe, time?.nanoseconds ?? Int64.min, end?.nanoseconds ?? Int64.max])
            var samples: [Sample] = []
            while let row = try cursor.next() {
                let outcome: String = row[2]
                guard let known = SampleOutcome(rawValue: outcome) else {
                    throw StoreError(.damaged, "cannot read the samples of \(probe): there is no outcome \(outcome)")
                }
                samples.append(
                    Sample(
                        probe: probe, start: Timestamp(nanoseconds: row[0]), latencyNanoseconds: row[1],
                        connectedNanoseconds: row[4], firstByteNanoseconds: row[5], outcome: known, detail: row[3]))
            }
            return samples
        }
    }

    /// Samples of all probes in the order in which they were stored, for one who follows a run.
    ///
    /// - Parameters:
    ///   - row: The place of the last one that is known; 0 for none.
    ///   - limit: How many at most.
    /// - Returns: The samples, and the place of the last of them.
    public func samples(afterRow row: Int64, limit: Int) throws -> (samples: [Sample], row: Int64) {
        try read("read new samples") { database in
            let cursor = try Row.fetchCursor(
                database,
                sql: """
                    SELECT samples.rowid, name, start, latency_ns, outcome, connected_ns FROM samples JOIN probes ON probes.id = samples.probe
                    WHERE samples.rowid > ? ORDER BY samples.rowid LIMIT ?
                    """, arguments: [row, limit])
            var (samples, last): ([Sample], Int64) = ([], row)
            while let row = try cursor.next() {
                last = row[0]
                let outcome: String = row[4]
                // What a later version stores is no state that this one knows.
                guard let known = SampleOutcome(rawValue: outcome) else { continue }
                samples.append(
                    Sample(
                        probe: row[1], start: Timestamp(nanoseconds: row[2]), latencyNanoseconds: row[3], connectedNanoseconds: row[5],
                        firstByteNanoseconds: nil, outcome: known, detail: ""))
            }
            return (samples, last)
        }
    }

    /// A number that is another one whenever another process has written to the store.
    public func version() throws -> Int {
        try read("ask whether the store has changed") { try Int.fetchOne($0, sql: "PRAGMA data_version") ?? 0 }
    }

    /// How many samples the store holds.
    public func sampleCount() throws -> Int {
        try read("count the samples") { try Int.fetchOne($0, sql: "SELECT count(*) FROM samples") ?? 0 }
    }

    /// When the first and the last sample of any probe started; nil without samples.
    ///
    /// - Parameter end: Only samples that started at this instant or earlier; nil for all.
    public func sampleSpan(until end: Timestamp? = nil) throws -> (first: Timestamp, last: Timestamp)? {
        try read("read the span of the samples") { database in
            guard
                let row = try Row.fetchOne(
                    database, sql: "SELECT min(start), max(start) FROM samples WHERE start <= ?",
                    arguments: [end?.nanoseconds ?? Int64.max]),
                let first: Int64 = row[0], let last: Int64 = row[1]
            else { return nil }
            return (Timestamp(nanoseconds: first), Timestamp(nanoseconds: last))
        }
    }

    private func probeIdentifier(_ name: String, _ database: Database) throws -> Int64 {
        if let known = probeIdentifiers.withLock({ $0[name] }) { return known }
        guard let found = try Int64.fetchOne(database, sql: "SELECT id FROM probes WHERE name = ?", arguments: [name])
        else {
            throw StoreError(
                .invalid, "cannot store a sample of probe \(name): the run has no such probe",
                hint: "name the probes of the run before the recorder starts")
        }
        probeIdentifiers.withLock { $0[name] = found }
        return found
    }

    // MARK: Packages

    /// Sets the packages of a machine before or after the update.
    public func setPackages(_ packages: [PackageVersion], machine: String, moment: PackageMoment) throws {
        try write("store the packages of \(machine)") { database in
            try database.execute(
                sql: "DELETE FROM machine_packages WHERE machine = ? AND moment = ?",
                arguments: [machine, moment.rawValue])
            let statement = try database.makeStatement(
                sql: """
                    INSERT OR REPLACE INTO machine_packages (machine, moment, name, version, source)
                    VALUES (?, ?, ?, ?, ?)
                    """)
            for package in packages {
                try statement.execute(arguments: [
                    machine, moment.rawValue, package.name, package.version, package.source,
                ])
            }
        }
    }

    /// The packages of a machine before or after the update, by name; empty when they were not listed.
    public func packages(machine: String, moment: PackageMoment) throws -> [PackageVersion] {
        try read("read the packages of \(machine)") { database in
            try Row.fetchAll(
                database,
                sql: "SELECT name, version, source FROM machine_packages WHERE machine = ? AND moment = ? ORDER BY name",
                arguments: [machine, moment.rawValue]
            ).map { PackageVersion(name: $0[0], version: $0[1], source: $0[2]) }
        }
    }

    /// Sets what a channel (`installed`, `candidate`) offers.
    public func setChannel(_ channel: String, packages: [PackageVersion]) throws {
        try write("store channel \(channel)") { database in
            try database.execute(sql: "DELETE FROM channels WHERE channel = ?", arguments: [channel])
            let statement = try database.makeStatement(
                sql: "INSERT OR REPLACE INTO channels (channel, package, version) VALUES (?, ?, ?)")
            for package in packages { try statement.execute(arguments: [channel, package.name, package.version]) }
        }
    }

    /// What a channel offers, by name.
    public func channel(_ channel: String) throws -> [PackageVersion] {
        try read("read channel \(channel)") { database in
            try Row.fetchAll(
                database, sql: "SELECT package, version FROM channels WHERE channel = ? ORDER BY package",
                arguments: [channel]
            ).map { PackageVersion(name: $0[0], version: $0[1]) }
        }
    }

    // MARK: Access

    func read<Value>(_ what: String, _ body: (Database) throws -> Value) throws -> Value {
        try perform(what) { try queue.read(body) }
    }

    func write<Value>(_ what: String, _ body: (Database) throws -> Value) throws -> Value {
        guard !isReadOnly else {
            throw StoreError(.invalid, "cannot \(what) in \(directory.path): the store is open for reading alone")
        }
        return try perform(what) { try queue.write(body) }
    }

    private func perform<Value>(_ what: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw RunStore.translate(error, "\(what) in \(directory.path)")
        }
    }

    private static func translate(_ error: DatabaseError, _ what: String) -> StoreError {
        let reason = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        return switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            StoreError(
                .busy, "cannot \(what): another process has held it for ten seconds",
                hint: "wait for the other `rehearse` command or end it", cause: error)
        case .SQLITE_NOTADB, .SQLITE_CORRUPT:
            StoreError(.damaged, "cannot \(what): \(reason)", hint: "the file is not a run store; restore or remove it", cause: error)
        case .SQLITE_FULL:
            StoreError(.failed, "cannot \(what): the disk is full", hint: "free some space and resume", cause: error)
        default:
            StoreError(.failed, "cannot \(what): \(reason)", cause: error)
        }
    }

    private static func encode(_ detail: [String: String]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(detail), as: UTF8.self)
    }
}
