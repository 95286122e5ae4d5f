/// A composable part of machines: packages, files, hooks and what the recorder asks of it.
public struct Service: Hashable, Codable, Sendable {
    /// The name ("keystone").
    public let name: String
    /// What it is, in one line.
    public let description: String
    /// The Debian packages installed when the image is built.
    public let packages: [String]
    /// The services some machine of the topology must run for this one to work.
    public let needs: [String]
    /// The packages that are updated together as this service's own.
    public let updatePackages: [Glob]
    /// What the recorder asks.
    public let probes: [ProbeTemplate]

    /// Makes a service.
    public init(
        name: String, description: String, packages: [String] = [], needs: [String] = [],
        updatePackages: [Glob] = [], probes: [ProbeTemplate] = []
    ) {
        self.name = name
        self.description = description
        self.packages = packages
        self.needs = needs
        self.updatePackages = updatePackages
        self.probes = probes
    }

    /// Whether a package is updated as this service's own.
    public func owns(package: String) -> Bool {
        updatePackages.contains { $0.matches(package) }
    }
}
