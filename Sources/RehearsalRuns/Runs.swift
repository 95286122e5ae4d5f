import Foundation
import RehearsalChecks
public import RehearsalDeclaration
public import RehearsalEngine
public import RehearsalHistory
import RehearsalHost
public import RehearsalImages
import RehearsalKeeper
public import RehearsalModel
import RehearsalPlanner
import RehearsalStore
import RehearsalTestbed

/// What a new run is of.
public struct RunRequest: Sendable {
    /// A scenario: its name, or the path of its file.
    public var scenario: String
    /// What it chooses about its update.
    public var update: UpdateSettings
    /// Where its packages come from.
    public var images: ImageSettings
    /// How its testbed is raised.
    public var raising: RaiseSettings
    /// Before which steps all machines are saved.
    public var checkpoints: CheckpointPolicy
    /// A testbed that is up, to use and to leave up; nil raises one for the run.
    public var testbed: String?

    /// Makes a request.
    public init(
        scenario: String, update: UpdateSettings = UpdateSettings(), images: ImageSettings = ImageSettings(),
        raising: RaiseSettings = RaiseSettings(), checkpoints: CheckpointPolicy = .breakpoints, testbed: String? = nil
    ) {
        self.scenario = scenario
        self.update = update
        self.images = images
        self.raising = raising
        self.checkpoints = checkpoints
        self.testbed = testbed
    }
}

/// Images, channels and a measured host for what was declared.
public struct Prepared: Sendable {
    /// What was declared.
    public let declaration: Declaration
    /// What machines boot from, and what differs between the channels.
    public let images: ImageSet
    /// What the host can do.
    public let host: HostConditions
}

/// What can be done with runs and testbeds; a command, a live page and a test drive the same.
///
/// Nothing here knows a terminal: what happens goes to the observer, what has to be decided comes from a ``RunOperator``.
public struct Runs: Sendable {
    let places: Places
    let observer: any RunObserver
    /// Called with what is declared and before anything is built or started; throws what makes it impossible on this host.
    let requirements: @Sendable (Topology) async throws -> Void

    /// Makes the room's front door.
    ///
    /// - Parameters:
    ///   - places: Where everything is kept.
    ///   - observer: Sees everything that happens.
    ///   - requirements: Checks the host for a topology.
    public init(
        places: Places, observer: any RunObserver, requirements: @escaping @Sendable (Topology) async throws -> Void = { _ in }
    ) {
        self.places = places
        self.observer = observer
        self.requirements = requirements
    }

    private var index: RunIndex { RunIndex(stateDirectory: places.state) }
    private var testbeds: Testbeds { Testbeds(places) }

    // MARK: Preparing

    /// The declaration of a file, its warnings observed.
    func declaration(_ loaded: Loaded<Declaration>) -> Declaration {
        for warning in loaded.warnings { observer.observe(.warning(warning)) }
        return loaded.value
    }

    /// The way to make images, or to find them in the cache.
    public func builder(_ project: Project, _ settings: ImageSettings) -> ImageBuilder {
        ImageBuilder(
            cache: places.cache, images: project.images, sources: settings.sources, refresh: settings.refresh,
            progress: { [observer] in observer.observe(.image($0)) })
    }

    /// Makes or finds the images of a topology.
    public func images(of topology: String, in project: Project, settings: ImageSettings) async throws -> ImageSet {
        try await images(of: declaration(try project.topology(topology)), in: project, settings: settings)
    }

    private func images(of declaration: Declaration, in project: Project, settings: ImageSettings) async throws -> ImageSet {
        let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
        let candidate = settings.candidate ?? declaration.scenario?.candidate ?? .securityUpdates
        return try await builder(project, settings).prepare(
            topology: declaration.topology, catalog: declaration.catalog, candidate: candidate.resolved(relativeTo: here))
    }

    private func prepare(_ declaration: Declaration, in project: Project, settings: ImageSettings) async throws -> Prepared {
        let host = try await HostConditions.measure(cache: places.cache, builder: builder(project, settings))
        let images = try await images(of: declaration, in: project, settings: settings)
        observer.observe(.prepared(images, host))
        return Prepared(declaration: declaration, images: images, host: host)
    }

    /// What a run of a scenario would do.
    ///
    /// Images that are not in the cache are built, so that the plan names what would really change.
    public func plan(
        _ scenario: String, in project: Project, update: UpdateSettings, images: ImageSettings
    ) async throws -> Plan {
        let declaration = declaration(try project.scenario(scenario))
        try update.check(declaration.topology)
        let prepared = try await prepare(declaration, in: project, settings: images)
        return try Planning.plan(prepared, project: project, update: update, identifier: update.identifier ?? "unset")
    }

    // MARK: A run from its beginning

    /// Begins a run and executes it to its end, or until its operator leaves it.
    ///
    /// - Returns: The verdict; nil for a run that was left or stopped, which can be resumed.
    /// - Throws: What is wrong with the input before anything is started; later trouble of the harness.
    public func run(
        _ request: RunRequest, in project: Project, operator driver: any RunOperator, reporter: any RunReporter
    ) async throws -> Verdict? {
        let declaration = declaration(try project.scenario(request.scenario))
        try request.update.check(declaration.topology)
        if let testbed = request.testbed { _ = try testbeds.chooseUndriven(testbed) }
        try await requirements(declaration.topology)
        let prepared = try await prepare(declaration, in: project, settings: request.images)
        if let testbed = request.testbed { try requireRaised(testbeds.chooseUndriven(testbed), from: prepared) }
        let plan = try Planning.plan(
            prepared, project: project, update: request.update, identifier: request.update.identifier ?? Planning.newIdentifier())
        observer.observe(.planned(plan))

        let store = try index.create(strategy: plan.strategy, at: HostClock.now())
        let name = store.directory.lastPathComponent
        let lock = try RunLock(directory: store.directory)
        try HostClock.adopt(store)
        try RunRecord.begin(store, prepared: prepared, plan: plan, testbed: request.testbed ?? name)
        try store.set(.checkpoints, to: request.checkpoints.rawValue)
        for run in try index.cleanCheckpoints(keepBytes: CheckpointCache.runLimitBytes) { observer.observe(.madeRoom(run: run)) }

        observer.observe(.testbed(request.testbed ?? name))
        let testbed = try await testbed(for: request, prepared: prepared, project: project, store: store, operator: driver)
        try RunRecord.attach(store, files: testbed.files, declaration: declaration, places: places, slowness: prepared.host.slowness)
        let session = RunSession(
            places: places, project: project, store: store, lock: lock, plan: plan, testbed: testbed,
            slowness: prepared.host.slowness, checkpoints: request.raising.connection == nil ? request.checkpoints : .none,
            driver: driver, observer: observer, reporter: reporter)
        return try await finish(session, keep: request.raising.keep || request.testbed != nil)
    }

    private func testbed(
        for request: RunRequest, prepared: Prepared, project: Project, store: RunStore, operator driver: any RunOperator
    ) async throws -> LiveTestbed {
        let topology = prepared.declaration.topology
        if let name = request.testbed {
            // Asked again, because another engine may have come while this one planned.
            let chosen = try testbeds.chooseUndriven(name)
            try await Procedures.install(
                on: chosen.client, machines: topology.machines.map(\.name), from: project.images, slowness: prepared.host.slowness)
            return chosen
        }
        do {
            let directory = store.directory
            let raised = try await driver.attend {
                try await raise(
                    directory.lastPathComponent, prepared: prepared, project: project, settings: request.raising,
                    consoles: directory.appendingPathComponent("console"))
            }
            try store.setCondition(raised.wasWarm ? "warm_up_s" : "cold_up_s", to: String(format: "%.0f", raised.seconds))
            return raised.testbed
        } catch {
            _ = try? store.append(
                Event(
                    time: HostClock.now(), .runEnded,
                    text: "the testbed was not raised: \(error is CancellationError ? "left by the operator" : error.quoted)"))
            throw error
        }
    }

    /// Makes sure that a testbed was raised from the topology and the images that a run would use. The images hold both channels, so that
    /// another candidate would be planned, and not be there.
    private func requireRaised(_ testbed: LiveTestbed, from prepared: Prepared) throws {
        let topology = prepared.declaration.topology
        guard try testbed.files.readTopology() == topology else {
            throw RunError(.invalid, "testbed \(testbed.name) was raised from another topology than \(topology.name)")
        }
        let specification = try TestbedSpecification(json: Data(contentsOf: testbed.files.specification))
        let backings = Dictionary(specification.machines.map { ($0.name, $0.backing) }) { first, _ in first }
        let others = topology.machines.filter { machine in
            guard let backing = backings[machine.name] ?? nil else { return false }
            return backing != prepared.images.roles[machine.role]?.disk.path
        }
        guard others.isEmpty else {
            throw RunError(
                .invalid,
                "testbed \(testbed.name) was raised from other images, or with another channel of updates, than this run would use",
                hint: "give --candidate and the mirrors as `rehearse up` had them, or take it down and raise it again")
        }
    }

    /// Executes a run, and at its end takes its testbed down unless it is to be kept, and makes its checkpoints small.
    private func finish(_ session: RunSession, keep: Bool) async throws -> Verdict? {
        defer { withExtendedLifetime(session.lock) {} }
        guard let verdict = try await session.execute() else { return nil }
        if keep {
            observer.observe(.kept(testbed: session.testbed.name))
        } else {
            try await testbeds.end(session.testbed.name)
        }
        do {
            try await RunCheckpoints.compress(run: session.store.directory) { done, all in
                if done == 0 { observer.observe(.compressing(checkpoints: all)) }
            }
        } catch let error as TestbedError {
            observer.observe(.notCompressed(reason: error.message))
        }
        return verdict
    }

    // MARK: A run that was left

    /// Goes on with a run where its journal ends; raises its testbed again from the last checkpoint if it is gone.
    ///
    /// - Parameters:
    ///   - name: The run's name, a beginning of it that fits no other, or `latest`.
    ///   - keep: Whether a testbed that was raised for the run stays up at its end.
    /// - Returns: The verdict; nil for a run that was left or stopped again.
    public func resume(
        _ name: String, in project: Project, keep: Bool, operator driver: any RunOperator, reporter: any RunReporter
    ) async throws -> Verdict? {
        let store = try index.open(name, readOnly: false)
        let run = store.directory.lastPathComponent
        let lock = try RunLock(directory: store.directory)
        try HostClock.adopt(store)
        let conditions = try store.conditions()
        guard let planText = conditions.planJSON, let testbed = conditions.testbed else {
            throw RunError(.invalid, "run \(run) holds no plan to go on with")
        }
        if RunState(journal: try store.events()).end != nil {
            throw RunError(
                .invalid, "run \(run) has ended", hint: "see it with `rehearse report \(run)`, or go back with `rehearse rewind \(run)`")
        }
        try testbeds.requireUndriven(testbed, except: run)
        let files = testbeds.files(testbed)
        let slowness = conditions.slowness
        let client: KeeperClient
        do {
            client = try await alive(files)
        } catch {
            try requireGone(error, of: store)
            let rewinder = Rewinder(places: places, project: project, store: store, observer: observer)
            guard let last = try rewinder.saved().last else {
                throw RunError(
                    .trouble, "run \(run) cannot go on: \(error.quoted)",
                    hint: "it has no checkpoint; report what there is with `rehearse report \(run)`, and start a new run")
            }
            observer.observe(.goingBack(step: last.step, reason: error.quoted))
            try await rewinder.rewind(to: last, slowness: slowness, lock: lock)
            client = try await alive(files)
        }
        _ = try store.append(Event(time: HostClock.now(), .resumed, text: "taken up again"))
        let session = RunSession(
            places: places, project: project, store: store, lock: lock, plan: try Plan(json: planText),
            testbed: LiveTestbed(name: testbed, files: files, client: client),
            slowness: slowness, checkpoints: conditions.checkpoints ?? CheckpointPolicy.none,
            driver: driver, observer: observer, reporter: reporter)
        return try await finish(session, keep: keep || testbed != run)
    }

    /// Throws the reason why a testbed cannot be gone on with, unless it is gone, or was left half on its way back from a checkpoint: all else
    /// is to be looked at first, because going back ends the testbed.
    private func requireGone(_ error: any Error, of store: RunStore) throws {
        let code = (error as? TestbedError)?.code
        let isGone = code == .keeperGone || code == .notFound
        let last = try store.events().last { $0.kind != .resumed }
        let wasGoingBack = code == .invalidState && last?.kind == .rewound
        guard !isGone, !wasGoingBack else { return }
        let run = store.directory.lastPathComponent
        throw RunError(
            .trouble, "run \(run) cannot go on: \(error.quoted)",
            hint: "look with `rehearse status`; `rehearse rewind \(run)` goes back to its last checkpoint")
    }

    /// The testbed, if its keeper answers and no machine was left behind on the way back from a checkpoint.
    private func alive(_ files: TestbedFiles) async throws -> KeeperClient {
        let client = try KeeperClient.connect(directory: files.directory.path)
        func notRunning() async throws -> [MachineStatus] { try await client.machines().filter { $0.state != .running } }
        var off = try await notRunning()
        // A checkpoint that an engine asked for before it died is taken to its end.
        for _ in 0..<60 where off.contains(where: { $0.state == .paused }) {
            try await Task.sleep(for: .seconds(1))
            off = try await notRunning()
        }
        guard off.isEmpty else {
            throw TestbedError(
                .invalidState, "not all machines are on: \(off.map { "\($0.name) is \($0.state.rawValue)" }.joined(separator: ", "))")
        }
        return client
    }

    /// The run that last drove a testbed, unless it has ended or is gone.
    public func unfinishedRun(on files: TestbedFiles) throws -> String? {
        guard let name = files.readRun(), let store = try? index.open(name) else { return nil }
        return RunState(journal: try store.events()).end == nil ? name : nil
    }

    // MARK: Going back

    /// A checkpoint of a run, with the name of the step that comes next.
    public struct Checkpoint: Sendable {
        /// The step that comes next.
        public let step: StepID
        /// Its name.
        public let name: String
        /// When it was taken.
        public let time: Timestamp
    }

    /// What a run can go back to, oldest first.
    public func checkpoints(of run: String) throws -> [Checkpoint] {
        let store = try index.open(run)
        let names = Dictionary(try store.steps().map { ($0.id, $0.name) }) { first, _ in first }
        return try RunCheckpoints.saved(journal: store.events(), run: store.directory)
            .map { Checkpoint(step: $0.step, name: names[$0.step] ?? "", time: $0.time) }
    }

    /// A run that went back.
    public struct Rewound: Sendable {
        /// Its whole name.
        public let run: String
        /// The step that comes next.
        public let step: StepID
        /// How long it took.
        public let seconds: Double
    }

    /// Takes a run and its testbed back to the checkpoint before a step, the last one if nil.
    public func rewind(_ run: String, to step: String?, in project: Project) async throws -> Rewound {
        let store = try index.open(run, readOnly: false)
        let rewinder = Rewinder(places: places, project: project, store: store, observer: observer)
        let saved = try rewinder.saved()
        guard let checkpoint = step.map({ step in saved.last { $0.step.rawValue == step } }) ?? saved.last else {
            let known = saved.isEmpty ? "it has none" : "it has those of steps \(saved.map(\.step.rawValue).joined(separator: ", "))"
            throw RunError(
                .invalid, "run \(run) has no checkpoint\(step.map { " of step \($0)" } ?? "")",
                hint: known + "; `rehearse run --checkpoint breakpoints` makes one at every breakpoint")
        }
        let seconds = try await rewinder.rewind(
            to: checkpoint, slowness: try store.conditions().slowness, lock: try RunLock(directory: store.directory))
        return Rewound(run: store.directory.lastPathComponent, step: checkpoint.step, seconds: seconds)
    }

    // MARK: Testbeds

    /// Raises a testbed of a topology and proves every probe from outside.
    ///
    /// - Parameter name: The testbed's name; nil for the topology's.
    public func raise(
        _ topology: String, name: String?, in project: Project, images: ImageSettings, settings: RaiseSettings
    ) async throws -> RaisedTestbed {
        let declaration = declaration(try project.topology(topology))
        try Testbeds.check(name ?? declaration.topology.name)
        try await requirements(declaration.topology)
        let prepared = try await prepare(declaration, in: project, settings: images)
        let name = name ?? declaration.topology.name
        let raised = try await raise(
            name, prepared: prepared, project: project, settings: settings,
            consoles: testbeds.files(name).directory.appendingPathComponent("console"))
        let bound = 15 * prepared.host.slowness
        let proof = try await raised.testbed.client.run(
            [
                places.program, "recorder", "--configuration", raised.testbed.files.recorderConfiguration.path, "--once", "--deadline",
                "\(Int(bound))",
            ], timeout: bound + 30)
        guard proof.isSuccess else {
            if !settings.keep {
                try? await testbeds.end(name)
            }
            throw RunError(
                .trouble, "\(proof.standardError)testbed \(name): not every probe was answered from outside",
                hint: "keep it with --keep and look around")
        }
        return raised
    }

    private func raise(
        _ name: String, prepared: Prepared, project: Project, settings: RaiseSettings, consoles: URL
    ) async throws -> RaisedTestbed {
        try await Raiser(places: places, project: project, declaration: prepared.declaration, settings: settings, observer: observer)
            .raise(name: name, images: prepared.images, host: prepared.host, consoles: consoles)
    }
}
