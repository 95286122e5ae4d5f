/// Where a server stands in an update, in the words of tripleo-common's `StackUpdateManager` (`_stack_update.py`, 2.0.0).
public enum ServerState: String, Sendable, CaseIterable {
    case notStarted = "not_started"
    case onBreakpoint = "on_breakpoint"
    case inProgress = "in_progress"
    case completed
    case failed
}

/// Tells from events where each server of a stack stands in the update that goes on.
///
/// Pure. Events may be handed over in any order and more than once: an event has a time of whole seconds only, and a client that takes
/// the state of a resource for that of its update reads the one before (LP 1589986).
public struct UpdateTracker: Sendable {
    /// Where a deployment is.
    public struct Place: Sendable, Hashable {
        /// What the states are asked for by: the server's name, or another where a server has more than one deployment.
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

    /// What is known of one server.
    public struct Server: Sendable, Equatable {
        public internal(set) var state = ServerState.notStarted
        /// Why it failed.
        public internal(set) var reason = ""
        /// The deployment in its present form; one that failed before is replaced by another.
        public internal(set) var deployment: String?
        /// Whether something was deployed: a server without anything new completes without.
        public internal(set) var hasRun = false
    }

    /// The stack that is updated.
    public let root: StackReference
    private let places: [Place]
    private var seen: Set<String> = []
    public private(set) var servers: [String: Server]
    /// What the last event of the whole stack said.
    public private(set) var status: HeatStatus?
    public private(set) var statusReason = ""
    private let since: String
    /// The time of the newest event taken in, as ``StackEvent/time``; empty before the first. What is still unknown is not older.
    public private(set) var newest = ""

    /// Makes a tracker of the update that goes on since a time.
    ///
    /// - Parameters:
    ///   - since: When the update started, as ``StackEvent/time``; what was before belongs to another.
    public init(root: StackReference, places: [Place], since: String) {
        self.root = root
        self.places = places
        self.since = since
        servers = Dictionary(places.map { ($0.server, Server()) }) { first, _ in first }
    }

    /// The names of the resources whose events are wanted.
    public var eventNames: [String] {
        [root.name] + Set(places.flatMap { [$0.resource, $0.stack.name] }).subtracting([root.name]).sorted()
    }

    /// Where a server's deployment is; nil for a server that the stack has not.
    public func place(of server: String) -> Place? { places.first { $0.server == server } }

    /// When the last update of a stack started, by its events, oldest first; nil if none did.
    public static func start(of root: StackReference, in events: [StackEvent]) -> String? {
        events.last { $0.resource == root.name && $0.stack?.id == root.id && $0.reason == "Stack UPDATE started" }?.time
    }

    /// Takes in events.
    public mutating func absorb(_ events: [StackEvent]) {
        for event in events where event.time >= since && seen.insert(event.id).inserted {
            newest = max(newest, event.time)
            guard let stack = event.stack else { continue }
            if stack.id == root.id, event.resource == root.name {
                // A whole stack starts once; what it came to is not taken back by an event of the same second.
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

    /// A server's whole stack completes without an event of the deployment when there is nothing new for it.
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
    /// Moves on, never back: within one update there is one order, whatever that of the events.
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
