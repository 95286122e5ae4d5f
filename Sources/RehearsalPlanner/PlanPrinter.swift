public import RehearsalModel

/// Prints a plan for people: a header, then the numbered tree.
public enum PlanPrinter {
    /// The text, ending in a newline; the same for the same plan.
    public static func print(_ plan: Plan) -> String {
        let minutes = Int((plan.predictedSeconds / 60).rounded(.up))
        let header = """
            Seed: \(plan.seed)     Topology: \(plan.topology)     Update identifier: \(plan.identifier)     \
            Strategy: \(plan.strategy)     Predicted: \(minutes) min

            """
        let tree = header + lines(plan.root, indentation: "").map { $0 + "\n" }.joined()
        let leftOut = plan.leftOut.isEmpty ? "" : "Left out: \(plan.leftOut.joined(separator: ", "))\n"
        let unguarded = plan.mayReplace && plan.usesHeat ? "Not looked for: what the update of the stack would replace\n" : ""
        return plan.faults.isEmpty
            ? tree + leftOut + unguarded
            : tree + leftOut + unguarded + "Faults:\n" + plan.faults.map { "    \(line($0, of: plan))\n" }.joined()
    }

    private static func line(_ step: Step, of plan: Plan) -> String {
        var text = "\(step.id) \(step.name)" + (step.machine.map { " on \($0)" } ?? "")
        guard let fault = step.fault else { return text }
        let place = plan.step(fault.step)
        text += ", \(fault.edge.rawValue) \(fault.step) \(place?.name ?? "")"
        if let machine = place?.machine, place?.name.contains(machine) == false { text += " on \(machine)" }
        if fault.delaySeconds > 0 { text += ", \(DurationText.number(fault.delaySeconds)) s after it begins" }
        return text + (fault.seconds.map { ", for \(DurationText.number($0)) s" } ?? ", until the update has ended")
    }

    private static func lines(_ steps: [Step], indentation: String) -> [String] {
        steps.enumerated().flatMap { index, step in
            let isLast = index == steps.count - 1
            return [indentation + (isLast ? "└── " : "├── ") + line(step)]
                + lines(step.children, indentation: indentation + (isLast ? "    " : "│   "))
        }
    }

    private static func line(_ step: Step) -> String {
        var text = "\(step.id) \(step.name)"
        switch step.action {
        case .concurrent: text += " [at once]"
        case .procedure(let name, _, .agent): text += " [procedure \(name)]"
        case .procedure(let name, _, .heat), .procedure(let name, _, .heatTask): text += " [Heat: \(name)]"
        default: break
        }
        if step.predictedSeconds >= 10, step.action != .proveReady {
            text += ", about \(DurationText.predicted(step.predictedSeconds))"
        }
        return text
    }
}
