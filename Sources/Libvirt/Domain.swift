import CLibvirt

/// A guest as libvirt knows it.
///
/// Calls run on a thread of the domain's own, one at a time. Two `Domain` values of one guest are independent, so a guest
/// agent command that blocks on one does not delay ``destroy()`` on the other.
public actor Domain {
    /// What a domain is doing (`virDomainState`).
    public enum State: Sendable, Equatable {
        /// Running.
        case running
        /// Waiting for a resource.
        case blocked
        /// Paused; its memory and devices are alive.
        case paused
        /// Shutting itself down.
        case shuttingDown
        /// Not running.
        case shutOff
        /// Crashed, its hypervisor process kept or gone.
        case crashed
        /// Suspended by the guest's power management.
        case powerManagementSuspended
        /// A state this binding does not know.
        case unknown(Int32)

        init(rawValue: Int32) {
            switch virDomainState(rawValue: UInt32(bitPattern: rawValue)) {
            case VIR_DOMAIN_RUNNING: self = .running
            case VIR_DOMAIN_BLOCKED: self = .blocked
            case VIR_DOMAIN_PAUSED: self = .paused
            case VIR_DOMAIN_SHUTDOWN: self = .shuttingDown
            case VIR_DOMAIN_SHUTOFF: self = .shutOff
            case VIR_DOMAIN_CRASHED: self = .crashed
            case VIR_DOMAIN_PMSUSPENDED: self = .powerManagementSuspended
            default: self = .unknown(rawValue)
            }
        }
    }

    private let executor: ThreadExecutor
    private let handle: DomainHandle

    /// The domain's name.
    public nonisolated let name: String

    /// The domain's own thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ handle: consuming DomainHandle) {
        name = handle.name
        executor = ThreadExecutor(name: "libvirt \(name)")
        self.handle = handle
    }

    /// What the domain is doing.
    ///
    /// Wraps `virDomainGetState`.
    public func state() throws(LibvirtError) -> State {
        var state: Int32 = 0
        try virDomainGetState(handle.pointer, &state, nil, 0).checked("get the state of \(name)")
        return State(rawValue: state)
    }

    /// The live configuration, or the persistent one of a domain that does not run.
    ///
    /// Wraps `virDomainGetXMLDesc`.
    public func xml() throws(LibvirtError) -> String {
        takeString(try virDomainGetXMLDesc(handle.pointer, 0).checked("get the configuration of \(name)"))
    }

    /// Starts the domain.
    ///
    /// Wraps `virDomainCreateWithFlags`.
    /// - Parameter paused: Whether its processors wait for ``resume()``.
    public func start(paused: Bool = false) throws(LibvirtError) {
        let flags = paused ? UInt32(VIR_DOMAIN_START_PAUSED.rawValue) : 0
        try virDomainCreateWithFlags(handle.pointer, flags).checked("start \(name)")
    }

    /// Asks the guest to shut down; returns before it has.
    ///
    /// Wraps `virDomainShutdown`.
    public func shutdown() throws(LibvirtError) {
        try virDomainShutdown(handle.pointer).checked("shut \(name) down")
    }

    /// Ends the domain at once, as pulling its plug would.
    ///
    /// Wraps `virDomainDestroy`.
    public func destroy() throws(LibvirtError) {
        try virDomainDestroy(handle.pointer).checked("destroy \(name)")
    }

    /// Stops the domain's processors.
    ///
    /// Wraps `virDomainSuspend`.
    public func suspend() throws(LibvirtError) {
        try virDomainSuspend(handle.pointer).checked("pause \(name)")
    }

    /// Lets the domain's processors run again.
    ///
    /// Wraps `virDomainResume`.
    public func resume() throws(LibvirtError) {
        try virDomainResume(handle.pointer).checked("resume \(name)")
    }

    /// Saves memory and device state to a file and ends the domain.
    ///
    /// Wraps `virDomainSave`. ``restore(from:paused:)`` brings it back.
    public func save(to path: String) throws(LibvirtError) {
        try virDomainSave(handle.pointer, path).checked("save \(name) to \(path)")
    }

    /// Saves memory, device state and disks as a description asks. The domain stays as it is, running or paused.
    ///
    /// Wraps `virDomainSnapshotCreateXML` without metadata: libvirt keeps no record of the snapshot. ``restore(from:xml:paused:)``
    /// reads an external memory file. After an external snapshot of a disk, the domain writes to the disk's new overlay alone.
    /// The overlays that the description names must exist, and name their backing files (`VIR_DOMAIN_SNAPSHOT_CREATE_REUSE_EXT`).
    /// - Parameter xml: A `domainsnapshot`.
    public func snapshot(xml: String) throws(LibvirtError) {
        let flags = [VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA, VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC, VIR_DOMAIN_SNAPSHOT_CREATE_REUSE_EXT]
            .reduce(0) { $0 | $1.rawValue }
        let snapshot = try virDomainSnapshotCreateXML(handle.pointer, xml, flags).checked("take a snapshot of \(name)")
        virDomainSnapshotFree(snapshot)
    }

    /// The configuration in a file that ``save(to:)`` or ``snapshot(xml:)`` made.
    ///
    /// Wraps `virDomainSaveImageGetXMLDesc`.
    public func savedXML(in path: String) throws(LibvirtError) -> String {
        let connection = virDomainGetConnect(handle.pointer)
        return takeString(try virDomainSaveImageGetXMLDesc(connection, path, 0).checked("read the configuration in \(path)"))
    }

    /// Brings a domain back from a file that ``save(to:)`` or ``snapshot(xml:)`` made.
    ///
    /// Wraps `virDomainRestoreFlags`, on this domain's connection and thread. The file names the domain, and is kept.
    /// - Parameters:
    ///   - path: The saved image.
    ///   - xml: The configuration to use instead of the file's. It may differ in paths on the host only.
    ///   - paused: Whether the domain comes back paused; otherwise it is as it was when it was saved.
    public func restore(from path: String, xml: String? = nil, paused: Bool = false) throws(LibvirtError) {
        let flags = paused ? UInt32(VIR_DOMAIN_SAVE_PAUSED.rawValue) : 0
        // The domain owns this reference to the connection, so it must not be closed here.
        let connection = virDomainGetConnect(handle.pointer)
        try virDomainRestoreFlags(connection, path, xml, flags).checked("restore \(name) from \(path)")
    }

    /// Removes the persistent configuration.
    ///
    /// Wraps `virDomainUndefine`.
    public func undefine() throws(LibvirtError) {
        try virDomainUndefine(handle.pointer).checked("undefine \(name)")
    }

    /// Sends a command to the guest agent and waits for its answer.
    ///
    /// Wraps `virDomainQemuAgentCommand` (libvirt-qemu).
    /// - Parameters:
    ///   - command: The command, as JSON.
    ///   - seconds: How long to wait, at least 1.
    /// - Returns: The answer, as JSON.
    /// - Throws: `agentUnresponsive` if the agent is not connected or does not answer; the message tells which.
    public func qemuAgentCommand(_ command: String, timeout seconds: Int) throws(LibvirtError) -> String {
        let answer = virDomainQemuAgentCommand(handle.pointer, command, Int32(clamping: max(1, seconds)), 0)
        return takeString(try answer.checked("ask the guest agent of \(name)"))
    }
}
