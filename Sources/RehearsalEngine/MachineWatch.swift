import RehearsalHistory
import RehearsalHost
import RehearsalModel
import RehearsalTestbed

/// Tells what happens to machines by itself from what the engine has them do.
///
/// A testbed numbers all that happens to machines. That they are paused and go on is usual, because they are saved; that one was reset,
/// went off or stands still for want of room on the host is not.
struct MachineWatch: Sendable {
    /// Something that happened to a machine by itself.
    struct Change: Sendable {
        let kind: MachineChange
        /// When, on the clock of the run.
        let time: Timestamp
        /// A line for people.
        let text: String
    }

    /// The number of the last event that was looked at.
    private(set) var last = 0
    private let since: Timestamp
    private var standingStill: Set<String> = []
    private var lastRestart: [String: Timestamp] = [:]

    /// How far apart the resets of one restart may be, in seconds: QEMU tells of two when a guest's kernel resets it.
    private static let sameRestart = 2.0

    /// - Parameter since: What happened before is left out, because it is journalled or belongs to another run.
    init(since: Timestamp) { self.since = since }

    /// What an event says; nil if it is usual.
    mutating func change(_ event: MachineEvent) -> Change? {
        last = max(last, event.sequence)
        // The testbed stamps events with the wall clock, which is not that of the run if it was stepped since.
        let time = HostClock.now().advanced(bySeconds: -HostClock.wall().seconds(since: event.time))
        guard let kind = change(of: event), time > since else { return nil }
        if kind == .restarted {
            defer { lastRestart[event.machine] = time }
            if let last = lastRestart[event.machine], time.seconds(since: last) < Self.sameRestart { return nil }
        }
        return Change(kind: kind, time: time, text: "\(event.machine) \(kind.inWords(reason: event.reason))")
    }

    private mutating func change(of event: MachineEvent) -> MachineChange? {
        switch event.kind {
        case .restarted: return .restarted
        case .stopped, .crashed:
            standingStill.remove(event.machine)
            return .off
        case .stalled:
            standingStill.insert(event.machine)
            return .stoodStill
        case .resumed: return standingStill.remove(event.machine) == nil ? nil : .wentOn
        case .defined, .undefined, .started, .paused, .shutdown, .suspended, .unknown: return nil
        }
    }
}

extension MachineChange {
    /// What a machine did, behind its name.
    func inWords(reason: String? = nil) -> String {
        let why = reason.map { " (\($0))" } ?? ""
        return switch self {
        case .restarted: "restarted"
        case .off: "went off\(why)"
        case .stoodStill: "stands still: what it wrote cannot be stored\(why)"
        case .wentOn: "goes on after it stood still"
        case .joined: "joined the testbed"
        case .left: "left the testbed"
        }
    }
}
