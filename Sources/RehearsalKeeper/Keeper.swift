import Dispatch
import Foundation
import Glibc
public import RehearsalHost
import RehearsalModel
public import RehearsalTestbed

/// The process that is a testbed.
public enum Keeper {
    /// Raises the machines of a testbed; starts none.
    public typealias Raise = @Sendable (TestbedSpecification, ProcessTable) async throws -> any SnapshottingHypervisor

    /// Raises a testbed and keeps it until SIGTERM, SIGINT, `DELETE /v1/testbed` or the removal of its directory; then ends it.
    ///
    /// The keeper writes its log to standard error. For embedded machines it must have been started by ``KeeperLauncher``, in
    /// namespaces of its own.
    /// - Parameter raise: Raises the machines. It is called once, with the processes of the testbed's namespaces.
    /// - Throws: ``TestbedError`` if the testbed cannot be raised.
    public static func run(specification: TestbedSpecification, raise: Raise) async throws {
        try specification.validate()
        umask(0o077)
        let claim = try KeeperClaim.make(directory: specification.directory)
        signal(SIGPIPE, SIG_IGN)
        let (ends, ask) = AsyncStream.makeStream(of: String.self)
        let sources = signalSources { ask.yield("signal \($0)") }
        defer { for source in sources { source.cancel() } }

        say("raising testbed '\(specification.name)' in \(specification.directory)")
        let processes = ProcessTable()
        let hypervisor = try await raise(specification, processes)
        let server = KeeperServer(specification: specification, hypervisor: hypervisor, processes: processes) {
            ask.yield("a request")
        }
        let serving = Task {
            do {
                try await server.run(directory: specification.directory) { say("ready") }
            } catch {
                if !Task.isCancelled { ask.yield("the server's failure: \(error.quoted)") }
            }
        }
        let journal = Task {
            for try await event in hypervisor.eventStream() {
                say("machine \(event.machine) \(event.kind)" + (event.reason.map { " (\($0))" } ?? ""))
            }
        }
        let watch = Task {
            while claim.isReachable { try await Task.sleep(for: .seconds(1)) }
            ask.yield("the removal of its directory")
        }
        var reason = "nothing"
        for await end in ends {
            reason = end
            break
        }
        say("ending because of \(reason)")
        endAtTheLatest(afterSeconds: 5)
        await processes.endAll(grace: 1)
        await hypervisor.raze()
        watch.cancel()
        journal.cancel()
        serving.cancel()
        _ = await serving.value
        say("ended")
    }

    /// Calls a closure with the number of each signal that asks the keeper to end.
    private static func signalSources(_ received: @escaping @Sendable (Int32) -> Void) -> [any DispatchSourceSignal] {
        [SIGTERM, SIGINT, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { received(number) }
            source.resume()
            return source
        }
    }

    /// Ends the process if the orderly end takes too long; the namespaces, and all that is in them, go with it.
    private static func endAtTheLatest(afterSeconds seconds: Double) {
        let bound = Thread {
            Thread.sleep(forTimeInterval: seconds)
            say("the orderly end took too long")
            exit(70)
        }
        bound.start()
    }
}

/// One line of the keeper's log, with the time in UTC.
private func say(_ text: String) {
    // On a full disk the line is lost, and not the testbed.
    try? FileHandle.standardError.write(contentsOf: Data("\(HostClock.wall().iso8601) \(text)\n".utf8))
}
