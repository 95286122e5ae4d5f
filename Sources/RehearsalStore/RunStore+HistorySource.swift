import Foundation
public import RehearsalHistory
public import RehearsalModel

extension RunStore: HistorySource {
    /// The path of the run's directory.
    public var location: String { directory.path }

    /// Sets the conditions of the run.
    public func setConditions(_ conditions: RunMetadata) throws {
        try setMetadata(conditions.values)
    }

    /// Sets one fact of the run.
    public func set(_ key: RunMetadata.Key, to value: String) throws {
        try setMetadata([key.rawValue: value])
    }

    /// Sets a further fact of the run, which the report shows as it is.
    public func setCondition(_ name: String, to value: String) throws {
        try setMetadata([RunMetadata.conditionPrefix + name: value])
    }

    /// The conditions of the run.
    public func conditions() throws -> RunMetadata {
        RunMetadata(values: try metadata())
    }

    /// The packages that the candidate channel offers in another version than the installed one; empty when that was not recorded.
    ///
    /// - Throws: ``StoreError``, with code `damaged` when the record cannot be read.
    public func packageChanges() throws -> [PackageChange] {
        guard let text = try conditions().packageChangesJSON else { return [] }
        do {
            return try JSONDecoder().decode([PackageChange].self, from: Data(text.utf8))
        } catch {
            throw StoreError(.damaged, "cannot read the package changes of the run in \(directory.path): \(error.quoted)", cause: error)
        }
    }
}
