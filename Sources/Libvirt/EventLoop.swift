import CLibvirt
import Foundation

/// The one event loop of the process.
///
/// libvirt requires that it is registered before the first connection is opened, and that it runs until the process ends.
enum EventLoop {
    static func start() throws(LibvirtError) {
        if let error = outcome { throw error }
    }

    private static let outcome: LibvirtError? = {
        // libvirt would print each error to standard error, although it is thrown too.
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
