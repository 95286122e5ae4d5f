public import Foundation
import RehearsalHistory
import RehearsalHost
import RehearsalModel
import RehearsalStore
public import RehearsalTestbed

/// Looks on machines for what should not be there, by the scripts of a folder (docs/checks.md).
public struct MachineChecks: Sendable {
    let hypervisor: any Hypervisor
    let folder: URL
    let slowness: Double

    /// - Parameters:
    ///   - folder: Where the scripts are, each a file `NAME.sh`.
    ///   - slowness: How many times slower guests run than the host (at least 1); multiplies every bound.
    public init(hypervisor: any Hypervisor, folder: URL, slowness: Double) {
        self.hypervisor = hypervisor
        self.folder = folder
        self.slowness = slowness
    }

    /// What one check said on one machine.
    struct Answer: Sendable, Equatable {
        let check: String
        let machine: String
        /// 0 if nothing was found, 1 for what is in the lines, any other if the check could not look.
        let status: Int32
        let lines: [String]
    }

    /// What a check comes to on all machines.
    struct Finding: Sendable, Equatable {
        let verdict: Verdict
        let text: String
    }

    /// Does checks on machines, a few machines at the same time.
    ///
    /// - Parameter joined: The machines that were not there before, so that nothing on them can be compared.
    /// - Returns: What each check comes to, in their order.
    /// - Throws: `TestbedError` with code `gone`; ``EngineError`` for a script that cannot be read.
    func find(
        _ checks: [MachineCheck], _ moment: MachineCheck.Moment, on machines: [String], joined: Set<String> = []
    ) async throws -> [Finding] {
        let (all, alone) = (try program(checks, moment), try program(checks.filter { !$0.compares }, moment))
        let answers = try await InTurn.ask(machines, turn: Readiness.patientTurnSeconds) { machine in
            do {
                let shell = try await hypervisor.machine(named: machine).shell
                let result = try await shell.execute(
                    ["/usr/bin/nice", "-n", "19", "/bin/bash", "-s"], input: Data((joined.contains(machine) ? alone : all).utf8),
                    timeout: 30 + 6 * slowness)
                return Self.parse(result.standardOutput, machine: machine)
            } catch let error where isRecoverable(error) {
                return checks.map { Answer(check: $0.name, machine: machine, status: 2, lines: [error.quoted]) }
            }
        }.flatMap(\.self)
        return checks.map { check in
            Self.finding(
                machines.filter { !check.compares || !joined.contains($0) }.map { machine in
                    answers.first { $0.check == check.name && $0.machine == machine }
                        ?? Answer(check: check.name, machine: machine, status: 2, lines: ["the machine said nothing of it"])
                })
        }
    }

    /// What the clocks of all machines come to: those of Keystone's and Galera's members have to go together.
    ///
    /// - Throws: `TestbedError` with code `gone`.
    func compareClocks(of machines: [String]) async throws -> Finding {
        let answers = try await InTurn.ask(machines, turn: Readiness.patientTurnSeconds) { machine -> Clock in
            do {
                let shell = try await hypervisor.machine(named: machine).shell
                let reading = try await GuestClockReading.take(shell, slowness: slowness, attempts: 2)
                return Clock(machine: machine, seconds: -Double(reading.wallOffset) / 1e9)
            } catch let error where isRecoverable(error) {
                return Clock(machine: machine, silence: error.quoted)
            }
        }
        let silent = answers.filter { $0.silence != nil }.map { "\($0.machine): \($0.silence ?? "")" }
        let clocks = answers.sorted { $0.seconds < $1.seconds }
        guard let first = clocks.first, let last = clocks.last, silent.isEmpty else {
            return Finding(verdict: .unknown, text: silent.joined(separator: "; "))
        }
        let spread = last.seconds - first.seconds
        guard spread > WellKnownCheck.clockSpreadSeconds else {
            return Finding(
                verdict: .pass, text: "within \(DurationText.number(DurationText.rounded(spread))) s on \(machines.count) machines")
        }
        let middle = clocks[clocks.count / 2].seconds
        let off = clocks.filter { abs($0.seconds - middle) > WellKnownCheck.clockSpreadSeconds }.map { clock in
            "\(clock.machine) is \(Int(abs(clock.seconds - middle).rounded())) s \(clock.seconds < middle ? "behind" : "ahead of") the others"
        }
        return Finding(verdict: .fail, text: off.isEmpty ? "\(Int(spread.rounded())) s apart" : off.joined(separator: "; "))
    }

    /// A machine's clock.
    private struct Clock: Sendable {
        let machine: String
        /// How many seconds it is ahead of the run's.
        var seconds = 0.0
        /// Why the machine did not tell; nil if it did.
        var silence: String?
    }

    /// One program that does all checks: to reach an emulated machine takes it half a second.
    private func program(_ checks: [MachineCheck], _ moment: MachineCheck.Moment) throws -> String {
        try (checks.contains(where: \.compares) ? Self.comparison : "")
            + checks.map { check in
                let file = folder.appendingPathComponent("\(check.name).sh")
                guard let text = try? String(contentsOf: file, encoding: .utf8) else { throw EngineError(.run, "cannot read \(file.path)") }
                let end = "END-OF-CHECK-\(check.name)"
                let command = check.compares ? "compare \(check.name) \(moment.rawValue)" : "bash"
                return "PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \(command) 2>&1 <<'\(end)' | sed 's/^/| /'\n\(text)\n\(end)\n"
                    + "echo \"= \(check.name) ${PIPESTATUS[0]}\"\n"
            }.joined()
    }

    /// A function of the program: it notes what a script prints before the update, and prints what is different after it.
    private static let comparison = #"""
        compare() {
          local note=${REHEARSAL_CHECKS:-/var/lib/rehearsal/checks}/$1 now
          now=$(bash) || { local status=$?; echo "$now"; return $status; }
          if [ "$2" = before ]; then mkdir -p "${note%/*}" && echo "$now" > "$note" || return 2; return 0; fi
          [ -e "$note" ] || { echo "nothing was noted before"; return 2; }
          diff "$note" - <<< "$now" > "$note.changes" || { sed -n 's/^< /was /p; s/^> /is now /p' "$note.changes"; return 1; }
        }

        """#

    /// Reads what the program prints: the lines of a check, each behind `| `, and then `= NAME STATUS`.
    static func parse(_ text: String, machine: String) -> [Answer] {
        var answers: [Answer] = []
        var lines: [String] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("| ") {
                if lines.count < mostLines { lines.append(String(line.dropFirst(2).prefix(240)).printable) }
                continue
            }
            let words = line.split(separator: " ")
            guard words.count == 3, words[0] == "=", let status = Int32(words[2]) else { continue }
            answers.append(Answer(check: String(words[1]), machine: machine, status: status, lines: lines))
            lines = []
        }
        return answers
    }

    private static let mostLines = 20

    private static func finding(_ answers: [Answer]) -> Finding {
        let wrong = answers.filter { $0.status == 1 }
        let silent = answers.filter { $0.status != 0 && $0.status != 1 }
        func text(_ answers: [Answer]) -> String {
            answers.map { answer in
                "\(answer.machine): \(answer.lines.isEmpty ? "status \(answer.status)" : answer.lines.joined(separator: ", "))"
            }.joined(separator: "; ")
        }
        if !wrong.isEmpty { return Finding(verdict: .fail, text: text(wrong)) }
        if !silent.isEmpty { return Finding(verdict: .unknown, text: text(silent)) }
        return Finding(verdict: .pass, text: answers.count == 1 ? "1 machine" : "\(answers.count) machines")
    }
}

extension PlanExecutor {
    /// Looks on every machine for what should not be there, and journals what each check comes to.
    ///
    /// What is found before the update ends the run there: it would be blamed on the update, or be in its way.
    func lookAtMachines(_ step: Step, _ moment: MachineCheck.Moment, _ names: [MachineCheck]) async throws -> StepResult {
        guard let checks else { return .failed("there is nothing to look with") }
        let machines = try machines()
        let findings = try await checks.find(names, moment, on: machines, joined: state.joinedMachines)
        var wrong: [String] = []
        var found = zip(names, findings).map { check, finding in (title: check.title(moment), summary: check.summary, finding: finding) }
        if plan.looksFor.contains(.clocksTogether) {
            let check = WellKnownCheck.clocksTogether
            found.append((check.title(moment), check.summary, try await checks.compareClocks(of: machines)))
        }
        for (title, summary, finding) in found {
            try journal(
                .verdict(Event.CheckVerdict(check: title, group: "machines", verdict: finding.verdict)), step: step, text: finding.text)
            if finding.verdict == .fail { wrong.append("not so: \(summary) (\(finding.text))") }
        }
        guard moment == .before, !wrong.isEmpty else { return .done(remark: wrong.joined(separator: "; ")) }
        return .failed(wrong.joined(separator: "; "))
    }
}
