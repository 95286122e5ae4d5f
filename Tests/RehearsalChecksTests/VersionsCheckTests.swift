import RehearsalChecks
import RehearsalHistory
import RehearsalModel
import Testing

@Suite struct VersionsCheckTests {
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

    @Test func everyCandidateVersionPasses() {
        #expect(
            judge(before: ["haproxy": "1", "mariadb": "10"], after: ["haproxy": "2", "mariadb": "11"])
                == .pass("2 packages on 1 machines"))
    }

    @Test func anOldVersionFails() {
        #expect(
            judge(before: ["haproxy": "1", "mariadb": "10"], after: ["haproxy": "1", "mariadb": "11"])
                == .fail("controller-0: haproxy 1, not 2"))
    }

    @Test func versionsThatWereNotReadFail() {
        #expect(judge(before: [:], after: [:]) == .fail("controller-0: versions unknown"))
    }

    @Test func aVersionOfNeitherChannelDoesNotCount() {
        #expect(judge(before: ["haproxy": "9~local"], after: ["haproxy": "9~local"]) == .pass("0 packages on 1 machines"))
    }

    @Test func itIsDueWhenARunEndedThatRecordedItsChannels() {
        let ended = [Event(time: Timestamp(nanoseconds: 1), .runEnded)]
        #expect(VersionsCheck().checks(in: Evidence(packageChanges: changes, events: ended)).count == 1)
        #expect(VersionsCheck().checks(in: Evidence(packageChanges: changes)).isEmpty)
        #expect(VersionsCheck().checks(in: Evidence(events: ended)).isEmpty)
    }
}
