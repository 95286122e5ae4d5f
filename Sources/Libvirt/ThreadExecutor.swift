import Foundation

/// A serial executor with a thread of its own, for calls that block.
///
/// The thread is started by the first job and ends when the executor is released.
final class ThreadExecutor: SerialExecutor {
    private let queue: Queue

    init(name: String) { queue = Queue(name: name) }

    deinit { queue.stop() }

    func enqueue(_ job: consuming ExecutorJob) {
        // The pair keeps the executor alive until its job has run.
        queue.append((self, UnownedJob(job)))
    }

    private final class Queue: @unchecked Sendable {
        private let name: String
        private let condition = NSCondition()
        private var jobs: [(ThreadExecutor, UnownedJob)] = []
        private var started = false
        private var stopped = false

        init(name: String) { self.name = name }

        func append(_ entry: (ThreadExecutor, UnownedJob)) {
            condition.lock()
            jobs.append(entry)
            if !started {
                started = true
                let thread = Thread { [self] in run() }
                thread.name = name
                thread.stackSize = 1 << 20
                thread.start()
            }
            condition.signal()
            condition.unlock()
        }

        func stop() {
            condition.lock()
            stopped = true
            condition.signal()
            condition.unlock()
        }

        private func run() {
            while let (executor, job) = next() {
                job.runSynchronously(on: executor.asUnownedSerialExecutor())
            }
        }

        private func next() -> (ThreadExecutor, UnownedJob)? {
            condition.lock()
            defer { condition.unlock() }
            while jobs.isEmpty {
                if stopped { return nil }
                condition.wait()
            }
            return jobs.removeFirst()
        }
    }
}
