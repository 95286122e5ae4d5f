internal import Dispatch
internal import Foundation
internal import Glibc
public import RehearsalTestbed

/// The process that is a testbed.
public enum Keeper {
    /// Raises a testbed and keeps it until SIGTERM, SIGINT, `DELETE /v1/testbed` or the removal of its directory; then ends it.
    ///
    /// Machines are defined, not started. The keeper says on standard error what it does. For embedded machines it must have
    /// been started by ``KeeperLauncher``, in namespaces of its own.
    /// - Throws: ``TestbedError`` if the testbed cannot be raised.
    public static func run(specification: TestbedSpecification) async throws {
        try specification.validate()
        umask(0o077)
        let claim = try KeeperClaim.make(directory: specification.directory)
        signal(SIGPIPE, SIG_IGN)
        let (ends, ask) = AsyncStream.makeStream(of: String.self)
        let sources = [SIGTERM, SIGINT, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { ask.yield("signal \(number)") }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }

        say("raising testbed '\(specification.name)' in \(specification.directory)")
        let processes = ProcessTable()
        let hypervisor = try await LibvirtHypervisor.raise(specification, processes: processes)
        let server = KeeperServer(specification: specification, hypervisor: hypervisor, processes: processes) {
            ask.yield("a request")
        }
        let serving = Task {
            do {
                try await server.run(directory: specification.directory) { say("ready") }
            } catch {
                if !Task.isCancelled { ask.yield("the server's failure: \(error)") }
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
        // Whatever hangs below, the end is bounded: the namespaces go with this process.
        let bound = Thread {
            Thread.sleep(forTimeInterval: 5)
            say("the orderly end took too long")
            exit(70)
        }
        bound.start()
        await processes.endAll(grace: 1)
        await hypervisor.raze()
        watch.cancel()
        journal.cancel()
        serving.cancel()
        _ = await serving.value
        say("ended")
    }
}

/// One line of the keeper's log, with the time in UTC.
private func say(_ text: String) {
    let time = nowNanoseconds()
    var seconds = time_t(time / 1_000_000_000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let line = String(
        format: "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ %@\n", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
        parts.tm_min, parts.tm_sec, Int(time / 1_000_000 % 1000), text)
    FileHandle.standardError.write(Data(line.utf8))
}
