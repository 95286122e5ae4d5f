/// Who starts what a machine does to itself during an update.
public enum ProcedureDriver: String, Hashable, Codable, Sendable, CaseIterable {
    /// The undercloud's Heat, as part of an update of the overcloud's stack; the machine's breakpoint guards it.
    case heat
    /// The engine, over the guest agent.
    case agent
    /// Heat, as a task that no breakpoint guards: tasks come once every machine has been updated, in the order of the plan.
    case heatTask = "heat-task"

    /// What a scenario or an operator may choose; whether Heat does something as a task is for the plan to say.
    public static let choices: [ProcedureDriver] = [.heat, .agent]
}
