import ArgumentParser
import RehearsalModel

/// A length of time on the command line: a number and s, m or h.
struct LengthOption: ExpressibleByArgument {
    /// The length in seconds.
    let seconds: Double

    init?(argument: String) {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
        guard let last = argument.last, let unit = units[last], let number = Double(argument.dropLast()), number.isFinite, number > 0,
            number * unit <= DurationText.mostSeconds
        else { return nil }
        seconds = number * unit
    }
}

/// An amount of storage on the command line, in GiB; `inf` is all there is.
struct GiBOption: ExpressibleByArgument {
    /// The amount in bytes.
    let bytes: Int64

    init(bytes: Int64) { self.bytes = bytes }

    init?(argument: String) {
        guard let number = Double(argument), number >= 0 else { return nil }
        bytes = Int64(exactly: (number * 1_073_741_824).rounded()) ?? .max
    }

    var defaultValueDescription: String { DurationText.number(Double(bytes) / 1_073_741_824) }
}
