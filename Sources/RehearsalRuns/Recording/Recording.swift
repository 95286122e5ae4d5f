public import Foundation
import RehearsalChecks
public import RehearsalDeclaration
public import RehearsalHistory
import RehearsalHost
public import RehearsalModel
public import RehearsalRecorder
import RehearsalStore

/// What happens while endpoints are recorded without a testbed, in the order it happens.
public enum RecordingProgress: Sendable {
    /// The file draws a warning.
    case warning(Diagnostic)
    /// Each probe is asked until it has been answered once.
    case proving(Recorder.ProofProgress)
    /// The first attempts are about to start; the name of the run, and the probes.
    case started(run: String, probes: [ProbeSpecification], Recorder.Start)
    /// Samples were stored, in the order in which their attempts ended.
    case stored([Sample])
    /// Samples could not be stored; they are kept in memory and offered again.
    case notStored(reason: String)
    /// All samples are stored.
    case ended(Recorder.Summary)
    /// The wall clock was stepped by so many seconds meanwhile; the recording's own clock was not.
    case clockStepped(seconds: Double)
}

/// What is recorded without a testbed: endpoints that somebody else runs.
public struct RecordingRequest: Sendable {
    /// The file of the probes.
    public var file: URL
    /// How many seconds to record; nil until it is ended.
    public var seconds: Double?
    /// Whether to record although a target does not answer at the start.
    public var allowsDown: Bool

    /// Makes a request.
    public init(file: URL, seconds: Double? = nil, allowsDown: Bool = false) {
        self.file = file
        self.seconds = seconds
        self.allowsDown = allowsDown
    }
}

/// Records endpoints without a testbed, as a run of its own without a plan.
public struct Recording: Sendable {
    /// What the strategy of such a run is called.
    public static let strategy = "record"
    /// How many bytes of the disk a sample takes, with its place in the index.
    ///
    /// Measured: 52 to 71 in stored runs of `rolling`.
    static let bytesPerSample = 80.0
    /// How far the wall clock may wander from the monotonic one before that is worth a word, in seconds.
    static let clockTolerance = 0.1

    let places: Places
    let environment: [String: String]
    let observe: @Sendable (RecordingProgress) -> Void

    /// - Parameters:
    ///   - places: Where runs are kept.
    ///   - environment: The environment variables, which hold the secrets that a file names.
    ///   - observe: Called for each thing that happens; must not wait.
    public init(
        places: Places, environment: [String: String] = ProcessInfo.processInfo.environment,
        observe: @escaping @Sendable (RecordingProgress) -> Void
    ) {
        self.places = places
        self.environment = environment
        self.observe = observe
    }

    /// Records until the time is over, or SIGTERM, SIGINT or cancellation of the task ends it, and reports.
    ///
    /// - Returns: The verdict on the budgets of the file; pass if it has none.
    /// - Throws: What is wrong with the file, every target that does not answer, and what the host lacks, before anything is recorded.
    public func record(_ request: RecordingRequest, reporter: any RunReporter) async throws -> Verdict {
        let document = try read(request.file)
        try requireRoom(document.probes, seconds: request.seconds)
        if !request.allowsDown { try await prove(document.probes) }

        let index = RunIndex(stateDirectory: places.state)
        let store = try index.create(strategy: Self.strategy, at: HostClock.now())
        let lock = try RunLock(directory: store.directory)
        defer { withExtendedLifetime(lock) {} }
        try HostClock.adopt(store)
        try store.setConditions(
            RunMetadata(
                identifier: store.directory.lastPathComponent, scenario: request.file.deletingPathExtension().lastPathComponent,
                topology: "", strategy: Self.strategy, seed: 0, updateIdentifier: "", accelerator: nil, slowness: 1,
                version: RehearsalVersion.current, expectationsJSON: Expectation.json(document.expectations)))
        try store.setProbes(document.probes)
        try store.append(Event(time: HostClock.now(), .runStarted, text: "recording \(document.probes.count) probes"))
        do {
            try await run(document.probes, seconds: request.seconds, store: store)
            try store.append(Event(time: HostClock.now(), .recorderStopped(.exited(0)), text: "recorder ended"))
        } catch {
            _ = try? store.append(Event(time: HostClock.now(), .recorderStopped(.exited(1)), text: error.quoted))
            throw error
        }
        try store.append(Event(time: HostClock.now(), .runEnded, text: "recorded"))
        return try reporter.conclude(store)
    }

    private func read(_ file: URL) throws -> ProbesDocument {
        let text: String
        do {
            text = try String(contentsOf: file, encoding: .utf8)
        } catch {
            throw RunError(
                .invalid, "cannot read \(file.relativePath): \(error.localizedDescription)", hint: "docs/how-to/record.md shows such a file"
            )
        }
        let loaded = try ProbesDocument.decode(text: text, file: file.relativePath, kinds: ProbeKinds.all, environment: environment)
        for warning in loaded.warnings { observe(.warning(warning)) }
        return loaded.value
    }

    /// Throws if the disk has no room for what the recording would store.
    private func requireRoom(_ probes: [ProbeSpecification], seconds: Double?) throws {
        let rate = probes.reduce(0) { $0 + 1000 / Double($1.periodMilliseconds) }
        // Without an end, an hour's worth.
        let needed = Int64(rate * Self.bytesPerSample * (seconds ?? 3600)) + 16 << 20
        let place = FreeSpace.existing(places.state)
        guard let free = FreeSpace.bytes(at: place), free < needed else { return }
        throw RunError(
            .invalid, "\(place.path) has room for \(free >> 20) MiB, and the recording may need \(needed >> 20) MiB",
            hint: "free some space, choose another place with --state-directory, or ask less often")
    }

    /// Asks each probe until it has been answered once.
    ///
    /// - Throws: Every probe that was not answered within its timeout and a second.
    private func prove(_ probes: [ProbeSpecification]) async throws {
        let timeouts = probes.compactMap { try? $0.value(of: ProbeKind.timeout) }
        let deadline = Double(timeouts.max() ?? 0) / 1e9 + 1
        let unproven = try await Recorder.proveAll(
            probes, deadline: deadline, consecutive: 1, patienceSeconds: deadline, progress: { [observe] in observe(.proving($0)) })
        try Task.checkCancellation()
        guard !unproven.isEmpty else { return }
        let lines = unproven.map { unproven in
            "probe \(unproven.probe) (\(probes.first { $0.name == unproven.probe }?.target ?? "")): \(unproven.reason)"
        }
        throw RunError(
            .invalid,
            (["\(unproven.count) of \(probes.count) probes are not answered, so nothing was recorded"] + lines).joined(separator: "\n  "),
            hint: "start the targets or mend the file; --allow-down records all the same")
    }

    private func run(_ probes: [ProbeSpecification], seconds: Double?, store: RunStore) async throws {
        let control = Recorder.Control()
        let timer = Task {
            guard let seconds else { return }
            try await Task.sleep(for: .seconds(seconds))
            control.stop()
        }
        defer { timer.cancel() }
        let offset = try RunClock.offset(of: store)
        let name = store.directory.lastPathComponent
        let summary = try await Recorder.run(
            configuration: RecorderConfiguration(run: store.directory.path, probes: probes),
            sink: ObservedSink(sink: StoreSink(store: store), observe: observe), control: control, clockOffset: offset
        ) { [observe] start in
            _ = try? store.append(Event(time: start.time, .recorderStarted, text: "scheduled \(start.scheduling)"))
            observe(.started(run: name, probes: probes, start))
        }
        let step = Double(HostClock.measuredOffset() - offset) / 1e9
        if abs(step) > Self.clockTolerance {
            try store.setCondition("wall clock stepped by", to: "\(DurationText.number(DurationText.rounded(step))) s")
            observe(.clockStepped(seconds: step))
        }
        observe(.ended(summary))
    }
}

/// Tells what a sink stored, and what it could not store.
private struct ObservedSink: SampleSink {
    let sink: StoreSink
    let observe: @Sendable (RecordingProgress) -> Void

    func append(_ samples: [Sample]) throws {
        do {
            try sink.append(samples)
        } catch {
            observe(.notStored(reason: error.quoted))
            throw error
        }
        observe(.stored(samples))
    }

    func append(host readings: [HostReading]) throws { try sink.append(host: readings) }
}
