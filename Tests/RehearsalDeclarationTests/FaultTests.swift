import Foundation
import RehearsalDeclaration
import RehearsalModel
import RehearsalTesting
import Testing

@Suite("faults and checks as files declare them")
struct FaultTests {
    private func scenario(_ faults: String) throws -> [Fault] {
        let files = Fixture.files.map {
            $0.name == Fixture.scenario.name ? SourceFile(name: $0.name, text: $0.text + "\nfaults:\n" + faults) : $0
        }
        return try #require(try Fixture.decode(files).value.scenario).faults
    }

    @Test("a fault knows its kind, machine, moment, length and place; what it is not told is as its kind says")
    func fault() throws {
        let faults = try scenario(
            """
              - {fault: kill-service, service: galera, on: controller-1, at: "during update-rest on controller-2 + 10", for: 30}
              - {fault: fill-disk, on: random, at: 5}
              - {fault: fill-disk, mebibytes: 20, on: compute-0, at: random}
              - {fault: pause-machine, on: undercloud, at: before breakpoint}
            """)
        #expect(
            faults == [
                Fault(
                    kind: "kill-service", arguments: ["service": "galera"], machine: "controller-1",
                    moment: .step(.during, name: "update-rest", machine: "controller-2", delaySeconds: 10), seconds: 30,
                    source: "minor-update.yaml:12:5"),
                Fault(
                    kind: "fill-disk", arguments: ["mebibytes": "0"], machine: nil, moment: .quiet(seconds: 5),
                    source: "minor-update.yaml:13:5"),
                Fault(
                    kind: "fill-disk", arguments: ["mebibytes": "20"], machine: "compute-0", moment: .random,
                    source: "minor-update.yaml:14:5"),
                Fault(
                    kind: "pause-machine", machine: "undercloud",
                    moment: .step(.before, name: "breakpoint", machine: nil, delaySeconds: 0), source: "minor-update.yaml:15:5"),
            ])
    }

    @Test(
        "a moment survives its written form",
        arguments: ["5", "0.5", "random", "before drain", "after stop-cluster on controller-1", "during x + 2.5"])
    func moments(_ text: String) throws {
        let moment = try #require(FaultMoment(text))
        #expect(moment.description == text)
        #expect(try JSONDecoder().decode(FaultMoment.self, from: JSONEncoder().encode(moment)) == moment)
    }

    @Test(
        "what is no moment is none",
        arguments: ["", "-1", "1e300", "now", "during", "during x on", "after x + 5", "during x + y", "during x y z"])
    func noMoments(_ text: String) { #expect(FaultMoment(text) == nil) }

    @Test("of two files of one name the first counts, so that a user's own stands before the project's")
    func own() throws {
        let own = SourceFile(name: "faults/own/fill-disk.sh", text: "#: fault — another\n#: argument path — where\n")
        let kinds = try Fixture.decode(Fixture.files.filter { !$0.name.hasPrefix("faults/") } + [own] + Fixture.faults).value.faultKinds
        #expect(kinds.filter { $0.name == "fill-disk" }.map(\.summary) == ["another"])
        #expect(Set(HypervisorFault.allCases.map(\.rawValue)).isSubset(of: kinds.map(\.name)))
    }

    @Test(
        "every shipped fault says what it does, is a script that a shell can read, and has both deeds",
        arguments: try Self.shipped("faults"))
    func shippedFault(_ name: String) throws {
        let text = try Self.text("faults/\(name)")
        #expect(try FaultDocument.decode(text: text, file: name).kind != nil)
        for deed in ["inject", "heal"] {
            #expect(text.split(separator: "\n").contains { $0.hasPrefix("\(deed)() {") }, "\(deed) in \(name)")
        }
        #expect(try Self.canBeRead("faults/\(name)"))
    }

    @Test("every shipped check of machines says what holds, and is a script that a shell can read", arguments: try Self.shipped("checks"))
    func shippedCheck(_ name: String) throws {
        #expect(try CheckDocument.decode(text: Self.text("checks/\(name)"), file: name).check != nil)
        #expect(try Self.canBeRead("checks/\(name)"))
    }

    @Test("a scenario has all checks of machines, or those that it names")
    func checks() throws {
        func checks(_ text: String) throws -> [MachineCheck] {
            let files = Fixture.files.map { $0.name == Fixture.scenario.name ? SourceFile(name: $0.name, text: $0.text + text) : $0 }
            return try #require(try Fixture.decode(files).value.scenario).checks
        }
        let all = [
            MachineCheck(name: "no-failed-units", summary: "no unit has failed", moments: [.before, .after]),
            MachineCheck(name: "runs-what-is-installed", summary: "nothing old runs", moments: [.after]),
        ]
        #expect(try checks("") == all)
        #expect(try checks("\nchecks: [runs-what-is-installed]\n") == [all[1]])
        #expect(try checks("\nchecks: []\n") == [])
    }

    private static func shipped(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: Checkout.root.appending(path: "Images/\(folder)").path)
            .filter { $0.hasSuffix(".sh") }.sorted()
    }

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: Checkout.root.appending(path: "Images/\(path)"), encoding: .utf8)
    }

    private static func canBeRead(_ path: String) throws -> Bool {
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/bash")
        shell.arguments = ["-n", Checkout.root.appending(path: "Images/\(path)").path]
        try shell.run()
        shell.waitUntilExit()
        return shell.terminationStatus == 0
    }
}
