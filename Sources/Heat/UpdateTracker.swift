/// How far the update of a server has come, in the words of tripleo-common's `StackUpdateManager` (`_stack_update.py`, 2.0.0).
public enum ServerState: String, Sendable, CaseIterable {
    /// The update has not reached the server.
    case notStarted = "not_started"
    /// The server waits at its hook `pre-update`.
    case onBreakpoint = "on_breakpoint"
    /// The hook is cleared.
    case inProgress = "in_progress"
    /// The server is updated, or had nothing to update.
    case completed
    /// The update of the server failed.
    case failed
}

/// Follows each server of a stack through an update, by Heat's events.
///
/// Pure. Events may come in any order and more than once, because their times have whole seconds only. The status of a resource would
/// not do: until the update reaches the resource, it is that of the update before (LP 1589986; docs/heat.md#hooks).
public struct UpdateTracker: Sendable {
    /// The stack and the name of a server's deployment.
    public struct Place: Sendable, Hashable {
        /// The key in ``UpdateTracker/servers``: the server's name, or another name where a server has several deployments.
        public let server: String
        /// The stack that holds the deployment.
        public let stack: StackReference
        /// The deployment's name in that stack.
        public let resource: String

        /// Makes a place.
        public init(server: String, stack: StackReference, resource: String) {
            self.server = server
            self.stack = stack
            self.resource = resource
        }
    }

    /// The state of one server.
    public struct Server: Sendable, Equatable {
        /// How far its update has come.
        public internal(set) var state = ServerState.notStarted
        /// The reason of a failure; empty without one.
        public internal(set) var reason = ""
        /// The identifier of its deployment. Heat replaces a deployment that failed, so the identifier can change.
        public internal(set) var deployment: String?
        /// Whether anything was deployed. A server without changes completes without a deployment.
        public internal(set) var hasRun = false
    }

    /// The root stack of the update.
    public let root: StackReference
    private let places: [Place]
    private var seen: Set<String> = []
    /// The servers, by ``Place/server``.
    public private(set) var servers: [String: Server]
    /// The status in the last event of the root stack; nil before the first.
    public private(set) var status: HeatStatus?
    /// The reason of ``status``.
    public private(set) var statusReason = ""
    private let since: String
    /// The time of the newest event absorbed, as ``StackEvent/time``; empty before the first. Events still to come are not older.
    public private(set) var newest = ""

    /// Makes a tracker of the update that began at a time.
    ///
    /// - Parameters:
    ///   - root: The root stack.
    ///   - places: The deployments to follow.
    ///   - since: When the update began, as ``StackEvent/time``. Earlier events belong to other updates and are ignored.
    public init(root: StackReference, places: [Place], since: String) {
        self.root = root
        self.places = places
        self.since = since
        servers = Dictionary(places.map { ($0.server, Server()) }) { first, _ in first }
    }

    /// The names of the resources and stacks whose events the tracker needs.
    public var eventNames: [String] {
        [root.name] + Set(places.flatMap { [$0.resource, $0.stack.name] }).subtracting([root.name]).sorted()
    }

    /// The place of a server's deployment; nil if the stack has no such server.
    public func place(of server: String) -> Place? { places.first { $0.server == server } }

    /// When the last update of a stack began, found in its events (oldest first); nil if none did.
    public static func start(of root: StackReference, in events: [StackEvent]) -> String? {
        events.last { $0.resource == root.name && $0.stack?.id == root.id && $0.reason == "Stack UPDATE started" }?.time
    }

    /// Applies events; those that were applied before change nothing.
    public mutating func absorb(_ events: [StackEvent]) {
        for event in events where event.time >= since && seen.insert(event.id).inserted {
            newest = max(newest, event.time)
            guard let stack = event.stack else { continue }
            if stack.id == root.id, event.resource == root.name {
                // Once the stack has ended its status stays: the event of its beginning may be listed later if both have the same second.
                if status == nil || status?.isInProgress == true { (status, statusReason) = (event.status, event.reason) }
                continue
            }
            for place in places where place.stack.id == stack.id {
                if event.resource == place.resource {
                    absorb(event, server: place.server)
                } else if event.resource == stack.name {
                    absorb(stackEvent: event, server: place.server)
                }
            }
        }
    }

    private mutating func absorb(_ event: StackEvent, server name: String) {
        guard var server = servers[name] else { return }
        defer { servers[name] = server }
        if event.reason.hasPrefix("UPDATE paused until Hook") || event.reason.hasPrefix("CREATE paused until Hook") {
            server.advance(to: .onBreakpoint)
        } else if event.reason.hasPrefix("Hook ") && event.reason.hasSuffix("is cleared") {
            server.advance(to: .inProgress)
        } else if event.status.action == "SIGNAL" || event.status.action == "DELETE" {
            return
        } else if event.status.isInProgress {
            server.advance(to: .inProgress)
            server.hasRun = true
        } else if event.status.isComplete {
            server.advance(to: .completed)
            server.hasRun = true
        } else if event.status.isFailed {
            server.advance(to: .failed)
            server.reason = event.reason
        }
        if !event.physicalID.isEmpty { server.deployment = event.physicalID }
    }

    /// Applies an event of the server's own stack. Without changes this stack completes, and the deployment in it has no event.
    private mutating func absorb(stackEvent event: StackEvent, server: String) {
        if event.status.action == "UPDATE", event.status.isComplete {
            servers[server]?.advance(to: .completed)
        } else if event.status.isFailed {
            servers[server]?.advance(to: .failed)
            if servers[server]?.reason.isEmpty == true { servers[server]?.reason = event.reason }
        }
    }
}

extension UpdateTracker.Server {
    /// Moves the state forward, never back. An update passes the states in one order, whatever the order of the events.
    fileprivate mutating func advance(to next: ServerState) {
        func rank(_ state: ServerState) -> Int {
            switch state {
            case .notStarted: 0
            case .onBreakpoint: 1
            case .inProgress: 2
            case .completed: 3
            case .failed: 4
            }
        }
        if rank(next) > rank(state) { state = next }
    }
}
