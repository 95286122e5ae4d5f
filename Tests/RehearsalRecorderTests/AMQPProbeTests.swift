import Foundation
import RehearsalHistory
import RehearsalModel
import Testing

@testable import RehearsalRecorder

private let serverPath = "/usr/lib/rabbitmq/bin/rabbitmq-server"
private let hasServer = FileManager.default.isExecutableFile(atPath: serverPath) && getuid() == 0

/// Against a real RabbitMQ server on loopback.
@Suite(
    "AMQP probe",
    .serialized, .enabled(if: hasServer, "the package rabbitmq-server is not installed, or the tests do not run as root"),
    .timeLimit(.minutes(5)))
struct AMQPProbeTests {
    private final class Broker {
        let server: ServerProcess
        let port: UInt16
        private let environment: [String: String]
        private let daemonPort: UInt16

        init() throws {
            server = try ServerProcess("rabbitmq")
            port = try TestServer.freePort()
            daemonPort = try TestServer.freePort()
            let path = server.directory.path
            let settings = "listeners.tcp.1 = 127.0.0.1:\(port)\nloopback_users = none\n"
            try settings.write(toFile: path + "/rabbitmq.conf", atomically: true, encoding: .utf8)
            environment = [
                "RABBITMQ_NODENAME": "probe\(port)@localhost", "RABBITMQ_CONFIG_FILE": path + "/rabbitmq.conf",
                "RABBITMQ_MNESIA_BASE": path + "/data", "RABBITMQ_LOG_BASE": path + "/logs", "RABBITMQ_LOGS": "-",
                "RABBITMQ_ENABLED_PLUGINS_FILE": path + "/plugins", "RABBITMQ_DIST_PORT": "\(try TestServer.freePort())",
                "RABBITMQ_CONF_ENV_FILE": path + "/none", "ERL_EPMD_PORT": "\(daemonPort)",
                "ERL_EPMD_RELAXED_COMMAND_CHECK": "1", "HOME": path,
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1",
            ]
            try start()
        }

        func start() throws {
            try server.start([serverPath], environment: environment)
        }

        func stop() {
            server.stop()
            _ = try? ServerProcess.run(["epmd", "-port", "\(daemonPort)", "-kill"])
        }
    }

    @Test("a message comes back after the broker was frozen, and after it died")
    func troubles() async throws {
        let broker = try Broker()
        defer { broker.stop() }
        let nothing = try TestServer.freePort()
        let probe = ProbeSpecification(
            name: "bus", kind: "amqp", target: "127.0.0.1:\(broker.port)", periodMilliseconds: 100,
            settings: [
                "user": "guest", "password": "guest", "queue": "rehearsal.probe", "timeout_s": "5",
                "addresses": "127.0.0.1:\(nothing),127.0.0.1:\(broker.port)",
            ])
        let unproven = try await Recorder.proveAll([probe], deadline: 120)
        try #require(unproven == [], "\(broker.server.log)")

        var denied = probe
        denied.name = "denied"
        denied.periodMilliseconds = 1000
        denied.settings["password"] = "an0ther-word"
        denied.settings["addresses"] = nil
        var frozen: Dark?
        var thawed = now()
        var gone: (Timestamp, Timestamp)?
        let samples = try await recorded([probe, denied]) { collector in
            func hasGood(after time: Timestamp) -> ([Sample]) -> Bool {
                { $0.contains { $0.probe == "bus" && $0.outcome == .ok && $0.start > time } }
            }
            try await wait("good samples", collector) { all in all.filter { $0.outcome == .ok }.count >= 10 }
            frozen = try await dark(seconds: 1.2) {
                broker.server.signal(SIGSTOP)
            } on: {
                broker.server.signal(SIGCONT)
            }
            thawed = now()
            try await wait("good samples again", collector, until: hasGood(after: thawed))
            try await wait("a refusal", collector) { $0.contains { $0.probe == "denied" && $0.outcome != .late } }
            broker.server.end()
            let begun = now()
            try await Task.sleep(for: .seconds(1))
            gone = (begun, now())
            try broker.start()
            try await wait("good samples at last", collector, seconds: 120, until: hasGood(after: now()))
        }
        let own = samples.filter { $0.probe == "bus" }
        let first = try #require(frozen)
        #expect(first.contradictions(in: own.filter { $0.start < thawed }) == [])
        #expect(own.filter { $0.start > first.begin.1 && $0.start < first.end.0 }.count >= 9)
        let dead = try #require(gone)
        let inside = own.filter { $0.start > dead.0 && $0.start < dead.1 && $0.outcome != .late }
        #expect(!inside.isEmpty)
        #expect(inside.allSatisfy { $0.outcome != .ok || $0.start.advanced(byNanoseconds: $0.latencyNanoseconds) > dead.1 })
        #expect(own.contains { $0.outcome == .refused })
        let refusals = samples.filter { $0.probe == "denied" && $0.outcome != .late && $0.start < dead.0 }
        #expect(!refusals.isEmpty)
        #expect(refusals.allSatisfy { $0.outcome != .ok })
        #expect(!samples.contains { $0.detail?.contains("an0ther") == true })
    }
}
