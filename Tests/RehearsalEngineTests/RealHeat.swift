import Foundation
import Heat
import RehearsalTesting

@testable import RehearsalEngine

/// A real Heat on the loopback, configured as the undercloud's is; `make test-deps` unpacks it (`dev/test-heat`).
final class RealHeat: @unchecked Sendable {
    /// Where its packages are unpacked.
    private static let root: String = {
        let environment = ProcessInfo.processInfo.environment
        return (environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? "") + "/.cache") + "/rehearsal/test-heat"
    }()

    static let isThere = FileManager.default.isExecutableFile(atPath: root + "/usr/bin/heat-all")

    static let images = Checkout.root.appending(path: "Images")

    let directory: URL
    let port: Int
    private var process: Process?

    /// The database of a Heat that has never run, made once: each Heat gets a copy of it.
    private static let schema = Task {
        let directory = FileManager.default.temporaryDirectory.appending(path: "heat-schema-\(UUID())")
        defer { try? FileManager.default.removeItem(at: directory) }
        try configure(directory, port: 0)
        let (status, _, error) = try await Shell.run(
            ["/usr/bin/python3"] + arguments("heat-manage", ["db_sync"], in: directory), environment: environment)
        guard status == 0 else { throw HeatError(.unreachable, error) }
        return try Data(contentsOf: directory.appending(path: database))
    }

    private static let database = "heat.sqlite"

    init() async throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "heat-\(UUID())")
        port = try Self.freePort()
        try Self.configure(directory, port: port)
        try await Self.schema.value.write(to: directory.appending(path: Self.database))
        try start()
    }

    /// Writes the settings of a Heat that listens on a port of the loopback.
    private static func configure(_ directory: URL, port: Int) throws {
        let manager = FileManager.default
        let files = images.appending(path: "services/heat/files")
        try manager.createDirectory(at: directory, withIntermediateDirectories: true)
        try manager.copyItem(at: files.appending(path: "usr/lib/heat"), to: directory.appending(path: "plugins"))
        for name in ["etc/heat/heat.conf.mustache", "etc/heat/token.json.mustache", "etc/heat/policy.yaml"] {
            var text = try String(contentsOf: files.appending(path: name), encoding: .utf8)
            for (from, to) in [
                ("{{machine.ctlplane}}", "127.0.0.1"), ("{{{secret.heat_encryption}}}", String(repeating: "k", count: 24)),
                ("8004", "\(port)"),
                ("/var/log/heat", directory.path), ("/var/lib/heat", directory.path), ("/usr/lib/heat", directory.path + "/plugins"),
                ("/etc/heat/api-paste.ini", root + "/etc/heat/api-paste.ini"),
                ("/etc/heat/token.json", directory.path + "/token.json"), ("/etc/heat/policy.yaml", directory.path + "/policy.yaml"),
            ] {
                text = text.replacingOccurrences(of: from, with: to)
            }
            let target = (name as NSString).lastPathComponent.replacingOccurrences(of: ".mustache", with: "")
            try text.write(to: directory.appending(path: target), atomically: true, encoding: .utf8)
        }
    }

    private static let environment = [
        "PATH": "/usr/bin:/bin", "PYTHONPATH": root + "/usr/lib/python3/dist-packages",
        "LD_LIBRARY_PATH": root + "/usr/lib/x86_64-linux-gnu",
    ]

    private static func arguments(_ program: String, _ arguments: [String] = [], in directory: URL) -> [String] {
        ["\(root)/usr/bin/\(program)", "--config-file", directory.appending(path: "heat.conf").path] + arguments
    }

    func start() throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.environment = Self.environment
        process.arguments = Self.arguments("heat-all", in: directory)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process = process
    }

    /// As `kill -9` would.
    func kill() {
        guard let process else { return }
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    func remove() {
        kill()
        try? FileManager.default.removeItem(at: directory)
    }

    var transport: any HeatTransport { LoopbackTransport(port: port) }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// Runs the guests' own `heat-request`.
struct LoopbackTransport: HeatTransport {
    let port: Int

    func send(_ request: HeatRequest) async throws -> HeatResponse {
        let script = RealHeat.images.appending(path: "services/heat/files/usr/lib/rehearsal/heat-request").path
        let (status, output, error) = try await Shell.run(
            ["bash", script, request.method, request.path], input: request.body ?? Data(),
            environment: ["HEAT_ADDRESS": "127.0.0.1", "HEAT_PORT": "\(port)", "PATH": "/usr/bin:/bin"])
        guard status == 0, let response = GuestHeatTransport.parse(String(decoding: output, as: UTF8.self)) else {
            throw HeatError(.unreachable, error)
        }
        return response
    }
}

/// A command of this host, for tests.
enum Shell {
    static func run(_ argv: [String], input: Data = Data(), environment: [String: String]? = nil) async throws -> (Int32, Data, String) {
        try await withCheckedThrowingContinuation { continuation in
            Thread {
                do {
                    let process = Process()
                    process.executableURL = URL(filePath: "/usr/bin/env")
                    process.arguments = argv
                    if let environment { process.environment = environment }
                    let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
                    process.standardInput = stdin
                    process.standardOutput = stdout
                    process.standardError = stderr
                    try process.run()
                    try? stdin.fileHandleForWriting.write(contentsOf: input)
                    try? stdin.fileHandleForWriting.close()
                    let output = stdout.fileHandleForReading.readDataToEndOfFile()
                    let error = stderr.fileHandleForReading.readDataToEndOfFile()
                    process.waitUntilExit()
                    continuation.resume(returning: (process.terminationStatus, output, String(decoding: error, as: UTF8.self)))
                } catch {
                    continuation.resume(throwing: error)
                }
            }.start()
        }
    }
}
