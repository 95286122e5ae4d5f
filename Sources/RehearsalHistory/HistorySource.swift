public import RehearsalModel

/// Where the history of one run is read from: the store on disk, or what a test makes up.
public protocol HistorySource: Sendable {
    /// Where the history is, for messages.
    var location: String { get }

    /// The conditions of the run.
    func conditions() throws -> RunMetadata

    /// The machines of the run, in the order of the topology.
    func machines() throws -> [MachineRecord]

    /// The steps of the plan, in its order of reading.
    func steps() throws -> [StepRecord]

    /// The events of the journal after a place in it, in order; 0 gives all.
    func events(after sequence: Int64) throws -> [Event]

    /// The probes of the run, in the order they were named, without their settings.
    func probes() throws -> [ProbeSpecification]

    /// The samples of one probe, in order of their start.
    ///
    /// - Parameters:
    ///   - start: Only samples that started at this instant or later; nil for all.
    ///   - end: Only samples that started at this instant or earlier; nil for all.
    func samples(probe: String, from start: Timestamp?, until end: Timestamp?) throws -> [Sample]

    /// When the first and the last sample of any probe started; nil without samples.
    ///
    /// - Parameter end: Only samples that started at this instant or earlier; nil for all.
    func sampleSpan(until end: Timestamp?) throws -> (first: Timestamp, last: Timestamp)?

    /// How the host kept the machines waiting; unknown in a run that was made before Rehearsal recorded it.
    ///
    /// - Parameter end: Only what was recorded at this instant or earlier; nil for all.
    func hostLoad(until end: Timestamp?) throws -> HostLoad

    /// What machines noted while the run went on, in order of time; empty in a run that did not ask them.
    func facts() throws -> [Fact]

    /// The services that each service of the topology needs, by name; empty in a run that was made before Rehearsal recorded them.
    func serviceNeeds() throws -> [String: [String]]

    /// The packages of a machine before or after the update, by name; empty when they were not listed.
    func packages(machine: String, moment: PackageMoment) throws -> [PackageVersion]

    /// The packages that the candidate channel offers in another version than the installed one; empty when that was not recorded.
    func packageChanges() throws -> [PackageChange]
}
