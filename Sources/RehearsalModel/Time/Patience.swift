/// How long clients wait for an answer before they count it as none.
public enum Patience {
    /// The patiences that every report answers for, in seconds, in ascending order.
    public static let standard: [Double] = [0.25, 1, 5]

    /// The patience that reports answer for first, in seconds.
    public static let headline = 1.0

    /// The shortest of the standard patiences, in nanoseconds; the recorder must be able to vouch for answers on either side of it.
    public static let shortestNanoseconds: Int64 = 250_000_000
}
