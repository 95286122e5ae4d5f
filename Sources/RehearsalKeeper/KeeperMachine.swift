import Foundation
import RehearsalHost
import RehearsalTestbed

/// A machine behind a keeper.
struct KeeperMachine: MachineHandle, GuestShell {
    let client: KeeperClient
    let name: String

    var shell: any GuestShell { self }

    func state() async throws -> MachineState {
        guard let status = try await client.machines().first(where: { $0.name == name }) else {
            throw TestbedError(.notFound, "there is no machine '\(name)'")
        }
        return status.state
    }

    func start() async throws { try await post("start") }
    func destroy() async throws { try await post("destroy") }
    func pause() async throws { try await post("pause") }
    func resume() async throws { try await post("resume") }

    func execute(_ argv: [String], input: Data?, timeout seconds: Double) async throws -> CommandResult {
        try await client.call(
            "POST", "/v1/machines/\(name)/exec",
            KeeperRequest.GuestExecute(argv: argv, timeoutSeconds: seconds, inputBase64: input?.base64EncodedString()),
            timeout: seconds + KeeperClient.patience)
    }

    func write(_ content: Data, to path: String, mode: UInt16) async throws {
        try await post(
            "files",
            KeeperRequest.WriteFile(path: path, contentBase64: content.base64EncodedString(), mode: String(mode, radix: 8)))
    }

    func read(_ path: String) async throws -> Data {
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "/._-~")
        let encoded = path.addingPercentEncoding(withAllowedCharacters: allowed) ?? path
        let file: KeeperAnswer.File = try await client.call("GET", "/v1/machines/\(name)/files?path=\(encoded)")
        guard let content = Data(base64Encoded: file.contentBase64) else {
            throw TestbedError(.badAnswer, "the keeper's copy of \(path) on \(name) is not base64")
        }
        return content
    }

    func openSteps() async throws -> any StepSource { FileOutput(path: try specification().steps) }

    func lastConsoleLines(_ count: Int) async throws -> [String] { FileOutput(path: try specification().console).lastLines(count) }

    /// What the keeper was started with for this machine: it and its client share the testbed's directory.
    private func specification() throws -> TestbedSpecification.Machine {
        let path = client.directory + "/" + TestbedSpecification.fileName
        guard let data = FileManager.default.contents(atPath: path) else {
            throw TestbedError(.host, "cannot read \(path), which says where the output of machine \(name) is")
        }
        guard let machine = try TestbedSpecification(json: data).machines.first(where: { $0.name == name }) else {
            throw TestbedError(.notFound, "there is no machine '\(name)' in the testbed in \(client.directory)")
        }
        return machine
    }

    private func post(_ action: String, _ body: (any Encodable)? = nil) async throws {
        let _: MachineStatus = try await client.call("POST", "/v1/machines/\(name)/\(action)", body)
    }
}
