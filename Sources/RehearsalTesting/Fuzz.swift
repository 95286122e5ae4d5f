public import Foundation

/// Gives a decoder inputs that are damaged at random: whatever guests and networks say, it must neither crash nor read on for ever.
public enum Fuzz {
    /// How many inputs `REHEARSAL_FUZZ` asks for (`make fuzz`); nil in the usual tests.
    public static let asked = ProcessInfo.processInfo.environment["REHEARSAL_FUZZ"].flatMap(Int.init)
    /// How many inputs a decoder is given: as many as are asked for, or 3000.
    public static let rounds = asked ?? 3000

    /// Numbers that conversions stumble over, and words that end what they are in.
    private static let words = [
        "9223372036854775807", "-9223372036854775808", "18446744073709551616", "1e308", "-1e10", "nan", "inf", "0", "-1", "4294967296",
        "\n",
        "\r\n", "\u{1b}]0;owned\u{7}", "\0", " ", "é", "{", "}", "[", "\"", "null",
    ].map { Data($0.utf8) }

    /// Calls a closure with damaged forms of the seeds; the same ones for the same seed of chance.
    ///
    /// - Parameters:
    ///   - seeds: Inputs that are well-formed.
    ///   - chance: Which damage is done.
    public static func damage(_ seeds: [Data], chance: UInt64 = 1, _ body: (Data) throws -> Void) rethrows {
        var random = SplitMix(seed: chance)
        for round in 0..<rounds {
            var input = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...6, using: &random) { damage(&input, others: seeds, &random) }
            try body(input)
        }
    }

    private static func damage(_ input: inout Data, others: [Data], _ random: inout SplitMix) {
        let place = Int.random(in: 0...input.count, using: &random)
        let end = min(input.count, place + Int.random(in: 0...12, using: &random))
        switch Int.random(in: 0..<6, using: &random) {
        case 0: input.removeSubrange(place..<end)
        case 1: input.insert(contentsOf: input[place..<end], at: place)
        case 2: input.insert(UInt8.random(in: 0...255, using: &random), at: place)
        case 3: if place < input.count { input[place] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
        case 4: input.replaceSubrange(place..<end, with: words.randomElement(using: &random) ?? Data())
        default:
            let other = others.randomElement(using: &random) ?? Data()
            input.replaceSubrange(place..<end, with: other.prefix(Int.random(in: 0...other.count, using: &random)))
        }
    }
}
