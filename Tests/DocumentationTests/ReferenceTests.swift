import Foundation
import RehearsalTesting
import Testing

/// What is referred to is there.
@Suite("references")
struct ReferenceTests {
    @Test("every link of every document leads to a file of the repository, and to a heading of it", arguments: Self.documents)
    func links(_ document: String) throws {
        let text = try Repository(overlay: nil).text(document)
        let folder = Checkout.root.appending(path: document).deletingLastPathComponent()
        for match in text.matches(of: /\]\((?<target>[^)\s]+)\)/) {
            let target = String(match.target)
            guard !target.contains("://"), !target.hasPrefix("mailto:") else { continue }
            let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let file = parts[0].isEmpty ? Checkout.root.appending(path: document) : folder.appending(path: parts[0])
            let isThere = FileManager.default.fileExists(atPath: file.path)
            #expect(isThere, "\(document) links to \(target)")
            guard parts.count == 2, file.pathExtension == "md", let linked = try? String(contentsOf: file, encoding: .utf8) else {
                continue
            }
            let isHeading = Self.anchors(of: linked).contains(parts[1])
            #expect(isHeading, "\(document) links to \(target)")
        }
    }

    @Test("sources, scripts and files name no document that is not there")
    func mentions() throws {
        let sources = ["Sources", "Tests", "Images", "dev", "Topologies", "Scenarios"].flatMap { Repository.files(below: $0, ending: "") }
        let goldens = Repository.files(below: "Tests", ending: ".md")
        let known = Set((Self.documents + goldens).map { $0.split(separator: "/").last.map(String.init) ?? $0 })
        for source in sources where !source.hasSuffix(".md") && !source.contains("/Snapshots/") {
            guard let text = try? Repository(overlay: nil).text(source) else { continue }
            for match in text.matches(of: /(?<name>[a-zA-Z0-9-]+\.md)\b/) {
                let isThere = known.contains(String(match.name))
                #expect(isThere, "\(source) names \(match.name)")
            }
        }
    }

    static let documents =
        Repository.files(below: "docs", ending: ".md")
        + ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "Sources/Libvirt/README.md"]

    /// The names by which a page's headings are linked to, as forges make them: in small letters, without punctuation, spaces as hyphens.
    private static func anchors(of text: String) -> Set<String> {
        Set(
            text.split(separator: "\n").filter { $0.hasPrefix("#") }.map { line in
                let title = line.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased()
                return String(title.compactMap { $0 == " " ? "-" : $0.isLetter || $0.isNumber || "-_".contains($0) ? $0 : nil })
            })
    }
}
