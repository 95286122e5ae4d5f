/// A hypervisor as its keeper holds it: it can save machines and bring them back, one by one, and take all of them down.
///
/// ``CheckpointWriter`` saves and brings back whole testbeds with it.
public protocol SnapshottingHypervisor: Hypervisor {
    /// The versions of what runs the machines, in one line; saved memory fits only the very same.
    func hypervisorVersion() async -> String

    /// Writes what a machine's memory and disk hold at this moment into a folder, the memory as `NAME.memory`.
    ///
    /// The machine stays as it is, on or frozen. Its disk becomes an overlay on what was written, of which nothing is copied.
    /// - Returns: The names of the files in the folder that make up the disk, the lowest overlay first; none for a machine without disk.
    func snapshot(_ machine: String, to folder: String) async throws -> [String]

    /// Brings a machine back that is off; it stands still until ``MachineHandle/resume()``.
    ///
    /// - Parameters:
    ///   - memory: The file ``snapshot(_:to:)`` wrote; not needed any more afterwards.
    ///   - disks: The paths of the files that make up its disk, the lowest overlay first; they are not changed: the machine gets an
    ///     overlay on them.
    ///   - saved: The machine's specification when it was saved.
    func restore(_ machine: String, memory: String, disks: [String], savedAs saved: TestbedSpecification.Machine) async throws

    /// Tells a machine what time it is: its clock stood still with it.
    func setClock(_ machine: String) async throws

    /// Switches all machines off and removes what was defined.
    func raze() async
}
