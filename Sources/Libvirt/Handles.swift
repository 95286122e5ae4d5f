import CLibvirt
import Glibc

/// Owns one reference to a connection.
struct ConnectionHandle: ~Copyable, @unchecked Sendable {
    let pointer: virConnectPtr

    init(adopting pointer: virConnectPtr) { self.pointer = pointer }

    deinit { virConnectClose(pointer) }

    /// Another reference to the same connection.
    func another() -> ConnectionHandle {
        virConnectRef(pointer)
        return ConnectionHandle(adopting: pointer)
    }
}

/// Owns one reference to a domain, and through it one to the connection.
struct DomainHandle: ~Copyable, @unchecked Sendable {
    let pointer: virDomainPtr

    init(adopting pointer: virDomainPtr) { self.pointer = pointer }

    deinit { virDomainFree(pointer) }

    /// The domain's name, which does not change while the handle lives.
    var name: String { virDomainGetName(pointer).map { String(cString: $0) } ?? "" }
}

/// Copies and frees a string that libvirt allocated for the caller.
func takeString(_ pointer: UnsafeMutablePointer<CChar>) -> String {
    defer { free(pointer) }
    return String(cString: pointer)
}
