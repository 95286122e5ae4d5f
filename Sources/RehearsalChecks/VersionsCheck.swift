import RehearsalHistory
import RehearsalModel

/// Whether every machine has, of every package that the channels differ in, the candidate version, by its own `dpkg-query`.
public struct VersionsCheck: Check {
    public let name = "every machine has the candidate versions"
    public let group = "versions"
    public let needs: Set<Evidence.Part> = [.packages]
    public let isJournalled = true

    /// How many packages a message names.
    private static let mostNamed = 8

    /// Makes the check.
    public init() {}

    /// Due once the run has ended; a run that did not record how the channels differ cannot be judged by it.
    public func checks(in evidence: Evidence) -> [any Check] {
        evidence.hasEnded && !evidence.packageChanges.isEmpty && !evidence.isControl ? [self] : []
    }

    public func judge(_ evidence: Evidence) -> Judgement {
        var (untouched, stale): ([String], [String]) = ([], [])
        var counted = 0
        for machine in evidence.machines {
            let before = versions(machine.before)
            let installed = versions(machine.after)
            if installed.isEmpty { stale.append("\(machine.machine): versions unknown") }
            // A package of another version than either channel's is not the channels' (a stand-in, a developer's own).
            let due = evidence.packageChanges.filter { change in
                installed[change.name].map { $0 == change.to || before[change.name] == change.from } ?? false
            }
            let old = due.filter { installed[$0.name] != $0.to }
            counted += due.count
            if old.count > 1, old.count == due.count {
                untouched.append(machine.machine)
            } else {
                stale += old.map { "\(machine.machine): \($0.name) \(installed[$0.name] ?? ""), not \($0.to ?? "installed")" }
            }
        }
        if !untouched.isEmpty { stale.insert("nothing was updated on \(untouched.joined(separator: ", "))", at: 0) }
        guard stale.isEmpty else {
            let more = stale.count > Self.mostNamed ? "; and \(stale.count - Self.mostNamed) more" : ""
            return .fail(stale.prefix(Self.mostNamed).joined(separator: "; ") + more)
        }
        return .pass("\(counted) packages on \(evidence.machines.count) machines")
    }

    private func versions(_ packages: [PackageVersion]) -> [String: String] {
        Dictionary(packages.map { ($0.name, $0.version) }) { left, _ in left }
    }
}
