import RehearsalDeclaration
import RehearsalTesting
import Testing

/// Files damaged at random: whatever they say, they are decoded or explained.
@Suite("damaged files")
struct MutationTests {
    /// How many sets of files a seed gives; all seeds together give 400, or 10,000 in `make fuzz`.
    private static let sets = Fuzz.asked == nil ? 10 : 250

    @Test("damage is survived, and explained inside the files", arguments: 0..<40)
    func damage(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        for _ in 0..<Self.sets {
            let damaged = Fixture.files.map { file in
                SourceFile(name: file.name, text: Int.random(in: 0..<3, using: &random) == 0 ? damage(file.text, &random) : file.text)
            }
            do {
                _ = try Fixture.decode(damaged)
            } catch {
                #expect(error.diagnostics.contains { $0.severity == .error })
                for diagnostic in error.diagnostics {
                    let text = try #require(damaged.first { $0.name == diagnostic.file }).text
                    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
                    #expect((1...lines.count + 1).contains(diagnostic.line), "\(diagnostic)")
                }
            }
        }
    }

    private func damage(_ text: String, _ random: inout SplitMix) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let line = Int.random(in: 0..<lines.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: lines.remove(at: line)
        case 1: lines.insert(lines[line], at: Int.random(in: 0..<lines.count, using: &random))
        case 2: lines[line] = String(lines[line].dropLast(Int.random(in: 0..<12, using: &random)))
        case 3: lines[line] = String(lines[line].dropFirst(Int.random(in: 0..<6, using: &random)))
        default:
            let letters = Array("{}[]:,#'\"*&!|>%@`\t-0é\u{E000}")
            var characters = Array(lines[line])
            characters.insert(
                letters[Int.random(in: 0..<letters.count, using: &random)], at: Int.random(in: 0...characters.count, using: &random))
            lines[line] = String(characters)
        }
        return lines.joined(separator: "\n")
    }
}
