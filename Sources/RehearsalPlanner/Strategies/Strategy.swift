public import RehearsalModel

/// A way to update a topology.
///
/// A strategy is pure: the same input gives the same plan.
public protocol Strategy: Sendable {
    /// The name scenarios call it by.
    static var name: String { get }

    /// Decides everything an update will do.
    ///
    /// - Throws: `PlanError` if there is nothing to update, or a procedure is missing.
    func plan(_ input: PlanInput) throws(PlanError) -> Plan
}
