import RehearsalHistory
import RehearsalModel
import RehearsalTestbed

/// Reads what a machine has installed.
enum PackageFacts {
    static func read(_ machine: String, hypervisor: any Hypervisor, slowness: Double) async throws -> [PackageVersion] {
        let result = try await hypervisor.machine(named: machine).shell.execute(
            ["dpkg-query", "-W", "-f", "${db:Status-Status}\\t${Package}\\t${Version}\\t${source:Package}\\n"], timeout: 20 + 5 * slowness)
        return result.standardOutput.split(separator: "\n").compactMap { line in
            let words = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard words.count >= 4, words[0] == "installed" else { return nil }
            return PackageVersion(name: words[1], version: words[2], source: words[3])
        }
    }
}
