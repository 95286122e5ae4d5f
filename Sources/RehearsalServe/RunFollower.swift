import Foundation
import RehearsalHistory
import RehearsalHost
import RehearsalModel
import RehearsalReport
import RehearsalStore

/// Follows a run by its store alone, whoever drives it: one for all who look at it.
///
/// What is known stays folded; only what was stored since is read, in short reads that hold up no writer.
actor RunFollower {
    private let store: RunStore
    private let desk: RunDesk
    private var version = -1
    private var sequence: Int64 = 0
    private var row: Int64 = 0
    private var journal: [Event] = []
    private var probes: [String: LiveRun.Probe] = [:]
    private var order: [String] = []
    private var machines: [MachineRecord] = []
    private var conditions: RunMetadata
    private var state: RunState

    private var lastDrawn: Drawn?

    /// For how long a page counts as that of now, and how often the timeline is drawn anew, in seconds.
    private static let moment = 0.8
    private static let timelinePeriod = 10.0
    /// How many samples are read at once.
    private static let page = 20_000
    /// How many lines of a log are shown.
    private static let logLines = 60
    private static let logBytes: UInt64 = 8_192

    init(_ store: RunStore) throws {
        self.store = store
        desk = RunDesk(directory: store.directory)
        conditions = try store.conditions()
        state = RunState(plan: try store.steps())
    }

    /// The page of the run as it stands now, drawn once for all who look within a moment.
    func drawn() throws -> Drawn {
        if let last = lastDrawn, HostClock.now().seconds(since: last.time) < Self.moment { return last }
        let run = try look()
        let isDue = lastDrawn.map { run.now.seconds(since: $0.timelineTime) >= Self.timelinePeriod } ?? true
        let hasEnded = run.state.end != nil
        let page = LivePage(run)
        let timeline = lastDrawn?.parts.last
        var parts = page.parts(withTimeline: isDue || hasEnded)
        if !(isDue || hasEnded), let timeline { parts.append(timeline) }
        let drawn = Drawn(
            time: run.now, timelineTime: isDue || hasEnded ? run.now : lastDrawn?.timelineTime ?? run.now, parts: parts,
            sampleAge: run.sampleAge, hasEnded: hasEnded)
        lastDrawn = drawn
        return drawn
    }

    /// The page at a moment.
    struct Drawn: Sendable {
        var time: Timestamp
        /// When its timeline was drawn, the largest part and the one that changes least.
        var timelineTime: Timestamp
        var parts: [LivePage.Part]
        var sampleAge: Double?
        var hasEnded: Bool
    }

    /// The run as it stands now.
    func look() throws -> LiveRun {
        let now = try store.version()
        if now != version {
            try catchUp()
            version = now
        }
        return LiveRun(
            conditions: conditions, state: state, machines: machines, probes: order.compactMap { probes[$0] }, log: log(),
            now: HostClock.now(),
            gate: state.end == nil
                ? desk.asked().map { LiveRun.Gate(machine: $0.machine, question: $0.identifier, complaint: $0.complaint) } : nil,
            isReported: FileManager.default.fileExists(atPath: store.directory.appendingPathComponent("report.html").path))
    }

    private func catchUp() throws {
        let events = try store.events(after: sequence)
        if !events.isEmpty {
            journal += events
            sequence = events.last?.sequence ?? sequence
            conditions = try store.conditions()
            // Steps and machines are known once the run is planned; a run that went back begins on another branch.
            if events.contains(where: { [.planned, .machineChanged, .rewound].contains($0.kind) }) || machines.isEmpty {
                state = RunState(plan: try store.steps(), journal: journal)
                machines = try store.machines()
            } else {
                for event in events { state.apply(event) }
            }
            if events.contains(where: { $0.kind == .rewound }) {
                row = 0
                probes = [:]
            }
        }
        for probe in try store.probes() where probes[probe.name] == nil {
            probes[probe.name] = LiveRun.Probe(probe)
            if !order.contains(probe.name) { order.append(probe.name) }
        }
        let excluded = state.branch.excluded
        while true {
            let (samples, last) = try store.samples(afterRow: row, limit: Self.page)
            for sample in samples where !excluded.touches(sample) { probes[sample.probe]?.take(sample) }
            let isAll = last == row || samples.count < Self.page
            row = last
            if isAll { return }
        }
    }

    /// The last lines of the log that was written last.
    private func log() -> [String] {
        let folder = store.directory.appendingPathComponent("steps")
        let keys: Set<URLResourceKey> = [.contentModificationDateKey]
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: Array(keys))) ?? []
        let newest = files.filter { $0.pathExtension == "log" }.max { left, right in
            func date(_ file: URL) -> Date { (try? file.resourceValues(forKeys: keys).contentModificationDate) ?? .distantPast }
            return (date(left), left.path) < (date(right), right.path)
        }
        guard let newest, let handle = try? FileHandle(forReadingFrom: newest) else { return [] }
        defer { try? handle.close() }
        let size = (try? handle.seekToEnd()) ?? 0
        try? handle.seek(toOffset: size > Self.logBytes ? size - Self.logBytes : 0)
        let text = String(decoding: (try? handle.readToEnd()) ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").suffix(Self.logLines).map(String.init)
    }
}
