public import Foundation

/// What a machine's procedures have written on its step channel, from the machine's first start on; it only grows.
public protocol StepSource: Sendable {
    /// The bytes from an offset to the end; none if there is nothing yet.
    ///
    /// - Parameter offset: How many bytes from the beginning are left out.
    /// - Throws: ``TestbedError`` if they cannot be read.
    func read(from offset: UInt64) async throws -> Data
}

/// What a machine has written to a file of this host.
public struct FileOutput: StepSource {
    private let path: String

    /// Makes the output that is in a file, which need not be there yet.
    public init(path: String) { self.path = path }

    /// The bytes from an offset to the end.
    public func read(from offset: UInt64) async throws -> Data {
        guard let handle = FileHandle(forReadingAtPath: path) else { return Data() }
        defer { try? handle.close() }
        do {
            try handle.seek(toOffset: offset)
            return try handle.readToEnd() ?? Data()
        } catch {
            throw TestbedError(.host, "cannot read \(path): \(error.localizedDescription)")
        }
    }

    /// The last lines, the oldest first.
    ///
    /// - Parameter count: How many at most.
    public func lastLines(_ count: Int) -> [String] {
        let text = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.split(whereSeparator: \.isNewline).suffix(count).map(String.init)
    }
}
