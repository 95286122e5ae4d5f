/// One machine of a testbed: its power, its guest, its step channel and its console.
public protocol MachineHandle: Sendable {
    /// The machine's name.
    var name: String { get }

    /// Commands and files in the guest, over the guest agent.
    var shell: any GuestShell { get }

    /// What the machine is doing.
    func state() async throws -> MachineState

    /// Switches the machine on.
    func start() async throws

    /// Switches the machine off at once, as pulling its plug would; nothing if it is off.
    func destroy() async throws

    /// Freezes the machine.
    func pause() async throws

    /// Lets a frozen machine run again.
    func resume() async throws

    /// Opens the channel on which the machine's procedures report their steps.
    ///
    /// - Throws: ``TestbedError`` with code `not-found` if the machine has none.
    func openSteps() async throws -> any StepSource

    /// The last lines of the machine's serial console, the oldest first; none if nothing was written yet.
    ///
    /// - Parameter count: How many at most.
    func lastConsoleLines(_ count: Int) async throws -> [String]
}
