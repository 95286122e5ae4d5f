/// The names of sub-steps that mean the same in every procedure, so that their cost and their packages are known.
///
/// Procedures report these names (`Images/guest/procedure-library.sh`), and may have other sub-steps too.
public enum SubstepName {
    /// A machine leaves the cluster and stops its services.
    public static let stopCluster = "stop-cluster"
    /// A machine returns to the cluster, and waits until its services are members again.
    public static let rejoin = "rejoin"
    /// The machine looks whether it has recorded the update identifier.
    public static let checkIdentifier = "check-identifier"
    /// The machine records the update identifier.
    public static let recordIdentifier = "record-identifier"
    /// The packages that no service owns are upgraded.
    public static let updateRest = update("rest")

    /// Sub-steps that only read or note something, and touch no service.
    public static let harmless: Set<String> = [checkIdentifier, recordIdentifier]

    private static let prefix = "update-"

    /// The packages of one service are upgraded.
    public static func update(_ service: String) -> String { prefix + service }

    /// Whether packages are upgraded in a sub-step of that name.
    public static func isUpdate(_ name: String) -> Bool { name.hasPrefix(prefix) }

    /// The service whose packages are upgraded in a sub-step of that name; nil if it is none of these.
    public static func service(updatedIn name: String) -> String? {
        isUpdate(name) && name != updateRest ? String(name.dropFirst(prefix.count)) : nil
    }
}
