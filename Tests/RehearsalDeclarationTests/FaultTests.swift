import Foundation
import RehearsalDeclaration
import RehearsalModel
import RehearsalTesting
import Testing

@Suite("faults as files declare them")
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

    @Test("every shipped fault says what it does, is a script that a shell can read, and has both deeds", arguments: try Self.shipped())
    func shippedFault(_ name: String) throws {
        let file = Checkout.root.appending(path: "Images/faults/\(name)")
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(try FaultDocument.decode(text: text, file: name).kind != nil)
        for deed in ["inject", "heal"] {
            #expect(text.split(separator: "\n").contains { $0.hasPrefix("\(deed)() {") }, "\(deed) in \(name)")
        }
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/bash")
        shell.arguments = ["-n", file.path]
        try shell.run()
        shell.waitUntilExit()
        #expect(shell.terminationStatus == 0)
    }

    private static func shipped() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: Checkout.root.appending(path: "Images/faults").path).filter {
            $0.hasSuffix(".sh")
        }.sorted()
    }
}
