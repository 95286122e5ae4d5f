import RehearsalDeclaration
import Testing

/// Files damaged at random: whatever they say, they are decoded or explained.
@Suite("damaged files")
struct MutationTests {
    @Test("damage is survived, and explained inside the files", arguments: 0..<40)
    func damage(_ seed: UInt64) throws {
        var random = LinearGenerator(state: seed)
        for _ in 0..<10 {
            let damaged = Fixture.files.map { file in
                SourceFile(name: file.name, text: random.next(below: 3) == 0 ? damage(file.text, &random) : file.text)
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

    private func damage(_ text: String, _ random: inout LinearGenerator) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let line = random.next(below: lines.count)
        switch random.next(below: 5) {
        case 0: lines.remove(at: line)
        case 1: lines.insert(lines[line], at: random.next(below: lines.count))
        case 2: lines[line] = String(lines[line].dropLast(random.next(below: 12)))
        case 3: lines[line] = String(lines[line].dropFirst(random.next(below: 6)))
        default:
            let letters = Array("{}[]:,#'\"*&!|>%@`\t-0é\u{E000}")
            var characters = Array(lines[line])
            characters.insert(letters[random.next(below: letters.count)], at: random.next(below: characters.count + 1))
            lines[line] = String(characters)
        }
        return lines.joined(separator: "\n")
    }
}

/// A little chance that is the same for the same seed.
private struct LinearGenerator {
    var state: UInt64

    mutating func next(below limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(limit))
    }
}
