import RehearsalEngine
import RehearsalHistory
import RehearsalModel
import RehearsalPlanner
import RehearsalReport

/// What a run would do.
struct PlanListing: Listing, Encodable {
    struct Step: Encodable {
        let id: String
        let name: String
        @Nullable var machine: String?
        let kind: String
        /// The name of the procedure; null for other kinds.
        @Nullable var procedure: String?
        /// Who starts the procedure; null for other kinds.
        @Nullable var driver: String?
        /// On a host whose guests are as fast as itself.
        let boundSeconds: Double
        let predictedSeconds: Double
        let steps: [Step]

        enum CodingKeys: String, CodingKey {
            case id, name, machine, kind, procedure, driver, steps
            case boundSeconds = "bound_s"
            case predictedSeconds = "predicted_s"
        }
    }

    struct Fault: Encodable {
        let id: String
        @Nullable var machine: String?
        let fault: PlannedFault
    }

    let strategy: String
    let topology: String
    let seed: UInt64
    let updateIdentifier: String
    let predictedSeconds: Double
    let steps: [Step]
    let faults: [Fault]
    let leftOut: [String]
    let table: String

    enum CodingKeys: String, CodingKey {
        case strategy, topology, seed, steps, faults
        case leftOut = "left_out"
        case updateIdentifier = "update_identifier"
        case predictedSeconds = "predicted_s"
    }

    /// - Parameter checkpoints: What is said of checkpoints below the plan.
    init(_ plan: Plan, checkpoints: String) {
        strategy = plan.strategy
        topology = plan.topology
        seed = plan.seed
        updateIdentifier = plan.identifier
        predictedSeconds = plan.predictedSeconds
        func listed(_ step: RehearsalModel.Step) -> Step {
            var procedure: String?
            var driver: String?
            if case .procedure(let name, _, let starter) = step.action { (procedure, driver) = (name, starter.rawValue) }
            return Step(
                id: step.id.rawValue, name: step.name, machine: step.machine, kind: step.action.kind.rawValue, procedure: procedure,
                driver: driver, boundSeconds: step.boundSeconds, predictedSeconds: step.predictedSeconds,
                steps: step.children.map(listed))
        }
        faults = plan.faults.compactMap { step in step.fault.map { Fault(id: step.id.rawValue, machine: step.machine, fault: $0) } }
        leftOut = plan.leftOut
        steps = plan.root.map(listed)
        table = PlanPrinter.print(plan) + checkpoints
    }
}
