internal import CLibvirt
internal import Foundation

/// The one event loop of the process.
///
/// libvirt wants it registered before the first connection is opened and running for ever after.
enum EventLoop {
    static func start() throws(LibvirtError) {
        if let error = outcome { throw error }
    }

    private static let outcome: LibvirtError? = {
        // Errors are thrown; libvirt would also print each to standard error.
        virSetErrorFunc(nil) { _, _ in }
        do throws(LibvirtError) {
            try virInitialize().checked("initialise libvirt")
            try virEventRegisterDefaultImpl().checked("register libvirt's event loop")
        } catch {
            return error
        }
        let thread = Thread {
            while true { _ = virEventRunDefaultImpl() }
        }
        thread.name = "libvirt events"
        thread.start()
        return nil
    }()
}
