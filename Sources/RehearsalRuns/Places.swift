public import Foundation

/// Where Rehearsal keeps its files, and the program that its helpers are started from.
public struct Places: Sendable {
    /// Runs and testbeds.
    public let state: URL
    /// Images and checkpoints of ready testbeds; all of it can be made again.
    public let cache: URL
    /// The program that holds a testbed (`keeper`) and records (`recorder`).
    public let program: String

    /// Names the places.
    ///
    /// - Parameter program: The running program by default.
    public init(state: URL, cache: URL, program: String? = nil) {
        self.state = state
        self.cache = cache
        self.program = program ?? Self.running ?? CommandLine.arguments[0]
    }

    /// The running program; the one in its place if it was built anew meanwhile, which Linux calls "(deleted)".
    private static var running: String? {
        let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let replaced = " (deleted)"
        return path.map { $0.hasSuffix(replaced) ? String($0.dropLast(replaced.count)) : $0 }
    }

    /// The places that the XDG base directory rules give, but for those that are named.
    ///
    /// - Parameters:
    ///   - state: The state directory; nil for `$XDG_STATE_HOME/rehearsal` or `~/.local/state/rehearsal`.
    ///   - cache: The cache directory; nil for `$XDG_CACHE_HOME/rehearsal` or `~/.cache/rehearsal`.
    ///   - environment: The process's environment variables.
    public init(state: String?, cache: String?, environment: [String: String] = ProcessInfo.processInfo.environment) {
        func place(_ named: String?, _ variable: String, _ fallback: String) -> URL {
            if let named { return URL(fileURLWithPath: named).standardizedFileURL }
            if let base = environment[variable], base.hasPrefix("/") {
                return URL(fileURLWithPath: base).appendingPathComponent("rehearsal")
            }
            let home = environment["HOME"] ?? NSHomeDirectory()
            return URL(fileURLWithPath: home).appendingPathComponent(fallback).appendingPathComponent("rehearsal")
        }
        self.init(
            state: place(state, "XDG_STATE_HOME", ".local/state"), cache: place(cache, "XDG_CACHE_HOME", ".cache"))
    }

    /// The folder with a directory for each testbed.
    public var testbeds: URL { state.appendingPathComponent("testbeds") }
}
