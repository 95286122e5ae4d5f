import Foundation
import RehearsalChecks
public import RehearsalDeclaration
import RehearsalEngine
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

    var index: RunIndex { RunIndex(stateDirectory: places.state) }
    var testbeds: Testbeds { Testbeds(places) }

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

    func prepare(_ declaration: Declaration, in project: Project, settings: ImageSettings) async throws -> Prepared {
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
        var declaration = declaration(try project.scenario(request.scenario))
        try request.update.check(declaration.topology)
        let retention = try Retention.read(state: places.state)
        // From the first look at a testbed until its files say whose it is, nobody else begins a run on it or takes it down.
        var claim = try request.testbed.map { try TestbedClaim($0, in: testbeds) }
        let chosen = try request.testbed.map { try testbeds.chooseUndriven($0) }
        // Machines may have joined it or left it since.
        if let topology = try chosen?.files.readTopology(), topology.isScaled(from: declaration.topology) {
            declaration = declaration.having(topology)
        }
        try await requirements(declaration.topology)
        let prepared = try await prepare(declaration, in: project, settings: request.images)
        if let chosen { try requireRaised(chosen, from: prepared) }
        let plan = try Planning.plan(
            prepared, project: project, update: request.update, identifier: request.update.identifier ?? Planning.newIdentifier())
        observer.observe(.planned(plan, checkpoints: retention.text(plan, policy: request.checkpoints)))

        let store = try index.create(strategy: plan.strategy, at: HostClock.now())
        let name = store.directory.lastPathComponent
        let lock = try RunLock(directory: store.directory)
        try HostClock.adopt(store)
        try RunRecord.begin(store, prepared: prepared, plan: plan, testbed: request.testbed ?? name)
        try store.set(.checkpoints, to: request.checkpoints.rawValue)
        try project.copyChecks(declaration.scenario?.checks ?? [], to: RunStore.checks(in: store.directory))
        if !plan.faults.isEmpty {
            _ = try project.copyFaults(
                Set(plan.faults.compactMap { $0.fault?.kind }), of: request.scenario, to: RunStore.faults(in: store.directory))
        }
        let past = try retention.apply(to: index)
        for run in past.removed { observer.observe(.removedRun(run)) }
        for run in past.thinned { observer.observe(.madeRoom(run: run)) }

        observer.observe(.testbed(request.testbed ?? name))
        let testbed = try await testbed(
            chosen, for: request, prepared: prepared, project: project, store: store, operator: driver, reporter: reporter)
        try RunRecord.attach(store, files: testbed.files, declaration: declaration, places: places, slowness: prepared.host.slowness)
        withExtendedLifetime(claim) {}
        claim = nil
        let session = RunSession(
            places: places, project: project, store: store, lock: lock, plan: plan, testbed: testbed,
            slowness: prepared.host.slowness, checkpoints: request.raising.connection == nil ? request.checkpoints : .none,
            driver: driver, observer: observer, reporter: reporter)
        return try await finish(session, keep: request.raising.keep || request.testbed != nil)
    }

    private func testbed(
        _ chosen: LiveTestbed?, for request: RunRequest, prepared: Prepared, project: Project, store: RunStore,
        operator driver: any RunOperator, reporter: any RunReporter
    ) async throws -> LiveTestbed {
        let topology = prepared.declaration.topology
        if let chosen {
            try await RecorderProcess.endLeft(in: chosen.client, files: chosen.files)
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
            // Who waits for the run's files finds in them what happened.
            _ = try? reporter.conclude(store)
            throw error
        }
    }

    /// Makes sure that a testbed was raised from the topology and the images that a run would use. The images hold both channels, so that
    /// another candidate would be planned, and not be there.
    func requireRaised(_ testbed: LiveTestbed, from prepared: Prepared) throws {
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
    func finish(_ session: RunSession, keep: Bool) async throws -> Verdict? {
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
}
