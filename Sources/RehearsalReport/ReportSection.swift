import RehearsalAnalysis

/// A section of a run's reports: what it says and how it looks, in every report that shows it.
///
/// A new section is a file beside the others and a line in ``ReportSections/all``.
protocol ReportSection: Sendable {
    /// The CSS of its own.
    var style: String { get }
    /// The JavaScript of its own; the scripts of all sections share one function, in the order of the sections.
    var script: String { get }

    /// The markup, from `<section>` to `</section>`; empty when `report.html` does not show the section.
    func html(_ page: HTMLPage) throws -> String
    /// The members of `report.json`, by key.
    func json(_ analysis: RunAnalysis) -> [String: any Encodable]
    /// The lines of the summary on a terminal.
    func text(_ analysis: RunAnalysis, _ terminal: TextTerminal) -> [String]
}

extension ReportSection {
    var style: String { "" }
    var script: String { "" }

    func html(_ page: HTMLPage) throws -> String { "" }
    func json(_ analysis: RunAnalysis) -> [String: any Encodable] { [:] }
    func text(_ analysis: RunAnalysis, _ terminal: TextTerminal) -> [String] { [] }
}

/// CSS that several sections share; it stands among them because later rules win over earlier ones.
struct SharedStyle: ReportSection {
    let style: String
}

/// The sections, in their order.
enum ReportSections {
    /// The head of the page and of the summary.
    static let banner = BannerSection()

    /// Everything below the banner.
    static let all: [any ReportSection] = [
        HostSection(),
        FeltSection(),
        SharedStyle(style: PageStyle.controls),
        TimelineSection(),
        SharedStyle(style: PageStyle.marks),
        OutagesSection(),
        ChecksSection(),
        PackagesSection(),
        StepsSection(),
        ActsSection(),
        ConditionsSection(),
        RecorderSection(),
    ]

    /// The banner, and everything below it.
    static var withBanner: [any ReportSection] { [banner] + all }
}
