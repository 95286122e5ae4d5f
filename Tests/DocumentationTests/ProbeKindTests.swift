import RehearsalModel
import RehearsalRecorder
import Testing

/// The tables of the kinds of probes say what the recorder knows.
@Suite("documentation of probe kinds")
struct ProbeKindTests {
    @Test("docs/probes.md shows all kinds, and all settings with their defaults")
    func tables() throws {
        let text = try Repository(overlay: nil).text("docs/probes.md")
        for table in [Self.kinds, Self.settings] {
            let isThere = text.contains(table)
            #expect(isThere, "the table should be:\n\(table)")
        }
    }

    @Test("docs/file-formats.md names all kinds, and the range of the period")
    func fileFormats() throws {
        let text = try Repository(overlay: nil).text("docs/file-formats.md")
        let kinds = ProbeKinds.all.map(\.name).sorted().map { "`\($0)`" }.joined(separator: ", ")
        let periods = ProbeSpecification.periods
        #expect(text.contains("| `probes[].kind` | \(kinds) | |"))
        let period = "time between the starts of two attempts, \(periods.lowerBound) to \(periods.upperBound)"
        #expect(text.contains("| `probes[].period_ms` | \(period) | |"))
    }

    private static var kinds: String {
        "| kind | target | right when | detail |\n| --- | --- | --- | --- |\n"
            + ProbeKinds.all.map { kind in
                row("`\(kind.name)`", "`\(kind.target.example)`", kind.rightWhen, kind.detail)
            }.joined()
    }

    private static var settings: String {
        "| kind | setting | value | default | meaning |\n| --- | --- | --- | --- | --- |\n" + setting("every kind", ProbeKind.timeout)
            + ProbeKinds.all.flatMap { kind in kind.ownSettings.map { setting("`\(kind.name)`", $0) } }.joined()
    }

    private static func setting(_ kind: String, _ setting: any CheckedSetting) -> String {
        let absence =
            switch setting.absence {
            case .required: "must be given"
            case .standard(let text): "`\(text)`"
            case .foundOut(let how): how
            }
        let value = setting.checkedForm.summary + (setting.isSecret ? "; a secret" : "")
        return row(kind, "`\(setting.name)`", value, absence, setting.meaning)
    }

    private static func row(_ cells: String...) -> String {
        "| " + cells.map { $0.isEmpty ? "|" : $0 + " |" }.joined(separator: " ") + "\n"
    }
}
