import RehearsalModel

/// The packages of one service that a machine updates in one sub-step.
struct PackageGroup: Hashable, Sendable {
    let service: String
    let packages: [String]

    /// The group as an argument of a procedure: "keystone=keystone,python3-keystone".
    var argument: String {
        service + "=" + packages.joined(separator: ",")
    }

    /// Divides changes among services, in the order of the services. A package goes to the first service that owns it.
    ///
    /// - Returns: The groups, and how many packages belong to no service.
    static func divide(
        _ changes: [PackageChange], among services: [Service]
    ) -> (groups: [PackageGroup], rest: Int) {
        var remaining = changes.map(\.name).sorted()
        var groups: [PackageGroup] = []
        for service in services {
            let owned = remaining.filter(service.owns(package:))
            guard !owned.isEmpty else { continue }
            remaining.removeAll(where: service.owns(package:))
            groups.append(PackageGroup(service: service.name, packages: owned))
        }
        return (groups, remaining.count)
    }
}
