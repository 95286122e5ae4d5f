import Foundation
import RehearsalDeclaration
import RehearsalEngine
import RehearsalHistory
import RehearsalHost
import RehearsalImages
import RehearsalKeeper
import RehearsalModel
import RehearsalStore
import RehearsalTestbed

/// Testbeds without a run.
extension Runs {
    /// Raises a testbed of a topology and proves every probe from outside.
    ///
    /// - Parameter name: The testbed's name; nil for the topology's.
    public func raise(
        _ topology: String, name: String?, in project: Project, images: ImageSettings, settings: RaiseSettings
    ) async throws -> RaisedTestbed {
        let declaration = declaration(try project.topology(topology))
        try Testbeds.check(name ?? declaration.topology.name)
        try await requirements(declaration.topology)
        let prepared = try await prepare(declaration, in: project, settings: images)
        let name = name ?? declaration.topology.name
        let raised = try await raise(
            name, prepared: prepared, project: project, settings: settings,
            consoles: testbeds.files(name).directory.appendingPathComponent("console"))
        let bound = 15 * prepared.host.slowness
        let proof = try await raised.testbed.client.run(
            [
                places.program, "recorder", "--configuration", raised.testbed.files.recorderConfiguration.path, "--once", "--deadline",
                "\(Int(bound))",
            ], timeout: bound + 30)
        guard proof.isSuccess else {
            if !settings.keep {
                try? await testbeds.end(name)
            }
            throw RunError(
                .trouble, "\(proof.standardError)testbed \(name): not every probe was answered from outside",
                hint: "keep it with --keep and look around")
        }
        return raised
    }

    func raise(
        _ name: String, prepared: Prepared, project: Project, settings: RaiseSettings, consoles: URL
    ) async throws -> RaisedTestbed {
        try await Raiser(places: places, project: project, declaration: prepared.declaration, settings: settings, observer: observer)
            .raise(name: name, images: prepared.images, host: prepared.host, consoles: consoles)
    }
}
