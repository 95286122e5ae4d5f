/// A composable part of a machine: packages, files, hooks and probes.
public struct Service: Hashable, Codable, Sendable {
    /// The name ("keystone").
    public let name: String
    /// A description in one line.
    public let description: String
    /// The Debian packages installed when the image is built.
    public let packages: [String]
    /// The services that this one needs: some machine of the topology must run each of them.
    public let needs: [String]
    /// The names of the passwords and keys that it needs; services that declare the same name share one.
    public let secrets: [String]
    /// The packages that belong to this service, and are updated together.
    public let updatePackages: [Glob]
    /// The probes of the service.
    public let probes: [ProbeTemplate]

    /// Makes a service.
    public init(
        name: String, description: String, packages: [String] = [], needs: [String] = [], secrets: [String] = [],
        updatePackages: [Glob] = [], probes: [ProbeTemplate] = []
    ) {
        self.name = name
        self.description = description
        self.packages = packages
        self.needs = needs
        self.secrets = secrets
        self.updatePackages = updatePackages
        self.probes = probes
    }

    /// Whether a package belongs to this service.
    public func owns(package: String) -> Bool {
        updatePackages.contains { $0.matches(package) }
    }
}
