import Foundation
import RehearsalEngine
import RehearsalHistory
import RehearsalHost
import RehearsalModel
import RehearsalReport
import RehearsalTestbed

/// A testbed that is up.
struct StatusListing: Listing, Encodable {
    struct Machine: Encodable {
        let name: String
        let role: String
        /// `running`, `paused`, `off`, `crashed` or `unknown`.
        let state: String
        /// By the name of the network.
        let addresses: [String: String]
        /// `ok`, `wait` and what for, or `behind` and another service, by the name of the service; null when the machines were not asked.
        @Nullable var services: [String: String]?
        /// Where it stands in the update of the run; null when no run has driven the testbed.
        @Nullable var update: String?
    }

    let testbed: String
    let topology: String
    let accelerator: String
    /// The run that last drove the testbed; null if none did.
    @Nullable var run: String?
    let machines: [Machine]
    private let ready: [ServiceReadiness]?

    enum CodingKeys: String, CodingKey { case testbed, topology, accelerator, run, machines }

    /// - Parameters:
    ///   - states: What each machine is doing.
    ///   - ready: What each service says; nil when the machines were not asked.
    ///   - progress: Where machines stand in the update of the run.
    init(
        testbed: String, topology: Topology, accelerator: Accelerator, run: String?, states: [String: MachineState],
        ready: [ServiceReadiness]?, progress: [String: MachineProgress]
    ) {
        self.testbed = testbed
        self.topology = topology.name
        self.accelerator = accelerator.rawValue
        self.run = run
        self.ready = ready
        machines = topology.machines.map { machine in
            Machine(
                name: machine.name, role: machine.role, state: states[machine.name]?.rawValue ?? "unknown",
                addresses: Dictionary(machine.interfaces.map { ($0.network, $0.address.description) }) { first, _ in first },
                services: ready.map { ready in
                    Dictionary(
                        ready.filter { $0.machine == machine.name }.map { ($0.service, $0.word) }
                    ) { first, _ in first }
                },
                update: progress[machine.name]?.rawValue)
        }
    }

    var table: String {
        let driven = run.map { ", last driven by run \($0)" } ?? ""
        return "testbed \(testbed) (topology \(topology), \(accelerator))\(driven)\n" + machines.map(line).joined()
    }

    private func line(_ machine: Machine) -> String {
        let columns = [(machine.name, 14), (machine.state, 8)] + (run == nil ? [] : [(machine.update ?? "", 13)])
        let waiting = ready?.filter { $0.machine == machine.name && !$0.isReady }
            .sorted { $0.service < $1.service }.map { "\($0.service): \($0.word)" }
        let services = waiting.map { $0.isEmpty ? "all services ready" : $0.joined(separator: "; ") } ?? ""
        return "  " + columns.map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) + " " }.joined() + services + "\n"
    }
}

extension ServiceReadiness {
    fileprivate var word: String {
        switch state {
        case .ready: "ok"
        case .waiting: "wait \(detail)"
        case .broken: "broken \(detail)"
        case .behind: detail
        }
    }
}
