import RehearsalModel

/// How long steps take, and how long they may take, in seconds on a host of slowness 1.
///
/// The usual durations were measured on emulated machines. ``Cost/measured(_:bound:)`` takes a duration at a slowness of 11 and
/// divides it by 11; where a comment names another slowness, the figure in the comment was converted to 11 first.
/// The bounds are generous: at a slowness of 11 they allow minutes for what takes seconds.
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

        /// The cost of what took `seconds` at a slowness of 11.
        static func measured(_ seconds: Double, bound: Double) -> Cost {
            Cost(usual: seconds / 11, bound: bound)
        }
    }

    /// Proving a testbed ready that is ready: one round of checks on every machine, each under 3 s.
    public var proveReady = Cost.measured(6, bound: 60)
    /// Reading the package lists of all machines: a guest command takes about 0.5 s, dpkg-query 2 s.
    public var recordVersions = Cost.measured(12, bound: 30)
    /// Starting the recorder and having every probe pass once.
    public var startRecorder = Cost.measured(8, bound: 20)
    /// A machine boots and joins: 45 s until it answers, and an update of Heat's stack.
    public var scale = Cost.measured(120, bound: 240)
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
    /// Rejoining the cluster, with MariaDB, RabbitMQ and Keystone one after the other: 84 s at a slowness of 14.9.
    public var rejoin = Cost.measured(62, bound: 60)
    /// Previewing the update of a stack of five machines, and waiting until all are at their breakpoints: 2 s of a native processor.
    public var beginStackUpdate = Cost.measured(35, bound: 60)
    /// Another update of the same stack, without breakpoints; it changes nothing on the machines.
    public var endStackUpdate = Cost.measured(30, bound: 60)
    /// The extra cost of a procedure that Heat starts: the machine first has to ask Heat for it, and Heat has to notice its end.
    public var heat = Cost.measured(25, bound: 30)
    /// Breaking something, or mending it: a command or two on the machine, at most a service that starts.
    public var fault = Cost.measured(3, bound: 30)
    /// Looking at all machines for what should not be there: one command on each, a few at the same time.
    public var inspect = Cost.measured(15, bound: 60)
    /// Setting a property of the cluster.
    public var property = Cost.measured(3, bound: 15)
    /// Any other sub-step, and reaching the machine.
    public var overhead = Cost.measured(1, bound: 5)
    /// The bound of a controller's whole update without its packages, which add theirs: 22 min at a slowness of 11.
    public var controllerBound = 120.0
    /// The bound of another machine's whole update without its packages, which add theirs: 11 min at a slowness of 11.
    public var machineBound = 60.0
    /// The bound of a controller's update by the strategy `talk`: 55 min at a slowness of 11.
    ///
    /// That is more than the procedure itself waits: 600 s for the machine to be online, 360 s for the database to be synced
    /// and 1800 s for the cluster to settle (docs/tripleo.md#a-controller).
    public var talkControllerBound = 300.0

    /// The measured costs.
    public static let measured = StepCosts()

    /// Makes the measured costs; change what differs.
    public init() {}

    /// A controller's update by the strategy `rolling`, without its packages.
    var controllerUpdate: Cost { Cost(usual: stopCluster.usual + rejoin.usual, bound: controllerBound) }
    /// A controller's update by the strategy `talk`, without its packages; also the restart of all services of the cluster.
    var talkControllerUpdate: Cost { Cost(usual: stopCluster.usual + rejoin.usual, bound: talkControllerBound) }
    /// Another machine's update, without its packages.
    var machineUpdate: Cost { Cost(usual: 0, bound: machineBound) }

    /// The usual duration of a sub-step, by its name.
    ///
    /// - Parameters:
    ///   - packages: The number of packages in each sub-step that updates packages.
    ///   - isClustered: Whether the machine belongs to the cluster. On others, rejoining takes no time of its own.
    func usual(substep name: String, packages: [String: Int], isClustered: Bool) -> Double {
        switch name {
        case SubstepName.stopCluster: stopCluster.usual
        case SubstepName.rejoin where isClustered: rejoin.usual
        case _ where packages[name] != nil: Double(packages[name] ?? 0) * package.usual
        default: overhead.usual
        }
    }
}
