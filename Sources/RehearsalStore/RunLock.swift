public import Foundation
import Glibc
import RehearsalHost

/// The right to drive a run, held by one process at a time and given up when that process ends, however it ends.
public final class RunLock: Sendable {
    private let lock: FileLock
    /// How often a lock that is held is tried again, a second in all.
    private static let attempts = 20
    private static let pauseMicroseconds: UInt32 = 50_000

    /// Takes the lock of the run in a directory.
    ///
    /// - Throws: ``StoreError``, with code `busy` when another process has it.
    public init(directory: URL) throws {
        lock = try RunLock.take(directory)
    }

    private static func take(_ directory: URL) throws -> FileLock {
        // Another process may hold it for an instant: one that asks whether it is held, or one that is being started and has not yet closed
        // what it inherited.
        for attempt in 0...attempts {
            if attempt > 0 { usleep(pauseMicroseconds) }
            do {
                if let lock = try FileLock.take(file(directory)) { return lock }
            } catch {
                throw StoreError(.failed, error.message, cause: error)
            }
        }
        throw StoreError(
            .busy, "cannot lock \(directory.path): another engine drives this run",
            hint: "wait for it to end, or end it first")
    }

    /// Whether a process holds the lock of the run in a directory.
    public static func isHeld(directory: URL) -> Bool { FileLock.isHeld(file(directory)) }

    private static func file(_ directory: URL) -> String { directory.appendingPathComponent("engine.lock").path }
}
