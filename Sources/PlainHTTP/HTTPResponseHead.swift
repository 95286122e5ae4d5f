public import Foundation

/// The head of an HTTP/1 response: all that comes before its body.
public struct HTTPResponseHead: Sendable, Equatable {
    /// The status code, for example 404.
    public let status: Int
    /// The length of the body in bytes, if the response says it.
    public let bodyLength: Int?
    /// How many bytes the head has, with the empty line at its end.
    public let size: Int

    /// Reads the head at the beginning of what was received.
    ///
    /// Returns nil while the head is not complete, and for what is not HTTP/1.
    public init?(_ data: Data) {
        guard let end = data.firstRange(of: Data("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: data[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else { return nil }
        self.status = status
        bodyLength = lines.dropFirst().compactMap(Self.length).last
        size = data.distance(from: data.startIndex, to: end.upperBound)
    }

    private static func length(_ line: String) -> Int? {
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "content-length" else { return nil }
        return Int(parts[1].trimmingCharacters(in: .whitespaces))
    }
}
