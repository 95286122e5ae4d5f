import ArgumentParser
import Foundation
import RehearsalAnalysis
import RehearsalReport
import RehearsalStore

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write what a run or a recording holds in a form that other tools read.",
        discussion: "Forms:\n" + RunExports.all.map { "  \($0.name)  \($0.summary)\n" }.joined())
    @Argument(help: "The run's name, the path of its directory, or of its run.sqlite.") var run: String
    @Option(help: "The form: \(RunExports.all.map(\.name).joined(separator: ", ")).") var format: Format
    @Option(name: .shortAndLong, help: ArgumentHelp("The file to write (default: standard output).", valueName: "file")) var output: String?
    @OptionGroup var directories: Directories

    /// A form by its name.
    struct Format: ExpressibleByArgument {
        let form: any RunExport
        static let allValueStrings = RunExports.all.map(\.name)

        init?(argument: String) {
            guard let form = RunExports.all.first(where: { $0.name == argument }) else { return nil }
            self.form = form
        }
    }

    func run() async throws {
        try await reportingFailures {
            let store = try RunIndex(stateDirectory: directories.state).open(run)
            let analysis = try RunAnalysis(store)
            let handle = try output.map(Self.open) ?? FileHandle.standardOutput
            try format.form.export(analysis, samples: store) { try handle.write(contentsOf: Data($0.utf8)) }
        }
    }

    private static func open(_ path: String) throws -> FileHandle {
        guard FileManager.default.createFile(atPath: path, contents: nil), let handle = FileHandle(forWritingAtPath: path) else {
            throw CommandFailure(.usage, "cannot write \(path): \(String(cString: strerror(errno)))")
        }
        return handle
    }
}
