import Foundation
import RehearsalDeclaration
import RehearsalEngine
import RehearsalHost
import RehearsalModel
import RehearsalRecorder
import RehearsalTestbed

extension Runs {
    /// Lets machines join a testbed that is up, or leave it.
    ///
    /// - Parameters:
    ///   - role: The role, in any case.
    ///   - change: How many machines join; less than 0 for machines that leave, the last ones first.
    ///   - keepingIdentifier: Whether Heat's stack goes on remembering the identifier of its last update.
    ///   - testbed: The testbed; nil for the only one.
    /// - Returns: The machines that joined or left.
    /// - Throws: ``RunError`` for what cannot be asked.
    public func scale(
        _ role: String, by change: Int, keepingIdentifier: Bool = false, testbed: String?, in project: Project
    ) async throws -> [String] {
        let live = try testbeds.choose(testbed)
        let claim = try TestbedClaim(live.name, in: testbeds)
        defer { withExtendedLifetime(claim) {} }
        try testbeds.requireUndriven(live.name)
        let topology = try live.files.readTopology()
        guard let assignment = topology.roles.first(where: { $0.role.lowercased() == role.lowercased() }) else {
            throw RunError(
                .invalid, "testbed \(live.name) has no role \(role)", hint: "it has \(topology.roles.map(\.role).joined(separator: ", "))")
        }
        guard let scaled = topology.scaled(assignment.role, by: change), change != 0 else {
            let spares = topology.spares.count { $0.role == assignment.role }
            throw RunError(
                .invalid,
                "testbed \(live.name) has \(assignment.count) of role \(assignment.role), and \(spares) more that could join",
                hint: "a topology says with `spares` how many more of a role it defines (docs/file-formats.md)")
        }
        let declaration = declaration(try project.topology(topology.name)).having(scaled)
        let slowness = try await usualSlowness(of: live)
        let start = HostClock.now()
        let scaler = TestbedScaler(live.client, files: live.files, images: project.images, slowness: slowness) { [observer] in
            observer.observe(.raising($0, seconds: HostClock.now().seconds(since: start)))
        }
        try await scaler.scale(to: scaled, keepingIdentifier: keepingIdentifier)
        try RecorderConfiguration.make(declaration, places: places, slowness: slowness).write(to: live.files.recorderConfiguration)
        let (before, after) = (topology.machines.map(\.name), scaled.machines.map(\.name))
        return change > 0 ? after.filter { !before.contains($0) } : before.filter { !after.contains($0) }
    }
}
