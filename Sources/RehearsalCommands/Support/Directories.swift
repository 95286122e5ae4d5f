import ArgumentParser
import Foundation

/// Where Rehearsal keeps its files, after the XDG base directory rules; each can be moved with one option.
struct Directories: ParsableArguments {
    @Option(
        name: .customLong("state-directory"), help: "Runs and testbeds (default: $XDG_STATE_HOME/rehearsal or ~/.local/state/rehearsal).")
    var stateOption: String?

    @Option(name: .customLong("cache-directory"), help: "Images (default: $XDG_CACHE_HOME/rehearsal or ~/.cache/rehearsal).")
    var cacheOption: String?

    @Option(name: .customLong("project"), help: "The folder with Images, Topologies and Scenarios (default: found from here upwards).")
    var projectOption: String?

    var state: URL { Self.directory(stateOption, variable: "XDG_STATE_HOME", fallback: ".local/state") }
    var cache: URL { Self.directory(cacheOption, variable: "XDG_CACHE_HOME", fallback: ".cache") }
    var testbeds: URL { state.appendingPathComponent("testbeds") }

    func project() throws -> Project { try Project(root: projectOption.map { URL(fileURLWithPath: $0) }) }

    private static func directory(_ option: String?, variable: String, fallback: String) -> URL {
        if let option { return URL(fileURLWithPath: option).standardizedFileURL }
        let environment = ProcessInfo.processInfo.environment
        if let base = environment[variable], base.hasPrefix("/") { return URL(fileURLWithPath: base).appendingPathComponent("rehearsal") }
        let home = environment["HOME"] ?? NSHomeDirectory()
        return URL(fileURLWithPath: home).appendingPathComponent(fallback).appendingPathComponent("rehearsal")
    }
}
