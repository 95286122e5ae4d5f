/// The version of Rehearsal, as every run's record has it.
public enum RehearsalVersion {
    /// As `MAJOR.MINOR.PATCH`.
    public static let current = "0.1.0"
}
