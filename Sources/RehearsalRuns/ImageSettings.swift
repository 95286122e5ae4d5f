import Foundation
import RehearsalDeclaration
public import RehearsalImages
public import RehearsalModel

/// Where packages come from.
public struct ImageSettings: Sendable {
    /// The archive; what is not named comes from where the machine's own apt takes it.
    public var sources: PackageSources
    /// The packages to update to; nil for the scenario's.
    public var candidate: Candidate?
    /// Whether the archive's package lists are read again although they are fresh.
    public var refresh: Bool

    /// Makes settings.
    public init(sources: PackageSources = PackageSources(), candidate: Candidate? = nil, refresh: Bool = false) {
        self.sources = sources
        self.candidate = candidate
        self.refresh = refresh
    }
}
