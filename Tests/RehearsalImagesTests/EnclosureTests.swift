import Foundation
import RehearsalHost
import RehearsalTesting
import Testing

/// What a program can reach that works on a package which is not trusted.
@Suite("enclosed programs", .enabled(if: HostRequirements().missingSubordinateIDs().isEmpty, "needs a range of subordinate ids"))
final class EnclosureTests {
    private let scratch = Scratch()
    private var place: String { scratch.url.path }

    private func enclosed(_ arguments: [String], _ script: String) async throws -> CommandResult {
        let program = Checkout.root.appendingPathComponent("Images/build/enclose.sh").path
        return try await ProcessTable().run(
            ["env", "TMPDIR=\(place)", program] + arguments + ["--", "sh", "-c", script], timeout: 60)
    }

    @Test("it reads what is named and no other file of the host")
    func reading() async throws {
        try Data("named".utf8).write(to: scratch.url.appendingPathComponent("a file"))
        try Data("other".utf8).write(to: scratch.url.appendingPathComponent("other"))
        let result = try await enclosed(
            ["--read", place + "/a file"], "cat '\(place)/a file'; ls '\(place)'; ls -d /etc/passwd /root /home /var")
        #expect(result.standardOutput == "nameda file\n", "\(result.standardError)")
    }

    @Test("it writes where it may, and nowhere else")
    func writing() async throws {
        try FileManager.default.createDirectory(at: scratch.url.appendingPathComponent("out"), withIntermediateDirectories: true)
        try Data("named".utf8).write(to: scratch.url.appendingPathComponent("in"))
        let result = try await enclosed(
            ["--read", place + "/in", "--write", place + "/out"],
            "echo new > '\(place)/out/file'; for file in /usr/new '\(place)/in'; do (echo x > \"$file\") 2> /dev/null && echo \"wrote $file\"; done"
        )
        #expect(result.standardOutput.isEmpty, "\(result.standardError)")
        #expect(try String(contentsOf: scratch.url.appendingPathComponent("out/file"), encoding: .utf8) == "new\n")
        #expect(try String(contentsOf: scratch.url.appendingPathComponent("in"), encoding: .utf8) == "named")
    }

    @Test("it has no network, sees no other process, and leaves nothing behind; its status is that of the command")
    func alone() async throws {
        let result = try await enclosed([], "ls /sys/class/net 2> /dev/null; ls -d /proc/[0-9]* | wc -l; cat /proc/net/dev | wc -l; exit 7")
        #expect(result.status == 7)
        let numbers = result.standardOutput.split(separator: "\n").compactMap { Int($0) }
        #expect(numbers.count == 2 && numbers[0] < 5 && numbers[1] == 3, "two lines of headings and lo: \(result.standardOutput)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: place).isEmpty)
    }
}
