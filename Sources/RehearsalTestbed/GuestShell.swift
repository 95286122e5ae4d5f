public import Foundation
public import RehearsalHost

/// Commands and files in a guest.
///
/// The guest agent of a machine serves one request at a time; a command that runs does not hinder the next. Machines do not
/// wait for one another.
public protocol GuestShell: Sendable {
    /// Runs a command and waits for its end; waits for the guest agent too if it is not up yet.
    ///
    /// A command that fails is a result, not an error.
    /// - Parameters:
    ///   - argv: The command and its arguments; no shell is involved.
    ///   - input: What the command reads from standard input.
    ///   - seconds: The bound for all of it, in seconds.
    /// - Throws: ``TestbedError`` with code `timeout` that names the command, or `guest-agent`.
    func execute(_ argv: [String], input: Data?, timeout seconds: Double) async throws -> CommandResult

    /// Writes a file, replacing it at once, and makes the directories above it.
    ///
    /// - Parameter mode: Permissions, for example `0o755`.
    func write(_ content: Data, to path: String, mode: UInt16) async throws

    /// Reads a file.
    func read(_ path: String) async throws -> Data
}

extension GuestShell {
    /// Runs a command without input.
    public func execute(_ argv: [String], timeout seconds: Double) async throws -> CommandResult {
        try await execute(argv, input: nil, timeout: seconds)
    }
}
