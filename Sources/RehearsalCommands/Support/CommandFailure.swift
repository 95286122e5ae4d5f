import ArgumentParser
import Foundation
import RehearsalAnalysis
import RehearsalDeclaration
import RehearsalEngine
import RehearsalHost
import RehearsalImages
import RehearsalModel
import RehearsalPlanner
import RehearsalRuns
import RehearsalStore
import RehearsalTestbed

/// The exit statuses of every command (README.md, "Exit status"), besides those of a verdict: see `Verdict.exitStatus`.
enum ExitStatus: Int32 {
    /// `EX_USAGE` of sysexits.h: bad usage or input.
    case usage = 64
    /// `EX_SOFTWARE` of sysexits.h: trouble of the harness itself.
    case harness = 70
}

/// A failure that a command states itself.
struct CommandFailure: HintedError {
    let status: ExitStatus
    let message: String
    let hint: String?

    init(_ status: ExitStatus, _ message: String, hint: String? = nil) {
        self.status = status
        self.message = message
        self.hint = hint
    }
}

/// Runs a command's body and turns whatever it throws into a message on standard error and the right exit status.
func reportingFailures(_ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let error as ExitCode {
        throw error
    } catch is CancellationError {
        throw ExitCode(130)
    } catch {
        Terminal.error("\(error)")
        throw ExitCode(status(of: error).rawValue)
    }
}

/// What a command ends with that fails by an error.
func status(of error: any Error) -> ExitStatus {
    switch error {
    case let error as CommandFailure: error.status
    case let error as RunError: error.code == .invalid ? .usage : .harness
    case is DiagnosticsError, is TemplateError: .usage
    case let error as PlanError: error.code == .nothingToUpdate ? .harness : .usage
    case let error as ImageError: [.candidate, .recipe].contains(error.code) ? .usage : .harness
    case let error as AnalysisError: error.code == .noBranch ? .usage : .harness
    case let error as StoreError: [.notFound, .invalid].contains(error.code) ? .usage : .harness
    case let error as TestbedError: [.notFound, .invalidArgument].contains(error.code) ? .usage : .harness
    case let error as HostError: [.notFound, .invalidArgument].contains(error.code) ? .usage : .harness
    default: .harness
    }
}
