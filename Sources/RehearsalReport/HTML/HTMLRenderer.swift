public import Foundation
import Markup
import Mustache
public import RehearsalAnalysis
import RehearsalHistory
import RehearsalModel

/// `report.html`: one page without any other file, for a reader who has ten seconds, and then for one who has an hour.
public enum HTMLRenderer {
    /// The bytes of `report.html`.
    public static func render(_ analysis: RunAnalysis) throws -> Data {
        let page = HTMLPage(analysis)
        let banner = ReportSections.banner
        let sections = ReportSections.all
        let style =
            [PageStyle.colours, banner.style, PageStyle.cards] + sections.map(\.style) + [PageStyle.closing]
        let text = try page.fill(
            template,
            [
                "title": "\(analysis.verdict.word): \(page.title)",
                "style": style.joined(),
                "banner": try banner.html(page),
                "sections": try sections.map { try $0.html(page) }.joined(),
                "script": "(function(){'use strict';\n" + sections.map(\.script).joined() + "\n" + PageScript.sorting + "})();",
            ])
        return Data(text.utf8)
    }

    private static let template = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{{title}}</title>
        <style>{{{style}}}</style>
        </head>
        <body>
        {{{banner}}}<main>
        {{{sections}}}</main>
        <script>{{{script}}}</script>
        </body>
        </html>

        """
}

/// What the sections of a page have in common.
struct HTMLPage {
    /// The run.
    let analysis: RunAnalysis
    /// The picture of the run; other sections point into it.
    let timeline: Timeline
    /// What the run is, for a title.
    let title: String

    init(_ analysis: RunAnalysis) {
        self.analysis = analysis
        timeline = Timeline(analysis, patience: Patience.headline)
        title = "\(analysis.conditions.scenario), \(analysis.conditions.strategy)".printable
    }

    /// Fills a Mustache template; values between two braces are escaped.
    func fill(_ template: String, _ values: [String: Any]) throws -> String {
        // The escaping that comes with Mustache goes by grapheme and so lets through a quote that carries a combining mark.
        MustacheContentTypes.register(MarkupContentType(), named: "REHEARSAL")
        return try MustacheTemplate(string: "{{% CONTENT_TYPE:REHEARSAL}}" + template).render(values)
    }

    private struct MarkupContentType: MustacheContentType {
        func escapeText(_ text: String) -> String { Markup.escaped(text) }
    }
}
