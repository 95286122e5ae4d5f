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
        var stale: [String] = []
        var counted = 0
        for machine in evidence.machines {
            let before = versions(machine.before)
            let installed = versions(machine.after)
            if installed.isEmpty { stale.append("\(machine.machine): versions unknown") }
            for change in evidence.packageChanges {
                // A package of another version than either channel's is not the channels' (a stand-in, a developer's own).
                guard let version = installed[change.name], version == change.to || before[change.name] == change.from else { continue }
                counted += 1
                if version != change.to { stale.append("\(machine.machine): \(change.name) \(version), not \(change.to ?? "installed")") }
            }
        }
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
