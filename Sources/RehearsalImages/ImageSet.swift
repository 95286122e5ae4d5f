public import RehearsalModel
public import Foundation

/// Everything a testbed boots from: kernel, initial ramdisk, one disk image per role, and what is in them.
public struct ImageSet: Sendable {
    /// One role's image.
    public struct RoleImage: Sendable {
        public let role: String
        /// Content digest: the name under which it is cached.
        public let digest: String
        /// The qcow2 file that machines' overlays are backed by.
        public let disk: URL
        /// What the image holds, sorted by name.
        public let packages: [PackageVersion]
        /// False when it came from the cache.
        public let built: Bool
    }

    public let kernel: URL
    public let initrd: URL
    public let kernelDigest: String
    public let roles: [String: RoleImage]
    /// What an update will change, by package name; versions of the installed and the candidate channel.
    public let delta: [PackageChange]
    public let candidateDigest: String
    /// Where the candidate channel came from: `security-updates` or a folder.
    public let candidateSource: String

    /// The digests of all parts, for the run's record.
    public var digests: [String: String] {
        roles.mapValues(\.digest).merging(["kernel": kernelDigest, "candidate": candidateDigest]) { left, _ in left }
    }
}

extension Candidate {
    /// The same with a directory's path made absolute.
    public func resolved(relativeTo base: URL) -> Candidate {
        switch self {
        case .securityUpdates: self
        case .directory(let path): .directory(URL(fileURLWithPath: path, relativeTo: base).absoluteURL.path)
        }
    }
}
