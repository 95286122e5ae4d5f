import Foundation
import RehearsalEngine
import RehearsalHistory
import RehearsalHost
import RehearsalModel
import RehearsalReport
import RehearsalRuns
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

    struct Fault: Encodable {
        let fault: String
        let machine: String
        let arguments: [String: String]
    }

    let testbed: String
    let topology: String
    let accelerator: String
    /// The run that last drove the testbed; null if none did.
    @Nullable var run: String?
    let machines: [Machine]
    /// What is broken by hand.
    let faults: [Fault]
    private let ready: [ServiceReadiness]?

    enum CodingKeys: String, CodingKey { case testbed, topology, accelerator, run, machines, faults }

    /// - Parameters:
    ///   - states: What each machine is doing.
    ///   - ready: What each service says; nil when the machines were not asked.
    ///   - progress: Where machines stand in the update of the run.
    ///   - faults: What is broken by hand.
    init(
        testbed: String, topology: Topology, accelerator: Accelerator, run: String?, states: [String: MachineState],
        ready: [ServiceReadiness]?, progress: [String: MachineProgress], faults: [FaultByHand] = []
    ) {
        self.faults = faults.map { Fault(fault: $0.kind, machine: $0.machine, arguments: $0.arguments) }
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
            + faults.map { "broken by hand: \($0.fault) on \($0.machine)\n" }.joined()
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
