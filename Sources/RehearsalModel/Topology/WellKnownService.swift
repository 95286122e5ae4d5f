/// The services that Rehearsal has to know by name, because plans, drivers or causes treat them in a special way.
///
/// Every other service is known only by its directory in `Images/services`.
public enum WellKnownService {
    /// Corosync and Pacemaker: a machine that runs it is stopped and rejoined as a member of the cluster.
    public static let cluster = "cluster"
    /// HAProxy. Before a machine is touched, its backends are drained here.
    public static let frontDoor = "haproxy"
    /// The virtual addresses. Before a machine is touched, its addresses are moved away.
    public static let virtualAddresses = "vip"
    /// The package repository: its machine serves the candidate packages to all others, so it is updated last.
    public static let repository = "repository"
    /// The HA router of the tenants' network: what keepalived notes is about it.
    public static let router = "router"
    /// RabbitMQ: what its log tells of brokers is about it.
    public static let messages = "rabbitmq"
    /// Heat, on the machine that drives an update.
    public static let heat = "heat"
    /// The agent that asks Heat for its machine's deployments, on every machine that Heat drives.
    public static let heatAgent = "heat-agent"
}
