/// The services that Rehearsal itself has to know by name, because a plan or a driver does something with them.
///
/// Every other service is known by its folder in `Images/services` alone.
public enum WellKnownService {
    /// Corosync and Pacemaker: a machine that runs it is stopped and rejoined as a member of the cluster.
    public static let cluster = "cluster"
    /// HAProxy, the front door: backends are drained there before their machine is touched.
    public static let frontDoor = "haproxy"
    /// The virtual addresses, which are moved before their machine is touched.
    public static let virtualAddresses = "vip"
    /// The package repository: its machine serves the candidate packages to all others, so it is updated last.
    public static let repository = "repository"
    /// Heat, on the machine that drives an update.
    public static let heat = "heat"
    /// What asks Heat for a machine's deployments, on every machine that Heat drives.
    public static let heatAgent = "heat-agent"
}
