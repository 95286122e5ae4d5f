/// On which side of a step a fault is injected.
public enum FaultEdge: String, Hashable, Codable, Sendable, CaseIterable {
    /// The step begins once the fault is there.
    case before
    /// The step goes on meanwhile.
    case during
    /// The next step begins once the fault is there.
    case after
}

/// When a scenario wants a fault.
///
/// Written as the seconds into the quiet time before the update (`5`), as `random`, or as an edge with a step, its machine and how
/// much later: `during update-rest on controller-2 + 10`.
public enum FaultMoment: Hashable, Sendable {
    /// So many seconds after the quiet time before the update began.
    case quiet(seconds: Double)
    /// At the first step of that name, on that machine if one is named; during it, so many seconds after its start, or at its end if that
    /// comes earlier.
    case step(FaultEdge, name: String, machine: String?, delaySeconds: Double)
    /// At some moment of some procedure, by the seed.
    case random

    /// Reads the written form; nil for what is none.
    public init?(_ text: String) {
        var words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        if words == ["random"] {
            self = .random
            return
        }
        if words.count == 1, let seconds = Self.seconds(words[0]) {
            self = .quiet(seconds: seconds)
            return
        }
        guard words.count >= 2, let edge = FaultEdge(rawValue: words.removeFirst()) else { return nil }
        let name = words.removeFirst()
        var machine: String?
        var delay = 0.0
        if words.count >= 2, words[0] == "on" {
            machine = words[1]
            words.removeFirst(2)
        }
        if words.count == 2, words[0] == "+", let seconds = Self.seconds(words[1]) {
            // What comes before or after a step waits for the fault; later would be during something.
            guard edge == .during else { return nil }
            delay = seconds
            words.removeAll()
        }
        guard words.isEmpty else { return nil }
        self = .step(edge, name: name, machine: machine, delaySeconds: delay)
    }

    private static func seconds(_ word: String) -> Double? {
        Double(word).flatMap { $0.isFinite && $0 >= 0 && $0 <= DurationText.mostSeconds ? $0 : nil }
    }
}

extension FaultMoment: CustomStringConvertible {
    /// The written form.
    public var description: String {
        switch self {
        case .quiet(let seconds): DurationText.number(seconds)
        case .random: "random"
        case .step(let edge, let name, let machine, let delay):
            "\(edge.rawValue) \(name)" + (machine.map { " on \($0)" } ?? "") + (delay > 0 ? " + \(DurationText.number(delay))" : "")
        }
    }
}

extension FaultMoment: Codable {
    /// Decodes the written form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let moment = FaultMoment(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is no moment of a fault")
        }
        self = moment
    }

    /// Encodes the written form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
