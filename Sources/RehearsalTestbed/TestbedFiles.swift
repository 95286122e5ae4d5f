public import Foundation
public import RehearsalModel

/// Where a raised testbed keeps its files.
public struct TestbedFiles: Sendable {
    /// The directory that holds them all.
    public let directory: URL

    /// Names the files of a testbed in a directory.
    public init(directory: URL) { self.directory = directory }

    /// The disk of a machine.
    public func disk(_ machine: String) -> URL { directory.appendingPathComponent("machines/\(machine).qcow2") }
    /// What a machine's procedures write on its step channel.
    public func steps(_ machine: String) -> URL { directory.appendingPathComponent("machines/\(machine).steps") }
    /// The topology as it was raised, for the commands that come later.
    public var topology: URL { directory.appendingPathComponent("topology.json") }
    /// What the recorder asks; holds secrets, readable for the owner alone.
    public var recorderConfiguration: URL { directory.appendingPathComponent("recorder.json") }
    /// What the testbed was started with.
    public var specification: URL { directory.appendingPathComponent(TestbedSpecification.fileName) }
    /// The recorder's process number in the testbed's PID namespace.
    public var recorderProcess: URL { directory.appendingPathComponent("recorder.pid") }
    /// The run that last drove the testbed.
    public var run: URL { directory.appendingPathComponent("run") }

    /// The name of the run that last drove the testbed; nil if none did.
    public func readRun() -> String? {
        (try? String(contentsOf: run, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Notes the topology that the testbed has.
    public func write(_ topology: Topology) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        try encoder.encode(topology).write(to: self.topology, options: .atomic)
    }

    /// The topology that the testbed has: the one it was raised from, with the machines that joined or left since.
    ///
    /// - Throws: ``TestbedError`` when no testbed is there.
    public func readTopology() throws -> Topology {
        guard let data = try? Data(contentsOf: topology) else {
            throw TestbedError(.gone, "there is no testbed in \(directory.path)", hint: "raise one with `rehearse up TOPOLOGY`")
        }
        return try JSONDecoder().decode(Topology.self, from: data)
    }
}
