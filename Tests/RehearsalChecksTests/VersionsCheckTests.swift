import RehearsalChecks
import RehearsalHistory
import RehearsalModel
import Testing

@Suite("check of versions")
struct VersionsCheckTests {
    private let changes = [
        PackageChange(name: "haproxy", from: "1", to: "2"), PackageChange(name: "mariadb", from: "10", to: "11"),
    ]

    private func packages(_ versions: [String: String]) -> [PackageVersion] {
        versions.sorted { $0.key < $1.key }.map { PackageVersion(name: $0.key, version: $0.value) }
    }

    private func judge(before: [String: String], after: [String: String]) -> Judgement {
        VersionsCheck().judge(
            Evidence(
                packageChanges: changes,
                machines: [Evidence.MachinePackages(machine: "controller-0", before: packages(before), after: packages(after))]))
    }

    @Test("machines with every candidate version pass")
    func everyCandidateVersionPasses() {
        #expect(
            judge(before: ["haproxy": "1", "mariadb": "10"], after: ["haproxy": "2", "mariadb": "11"])
                == .pass("2 packages on 1 machines"))
    }

    @Test("a package that still has the installed channel's version fails, and is named with its machine")
    func anOldVersionFails() {
        #expect(
            judge(before: ["haproxy": "1", "mariadb": "10"], after: ["haproxy": "1", "mariadb": "11"])
                == .fail("controller-0: haproxy 1, not 2"))
    }

    @Test("a machine on which nothing was updated is named without its packages, so that they do not hide the check that failed first")
    func nothingUpdated() {
        let old = ["haproxy": "1", "mariadb": "10"]
        #expect(judge(before: old, after: old) == .fail("nothing was updated on controller-0"))
    }

    @Test("a machine whose versions were not read fails")
    func versionsThatWereNotReadFail() {
        #expect(judge(before: [:], after: [:]) == .fail("controller-0: versions unknown"))
    }

    @Test("a package that has neither channel's version does not count")
    func aVersionOfNeitherChannelDoesNotCount() {
        #expect(judge(before: ["haproxy": "9~local"], after: ["haproxy": "9~local"]) == .pass("0 packages on 1 machines"))
    }

    @Test("the check is made only of a run that has ended and recorded its channels")
    func itIsDueWhenARunEndedThatRecordedItsChannels() {
        let ended = [Event(time: Timestamp(nanoseconds: 1), .runEnded)]
        #expect(VersionsCheck().checks(in: Evidence(packageChanges: changes, events: ended)).count == 1)
        #expect(VersionsCheck().checks(in: Evidence(packageChanges: changes)).isEmpty)
        #expect(VersionsCheck().checks(in: Evidence(events: ended)).isEmpty)
    }
}
