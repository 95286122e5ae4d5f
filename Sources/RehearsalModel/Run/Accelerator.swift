/// How guests are run.
public enum Accelerator: String, Codable, Sendable {
    /// Hardware virtualization.
    case kvm
    /// Emulation.
    case tcg
}
