import CLinux
import Foundation
import Glibc
import Synchronization

/// The event descriptor that the signal handler writes to; -1 when there is none.
private let signalDescriptor = Atomic<Int32>(-1)

/// Turns SIGTERM and SIGINT into requests to stop: the first with time for attempts in flight, the next without.
final class StopSignals: Sendable {
    private let descriptor: Int32
    private let before: Mutex<[(Int32, sigaction)]>

    init(_ session: RecorderSession, drain: Int64) {
        let descriptor = uptime_event_create()
        self.descriptor = descriptor
        before = Mutex([])
        guard descriptor >= 0 else { return }
        signalDescriptor.store(descriptor, ordering: .sequentiallyConsistent)
        let action = uptime_action { _ in
            let kept = errno
            let descriptor = signalDescriptor.load(ordering: .sequentiallyConsistent)
            if descriptor >= 0 { StopSignal.wake(descriptor) }
            errno = kept
        }
        before.withLock { held in
            for number in [SIGTERM, SIGINT] {
                var old = sigaction()
                withUnsafePointer(to: action) { _ = uptime_signal(number, $0, &old) }
                held.append((number, old))
            }
        }
        Thread.detachNewThread {
            var isFirst = true
            while true {
                var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                guard poll(&entry, 1, -1) > 0 || errno == EINTR else { return }
                var count: UInt64 = 0
                guard read(descriptor, &count, 8) == 8 else { continue }
                if count >= StopSignals.endMark {
                    close(descriptor)
                    return
                }
                session.stop.request(drain: isFirst && count == 1 ? drain : 0)
                isFirst = false
            }
        }
    }

    private static let endMark: UInt64 = 1 << 32

    /// Puts the earlier handlers back.
    func remove() {
        guard descriptor >= 0 else { return }
        before.withLock { held in
            for (number, old) in held {
                withUnsafePointer(to: old) { _ = uptime_signal(number, $0, nil) }
            }
            held = []
        }
        signalDescriptor.store(-1, ordering: .sequentiallyConsistent)
        var mark = StopSignals.endMark
        _ = write(descriptor, &mark, 8)
    }
}
