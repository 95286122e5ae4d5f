import CCurl
import Foundation
import PlainJSON
import RehearsalHistory
import RehearsalModel

/// Kind `http-sequence`: makes several HTTP or HTTPS calls one after another, each with what it needs of the answers before.
struct HTTPSequenceQuestion: ProbeQuestion {
    private static let target = ProbeForm<String>("a URL such as https://192.0.2.10:8774", example: "https://192.0.2.10:8774") { text in
        text.wholeMatch(of: #/https?:\/\/[A-Za-z0-9.:\[\]-]+(\/\S*)?/#) == nil ? nil : text.hasSuffix("/") ? String(text.dropLast()) : text
    }
    private static let calls = ProbeSetting(
        "calls", ProbeForm("calls as docs/probes.md describes them", example: "GET /\n=> 200") { CallScript($0) }, .required,
        "the calls, a block of lines for each")
    private static let password = ProbeSetting(
        "password", .text, .foundOut("none"), "a secret that the calls may use as `${password}`", isSecret: true)
    static let kind = ProbeKind(
        "http-sequence", target: target, rightWhen: "every call of a sequence is answered as it says", detail: "the call that went wrong",
        settings: [calls, password, StreamSecurity.verify, StreamSecurity.authorities])

    let base: String
    let script: CallScript
    let password: String?
    let verifies: Bool
    let authorities: String?

    init(_ probe: ProbeSpecification) throws(ProbeProblem) {
        base = try probe.target(as: Self.target)
        password = try probe.given(Self.password)
        script = try probe.value(of: Self.calls)
        verifies = try probe.value(of: StreamSecurity.verify)
        authorities = try probe.given(StreamSecurity.authorities)
    }

    func prepare() -> PreparedProbe {
        .onThread { context, due in
            SerialWorker(client: HTTPSequenceClient(question: self, context: context), context: context).run(firstDue: due)
        }
    }
}

/// Makes the calls with libcurl, on a new connection for each attempt.
private final class HTTPSequenceClient: SerialClient {
    private let question: HTTPSequenceQuestion
    private let context: WorkerContext
    private(set) var connected: Int64?

    init(question: HTTPSequenceQuestion, context: WorkerContext) {
        self.question = question
        self.context = context
    }

    private struct Failure: Error {
        var outcome: SampleOutcome
        var detail: String
    }

    func exchange(sequence: UInt64, deadline: Int64) -> ClientResult {
        connected = nil
        guard let handle = curl_easy_init() else { return ClientResult(outcome: .late, detail: "no memory for a connection") }
        defer { curl_easy_cleanup(handle) }
        var values = ["sequence": "\(sequence)"]
        values["password"] = question.password
        var failure: Failure?
        for (index, call) in question.script.calls.enumerated() where failure == nil || call.isAlways {
            do throws(Failure) {
                // What tidies up after a call that never came about has nothing to do.
                guard CallScript.filled(call.path, values) != nil || !call.isAlways else { continue }
                try make(call, number: index + 1, handle, &values, deadline)
            } catch {
                failure = failure ?? error
            }
        }
        return ClientResult(outcome: failure?.outcome ?? .ok, detail: failure?.detail)
    }

    func disconnect() {}

    /// Makes a call until what it waits for is so.
    private func make(
        _ call: CallScript.Call, number: Int, _ handle: UnsafeMutableRawPointer, _ values: inout [String: String], _ deadline: Int64
    ) throws(Failure) {
        let name = "call \(number), \(call.method) \(call.path)"
        while true {
            let answer = try perform(call, name: name, handle, values, deadline)
            guard call.statuses.contains(where: { $0.contains(answer.status) }) else {
                throw Failure(outcome: .wrong, detail: "\(name): status \(answer.status)")
            }
            for capture in call.captures {
                guard let value = answer.value(at: capture.place) else {
                    throw Failure(outcome: .wrong, detail: "\(name): no \(capture.name) in the answer")
                }
                values[capture.name] = value
            }
            guard let condition = call.condition, answer.value(at: condition.place) != condition.value else { return }
            let next = MonotonicClock.now + Int64(condition.interval * 1e9)
            guard next < deadline else { throw Failure(outcome: .timeout, detail: "\(name): not \(condition.value) in time") }
            while MonotonicClock.now < next {
                if case .stopped = context.wait(for: -1, events: 0, until: next, heedsStop: false) {
                    throw Failure(outcome: .late, detail: "recorder stopped in \(name)")
                }
            }
        }
    }

    private func perform(
        _ call: CallScript.Call, name: String, _ handle: UnsafeMutableRawPointer, _ values: [String: String], _ deadline: Int64
    ) throws(Failure) -> Answer {
        let left = (deadline - MonotonicClock.now) / nanosecondsPerMillisecond
        guard left > 0 else { throw Failure(outcome: .timeout, detail: "\(name): no time left") }
        curl_easy_reset(handle)
        let path = CallScript.filled(call.path, values) ?? call.path
        var list: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(list) }
        for header in call.headers { list = curl_slist_append(list, CallScript.filled(header, values) ?? header) }
        _ = rehearsal_curl_set_text(handle, CURLOPT_URL, path.hasPrefix("http") ? path : question.base + path)
        _ = rehearsal_curl_set_text(handle, CURLOPT_CUSTOMREQUEST, call.method)
        _ = rehearsal_curl_set_list(handle, CURLOPT_HTTPHEADER, list)
        _ = rehearsal_curl_set_number(handle, CURLOPT_TIMEOUT_MS, Int(left))
        _ = rehearsal_curl_set_number(handle, CURLOPT_NOSIGNAL, 1)
        if call.method == "HEAD" { _ = rehearsal_curl_set_number(handle, CURLOPT_NOBODY, 1) }
        if !call.body.isEmpty { _ = rehearsal_curl_set_text(handle, CURLOPT_COPYPOSTFIELDS, CallScript.filled(call.body, values) ?? "") }
        if !question.verifies {
            _ = rehearsal_curl_set_number(handle, CURLOPT_SSL_VERIFYPEER, 0)
            _ = rehearsal_curl_set_number(handle, CURLOPT_SSL_VERIFYHOST, 0)
        }
        if let authorities = question.authorities { _ = rehearsal_curl_set_text(handle, CURLOPT_CAINFO, authorities) }

        let answer = Answer()
        let received = Unmanaged.passUnretained(answer).toOpaque()
        _ = rehearsal_curl_set_sink(
            handle, CURLOPT_WRITEFUNCTION, { bytes, size, count, context in Answer.from(context).takeBody(bytes, size * count) },
            CURLOPT_WRITEDATA, received)
        _ = rehearsal_curl_set_sink(
            handle, CURLOPT_HEADERFUNCTION, { bytes, size, count, context in Answer.from(context).takeHeader(bytes, size * count) },
            CURLOPT_HEADERDATA, received)
        _ = rehearsal_curl_set_progress(
            handle,
            { context, _, _, _, _ in
                context.map { Unmanaged<StopSignal>.fromOpaque($0).takeUnretainedValue().isAbandoned ? 1 : 0 } ?? 0
            }, Unmanaged.passUnretained(context.stop).toOpaque())
        let before = MonotonicClock.now
        let code = withExtendedLifetime(answer) { curl_easy_perform(handle) }
        let connecting = Int64(rehearsal_curl_microseconds(handle, CURLINFO_CONNECT_TIME_T)) * 1000
        if connected == nil, connecting > 0 { connected = before + connecting }
        answer.status = rehearsal_curl_number(handle, CURLINFO_RESPONSE_CODE)
        guard code == CURLE_OK else { throw failure(code, name: name, handle) }
        return answer
    }

    private func failure(_ code: CURLcode, name: String, _ handle: UnsafeMutableRawPointer) -> Failure {
        let text = curl_easy_strerror(code).map { String(cString: $0).lowercased() } ?? "error \(code.rawValue)"
        switch code {
        case CURLE_OPERATION_TIMEDOUT: return Failure(outcome: .timeout, detail: "\(name): no answer")
        case CURLE_ABORTED_BY_CALLBACK: return Failure(outcome: .late, detail: "recorder stopped in \(name)")
        case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE:
            return Failure(outcome: .reset, detail: "\(name): \(text)")
        case CURLE_COULDNT_CONNECT:
            let failure = NetworkFailure(errno: Int32(rehearsal_curl_number(handle, CURLINFO_OS_ERRNO)), while: "connecting")
            return Failure(outcome: failure.outcome, detail: "\(name): \(failure.detail)")
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR: return Failure(outcome: .wrong, detail: "\(name): \(text)")
        default: return Failure(outcome: .error, detail: "\(name): \(text)")
        }
    }
}

/// The answer to one call, as it comes.
private final class Answer {
    /// The most bytes of a body that are kept; a longer one is received and has no values.
    private static let longest = 1 << 20

    var status = 0
    private var headers: [String: String] = [:]
    private var body: [UInt8] = []
    private lazy var json = try? JSONDecoder().decode(JSONValue.self, from: Data(body))

    static func from(_ context: UnsafeMutableRawPointer?) -> Answer {
        // libcurl gives back what it was given, which is never nil.
        Unmanaged<Answer>.fromOpaque(context!).takeUnretainedValue()
    }

    func takeBody(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        if body.count < Self.longest { body += UnsafeRawBufferPointer(start: bytes, count: count) }
        return count
    }

    func takeHeader(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        let line = String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
        if let colon = line.firstIndex(of: ":") {
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespacesAndNewlines)
        }
        return count
    }

    func value(at place: CallScript.Place) -> String? {
        switch place {
        case .header(let name): return headers[name.lowercased()]
        case .json(let path):
            var value = json
            for step in path {
                if case .array(let values)? = value, let index = Int(step) {
                    value = values.indices.contains(index) ? values[index] : nil
                } else {
                    value = value?[step]
                }
            }
            switch value {
            case .string(let text): return text
            case .number(let number): return Int(exactly: number).map(String.init) ?? "\(number)"
            case .bool(let truth): return truth ? "true" : "false"
            default: return nil
            }
        }
    }
}
