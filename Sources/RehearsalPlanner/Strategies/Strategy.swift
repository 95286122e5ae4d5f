public import RehearsalModel

/// A way to update a topology.
///
/// A strategy is pure: the same input gives the same plan.
public protocol Strategy: Sendable {
    /// The name that scenarios use.
    static var name: String { get }

    /// Plans the whole update, with what comes before and after it.
    ///
    /// - Throws: `PlanError` if there is nothing to update, a procedure is missing, or a breakpoint is not a regular expression.
    func plan(_ input: PlanInput) throws(PlanError) -> Plan
}
