import CLibvirt

/// Something that happened to a domain.
public struct LifecycleEvent: Sendable, Equatable {
    /// What happened (`virDomainEventType`, and the event of its own that libvirt has for a reset).
    public enum Kind: Sendable, Equatable {
        /// A configuration was added or changed.
        case defined
        /// A configuration was removed.
        case undefined
        /// The domain runs.
        case started
        /// The domain is paused.
        case suspended
        /// The domain runs again.
        case resumed
        /// The domain has ended.
        case stopped
        /// The guest has shut itself down; `stopped` follows.
        case shutdown
        /// The guest's power management suspended it.
        case powerManagementSuspended
        /// The guest crashed.
        case crashed
        /// The guest was reset, by itself or by its hypervisor, and begins anew without ever having been off.
        case reset
        /// A kind this binding does not know.
        case unknown(Int32)

        init(rawValue: Int32) {
            switch virDomainEventType(rawValue: UInt32(bitPattern: rawValue)) {
            case VIR_DOMAIN_EVENT_DEFINED: self = .defined
            case VIR_DOMAIN_EVENT_UNDEFINED: self = .undefined
            case VIR_DOMAIN_EVENT_STARTED: self = .started
            case VIR_DOMAIN_EVENT_SUSPENDED: self = .suspended
            case VIR_DOMAIN_EVENT_RESUMED: self = .resumed
            case VIR_DOMAIN_EVENT_STOPPED: self = .stopped
            case VIR_DOMAIN_EVENT_SHUTDOWN: self = .shutdown
            case VIR_DOMAIN_EVENT_PMSUSPENDED: self = .powerManagementSuspended
            case VIR_DOMAIN_EVENT_CRASHED: self = .crashed
            default: self = .unknown(rawValue)
            }
        }
    }

    /// The name of the domain.
    public let domain: String
    /// What happened.
    public let kind: Kind
    /// Why, as libvirt numbers it for this kind (`virDomainEvent…DetailType`).
    public let detail: Int32

    /// Whether a `stopped` domain ended because its hypervisor process failed or died.
    public var isFailure: Bool {
        kind == .crashed || (kind == .stopped && detail == Int32(VIR_DOMAIN_EVENT_STOPPED_FAILED.rawValue))
            || (kind == .stopped && detail == Int32(VIR_DOMAIN_EVENT_STOPPED_CRASHED.rawValue))
    }

    /// Whether the domain was suspended because its disk could not be read or written.
    public var isStorageTrouble: Bool { kind == .suspended && detail == Int32(VIR_DOMAIN_EVENT_SUSPENDED_IOERROR.rawValue) }

    /// The detail of a `stopped` event in one word.
    public var reason: String {
        guard kind == .stopped else { return "" }
        return switch virDomainEventStoppedDetailType(rawValue: UInt32(bitPattern: detail)) {
        case VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN: "shutdown"
        case VIR_DOMAIN_EVENT_STOPPED_DESTROYED: "destroyed"
        case VIR_DOMAIN_EVENT_STOPPED_CRASHED: "crashed"
        case VIR_DOMAIN_EVENT_STOPPED_SAVED: "saved"
        case VIR_DOMAIN_EVENT_STOPPED_FAILED: "failed"
        default: "reason \(detail)"
        }
    }
}

/// One registration of a callback for events. Only libvirt's free callback releases it.
final class LifecycleSubscription: Sendable {
    private let continuation: AsyncStream<LifecycleEvent>.Continuation

    private init(_ continuation: AsyncStream<LifecycleEvent>.Continuation) { self.continuation = continuation }

    /// Registers for changes of domains' lives and for resets.
    ///
    /// - Returns: The callbacks' identifiers.
    static func register(
        on handle: borrowing ConnectionHandle, continuation: AsyncStream<LifecycleEvent>.Continuation
    ) throws(LibvirtError) -> [Int32] {
        let changed: virConnectDomainEventCallback = { _, domain, event, detail, opaque in
            LifecycleSubscription.deliver(domain, .init(rawValue: event), detail: detail, to: opaque)
            return 0
        }
        let reset: virConnectDomainEventGenericCallback = { _, domain, opaque in
            LifecycleSubscription.deliver(domain, .reset, detail: 0, to: opaque)
        }
        let first = try register(
            VIR_DOMAIN_EVENT_ID_LIFECYCLE, on: handle, unsafeBitCast(changed, to: virConnectDomainEventGenericCallback.self), continuation)
        do {
            return [first, try register(VIR_DOMAIN_EVENT_ID_REBOOT, on: handle, reset, continuation)]
        } catch {
            virConnectDomainEventDeregisterAny(handle.pointer, first)
            throw error
        }
    }

    private static func deliver(
        _ domain: virDomainPtr?, _ kind: LifecycleEvent.Kind, detail: Int32, to opaque: UnsafeMutableRawPointer?
    ) {
        guard let opaque, let domain, let name = virDomainGetName(domain) else { return }
        let subscription = Unmanaged<LifecycleSubscription>.fromOpaque(opaque).takeUnretainedValue()
        subscription.continuation.yield(LifecycleEvent(domain: String(cString: name), kind: kind, detail: detail))
    }

    private static func register(
        _ event: virDomainEventID, on handle: borrowing ConnectionHandle, _ callback: virConnectDomainEventGenericCallback,
        _ continuation: AsyncStream<LifecycleEvent>.Continuation
    ) throws(LibvirtError) -> Int32 {
        let opaque = Unmanaged.passRetained(LifecycleSubscription(continuation)).toOpaque()
        let identifier = virConnectDomainEventRegisterAny(handle.pointer, nil, Int32(event.rawValue), callback, opaque) { opaque in
            guard let opaque else { return }
            Unmanaged<LifecycleSubscription>.fromOpaque(opaque).release()
        }
        guard identifier >= 0 else {
            let error = LibvirtError.last("register for events of domains")
            Unmanaged<LifecycleSubscription>.fromOpaque(opaque).release()
            throw error
        }
        return identifier
    }
}
