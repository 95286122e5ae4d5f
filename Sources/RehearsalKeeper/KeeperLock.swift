internal import Glibc
internal import RehearsalHost
internal import RehearsalTestbed

/// The lock that says whether a directory has a live keeper.
///
/// The launcher of a keeper takes it, and every process of the keeper but the guests inherits it. So it is free only when the last of
/// them has ended, however they ended.
struct KeeperLock: ~Copyable {
    let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Takes the lock; nil if it is held.
    static func take(directory: String) throws(TestbedError) -> KeeperLock? {
        let path = directory + "/" + KeeperFiles.lock
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw TestbedError(.host, "cannot open \(path): \(lastSystemError())") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = errno
            close(descriptor)
            if error == EWOULDBLOCK { return nil }
            throw TestbedError(.host, "cannot lock \(path): \(String(cString: strerror(error)))")
        }
        return KeeperLock(descriptor: descriptor)
    }

    /// The lock inherited from the launcher, if there is one.
    static func inherited() -> KeeperLock? {
        guard let text = getenv(KeeperFiles.lockVariable), let descriptor = Int32(String(cString: text)),
            fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
        else { return nil }
        unsetenv(KeeperFiles.lockVariable)
        return KeeperLock(descriptor: descriptor)
    }
}

/// Holds the lock of a keeper's directory for the life of the process.
public final class KeeperClaim: Sendable {
    private let lock: KeeperLock

    private init(_ lock: consuming KeeperLock) { self.lock = lock }

    /// Whether the lock's file is still there; without it nobody can find this keeper any more.
    public var isReachable: Bool {
        var status = stat()
        return fstat(lock.descriptor, &status) == 0 && status.st_nlink > 0
    }

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
