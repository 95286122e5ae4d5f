import ArgumentParser
import Foundation
import RehearsalAnalysis
import RehearsalDeclaration
import RehearsalDemo
import RehearsalHistory
import RehearsalModel
import RehearsalRuns
import RehearsalStore

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Make a recording of a run that can be shown.",
        discussion: """
            It is made from the run's store alone, by a storyboard: Demos/NAME.yaml, where NAME is the scenario's, or Demos/default.yaml. The same \
            store and storyboard give the same bytes (docs/demo.md).

            Forms: html (a page with a player, in one file), svg (a picture that moves, for a README), cast (a recording of a terminal; cast3 for asciicast version 3), vtt \
            (captions and chapters); and with ffmpeg and rsvg-convert mp4, gif and png (the poster).
            """)
    @Argument(
        help: ArgumentHelp(
            "The run's name, the path of its directory, or of its run.sqlite (default: the run that ended last); two to show them side by side.",
            valueName: "run"))
    var runs: [String] = []
    @Option(help: ArgumentHelp("The storyboard's file.", valueName: "file")) var storyboard: String?
    @Option(help: ArgumentHelp("How long the recording is, in seconds (default: what the storyboard says).", valueName: "s")) var length:
        Double?
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("The forms (default: html svg cast vtt).", valueName: "form"))
    var format: [Form] = Demo.Form.usual.map(Form.text)
    @Option(help: "The colours of pictures and films: \(StagePalette.all.map(\.name).joined(separator: ", ")).") var theme: Theme = Theme(
        palette: .light)
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Write them here instead of the run's directory (of two runs: the working directory).", valueName: "directory")) var output:
        String?
    @Flag(help: "Make it of a run that is going on, too; what that costs this host shows in the run's numbers.") var anyway = false
    @OptionGroup var directories: Directories

    /// A form by its name.
    enum Form: ExpressibleByArgument {
        case text(Demo.Form)
        case film(DemoVideo.Form)
        static let allValueStrings = Demo.Form.allCases.map(\.rawValue) + DemoVideo.Form.allCases.map(\.rawValue)

        init?(argument: String) {
            if let form = Demo.Form(rawValue: argument) {
                self = .text(form)
            } else if let form = DemoVideo.Form(rawValue: argument) {
                self = .film(form)
            } else {
                return nil
            }
        }

        var defaultValueDescription: String {
            switch self {
            case .text(let form): form.rawValue
            case .film(let form): form.rawValue
            }
        }
    }

    /// Colours by their name.
    struct Theme: ExpressibleByArgument {
        let palette: StagePalette
        static let allValueStrings = StagePalette.all.map(\.name)

        init(palette: StagePalette) { self.palette = palette }

        init?(argument: String) {
            guard let palette = StagePalette.all.first(where: { $0.name == argument }) else { return nil }
            self.palette = palette
        }

        var defaultValueDescription: String { palette.name }
    }

    func validate() throws {
        if let length, !(10...3_600).contains(length) { throw ValidationError("--length is from 10 to 3600 s") }
        if runs.count > 2 { throw ValidationError("two runs can be shown side by side, and no more") }
        if runs.count == 2, storyboard != nil { throw ValidationError("--storyboard tells one run, and not two side by side") }
    }

    func run() async throws {
        try await reportingFailures {
            let stores = try stores()
            for form in format {
                guard case .film(let film) = form, let missing = DemoVideo.missing(for: film).first else { continue }
                throw CommandFailure(
                    .usage, "\(film.rawValue) is made by \(missing.name), which is not here",
                    hint: "install it: apt-get install \(missing.package)")
            }
            let demo = try tell(stores)
            let folder = output.map { URL(fileURLWithPath: $0) } ?? (stores.count == 1 ? stores[0].directory : URL(fileURLWithPath: "."))
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for form in format {
                switch form {
                case .text(let form):
                    for file in try demo.write([form], palette: theme.palette, to: folder) { Terminal.output("\(file.path)\n") }
                case .film(let form):
                    let file = folder.appendingPathComponent("demo.\(form.rawValue)")
                    try await DemoVideo(demo, palette: theme.palette).write(form, to: file)
                    Terminal.output("\(file.path)\n")
                }
            }
        }
    }

    /// The runs to tell, none of them going on.
    private func stores() throws -> [RunStore] {
        let index = RunIndex(stateDirectory: directories.state)
        let last = try runs.isEmpty ? index.list().last { $0.state == .ended && !$0.scenario.isEmpty }.map { [$0.identifier] } : runs
        guard let names = last else {
            throw CommandFailure(.usage, "no run has ended yet", hint: "make one: rehearse run SCENARIO")
        }
        let stores = try names.map { try index.open($0) }
        for store in stores where RunLock.isHeld(directory: store.directory) && !anyway {
            throw CommandFailure(
                .usage, "run \(store.directory.lastPathComponent) is going on, and to make a demo now would show in its numbers",
                hint: "wait for its end, or say --anyway")
        }
        return stores
    }

    private func tell(_ stores: [RunStore]) throws -> Demo {
        let runs = try stores.map { (analysis: try RunAnalysis($0), facts: try $0.facts()) }
        if runs.count == 2 { return Demo(runs[0], beside: runs[1], seconds: length) }
        let board = try directories.project().storyboard(of: runs[0].analysis.conditions.scenario, file: storyboard)
        return try Demo(runs[0].analysis, facts: runs[0].facts, storyboard: board, seconds: length)
    }
}
