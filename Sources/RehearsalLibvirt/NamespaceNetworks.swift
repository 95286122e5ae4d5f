import Foundation
import RehearsalHost
import RehearsalTestbed

/// The links of a testbed's network namespace.
enum NamespaceNetworks {
    /// The commands that make the bridges, in order.
    static func commands(_ networks: [TestbedSpecification.Network]) -> [[String]] {
        var commands = [["ip", "link", "set", "lo", "up"]]
        for network in networks {
            commands.append([
                "ip", "link", "add", "name", network.bridge, "mtu", "\(network.mtu)", "type", "bridge", "stp_state", "0", "forward_delay",
                "0", "mcast_snooping", "0",
            ])
            if let address = network.address { commands.append(["ip", "address", "add", address, "dev", network.bridge]) }
            commands.append(["ip", "link", "set", "dev", network.bridge, "addrgenmode", "none", "up"])
        }
        return commands
    }

    static func make(_ networks: [TestbedSpecification.Network], processes: ProcessTable) async throws {
        for command in commands(networks) {
            let result = try await processes.run(command, timeout: 10)
            guard result.isSuccess else {
                let reason = result.standardError.trimmingCharacters(in: .whitespacesAndNewlines)
                throw TestbedError(
                    .host, "cannot make the testbed's network: '\(command.joined(separator: " "))' failed: \(reason)"
                )
            }
        }
    }
}
