public import Foundation
public import RehearsalModel

/// Everything that a testbed boots from: a kernel, an initial ramdisk, and one disk image for each role.
public struct ImageSet: Sendable {
    /// One role's image.
    public struct RoleImage: Sendable {
        /// The role.
        public let role: String
        /// The digest of everything that the image is made from; part of its name in the cache.
        public let digest: String
        /// The qcow2 file. The overlay of each machine is backed by it.
        public let disk: URL
        /// The packages in the image, sorted by name.
        public let packages: [PackageVersion]
        /// Whether the image was built now; false if it came from the cache.
        public let built: Bool
    }

    /// The kernel's file.
    public let kernel: URL
    /// The initial ramdisk's file.
    public let initrd: URL
    /// The digest of kernel and initial ramdisk.
    public let kernelDigest: String
    /// The images, by role.
    public let roles: [String: RoleImage]
    /// The packages whose versions differ between the installed and the candidate channel, sorted by name.
    public let delta: [PackageChange]
    /// The digest of the candidate channel's packages.
    public let candidateDigest: String
    /// The source of the candidate channel: `security-updates` or a directory.
    public let candidateSource: String
    /// The names of the packages in a candidate directory that change nothing, sorted: no image has them or needs them, or not an older one.
    public let candidateLeftOut: [String]

    /// The digests of all parts, by role or part; a run keeps them.
    public var digests: [String: String] {
        roles.mapValues(\.digest).merging(["kernel": kernelDigest, "candidate": candidateDigest]) { left, _ in left }
    }
}

extension Candidate {
    /// The same candidate with an absolute path, if it is a directory.
    public func resolved(relativeTo base: URL) -> Candidate {
        switch self {
        case .securityUpdates: self
        case .directory(let path): .directory(URL(fileURLWithPath: path, relativeTo: base).absoluteURL.path)
        }
    }
}
