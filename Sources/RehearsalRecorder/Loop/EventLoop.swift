import CLinux
import Glibc
import Synchronization

/// Something that waits for a file descriptor on an event loop.
protocol EventHandler: AnyObject {
    /// Called when the descriptor is readable, writable or in error.
    func handle(events: UInt32)
}

/// Time in which the recorder did not run although it should have, shared by all its threads.
final class StarvationMeter: Sendable {
    private let nanoseconds = Atomic<Int64>(0)
    private let longest = Atomic<Int64>(0)

    var total: Int64 { nanoseconds.load(ordering: .relaxed) }
    var worst: Int64 { longest.load(ordering: .relaxed) }

    func add(_ amount: Int64) {
        nanoseconds.add(amount, ordering: .relaxed)
        longest.max(amount, ordering: .relaxed)
    }
}

/// One thread's loop over descriptors and monotonic timers.
///
/// All of it, handlers included, belongs to the thread that calls `run`. Descriptors are served before timers, so that
/// an answer that waited in the kernel while the thread was starved is never taken for a timeout.
final class EventLoop {
    /// The loop wakes at least this often, which bounds the starvation it cannot notice.
    static let heartbeat: Int64 = 10 * nanosecondsPerMillisecond
    /// Lateness below this is the ordinary jitter of a wake-up.
    static let jitter: Int64 = 5 * nanosecondsPerMillisecond

    private struct Entry {
        var deadline: Int64
        var identifier: UInt64
    }

    let meter: StarvationMeter
    /// When the current pass began.
    private(set) var passStart: Int64
    private var heap: [Entry] = []
    private var actions: [UInt64: () -> Void] = [:]
    private var handlers: [UInt64: any EventHandler] = [:]
    private var nextIdentifier: UInt64 = 2
    private let epoll: Int32
    private var isRunning = true
    /// Called at the end of each pass.
    var afterPass: () -> Void = {}
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)

    /// Makes a loop; nil, with `errno` set, when the kernel has no descriptors left.
    init?(meter: StarvationMeter) {
        self.meter = meter
        passStart = MonotonicClock.now
        epoll = uptime_epoll_create()
        guard epoll >= 0 else {
            scratch.deallocate()
            return nil
        }
    }

    deinit {
        Glibc.close(epoll)
        scratch.deallocate()
    }

    // MARK: Descriptors

    /// Starts to watch a descriptor; returns nil, with `errno` set, when the kernel refuses.
    func register(_ descriptor: Int32, events: UInt32, handler: any EventHandler) -> UInt64? {
        let token = makeIdentifier()
        guard uptime_epoll_add(epoll, descriptor, events, token) == 0 else { return nil }
        handlers[token] = handler
        return token
    }

    /// Ends the watch; no event that is already in hand reaches the handler afterwards.
    func unregister(_ descriptor: Int32, token: UInt64) {
        _ = uptime_epoll_remove(epoll, descriptor)
        handlers[token] = nil
    }

    /// Closes a descriptor that nobody else has, and with it ends the watch, as ``unregister(_:token:)`` does.
    func close(_ descriptor: Int32, token: UInt64) {
        Glibc.close(descriptor)
        handlers[token] = nil
    }

    /// Reads into the loop's own buffer and gives the bytes to the closure.
    ///
    /// Returns what `recv` returned, with `errno` kept.
    func receive(_ descriptor: Int32, _ body: (UnsafeRawBufferPointer) -> Void) -> Int {
        let count = recv(descriptor, scratch.baseAddress, scratch.count, 0)
        if count > 0 { body(UnsafeRawBufferPointer(rebasing: scratch[0..<count])) }
        return count
    }

    // MARK: Timers

    /// Runs the action once, in the first pass at or after the deadline.
    @discardableResult
    func schedule(at deadline: Int64, _ action: @escaping () -> Void) -> UInt64 {
        let identifier = makeIdentifier()
        actions[identifier] = action
        heap.append(Entry(deadline: deadline, identifier: identifier))
        siftUp(heap.count - 1)
        return identifier
    }

    func cancel(_ identifier: UInt64) {
        actions[identifier] = nil
    }

    // MARK: Running

    func stop() {
        isRunning = false
    }

    func run() {
        var events = [uptime_event](repeating: uptime_event(), count: 128)
        passStart = MonotonicClock.now
        while isRunning {
            dropCancelled()
            let armed = MonotonicClock.now
            let deadline = min(heap.first?.deadline ?? .max, armed + EventLoop.heartbeat)
            let count = events.withUnsafeMutableBufferPointer {
                uptime_epoll_wait(epoll, $0.baseAddress, Int32($0.count), max(0, deadline - armed))
            }
            passStart = MonotonicClock.now
            account(passStart - max(deadline, armed))
            if count > 0 {
                for event in events[0..<Int(count)] { handlers[event.token]?.handle(events: event.events) }
            }
            while isRunning, let first = heap.first, first.deadline <= passStart {
                popFirst()
                actions.removeValue(forKey: first.identifier)?()
            }
            afterPass()
            // A pass that takes long keeps the descriptors waiting as much as a late wake-up does.
            account(MonotonicClock.now - passStart)
        }
        handlers = [:]
        actions = [:]
        heap = []
        afterPass = {}
    }

    private func account(_ stall: Int64) {
        if stall > EventLoop.jitter { meter.add(stall) }
    }

    private func makeIdentifier() -> UInt64 {
        nextIdentifier += 1
        return nextIdentifier
    }

    private func dropCancelled() {
        while let first = heap.first, actions[first.identifier] == nil { popFirst() }
    }

    private func siftUp(_ position: Int) {
        var child = position
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].deadline < heap[parent].deadline else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private func popFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].deadline < heap[smallest].deadline { smallest = child }
            }
            guard smallest != parent else { return }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
