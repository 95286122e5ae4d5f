import Foundation
import Libvirt
import RehearsalHost
import RehearsalModel
import RehearsalTestbed

/// Commands and files in a guest over the QEMU guest agent.
///
/// Each request to the agent blocks the domain's own thread and no other.
struct GuestAgent: GuestShell {
    /// Bytes per request: the agent of Debian 12 no longer answers when a request is about 300 kB long.
    private static let chunk = 96 << 10
    /// How large a file may be that is read whole. Guests are untrusted: theirs may have no end.
    private static let mostFileBytes = 64 << 20

    let domain: Domain

    func execute(_ argv: [String], input: Data?, timeout seconds: Double) async throws -> CommandResult {
        guard let program = argv.first else { throw TestbedError(.invalidArgument, "cannot run a command of no words on \(domain.name)") }
        let deadline = Deadline(seconds: seconds, what: "command '\(Self.text(argv))' on \(domain.name)")
        var arguments: [String: Any] = ["path": program, "arg": Array(argv.dropFirst()), "capture-output": true]
        if let input { arguments["input-data"] = input.base64EncodedString() }
        let started = try await request("guest-exec", arguments, deadline: deadline)
        guard let pid = (started as? [String: Any])?["pid"] as? Int else { throw malformed("guest-exec") }
        var pause = 0.02
        while true {
            try await Task.sleep(for: .seconds(max(0.001, min(pause, deadline.remaining))))
            pause = min(pause * 1.5, 0.2)
            let answer: Any
            do {
                answer = try await request("guest-exec-status", ["pid": pid], deadline: deadline)
            } catch let error as TestbedError where error.code == .guestAgent {
                throw TestbedError(
                    .guestAgent, "the result of command '\(Self.text(argv))' on \(domain.name) is lost: \(error.message)",
                    hint: "the guest agent was restarted or the machine rebooted while the command ran")
            }
            guard let status = answer as? [String: Any], let exited = status["exited"] as? Bool else {
                throw malformed("guest-exec-status")
            }
            if exited { return result(status) }
            guard deadline.remaining > 0 else {
                // The agent has no way to end a command but another command.
                let parting = Deadline(seconds: 5, what: "")
                _ = try? await request("guest-exec", ["path": "kill", "arg": ["-KILL", "\(pid)"]], deadline: parting)
                throw deadline.error(nil)
            }
        }
    }

    func write(_ content: Data, to path: String, mode: UInt16) async throws {
        guard path.hasPrefix("/") else { throw TestbedError(.invalidArgument, "'\(path)' is not an absolute path") }
        let temporary = path + ".rehearsal-new"
        var start = content.startIndex
        repeat {
            let end = content.index(start, offsetBy: Self.chunk, limitedBy: content.endIndex) ?? content.endIndex
            let first = start == content.startIndex
            let last = end == content.endIndex
            let script =
                (first ? "umask 077; mkdir -p \"$(dirname \"$1\")\" && cat > \"$2\"" : "cat >> \"$2\"")
                + (last ? " && chmod \"$3\" \"$2\" && mv -f \"$2\" \"$1\"" : "")
            let result = try await execute(
                ["/bin/sh", "-c", script, "sh", path, temporary, String(mode, radix: 8)], input: content[start..<end], timeout: 60)
            guard result.isSuccess else {
                throw TestbedError(.guestAgent, "cannot write \(path) on \(domain.name): \(Self.trimmed(result.standardError))")
            }
            start = end
        } while start < content.endIndex
    }

    func read(_ path: String) async throws -> Data {
        let deadline = Deadline(seconds: 120, what: "reading \(path) on \(domain.name)")
        let handle: Any
        do {
            handle = try await request("guest-file-open", ["path": path, "mode": "r"], deadline: deadline)
        } catch let error as TestbedError where error.code == .guestAgent {
            throw TestbedError(.notFound, "cannot read \(path) on \(domain.name): \(error.message)")
        }
        var content = Data()
        var failure: (any Error)?
        do {
            while true {
                let answer = try await request("guest-file-read", ["handle": handle, "count": Self.chunk], deadline: deadline)
                guard let part = answer as? [String: Any], let text = part["buf-b64"] as? String, let data = Data(base64Encoded: text)
                else { throw malformed("guest-file-read") }
                content.append(data)
                guard content.count <= Self.mostFileBytes, deadline.remaining > 0 else {
                    throw TestbedError(.guestAgent, "\(path) on \(domain.name) has no end that could be waited for")
                }
                if part["eof"] as? Bool == true || data.isEmpty { break }
            }
        } catch {
            failure = error
        }
        _ = try? await request("guest-file-close", ["handle": handle], deadline: Deadline(seconds: 5, what: ""))
        if let failure { throw failure }
        return content
    }

    /// Tells the guest the host's time.
    func setClock() async throws {
        let deadline = Deadline(seconds: 60, what: "setting the clock of \(domain.name)")
        _ = try await request("guest-set-time", ["time": HostClock.wall().nanoseconds], deadline: deadline)
    }

    // MARK: Requests

    /// Sends one request; waits for the agent to connect while there is time.
    private func request(_ command: String, _ arguments: [String: Any], deadline: Deadline) async throws -> Any {
        let json = try JSONSerialization.data(withJSONObject: ["execute": command, "arguments": arguments])
        let text = String(decoding: json, as: UTF8.self)
        while true {
            do {
                let bound = Int(min(max(deadline.remaining.rounded(.up), 1), 30))
                let answer = try await domain.qemuAgentCommand(text, timeout: bound)
                guard let object = try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any],
                    let value = object["return"]
                else { throw malformed(command) }
                return value
            } catch let error as LibvirtError {
                switch error.code {
                case .agentUnresponsive where error.message.contains("not connected") || error.message.contains("not available due"):
                    // Nothing was sent: the agent is not up yet, or restarts.
                    guard deadline.remaining > 0 else { throw deadline.error("the guest agent is not connected") }
                    try await Task.sleep(for: .milliseconds(100))
                case .agentUnresponsive, .agentUnsynced, .agentCommandTimeout:
                    if deadline.remaining > 0, command != "guest-exec" {
                        try await Task.sleep(for: .milliseconds(100))
                        continue
                    }
                    throw deadline.remaining > 0
                        ? TestbedError(.guestAgent, "the guest agent of \(domain.name) does not answer: \(error.message)")
                        : deadline.error("the guest agent does not answer")
                case .operationInvalid:
                    throw TestbedError(.invalidState, "cannot ask the guest agent of \(domain.name): \(error.message)")
                default:
                    throw TestbedError(.guestAgent, error.message)
                }
            }
        }
    }

    private func result(_ status: [String: Any]) -> CommandResult {
        func text(_ key: String) -> String {
            (status[key] as? String).flatMap { Data(base64Encoded: $0) }.map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        let code = (status["signal"] as? Int).map { 128 + min(max($0, 0), 127) } ?? status["exitcode"] as? Int ?? -1
        return CommandResult(status: Int32(clamping: code), standardOutput: text("out-data"), standardError: text("err-data"))
    }

    private func malformed(_ command: String) -> TestbedError {
        TestbedError(.guestAgent, "the guest agent of \(domain.name) answered \(command) with something else")
    }

    private static func text(_ argv: [String]) -> String {
        let text = argv.joined(separator: " ")
        return text.count > 200 ? text.prefix(200) + "…" : text
    }

    private static func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }
}

/// A bound on something that is made of several waits.
private struct Deadline {
    private let seconds: Double
    private let what: String
    private let end: ContinuousClock.Instant

    init(seconds: Double, what: String) {
        self.seconds = seconds
        self.what = what
        end = .now + .seconds(seconds)
    }

    /// Seconds left; negative afterwards.
    var remaining: Double {
        let left = end - .now
        return Double(left.components.seconds) + Double(left.components.attoseconds) / 1e18
    }

    func error(_ reason: String?) -> TestbedError {
        TestbedError(.timeout, "\(what) did not end in \(DurationText.number(seconds)) s" + (reason.map { ": \($0)" } ?? ""))
    }
}
