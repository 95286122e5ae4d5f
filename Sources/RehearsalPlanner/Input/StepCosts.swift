import RehearsalModel

/// How long steps take and may take, in seconds on a host of slowness 1.
///
/// The costs are divided figures of machines that were measured under emulation, and are given as of a slowness of 11.
/// The bounds are generous: times 11 they leave an emulated machine minutes where it needs seconds.
public struct StepCosts: Hashable, Codable, Sendable {
    /// A probable duration and the longest allowed.
    public struct Cost: Hashable, Codable, Sendable {
        /// The probable duration, in seconds.
        public let usual: Double
        /// The longest allowed, in seconds.
        public let bound: Double

        /// Makes a cost.
        public init(usual: Double, bound: Double) {
            self.usual = usual
            self.bound = bound
        }

        /// The cost of an emulated machine, of which the usual part was measured at a slowness of 11.
        static func measured(_ seconds: Double, bound: Double) -> Cost {
            Cost(usual: seconds / 11, bound: bound)
        }
    }

    /// Proving the whole testbed ready when it is: a round of checks on every machine, each under 3 s.
    public var proveReady = Cost.measured(6, bound: 60)
    /// Reading the package lists of all machines: a guest command takes about 0.5 s, dpkg-query 2 s.
    public var recordVersions = Cost.measured(12, bound: 30)
    /// Starting the recorder and having every probe pass once.
    public var startRecorder = Cost.measured(8, bound: 20)
    /// Stopping the recorder.
    public var stopRecorder = Cost.measured(1, bound: 10)
    /// Moving the virtual addresses of a machine: two resources stop here and start there, about 5 s each.
    public var moveAddresses = Cost.measured(10, bound: 30)
    /// Draining or undraining a machine's backends at one HAProxy: some commands on its socket.
    public var drain = Cost.measured(3, bound: 15)
    /// Stopping the cluster and its services: 9 s at a slowness of 14.9.
    public var stopCluster = Cost.measured(7, bound: 30)
    /// Updating one package: 145 s for all 39 of a controller at a slowness of 14.9.
    public var package = Cost.measured(2.8, bound: 1)
    /// Coming back to the cluster, MariaDB, RabbitMQ and Keystone one after the other: 84 s at a slowness of 14.9.
    public var rejoin = Cost.measured(62, bound: 60)
    /// Previewing the update of a stack of five machines and having all of them at their breakpoints: 2 s of a processor natively.
    public var beginStackUpdate = Cost.measured(35, bound: 60)
    /// The same update without breakpoints, which changes nothing.
    public var endStackUpdate = Cost.measured(30, bound: 60)
    /// What Heat and the machine's question for its deployments add to a procedure.
    public var heat = Cost.measured(25, bound: 30)
    /// Setting a property of the cluster.
    public var property = Cost.measured(3, bound: 15)
    /// What any other sub-step or the way to the machine takes.
    public var overhead = Cost.measured(1, bound: 5)
    /// The bound of a controller's whole update, to which that of each package is added: 22 min at a slowness of 11.
    public var controllerBound = 120.0
    /// The bound of another machine's whole update, to which that of each package is added: 11 min at 11.
    public var machineBound = 60.0
    /// The bound of a controller's update as the talk did it: at 11 more than the 600, 360 and 1800 s it waits
    /// itself for the machine to be online, the database to be synced and the cluster to settle.
    public var talkControllerBound = 300.0

    /// The figures measured.
    public static let measured = StepCosts()

    /// Makes the figures measured; change what differs.
    public init() {}

    /// The usual cost of a sub-step, by its name; only a machine of the cluster has a cluster to come back to.
    func usual(substep name: String, packages: [String: Int], isClustered: Bool) -> Double {
        switch name {
        case SubstepName.stopCluster: stopCluster.usual
        case SubstepName.rejoin where isClustered: rejoin.usual
        case _ where packages[name] != nil: Double(packages[name] ?? 0) * package.usual
        default: overhead.usual
        }
    }
}
