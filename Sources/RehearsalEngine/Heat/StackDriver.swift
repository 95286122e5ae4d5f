/// A driver whose procedures are part of one update of a stack, which is begun before the first and ended after the last of them.
public protocol StackDriver: Driver {
    /// Looks what the update would replace, without beginning it.
    ///
    /// - Returns: A failure names the servers, ports or networks that would be others afterwards.
    func preview(boundSeconds: Double) async throws -> StepResult
    /// Begins the update: every machine waits at its breakpoint when it returns.
    ///
    /// - Parameter attach: True when an engine before this one may have begun it already.
    /// - Returns: A failure says why the update was refused or did not get there.
    func begin(boundSeconds: Double, attach: Bool) async throws -> StepResult
    /// Waits until the whole stack has been updated, and takes the breakpoints out of its environment.
    ///
    /// - Returns: A failure says why it was not.
    func end(boundSeconds: Double) async throws -> StepResult
    /// The resources at which another update of the stack would wait, by its environment; none after one that ended well.
    func remainingHooks(boundSeconds: Double) async throws -> [String]
    /// Stops the update where it is, so that the same update can go on with what is left; nothing is rolled back.
    func stop(boundSeconds: Double) async throws
}
