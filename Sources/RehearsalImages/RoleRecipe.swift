import Foundation
import PlainJSON
import RehearsalDeclaration
import RehearsalModel

/// The services, packages and contexts that one role's image is made from.
struct RoleRecipe {
    let role: String
    /// The services, in build order.
    let services: [String]
    /// Debian packages to install, in the services' order, each once.
    let packages: [String]
    /// For each service, the patterns of the packages that its own sub-step of an update upgrades.
    let updatePatterns: [(service: String, patterns: [Glob])]
    /// The role's machines, each with the context of its templates.
    let contexts: [(machine: String, context: [String: JSONValue])]

    /// Whether this image serves the candidate packages.
    var holdsRepository: Bool { services.contains(WellKnownService.repository) }

    init(role: String, topology: Topology, catalog: Catalog, secrets: Secrets) throws {
        let machines = topology.allMachines.filter { $0.role == role }
        let services = machines.first?.services ?? []
        var packages: [String] = []
        var updatePatterns: [(service: String, patterns: [Glob])] = []
        for name in services {
            guard let service = catalog.services.first(where: { $0.name == name }) else {
                throw ImageError(.recipe, "role \(role) names the service \(name), which has no Images/services/\(name)/service.yaml")
            }
            updatePatterns.append((name, service.updatePackages))
            for package in service.packages where !packages.contains(package) { packages.append(package) }
        }
        self.role = role
        self.services = services
        self.packages = packages
        self.updatePatterns = updatePatterns
        contexts = machines.map {
            ($0.name, TemplateContext.make(topology: topology, machine: $0, catalog: catalog, secrets: secrets.values))
        }
    }

    /// `{"machines": {name: context}}`, keys sorted.
    func contextsJSON() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let all = Dictionary(uniqueKeysWithValues: contexts.map { ($0.machine, $0.context) })
        return String(decoding: try encoder.encode(["machines": all]), as: UTF8.self)
    }
}

extension Topology {
    /// The roles that machines have, in the order of their first machine.
    var rolesInUse: [String] {
        machines.reduce(into: []) { roles, machine in if !roles.contains(machine.role) { roles.append(machine.role) } }
    }
}
