public import RehearsalModel

extension Catalog {
    /// Puts role and service files together.
    ///
    /// - Throws: All problems between the files, such as a service without a file, or a name that is used twice.
    public static func resolve(
        roles: [RoleDocument], services: [ServiceDocument]
    ) throws(DiagnosticsError) -> Catalog {
        try DiagnosticSink.collect { resolve(roles: roles, services: services, sink: $0) }.value
    }

    static func resolve(roles: [RoleDocument], services: [ServiceDocument], sink: DiagnosticSink) -> Catalog {
        let names = services.map(\.name.value)
        reportDuplicates(of: services.map(\.name), kind: "service", sink: sink)
        reportDuplicates(of: roles.map(\.name), kind: "role", sink: sink)
        reportDuplicates(
            of: services.flatMap { $0.probes.map(\.name) }, kind: "probe", sink: sink)
        for (owner, used) in roles.flatMap({ role in role.services.map { ("role \(role.name.value)", $0) } })
            + services.flatMap({ service in service.needs.map { ("service \(service.name.value)", $0) } })
        where !names.contains(used.value) {
            reportUnknownService(used, of: owner, among: names, sink: sink)
        }
        return Catalog(
            roles: roles.map { role in
                Role(
                    name: role.name.value, services: role.services.map(\.value), memoryMiB: role.memoryMiB,
                    vcpus: role.vcpus)
            },
            services: services.map { service in
                Service(
                    name: service.name.value, description: service.description, packages: service.packages,
                    needs: service.needs.map(\.value), secrets: service.secrets, updatePackages: service.updatePackages,
                    probes: service.probes.map(\.template))
            })
    }

    static func reportUnknownService(
        _ service: Located<String>, of owner: String, among names: [String], sink: DiagnosticSink
    ) {
        let near = Suggestion.nearest(to: service.value, among: names)
        sink.error(
            "\(owner): there is no service \"\(service.value)\"", at: service.location,
            hint: near.map { "did you mean \"\($0)\"?" }
                ?? "add Images/services/\(service.value)/service.yaml, or remove it here")
    }

    private static func reportDuplicates(of names: [Located<String>], kind: String, sink: DiagnosticSink) {
        var first: [String: SourceLocation] = [:]
        for name in names {
            if let other = first[name.value] {
                sink.error(
                    "\(kind) \"\(name.value)\" is declared twice, first at \(other)", at: name.location,
                    hint: "rename one of them")
            } else {
                first[name.value] = name.location
            }
        }
    }
}
