import Foundation
import Testing

@testable import RehearsalHost

@Suite("SHA-256")
struct SHA256SumTests {
    /// The digests of the standard, FIPS 180-4, as NIST's examples give them.
    @Test("digests are SHA-256")
    func digests() async throws {
        let path = NSTemporaryDirectory() + "/digest-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("abc".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try await SHA256Sum.ofFile(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        try Data(repeating: UInt8(ascii: "a"), count: 1_000_000).write(to: URL(fileURLWithPath: path))
        #expect(try await SHA256Sum.ofFile(path) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
        await #expect(throws: HostError.self) { try await SHA256Sum.ofFile(path + ".absent") }
    }
}
