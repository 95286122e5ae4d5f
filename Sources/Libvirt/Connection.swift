import CLibvirt
import Glibc
import Synchronization

/// A connection to a hypervisor.
///
/// Calls run on a thread of the connection's own, one at a time. Each ``Domain`` has a thread of its own, so a domain that
/// blocks delays neither the connection nor another domain. The connection is closed when it, its domains and its event
/// streams are all gone; ``close()`` ends the streams at once.
public actor Connection {
    private let executor: ThreadExecutor
    private let handle: ConnectionHandle
    private var streams: [Int: AsyncStream<LifecycleEvent>.Continuation] = [:]
    private var nextStream = 0

    /// The URI that the connection was opened with.
    public nonisolated let uri: String

    /// The connection's own thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private init(executor: ThreadExecutor, handle: consuming ConnectionHandle, uri: String) {
        self.executor = executor
        self.handle = handle
        self.uri = uri
    }

    /// Opens a connection.
    ///
    /// Wraps `virConnectOpen`. The first call starts the event loop of the process.
    /// - Parameter uri: For example `test:///default` or `qemu:///embed?root=/dir`.
    /// - Throws: ``LibvirtError`` with libvirt's reason.
    public static func open(_ uri: String) async throws(LibvirtError) -> Connection {
        try EventLoop.start()
        let executor = ThreadExecutor(name: "libvirt connection")
        let handle = try await Opener(executor: executor).open(uri)
        return Connection(executor: executor, handle: handle, uri: uri)
    }

    /// Runs the blocking open on the new connection's thread: an actor's own initialiser would run on its caller's.
    private actor Opener {
        private let executor: ThreadExecutor
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        init(executor: ThreadExecutor) { self.executor = executor }

        func open(_ uri: String) throws(LibvirtError) -> sending ConnectionHandle {
            ConnectionHandle(adopting: try virConnectOpen(uri).checked("open \(uri)"))
        }
    }

    /// Ends all event streams.
    ///
    /// The connection itself stays open until it and its domains are released.
    public func close() {
        for continuation in streams.values { continuation.finish() }
        streams.removeAll()
    }

    /// The version of the libvirt library, for example `9.0.0`.
    ///
    /// Wraps `virConnectGetLibVersion`.
    public func libraryVersion() throws(LibvirtError) -> String {
        var version: UInt = 0
        try virConnectGetLibVersion(handle.pointer, &version).checked("get libvirt's version")
        return Self.text(version)
    }

    /// The version of the libvirt library in this process, for example `9.0.0`.
    ///
    /// Wraps `virGetVersion`.
    public static func installedVersion() throws(LibvirtError) -> String {
        var version: UInt = 0
        try virGetVersion(&version, nil, nil).checked("get libvirt's version")
        return text(version)
    }

    private static func text(_ version: UInt) -> String {
        "\(version / 1_000_000).\(version / 1000 % 1000).\(version % 1000)"
    }

    /// Adds or changes a domain's persistent configuration.
    ///
    /// Wraps `virDomainDefineXMLFlags`, with validation against libvirt's schema.
    public func define(xml: String) throws(LibvirtError) -> Domain {
        let flags = UInt32(VIR_DOMAIN_DEFINE_VALIDATE.rawValue)
        return Domain(DomainHandle(adopting: try virDomainDefineXMLFlags(handle.pointer, xml, flags).checked("define a domain")))
    }

    /// The domain of that name; `noDomain` if there is none.
    ///
    /// Wraps `virDomainLookupByName`.
    public func domain(named name: String) throws(LibvirtError) -> Domain {
        Domain(DomainHandle(adopting: try virDomainLookupByName(handle.pointer, name).checked("find domain \(name)")))
    }

    /// All domains, running or not, sorted by name.
    ///
    /// Wraps `virConnectListAllDomains`.
    public func domains() throws(LibvirtError) -> [Domain] {
        var list: UnsafeMutablePointer<virDomainPtr?>?
        let count = try virConnectListAllDomains(handle.pointer, &list, 0).checked("list domains")
        guard let list else { return [] }
        defer { free(list) }
        var domains: [Domain] = []
        for index in 0..<Int(count) {
            guard let pointer = list[index] else { continue }
            domains.append(Domain(DomainHandle(adopting: pointer)))
        }
        return domains.sorted { $0.name < $1.name }
    }

    /// A stream of what happens to the connection's domains from now on.
    ///
    /// Wraps `virConnectDomainEventRegisterAny`. The callbacks are deregistered when the stream's consumer stops or is
    /// cancelled, and by ``close()``.
    public func lifecycleEvents() throws(LibvirtError) -> AsyncStream<LifecycleEvent> {
        let (stream, continuation) = AsyncStream.makeStream(of: LifecycleEvent.self)
        let identifiers = try LifecycleSubscription.register(on: handle, continuation: continuation)
        let registration = Registration(connection: handle.another(), identifiers: identifiers)
        let key = nextStream
        nextStream += 1
        streams[key] = continuation
        continuation.onTermination = { [weak self] _ in
            registration.end()
            Task { await self?.forget(key) }
        }
        return stream
    }

    private func forget(_ key: Int) { streams[key] = nil }
}

/// Registered callbacks and the reference to the connection they need to be deregistered.
private final class Registration: Sendable {
    private let connection: ConnectionHandle
    private let identifiers: [Int32]
    private let ended = Atomic(false)

    init(connection: consuming ConnectionHandle, identifiers: [Int32]) {
        self.connection = connection
        self.identifiers = identifiers
    }

    func end() {
        guard !ended.exchange(true, ordering: .acquiringAndReleasing) else { return }
        for identifier in identifiers { virConnectDomainEventDeregisterAny(connection.pointer, identifier) }
    }
}
