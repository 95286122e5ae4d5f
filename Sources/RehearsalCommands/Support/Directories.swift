import ArgumentParser
import Foundation
import RehearsalModel
import RehearsalRuns

/// Where Rehearsal keeps its files, after the XDG base directory rules; each can be moved with one option.
struct Directories: ParsableArguments {
    @Option(
        name: .customLong("state-directory"), help: "Runs and testbeds (default: $XDG_STATE_HOME/rehearsal or ~/.local/state/rehearsal).")
    var stateOption: String?

    @Option(name: .customLong("cache-directory"), help: "Images (default: $XDG_CACHE_HOME/rehearsal or ~/.cache/rehearsal).")
    var cacheOption: String?

    @Option(name: .customLong("project"), help: "The folder with Images, Topologies and Scenarios (default: found from here upwards).")
    var projectOption: String?

    var places: Places { Places(state: stateOption, cache: cacheOption) }
    var state: URL { places.state }
    var cache: URL { places.cache }

    func project() throws -> Project { try Project(root: projectOption.map { URL(fileURLWithPath: $0) }) }

    /// The use cases, with what happens shown in the terminal; what needs a testbed checks the host first.
    func runs(_ observer: TerminalObserver = TerminalObserver()) -> Runs {
        let places = places
        return Runs(places: places, observer: observer) { topology in
            try HostChecks(places: places).require(memoryMiB: topology.machines.reduce(0) { $0 + $1.memoryMiB })
        }
    }
}
