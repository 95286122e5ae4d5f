public import Foundation
public import RehearsalDeclaration
import RehearsalEngine
import RehearsalImages
public import RehearsalModel
public import RehearsalPlanner
import RehearsalRecorder

/// The folder that holds what is rehearsed: `Images`, `Topologies`, `Scenarios`.
public struct Project: Sendable {
    /// The folder.
    public let root: URL

    /// What goes into a machine.
    public var images: URL { root.appendingPathComponent("Images") }

    /// - Parameter root: The folder; found from the working directory upwards if nil.
    public init(root: URL?) throws {
        if let root {
            self.root = root.standardizedFileURL
            guard Self.isProject(self.root) else {
                throw RunError(
                    .invalid, "\(self.root.path) holds no Images folder", hint: "name the folder that has Images and Topologies")
            }
            return
        }
        var candidate = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
        while !Self.isProject(candidate) {
            let parent = candidate.deletingLastPathComponent()
            guard parent.path != candidate.path else {
                throw RunError(
                    .invalid, "no Images and Topologies folders here or above",
                    hint: "go to a checkout of Rehearsal, or name it with --project")
            }
            candidate = parent
        }
        self.root = candidate
    }

    private static func isProject(_ url: URL) -> Bool {
        ["Images/services", "Topologies"].allSatisfy { FileManager.default.fileExists(atPath: url.appendingPathComponent($0).path) }
    }

    // MARK: Files

    /// A topology by name or path, with the roles and services it is made of; every problem in any of the files is thrown at once.
    public func topology(_ name: String) throws -> Loaded<Declaration> {
        try declaration(topology: try find(name, in: "Topologies", what: "topology"), scenario: nil)
    }

    /// A scenario by name or path, with its topology; every problem in any of the files is thrown at once.
    ///
    /// - Parameter name: The name or path; of a scenario with several ways, the way behind a colon ("bugs/3-subtle:caught").
    public func scenario(_ name: String) throws -> Loaded<Declaration> {
        let (file, way) = try scenarioFile(name)
        let source = try self.source(file)
        guard let topology = ScenarioDocument.topology(in: source.text) else {
            _ = try ScenarioDocument.decode(text: source.text, file: source.name, way: way)
            throw RunError(.invalid, "\(source.name) names no topology", hint: "add `topology: ha`")
        }
        return try declaration(
            topology: try find(topology, in: "Topologies", what: "topology"), scenario: source, way: way,
            faults: try faultFiles(of: file).map(self.source))
    }

    private func scenarioFile(_ name: String) throws -> (file: URL, way: String?) {
        let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return (try find(parts[0], in: "Scenarios", what: "scenario"), parts.count > 1 ? parts[1] : nil)
    }

    private func declaration(
        topology: URL, scenario: SourceFile?, way: String? = nil, faults: [SourceFile] = []
    ) throws -> Loaded<Declaration> {
        try Declaration.decode(
            topology: try source(topology), scenario: scenario, way: way,
            roles: try Self.files(images.appendingPathComponent("roles"), ending: ".yaml").map(source),
            services: try serviceFiles().map(source), strategies: Strategies.names, probeKinds: ProbeKinds.all,
            checks: checkFiles().map(source), substeps: Set(try procedures().flatMap(\.substeps)), faults: faults)
    }

    /// The scripts of faults that a scenario may use: those in its own folder, then the project's.
    private func faultFiles(of scenario: URL?) throws -> [URL] {
        let own = try scenario.map { scenario in
            try Self.files(scenario.deletingLastPathComponent(), ending: ".sh")
                .filter { try Self.text($0).split(separator: "\n").contains { $0.hasPrefix("#: fault") } }
        }
        return (own ?? []) + Self.files(images.appendingPathComponent("faults"), ending: ".sh")
    }

    /// The kinds of faults that a scenario may use, named by name or path; nil for those that any may.
    func faultKinds(of scenario: String?) throws -> [FaultKind] {
        let file = try scenario.map { try scenarioFile($0).file }
        return try Declaration.faultKinds(of: try faultFiles(of: file).map(source))
    }

    /// Copies the scripts of faults, and the library that they use, into a folder, so that a run goes on with those it began with.
    ///
    /// - Parameters:
    ///   - kinds: The names of the kinds; those of the hypervisor have no script.
    ///   - scenario: The scenario that asks for them, by name or path; nil for the project's alone.
    func copyFaults(_ kinds: Set<String>, of scenario: String?, to folder: URL) throws -> FaultScripts {
        let file = try scenario.map { try scenarioFile($0).file }
        let scripts = Dictionary(try faultFiles(of: file).map { ($0.lastPathComponent, $0) }) { first, _ in first }.values
            .filter { kinds.contains($0.deletingPathExtension().lastPathComponent) }
        try Self.copy(scripts + [images.appendingPathComponent("faults/lib/\(FaultScripts.library)")], to: folder)
        return FaultScripts(folder: folder)
    }

    /// Copies the scripts of checks into a folder, so that a run goes on with those it began with.
    func copyChecks(_ checks: [MachineCheck], to folder: URL) throws {
        let names = Set(checks.map(\.name))
        try Self.copy(checkFiles().filter { names.contains($0.deletingPathExtension().lastPathComponent) }, to: folder)
    }

    private func checkFiles() -> [URL] { Self.files(images.appendingPathComponent("checks"), ending: ".sh") }

    private static func copy(_ files: [URL], to folder: URL) throws {
        guard !files.isEmpty else { return }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for file in files { try Data(text(file).utf8).write(to: folder.appendingPathComponent(file.lastPathComponent), options: .atomic) }
    }

    private func serviceFiles() -> [URL] {
        ((try? FileManager.default.contentsOfDirectory(atPath: images.appendingPathComponent("services").path)) ?? []).sorted()
            .map { images.appendingPathComponent("services/\($0)/service.yaml") }
            .filter { FileManager.default.fileExists(atPath: $0.path) }
    }

    /// How a run is told: by a storyboard's file, or by that of the scenario's name in `Demos`, or by `Demos/default.yaml`.
    ///
    /// - Parameter scenario: The name of the scenario; its way, behind a colon, does not count.
    /// - Throws: `DiagnosticsError` with all problems of the file; ``RunError`` if it cannot be read.
    public func storyboard(of scenario: String, file: String? = nil) throws -> Storyboard {
        let demos = root.appendingPathComponent("Demos")
        let own = demos.appendingPathComponent("\(scenario.prefix { $0 != ":" }).yaml")
        let usual = FileManager.default.fileExists(atPath: own.path) ? own : demos.appendingPathComponent("default.yaml")
        let source = try self.source(file.map { URL(fileURLWithPath: $0) } ?? usual)
        guard let storyboard = try StoryboardDocument.decode(text: source.text, file: source.name).storyboard else {
            throw RunError(.invalid, "\(source.name) holds no storyboard")
        }
        return storyboard
    }

    private func source(_ file: URL) throws -> SourceFile { SourceFile(name: relative(file), text: try Self.text(file)) }

    /// The services of a topology that was resolved before; none if the project has no topology of its name any more.
    func services(of topology: Topology) -> [Service] {
        (try? self.topology(topology.name).value.catalog.services(of: topology)) ?? []
    }

    /// Which of the services each unit of a machine belongs to.
    func unitOwners(_ services: [String]) -> UnitOwners {
        UnitOwners(services: services) { service in
            let folder = images.appendingPathComponent("services/\(service)/files/etc/systemd/system")
            return (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        }
    }

    /// Summaries of all procedures, for the planner.
    public func procedures() throws -> [ProcedureSummary] {
        try Self.files(images.appendingPathComponent("procedures"), ending: ".sh").map { file in
            try ProcedureSummary.parse(name: file.deletingPathExtension().lastPathComponent, text: try Self.text(file))
        }
    }

    private func find(_ name: String, in folder: String, what: String) throws -> URL {
        let isPath = name.hasSuffix(".yaml") || name.contains("/")
        let paths = isPath ? [URL(fileURLWithPath: name), root.appendingPathComponent(name)] : []
        for url in paths + [root.appendingPathComponent("\(folder)/\(name).yaml")] where FileManager.default.fileExists(atPath: url.path) {
            return url
        }
        let files = FileManager.default.enumerator(atPath: root.appendingPathComponent(folder).path)?.compactMap { $0 as? String } ?? []
        let known = files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(".yaml".count)) }.sorted()
        throw RunError(.invalid, "there is no \(what) \(name)", hint: "known: \(known.joined(separator: ", "))")
    }

    private func relative(_ file: URL) -> String {
        file.path.hasPrefix(root.path + "/") ? String(file.path.dropFirst(root.path.count + 1)) : file.path
    }

    private static func files(_ folder: URL, ending: String) -> [URL] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(ending) && !$0.hasPrefix(".") }
            .sorted()
            .map { folder.appendingPathComponent($0) }
    }

    private static func text(_ file: URL) throws -> String {
        do {
            return try String(contentsOf: file, encoding: .utf8)
        } catch {
            throw RunError(.invalid, "cannot read \(file.path): \(error.localizedDescription)")
        }
    }
}
