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
        public let packages: [ImagePackage]
        /// False when it came from the cache.
        public let built: Bool
    }

    public let kernel: URL
    public let initrd: URL
    public let kernelDigest: String
    public let roles: [String: RoleImage]
    /// What an update will change, by package name; versions of the installed and the candidate channel.
    public let delta: [CandidateChange]
    public let candidateDigest: String
    /// Where the candidate channel came from: `security-updates` or a folder.
    public let candidateSource: String

    /// The digests of all parts, for the run's record.
    public var digests: [String: String] {
        roles.mapValues(\.digest).merging(["kernel": kernelDigest, "candidate": candidateDigest]) { left, _ in left }
    }
}

/// A package whose candidate version differs from the installed one.
public struct CandidateChange: Sendable, Codable, Hashable {
    public let name: String
    public let from: String
    public let to: String
    /// The source package it is built from.
    public let source: String

    public init(name: String, from: String, to: String, source: String) {
        self.name = name
        self.from = from
        self.to = to
        self.source = source
    }
}

/// Where the candidate channel's packages come from.
public enum CandidateSource: Sendable, Equatable {
    /// What the stable suite's security and updates suites would upgrade.
    case securityUpdates
    /// A directory of `.deb` files: a developer's own build.
    case directory(URL)

    /// The words of a scenario's `candidate` key.
    public init(_ text: String, relativeTo base: URL) {
        self = text == "security-updates" ? .securityUpdates : .directory(URL(fileURLWithPath: text, relativeTo: base).absoluteURL)
    }

    public var name: String {
        switch self {
        case .securityUpdates: "security-updates"
        case .directory(let url): url.path
        }
    }
}
