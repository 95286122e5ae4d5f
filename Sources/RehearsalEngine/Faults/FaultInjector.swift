import Foundation
import RehearsalHost
public import RehearsalModel
public import RehearsalTestbed

/// Breaks machines and heals them: by scripts in the machine or beside it, and by the hypervisor (docs/faults.md).
public struct FaultInjector: Sendable {
    /// What is done.
    public enum Deed: String, Sendable {
        /// Something is broken.
        case inject
        /// What was broken is mended.
        case heal
    }

    let testbed: any Testbed
    let topology: Topology
    let scripts: FaultScripts
    let units: UnitOwners
    let slowness: Double

    /// Makes an injector.
    ///
    /// - Parameters:
    ///   - topology: What the testbed was raised from.
    ///   - units: Which service each systemd unit belongs to.
    ///   - slowness: How much slower guests run than the host (at least 1); multiplies every bound.
    public init(testbed: any Testbed, topology: Topology, scripts: FaultScripts, units: UnitOwners, slowness: Double) {
        self.testbed = testbed
        self.topology = topology
        self.scripts = scripts
        self.units = units
        self.slowness = slowness
    }

    /// Does something to a machine.
    ///
    /// - Parameters:
    ///   - identifier: Tells this fault from others on the machine; the same when it is healed.
    ///   - kind: The name of the kind.
    ///   - arguments: What it is told.
    ///   - boundSeconds: The bound, in seconds of this host.
    /// - Returns: What the script said last if it succeeded; why not otherwise.
    /// - Throws: Trouble of the harness: a testbed that is gone, a kind that there is not.
    public func perform(
        _ deed: Deed, identifier: String, kind name: String, arguments: [String: String], on machine: String, boundSeconds: Double
    ) async throws -> StepResult {
        let kind = try scripts.kind(name)
        do {
            let result: CommandResult
            switch kind.place {
            case .hypervisor: return try await byHypervisor(deed, kind, machine)
            case .guest:
                let shell = try await testbed.machine(named: machine).shell
                let settings = environment(identifier, kind, arguments, machine)
                result = try await shell.execute(
                    ["/usr/bin/env"] + settings + ["/bin/bash", "-s", deed.rawValue], input: Data(try scripts.text(of: kind).utf8),
                    timeout: boundSeconds)
            case .testbed:
                let settings = environment(identifier, kind, arguments, machine)
                result = try await testbed.run(
                    ["/usr/bin/env"] + settings + ["/bin/bash", "-c", try scripts.text(of: kind), kind.name, deed.rawValue],
                    timeout: boundSeconds)
            }
            return Self.result(of: result)
        } catch let error as TestbedError where [.guestAgent, .timeout, .invalidState].contains(error.code) {
            return .failed(error.quoted)
        }
    }

    /// The bound of a fault by hand, in seconds of this host; a plan gives each fault its own.
    public var usualBoundSeconds: Double { 30 * slowness }

    /// Whether a fault is gone when a machine is brought back from a checkpoint: what happens outside the guest is not in it.
    func isOutsideGuest(_ name: String) -> Bool { (try? scripts.kind(name))?.place != .guest }

    private static func result(of result: CommandResult) -> StepResult {
        func lastLine(_ text: String) -> String {
            text.split(separator: "\n").last { !$0.allSatisfy(\.isWhitespace) }.map { String($0.prefix(240)).printable } ?? ""
        }
        let said = lastLine(result.standardOutput)
        guard !result.isSuccess else { return said.isEmpty ? .done : .done(remark: said) }
        let complaint = lastLine(result.standardError)
        let why = [complaint, said].first { !$0.isEmpty } ?? "it said nothing"
        return .failed("status \(result.status): \(why)")
    }

    /// What a script is told, as environment variables (docs/faults.md).
    private func environment(_ identifier: String, _ kind: FaultKind, _ arguments: [String: String], _ machine: String) -> [String] {
        func addresses(_ machines: [String]) -> String {
            topology.machines.filter { machines.contains($0.name) }.flatMap { $0.interfaces.map { "\($0.mac)" } }.joined(separator: " ")
        }
        var settings = [
            "FAULT_ID=\(identifier)", "FAULT_MACHINE=\(machine)", "FAULT_MACS=\(addresses([machine]))",
            "REHEARSAL_SCALE=\(Int(slowness.rounded(.up)))",
        ]
        for argument in kind.arguments {
            guard let value = arguments[argument.name] ?? argument.standard else { continue }
            settings.append("FAULT_\(argument.name.uppercased())=\(value)")
            switch argument.name {
            case FaultKind.serviceArgument: settings.append("FAULT_UNITS=\(units.units(of: value).joined(separator: " "))")
            case FaultKind.machinesArgument:
                settings.append("FAULT_OTHER_MACS=\(addresses(value.split(separator: ",").map(String.init)))")
            default: break
            }
        }
        return settings
    }

    private func byHypervisor(_ deed: Deed, _ kind: FaultKind, _ name: String) async throws -> StepResult {
        let machine = try await testbed.machine(named: name)
        switch (HypervisorFault(rawValue: kind.name), deed) {
        case (.kill?, .inject): try await machine.destroy()
        case (.kill?, .heal): if try await machine.state() == .off { try await machine.start() }
        case (.pause?, .inject): try await machine.pause()
        case (.pause?, .heal): if try await machine.state() == .paused { try await machine.resume() }
        case (.reset?, .inject):
            try await machine.destroy()
            try await machine.start()
        case (.reset?, .heal): break
        case (nil, _): throw EngineError(.run, "the hypervisor knows no fault \(kind.name)")
        }
        return .done
    }
}
