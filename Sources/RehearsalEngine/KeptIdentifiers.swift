import RehearsalHost
import RehearsalModel
import RehearsalTestbed

/// How far machines went in an update, by the identifiers that they keep themselves.
///
/// The procedures `update-controller` and `update-machine` note which update they begin, in `/var/lib/rehearsal/update-begun`, and which
/// they ended well, in `/var/lib/rehearsal/update-identifier`.
struct KeptIdentifiers: Sendable, Equatable {
    /// The machines that began the update and did not end it.
    var begun: Set<String> = []
    /// The machines that ended it.
    var ended: Set<String> = []
    /// The machines that began another one last and did not end that, with its identifier.
    var others: [String: String] = [:]

    /// Asks machines; one that does not answer keeps nothing.
    ///
    /// - Parameters:
    ///   - identifier: The identifier of the update.
    ///   - timeout: How long a machine may take to answer, in seconds.
    static func read(_ machines: [String], of hypervisor: any Hypervisor, identifier: String, timeout: Double) async -> KeptIdentifiers {
        let program = "for name in begun identifier; do cat /var/lib/rehearsal/update-$name 2> /dev/null || echo; done"
        let answers = await withTaskGroup(of: (String, String?).self) { group in
            for name in machines {
                group.addTask {
                    let shell = try? await hypervisor.machine(named: name).shell
                    return (name, try? await shell?.execute(["sh", "-c", program], timeout: timeout).standardOutput)
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        var kept = KeptIdentifiers()
        for (machine, answer) in answers { kept.note(answer, of: machine, identifier: identifier) }
        return kept
    }

    /// Reads a machine's answer: the identifier begun last and the one ended last, each in a line, empty if there is none.
    mutating func note(_ answer: String, of machine: String, identifier: String) {
        let lines = answer.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count >= 2 else { return }
        if lines[1] == identifier {
            ended.insert(machine)
        } else if lines[0] == identifier {
            begun.insert(machine)
        } else if lines[0] != lines[1], UpdateIdentifier.isValid(lines[0]) {
            others[machine] = lines[0]
        }
    }

    /// The machine whose update is the next of a plan after a step, if that is one which was begun before and did not end. Machines that
    /// ended it are left alone, so that they come in between without harm.
    func goesOnNext(in plan: Plan, after step: Step) -> String? {
        for next in plan.steps where next.id > step.id {
            guard case .procedure(_, let arguments, _) = next.action, arguments.first == plan.identifier, let machine = next.machine,
                !ended.contains(machine)
            else { continue }
            return begun.contains(machine) ? machine : nil
        }
        return nil
    }
}
