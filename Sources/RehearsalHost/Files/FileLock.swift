public import Glibc

/// A file that one process at a time may hold.
///
/// The kernel gives it up when the last process that has the descriptor ends, however that ends: nothing has to be cleaned up after
/// `kill -9`. See flock(2).
public final class FileLock: Sendable {
    /// The descriptor that holds it, closed when this process runs another program; a copy that a child inherits holds it, too.
    public let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Takes the lock if nobody holds it; makes the file if there is none.
    ///
    /// - Parameter permissions: Those of a file that is made.
    /// - Returns: Nil when another process, or another lock of this one, holds it.
    public static func take(_ path: String, permissions: mode_t = 0o644) throws(HostError) -> FileLock? {
        let descriptor = try opened(path, permissions)
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return FileLock(descriptor: descriptor) }
        defer { close(descriptor) }
        if errno == EWOULDBLOCK { return nil }
        throw HostError(.host, "cannot lock \(path): \(lastSystemError())")
    }

    /// Waits until nobody holds the lock, and takes it; makes the file if there is none. The thread waits with it.
    public static func wait(_ path: String, permissions: mode_t = 0o644) throws(HostError) -> FileLock {
        let descriptor = try opened(path, permissions)
        while flock(descriptor, LOCK_EX) != 0 {
            if errno == EINTR { continue }
            defer { close(descriptor) }
            throw HostError(.host, "cannot lock \(path): \(lastSystemError())")
        }
        return FileLock(descriptor: descriptor)
    }

    /// Goes on holding a lock whose descriptor this process inherited; nil if there is no such descriptor.
    public static func inherited(_ descriptor: Int32) -> FileLock? {
        fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 ? FileLock(descriptor: descriptor) : nil
    }

    /// Whether somebody holds the lock; false if there is no such file.
    public static func isHeld(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// Whether the file is still there; without it nobody else can find the lock any more.
    public var isReachable: Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_nlink > 0
    }

    private static func opened(_ path: String, _ permissions: mode_t) throws(HostError) -> Int32 {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, permissions)
        guard descriptor >= 0 else { throw HostError(.host, "cannot open \(path): \(lastSystemError())") }
        return descriptor
    }
}
