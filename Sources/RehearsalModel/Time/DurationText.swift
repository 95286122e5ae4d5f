/// Lengths of time, and other numbers, as people read them.
///
/// Numbers are rounded exactly, and halves to the even digit, so that the same number gives the same text everywhere.
public enum DurationText {
    /// No length of time in a file, an option or a request is longer, in seconds: four months, which every clock can hold.
    public static let mostSeconds = 1e7

    /// A number with at most three digits after the point and none that is not needed: `0.25`, `12`.
    public static func number(_ value: Double) -> String {
        guard isPlain(value) else { return "\(value)" }
        var text = fixed(value, digits: 3)
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    /// Seconds as exact as their size deserves, without the unit: `3.25`, `12.5`.
    public static func seconds(_ seconds: Double) -> String {
        fixed(seconds, digits: abs(seconds) < 9.995 ? 2 : 1)
    }

    /// A length that lies between two numbers of seconds: `[3.25, 12.5] s`.
    public static func interval(_ lo: Double, _ hi: Double) -> String {
        "[\(seconds(lo)), \(seconds(hi))] s"
    }

    /// Whole minutes and seconds, and hours when there are any, as a clock shows them: `02:05`, `1:02:05`.
    public static func elapsed(_ seconds: Double) -> String {
        let whole = Int64(max(0, seconds).rounded(.down))
        let rest = twoDigits(whole / 60 % 60) + ":" + twoDigits(whole % 60)
        return whole < 3_600 ? rest : "\(whole / 3_600):" + rest
    }

    /// A length with its unit, as it is said: `0.4 s`, `37 s`, `4 min 12 s`.
    public static func spoken(_ seconds: Double) -> String {
        if seconds < 10 { return fixed(seconds, digits: 1) + " s" }
        let whole = Int64(seconds.rounded())
        return whole < 60 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
    }

    /// A predicted length with its unit, in whole minutes from two minutes on: `90 s`, `12 min`.
    public static func predicted(_ seconds: Double) -> String {
        let whole = Int64(seconds.rounded())
        return whole < 120 ? "\(whole) s" : "\((whole + 30) / 60) min"
    }

    /// A length that a machine measured in nanoseconds, with its unit: `812 ms`, `12.3 s`; digits beyond are cut off.
    public static func measured(nanoseconds: Int64) -> String {
        let milliseconds = nanoseconds / 1_000_000
        return milliseconds < 10_000 ? "\(milliseconds) ms" : "\(milliseconds / 1_000).\(milliseconds / 100 % 10) s"
    }

    /// Seconds rounded to milliseconds, so that the same history gives the same digits.
    public static func rounded(_ seconds: Double) -> Double {
        (seconds * 1_000).rounded() / 1_000
    }

    /// A number with exactly so many digits after the point, from none to three, as C's `printf` writes it; zero has no sign.
    static func fixed(_ value: Double, digits: Int) -> String {
        guard isPlain(value) else { return "\(value)" }
        let scale = [1.0, 10, 100, 1_000][digits]
        let size = abs(value)
        var whole = Int64(size)
        let fraction = size - Double(whole)
        let product = fraction * scale
        // What the multiplication rounded away decides when the product seems to lie halfway between two digits.
        let error = (-product).addingProduct(fraction, scale)
        var part = Int64(product)
        let rest = product - Double(part)
        let isOdd = (digits == 0 ? whole : part) % 2 == 1
        if rest > 0.5 || rest == 0.5 && (error > 0 || error == 0 && isOdd) { part += 1 }
        if part == Int64(scale) {
            whole += 1
            part = 0
        }
        let sign = value < 0 && (whole, part) != (0, 0) ? "-" : ""
        return sign + "\(whole)" + (digits == 0 ? "" : "." + String(part + Int64(scale)).dropFirst())
    }

    private static func isPlain(_ value: Double) -> Bool { value.isFinite && abs(value) < 1e15 }

    private static func twoDigits(_ value: Int64) -> String { String(value + 100).dropFirst().description }
}
