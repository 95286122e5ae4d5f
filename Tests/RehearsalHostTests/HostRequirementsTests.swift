import Foundation
import RehearsalModel
import Testing

@testable import RehearsalHost

@Suite("host requirements")
struct HostRequirementsTests {
    private func requirements(subordinate: String, tun: String = "/dev/null") throws -> HostRequirements {
        let file = NSTemporaryDirectory() + "/subid-\(UUID().uuidString)"
        try Data(subordinate.utf8).write(to: URL(fileURLWithPath: file))
        var requirements = HostRequirements()
        requirements.userID = 1234
        requirements.userName = "tester"
        requirements.tun = tun
        requirements.subordinateUserIDs = file
        requirements.subordinateGroupIDs = file
        return requirements
    }

    private func messages(_ requirements: HostRequirements) -> [String] {
        requirements.problems().filter { !$0.message.hasPrefix("the program") }.map(\.quoted)
    }

    @Test("a user needs subordinate ids")
    func subordinateIDs() throws {
        #expect(try messages(requirements(subordinate: "tester:100000:65536\n")).isEmpty)
        #expect(try messages(requirements(subordinate: "1234:100000:65536\n")).isEmpty)
        for text in ["", "other:100000:65536\n", "tester:100000:10\n"] {
            let requirements = try requirements(subordinate: text)
            let found = messages(requirements)
            #expect(found.count == 2)
            #expect(
                found.first?.contains("user tester has no range of 65536 subordinate ids in \(requirements.subordinateUserIDs)") == true)
            #expect(found.first?.contains("usermod --add-subuids 100000-165535 tester") == true)
        }
    }

    @Test("root needs subordinate ids like everybody else")
    func root() throws {
        var requirements = try requirements(subordinate: "")
        requirements.userID = 0
        requirements.userName = "root"
        #expect(messages(requirements).count == 2)
    }

    @Test("network taps need their device")
    func taps() throws {
        let found = try messages(requirements(subordinate: "tester:1:65536\n", tun: "/nonexistent/tun"))
        #expect(found == ["cannot open /nonexistent/tun: No such file or directory (as root: modprobe tun)"])
    }

    @Test("missing programs are named with their package")
    func programs() throws {
        var requirements = try requirements(subordinate: "tester:1:65536\n")
        requirements.path = "/nonexistent"
        #expect(
            requirements.problems().contains { $0.quoted.contains("the program tini is not installed (as root: apt-get install tini") }
        )
    }
}
