/// Who starts a procedure on a machine.
public enum ProcedureDriver: String, Hashable, Codable, Sendable, CaseIterable {
    /// The undercloud's Heat, within an update of the overcloud's stack. The machine's breakpoint guards the procedure.
    case heat
    /// The engine, over the guest agent.
    case agent
    /// The undercloud's Heat, after every machine has been updated. No breakpoint guards the procedure.
    case heatTask = "heat-task"

    /// The drivers that a scenario or an operator can choose. Only strategies use `heatTask`.
    public static let choices: [ProcedureDriver] = [.heat, .agent]
}
