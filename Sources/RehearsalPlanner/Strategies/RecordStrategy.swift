public import RehearsalModel

/// No update at all: the quiet time before and after is recorded, and nothing is touched.
///
/// It shows what a host can tell: which patience its probes can be measured with when nothing is done. Breakpoints have nothing to guard.
public struct RecordStrategy: Strategy {
    /// "none".
    public static let name = "none"

    /// Makes the strategy.
    public init() {}

    /// Plans the recording alone.
    public func plan(_ input: PlanInput) throws(PlanError) -> Plan {
        try PlanBuilder(input, using: [], needsUpdates: false).plan(strategy: Self.name, update: [])
    }
}
