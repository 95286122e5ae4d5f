import RehearsalReport

/// What the host has, lacks and can do.
struct DoctorListing: Listing, Encodable {
    let checks: [HostCheck]
    /// `kvm` or `tcg`; null when no guest could be booted.
    @Nullable var accelerator: String?
    /// How much slower guests run than the host, at least 1.
    @Nullable var slowness: Double?

    var table: String {
        checks.map { check in
            let mark =
                switch check.result {
                case .ok: "ok     "
                case .warning: "warning"
                case .failed: "FAILED "
                }
            return "\(mark) \(check.name): \(check.detail)\n" + (check.remedy.map { "        remedy: \($0)\n" } ?? "")
        }.joined()
    }
}
