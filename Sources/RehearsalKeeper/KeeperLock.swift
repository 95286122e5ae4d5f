import Glibc
import RehearsalHost
import RehearsalTestbed

/// The lock that says whether a directory has a live keeper.
///
/// The launcher of a keeper takes it, and every process of the keeper but the guests inherits it. So it is free only when the last of
/// them has ended, however they ended.
enum KeeperLock {
    /// Takes the lock; nil if it is held.
    static func take(directory: String) throws(TestbedError) -> FileLock? {
        do {
            return try FileLock.take(directory + "/" + KeeperFiles.lock, permissions: 0o600)
        } catch {
            throw TestbedError(error)
        }
    }

    /// The lock inherited from the launcher, if there is one.
    static func inherited() -> FileLock? {
        guard let text = getenv(KeeperFiles.lockVariable), let descriptor = Int32(String(cString: text)),
            let lock = FileLock.inherited(descriptor)
        else { return nil }
        unsetenv(KeeperFiles.lockVariable)
        return lock
    }
}

/// Holds the lock of a keeper's directory for the life of the process.
public final class KeeperClaim: Sendable {
    private let lock: FileLock

    private init(_ lock: FileLock) { self.lock = lock }

    /// Whether the lock's file is still there; without it nobody can find this keeper any more.
    public var isReachable: Bool { lock.isReachable }

    /// Claims a directory for this process, or confirms the claim its launcher made.
    ///
    /// - Throws: ``TestbedError`` with code `already-up` when the directory has a live keeper.
    public static func make(directory: String) throws -> KeeperClaim {
        if let lock = KeeperLock.inherited() { return KeeperClaim(lock) }
        guard let lock = try KeeperLock.take(directory: directory) else { throw alreadyUp(directory) }
        return KeeperClaim(lock)
    }
}

func alreadyUp(_ directory: String) -> TestbedError {
    TestbedError(
        .alreadyUp, "cannot start a keeper in \(directory): the testbed there is up already",
        hint: "take it down first, or use another directory")
}
