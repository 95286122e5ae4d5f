import Foundation
import Glibc
import RehearsalHost
import RehearsalTesting
import Testing

@Suite("locks on files")
struct FileLockTests {
    @Test("a lock is held once, until whoever holds it gives it up")
    func heldOnce() throws {
        let scratch = Scratch()
        let path = scratch.url.appending(path: "lock").path
        #expect(!FileLock.isHeld(path))
        var lock = try FileLock.take(path)
        #expect(lock != nil && FileLock.isHeld(path))
        #expect(try FileLock.take(path) == nil)
        lock = nil
        #expect(!FileLock.isHeld(path))
        lock = try FileLock.wait(path)
        #expect(FileLock.isHeld(path))
    }

    @Test("a copy of the descriptor holds the lock on")
    func copy() throws {
        let scratch = Scratch()
        let path = scratch.url.appending(path: "lock").path
        var lock = try FileLock.take(path)
        var copy = FileLock.inherited(dup(try #require(lock).descriptor))
        lock = nil
        #expect(copy?.isReachable == true && FileLock.isHeld(path))
        unlink(path)
        #expect(copy?.isReachable == false)
        copy = nil
        #expect(FileLock.inherited(-1) == nil)
    }

    @Test("a lock where no file can be is an error that names it")
    func noPlace() {
        #expect { try FileLock.take("/nonexistent/lock") } throws: { ($0 as? HostError)?.message.contains("/nonexistent/lock") == true }
    }
}
