import Foundation
import RehearsalModel
import Subprocess

/// Runs the programs that images are made with.
enum Tool {
    /// The exit status and the output of a finished program.
    struct Output: Sendable {
        let status: Int32
        let standardOutput: String
        let standardError: String
    }

    /// Runs a program to its end and collects its output.
    ///
    /// - Throws: ``ImageError`` if the program cannot be started; a non-zero exit status does not throw.
    static func run(
        _ name: String, _ arguments: [String], environment: [String: String] = [:], limit: Int = 64 << 20
    ) async throws -> Output {
        let executable = Executable.name(name)
        do {
            let result = try await Subprocess.run(
                executable, arguments: Arguments(arguments), environment: Self.environment(environment),
                output: .string(limit: limit), error: .string(limit: limit))
            return Output(
                status: result.terminationStatus.code, standardOutput: result.standardOutput, standardError: result.standardError)
        } catch let error as SubprocessError {
            throw ImageError(.tool, "cannot run \(name): \(error.quoted)", hint: "run `make deps`")
        }
    }

    /// Runs a program to its end and hands over each line of its output at once.
    ///
    /// - Returns: The exit status; 128 + signal number for a killed process.
    static func stream(
        _ name: String, _ arguments: [String], environment: [String: String] = [:], line: @Sendable (String) -> Void
    ) async throws -> Int32 {
        let executable = Executable.name(name)
        do {
            let result = try await Subprocess.run(
                executable, arguments: Arguments(arguments), environment: Self.environment(environment),
                input: .none, output: .sequence, error: .combinedWithOutput
            ) { execution in
                for try await text in execution.standardOutput.strings() { line(text) }
            }
            return result.terminationStatus.code
        } catch let error as SubprocessError {
            throw ImageError(.tool, "cannot run \(name): \(error.quoted)", hint: "run `make deps`")
        }
    }

    private static func environment(_ more: [String: String]) -> Environment {
        var values: [Environment.Key: String] = ["LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"]
        for (key, value) in more { values[Environment.Key(stringLiteral: key)] = value }
        return .inherit.updating(values.mapValues(Optional.some))
    }
}

extension TerminationStatus {
    /// The exit status as a shell states it: 128 + signal number for a killed process.
    var code: Int32 {
        switch self {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }
}
