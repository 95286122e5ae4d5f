public import Foundation
import RehearsalDeclaration
import RehearsalHost
import RehearsalImages
import RehearsalModel
public import RehearsalRecorder

extension RecorderConfiguration {
    /// Up to how slow guests probes are asked as often as their services say; slower ones are asked as much less often.
    ///
    /// At a slowness of 20.5, twenty requests a second on new connections and twenty on a kept one took HAProxy and the kernel of the
    /// machine that holds the virtual address half of its processor; all other services behind it were late.
    static let usualSlowness = 10.0

    /// The time from one attempt to the next on a host, in milliseconds, rounded up to tens.
    static func period(_ milliseconds: Int, slowness: Double) -> Int {
        guard slowness > usualSlowness else { return milliseconds }
        let scaled = Int((Double(milliseconds) * slowness / usualSlowness / 10).rounded(.up)) * 10
        return min(scaled, ProbeSpecification.periods.upperBound)
    }

    /// What the recorder of a testbed asks: the probes of the services its topology has, with their secrets.
    ///
    /// - Parameters:
    ///   - slowness: How many times slower guests run than the host (at least 1).
    ///   - run: The directory of the run to record into; nil for none yet.
    static func make(
        _ declaration: Declaration, places: Places, slowness: Double, run: URL? = nil
    ) throws -> RecorderConfiguration {
        let secrets = try Secrets.of(
            cache: places.cache, names: declaration.catalog.secrets(of: declaration.topology.services))
        var probes = try ProbeBuilder.make(
            topology: declaration.topology, catalog: declaration.catalog, kinds: ProbeKinds.all, secrets: secrets.values)
        for index in probes.indices { probes[index].periodMilliseconds = period(probes[index].periodMilliseconds, slowness: slowness) }
        return RecorderConfiguration(run: run?.path, probes: probes)
    }

    /// Writes what `rehearse recorder --configuration FILE` reads; it holds the probes' secrets, so it is for the owner alone.
    func write(to file: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try PrivateFile.replace(file, with: try encoder.encode(self))
    }

    /// Reads what ``write(to:)`` wrote.
    public static func read(_ file: URL) throws -> RecorderConfiguration {
        try JSONDecoder().decode(RecorderConfiguration.self, from: Data(contentsOf: file))
    }
}
