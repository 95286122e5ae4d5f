import Foundation
import RehearsalTesting
import Testing

@testable import RehearsalImages

@Suite("secrets")
struct SecretsTests {
    @Test("they are drawn once, for the owner alone")
    func once() throws {
        let scratch = Scratch()
        let file = scratch.url.appendingPathComponent("secrets.json")
        let first = try Secrets.loadOrCreate(file, names: ["probe", "erlang_cookie"])
        #expect(try Secrets.loadOrCreate(file, names: ["probe", "erlang_cookie"]).values == first.values)
        #expect(first.values.keys.sorted() == ["erlang_cookie", "probe"])
        #expect(Set(first.values.values).count == 2)
        let more = try Secrets.loadOrCreate(file, names: ["redis"])
        #expect(more.values.count == 3 && more.values["probe"] == first.values["probe"])
        #expect(first.values.values.allSatisfy { $0.count == 24 })
        #expect(try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int == 0o600)
    }

    @Test("those who look at once see the same ones")
    func atOnce() async throws {
        let scratch = Scratch()
        let file = scratch.url.appendingPathComponent("secrets.json")
        let drawn = try await withThrowingTaskGroup(of: [String: String].self) { group in
            for _ in 0..<8 { group.addTask { try Secrets.loadOrCreate(file, names: ["probe", "erlang_cookie"]).values } }
            return try await group.reduce(into: Set<[String: String]>()) { $0.insert($1) }
        }
        #expect(drawn.count == 1)
    }

    @Test("a damaged file is an error with a remedy")
    func damaged() throws {
        let scratch = Scratch()
        let file = scratch.url.appendingPathComponent("secrets.json")
        try Data("{".utf8).write(to: file)
        #expect(throws: ImageError.self) { try Secrets.loadOrCreate(file, names: ["probe", "erlang_cookie"]) }
    }
}
