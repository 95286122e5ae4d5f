public import Foundation
import Glibc
public import RehearsalHistory
import RehearsalHost
public import RehearsalModel

/// What a listing shows of a run.
public struct RunSummary: Sendable, Hashable, Codable {
    /// Where a run stands.
    public enum State: String, Sendable, Hashable, Codable {
        /// An engine drives it.
        case running
        /// It ended.
        case ended
        /// It was cut short and can be resumed.
        case interrupted
        /// A newer version of Rehearsal wrote it.
        case newer
        /// Its store cannot be read.
        case damaged
    }

    /// The name of the run.
    public var identifier: String
    /// Where it is.
    public var directory: String
    /// The name of the scenario.
    public var scenario: String
    /// How its plan was made.
    public var strategy: String
    /// When it started.
    public var started: Timestamp?
    /// When it ended.
    public var ended: Timestamp?
    /// How long it took, in seconds, without the time that branches took which it left; nil while it has no end.
    public var durationSeconds: Double?
    /// Where it stands.
    public var state: State
    /// What it came to; nil when it was not judged.
    public var verdict: Verdict?
    /// The bytes that its directory takes up on the disk.
    public var bytes: Int64
    /// How many of them its checkpoints take up.
    public var checkpointBytes: Int64
}

/// The runs in a state directory: one directory each under `runs`.
public struct RunIndex: Sendable {
    /// The directory that holds the runs.
    public let runsDirectory: URL

    /// Names the state directory; it need not exist.
    public init(stateDirectory: URL) {
        runsDirectory = stateDirectory.appendingPathComponent("runs")
    }

    /// Makes a new run, named after its strategy and the time.
    public func create(strategy: String, at time: Timestamp) throws -> RunStore {
        let stamp = time.iso8601.prefix(19).filter { $0.isNumber || $0 == "T" }.replacing("T", with: "-")
        let name = strategy.filter { $0.isLetter || $0.isNumber || $0 == "-" }
        for attempt in 1...1_000 {
            let identifier = "\(stamp)-\(name)" + (attempt > 1 ? "-\(attempt)" : "")
            let directory = runsDirectory.appendingPathComponent(identifier)
            do {
                try FileManager.default.createDirectory(at: runsDirectory, withIntermediateDirectories: true)
            } catch {
                throw StoreError(
                    .failed, "cannot create \(runsDirectory.path): \(error.localizedDescription)",
                    hint: "check its permissions or choose another state directory", cause: error)
            }
            // Only one of several processes can make the directory, so that no two runs share one.
            if mkdir(directory.path, 0o755) == 0 { return try RunStore.create(directory: directory) }
            guard errno == EEXIST else {
                throw StoreError(.failed, "cannot create \(directory.path): \(String(cString: strerror(errno)))")
            }
        }
        throw StoreError(.exists, "cannot create a run in \(runsDirectory.path): a thousand runs have that name")
    }

    /// The runs, newest last.
    public func list() throws -> [RunSummary] {
        guard FileManager.default.fileExists(atPath: runsDirectory.path) else { return [] }
        let names = try FileManager.default.contentsOfDirectory(atPath: runsDirectory.path)
        return names.filter { !$0.hasPrefix(".") }
            .map { summary(of: runsDirectory.appendingPathComponent($0)) }
            .sorted { ($0.started ?? Timestamp(nanoseconds: 0), $0.identifier) < ($1.started ?? Timestamp(nanoseconds: 0), $1.identifier) }
    }

    /// One run.
    public func show(_ name: String) throws -> RunSummary {
        summary(of: try directory(of: name))
    }

    /// Opens the store of a run.
    ///
    /// - Parameter name: As ``directory(of:)`` takes it. For reading alone it may also be the path of a run's directory, or of its
    ///   `run.sqlite`, wherever that is.
    public func open(_ name: String, readOnly: Bool = true) throws -> RunStore {
        if readOnly, name.contains("/") || name == RunStore.databaseName {
            let path = URL(fileURLWithPath: name)
            return try RunStore.open(
                directory: path.lastPathComponent == RunStore.databaseName ? path.deletingLastPathComponent() : path, readOnly: true)
        }
        return try RunStore.open(directory: try directory(of: name), readOnly: readOnly)
    }

    /// Removes a run and everything in its directory.
    ///
    /// - Throws: ``StoreError``, with code `busy` when an engine drives the run.
    public func remove(_ name: String) throws {
        let directory = try directory(of: name)
        let lock = try RunLock(directory: directory)
        defer { withExtendedLifetime(lock) {} }
        do {
            try FileManager.default.removeItem(at: directory)
        } catch {
            throw StoreError(.failed, "cannot remove \(directory.path): \(error.localizedDescription)", cause: error)
        }
    }

    /// Removes the checkpoints of a run that no engine drives; its history stays.
    ///
    /// - Throws: ``StoreError``, with code `busy` when an engine drives the run.
    public func removeCheckpoints(of name: String) throws {
        let directory = try directory(of: name)
        let lock = try RunLock(directory: directory)
        defer { withExtendedLifetime(lock) {} }
        do {
            try FileManager.default.removeItem(at: RunStore.checkpoints(in: directory))
        } catch {
            throw StoreError(.failed, "cannot remove the checkpoints of \(directory.path): \(error.localizedDescription)", cause: error)
        }
    }

    /// Removes the checkpoints of the oldest runs that no engine drives, until all runs' take up at most `keepBytes`.
    ///
    /// - Returns: The names of the runs that lost theirs.
    public func cleanCheckpoints(keepBytes: Int64) throws -> [String] {
        let runs = try list().filter { $0.checkpointBytes > 0 }
        var total = runs.reduce(0) { $0 + $1.checkpointBytes }
        var cleaned: [String] = []
        for run in runs where total > keepBytes && run.state != .running {
            try removeCheckpoints(of: run.identifier)
            total -= run.checkpointBytes
            cleaned.append(run.identifier)
        }
        return cleaned
    }

    /// The directory of a run: its whole name, an unmistakable beginning of it, or `latest`.
    ///
    /// - Throws: ``StoreError``, with code `notFound` or, when the beginning fits several runs, `invalid`.
    public func directory(of name: String) throws -> URL {
        let runs = try FileManager.default.fileExists(atPath: runsDirectory.path) ? list() : []
        if name == "latest", let last = runs.last { return URL(fileURLWithPath: last.directory) }
        if let exact = runs.first(where: { $0.identifier == name }) { return URL(fileURLWithPath: exact.directory) }
        let fitting = name.isEmpty ? [] : runs.filter { $0.identifier.hasPrefix(name) }
        switch fitting.count {
        case 1:
            return URL(fileURLWithPath: fitting[0].directory)
        case 0:
            throw StoreError(
                .notFound, "there is no run \(name) in \(runsDirectory.path)",
                hint: runs.isEmpty ? "nothing was run yet" : "`rehearse runs list` shows the runs there are")
        default:
            throw StoreError(
                .invalid, "\(name) fits \(fitting.count) runs",
                hint: "name one of " + fitting.map(\.identifier).joined(separator: ", "))
        }
    }

    private func summary(of directory: URL) -> RunSummary {
        var summary = RunSummary(
            identifier: directory.lastPathComponent, directory: directory.path, scenario: "", strategy: "",
            started: nil, ended: nil, state: .damaged, verdict: nil, bytes: DiskUse.bytes(of: [directory]),
            checkpointBytes: DiskUse.bytes(of: [RunStore.checkpoints(in: directory)]))
        let store: RunStore
        do {
            store = try RunStore.open(directory: directory, readOnly: true)
        } catch {
            if (error as? StoreError)?.code == .newer { summary.state = .newer }
            return summary
        }
        defer { try? store.close() }
        guard let conditions = try? store.conditions(), let events = try? store.events() else { return summary }
        summary.scenario = conditions.scenario
        summary.strategy = conditions.strategy
        summary.started = events.first?.time
        let state = RunState(journal: events)
        if let end = state.end {
            summary.ended = end
            summary.durationSeconds = summary.started.map { state.branch.excluded.secondsOfBranch(from: $0, to: end) }
            summary.verdict = conditions.verdict
            summary.state = .ended
        } else {
            summary.state = RunLock.isHeld(directory: directory) ? .running : .interrupted
        }
        return summary
    }
}
