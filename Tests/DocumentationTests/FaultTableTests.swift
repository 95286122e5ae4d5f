import RehearsalModel
import RehearsalTesting
import Testing

/// The tables of faults and of checks of machines say what there is.
@Suite("documentation of faults and checks")
struct FaultTableTests {
    @Test("docs/faults.md shows every kind, what it is told, and who does it")
    func faults() throws {
        let rows = try MarkdownPage("docs/faults.md").table("fault").filter { $0.count == 4 }
        let kinds = try Repository(overlay: nil).faultsAndChecks().faults
        #expect(rows.map { $0[0] } == kinds.map { "`\($0.name)`" })
        for (row, kind) in zip(rows, kinds) {
            #expect(row[3] == kind.place.rawValue, "\(kind.name)")
            for argument in kind.arguments {
                #expect(row[2].contains("`\(argument.name)`"), "\(kind.name)")
                #expect(argument.standard.map { row[2].contains($0) } ?? true, "\(kind.name)")
            }
        }
    }

    @Test("docs/checks.md shows every check of machines, and when it is done")
    func checks() throws {
        let rows = try MarkdownPage("docs/checks.md").table("check").filter { $0[0].hasPrefix("`") }
        #expect(rows.allSatisfy { $0.count == 3 })
        let checks = try Repository(overlay: nil).faultsAndChecks().checks
        #expect(rows.map { $0[0] } == checks.map { "`\($0.name)`" })
        for (row, check) in zip(rows, checks) where row.count == 3 {
            #expect(row[2] == check.moments.map(\.rawValue).joined(separator: ", "))
        }
    }
}
