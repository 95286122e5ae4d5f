public import Foundation

/// What a machine's procedures have written on its step channel, from the machine's first start on; it only grows.
public protocol StepSource: Sendable {
    /// The next bytes from an offset on, not necessarily all there are; none if there is nothing yet.
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

    /// How many bytes are read at once: what a guest writes without end is taken in pieces.
    static let pieceBytes = 1 << 20

    /// The next bytes from an offset on, at most a piece.
    public func read(from offset: UInt64) async throws -> Data {
        guard let handle = FileHandle(forReadingAtPath: path) else { return Data() }
        defer { try? handle.close() }
        do {
            try handle.seek(toOffset: offset)
            return try handle.read(upToCount: Self.pieceBytes) ?? Data()
        } catch {
            throw TestbedError(.host, "cannot read \(path): \(error.localizedDescription)")
        }
    }

    /// The last lines, the oldest first.
    ///
    /// - Parameter count: How many at most.
    public func lastLines(_ count: Int) -> [String] {
        guard let handle = FileHandle(forReadingAtPath: path), let size = try? handle.seekToEnd() else { return [] }
        defer { try? handle.close() }
        try? handle.seek(toOffset: size - min(size, UInt64(Self.pieceBytes)))
        let text = String(decoding: (try? handle.read(upToCount: Self.pieceBytes)) ?? Data(), as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).suffix(count).map(String.init)
    }
}
