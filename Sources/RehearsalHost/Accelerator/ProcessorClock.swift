import CLinux

/// The time stamp counter of the host's processor, which an emulated guest's counter follows.
public enum ProcessorClock {
    /// How fast it counts, in thousands a second, rounded to a million; nil where it cannot be read.
    ///
    /// It is measured against the monotonic clock for a tenth of a second, once. Rounded, it is the same whenever it is measured, so that
    /// a checkpoint of machines that were told it is found again.
    public static let kilohertz: Int? = {
        let measured = Int(uptime_tsc_kilohertz())
        return measured > 0 ? (measured + 500) / 1_000 * 1_000 : nil
    }()

    /// The options that tell a guest's kernel so, instead of letting it measure (Linux, kernel-parameters.txt: `tsc_early_khz`), each with a
    /// space behind it; none where the guest is not emulated or the counter cannot be read.
    public static func kernelOptions(isEmulated: Bool) -> String {
        isEmulated ? kilohertz.map { "tsc_early_khz=\($0) " } ?? "" : ""
    }
}
