import CLinux
import Glibc
import Synchronization

/// Tells the recorder's threads to end, once with time to finish what is in flight and once more without.
final class StopSignal: Sendable {
    /// 0: not yet. Otherwise the monotonic time until which attempts in flight may go on.
    private let until = Atomic<Int64>(0)
    private let descriptors = Mutex<[Int32]>([])
    private let sockets = Mutex<[Int32]>([])

    var isRequested: Bool { until.load(ordering: .acquiring) != 0 }

    /// The time until which attempts in flight may go on; nil when no stop has been asked for.
    var drainDeadline: Int64? {
        let value = until.load(ordering: .acquiring)
        return value == 0 ? nil : value
    }

    /// Whether attempts in flight must end now.
    var isAbandoned: Bool { drainDeadline.map { $0 <= MonotonicClock.now } ?? false }

    /// Asks for the end; a later call can only bring it nearer.
    func request(drain nanoseconds: Int64) {
        let wanted = max(1, MonotonicClock.now + nanoseconds)
        if !until.compareExchange(expected: 0, desired: wanted, ordering: .acquiringAndReleasing).exchanged {
            until.min(wanted, ordering: .acquiringAndReleasing)
        }
        descriptors.withLock { held in
            for descriptor in held { StopSignal.wake(descriptor) }
        }
        if isAbandoned {
            sockets.withLock { held in
                for socket in held { shutdown(socket, Int32(SHUT_RDWR)) }
            }
        }
    }

    /// Has the socket shut down when attempts in flight must end, for clients that cannot be interrupted otherwise.
    func add(socket: Int32) {
        sockets.withLock { $0.append(socket) }
        if isAbandoned { shutdown(socket, Int32(SHUT_RDWR)) }
    }

    /// Must be called before the socket is closed.
    func remove(socket: Int32) {
        sockets.withLock { $0.removeAll { $0 == socket } }
    }

    /// Wakes the descriptor's waiter at each request from now on.
    func add(_ descriptor: Int32) {
        descriptors.withLock { $0.append(descriptor) }
        if isRequested { StopSignal.wake(descriptor) }
    }

    func remove(_ descriptor: Int32) {
        descriptors.withLock { $0.removeAll { $0 == descriptor } }
    }

    /// Makes an event descriptor readable; safe in a signal handler.
    static func wake(_ descriptor: Int32) {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }
}
