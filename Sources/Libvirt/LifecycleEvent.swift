import CLibvirt

/// Something that happened to a domain.
public struct LifecycleEvent: Sendable, Equatable {
    /// What happened (`virDomainEventType`).
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

/// One registration of a lifecycle callback. Only libvirt's free callback releases it.
final class LifecycleSubscription: Sendable {
    let continuation: AsyncStream<LifecycleEvent>.Continuation

    init(_ continuation: AsyncStream<LifecycleEvent>.Continuation) { self.continuation = continuation }

    static func register(
        on handle: borrowing ConnectionHandle, continuation: AsyncStream<LifecycleEvent>.Continuation
    ) throws(LibvirtError) -> Int32 {
        let callback: virConnectDomainEventCallback = { _, domain, event, detail, opaque in
            guard let opaque, let domain, let name = virDomainGetName(domain) else { return 0 }
            let subscription = Unmanaged<LifecycleSubscription>.fromOpaque(opaque).takeUnretainedValue()
            subscription.continuation.yield(
                LifecycleEvent(domain: String(cString: name), kind: .init(rawValue: event), detail: detail))
            return 0
        }
        let opaque = Unmanaged.passRetained(LifecycleSubscription(continuation)).toOpaque()
        let identifier = virConnectDomainEventRegisterAny(
            handle.pointer, nil, Int32(VIR_DOMAIN_EVENT_ID_LIFECYCLE.rawValue),
            unsafeBitCast(callback, to: virConnectDomainEventGenericCallback.self), opaque
        ) { opaque in
            guard let opaque else { return }
            Unmanaged<LifecycleSubscription>.fromOpaque(opaque).release()
        }
        guard identifier >= 0 else {
            let error = LibvirtError.last("register for lifecycle events")
            Unmanaged<LifecycleSubscription>.fromOpaque(opaque).release()
            throw error
        }
        return identifier
    }
}
