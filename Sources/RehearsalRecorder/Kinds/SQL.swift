import CMariaDB
import Glibc
import RehearsalHistory
import RehearsalModel

/// Kind `sql`: writes a row and reads it back.
struct SQLQuestion: ProbeQuestion {
    private static let target = ProbeForm.endpoint(example: 3306, defaultPort: 3306)
    private static let user = ProbeSetting("user", .text, .required, "the account")
    private static let password = ProbeSetting("password", .text, .required, "its password", isSecret: true)
    private static let database = ProbeSetting("database", .sqlName, .required, "the database of the table")
    private static let table = ProbeSetting("table", .sqlName, .standard("rehearsal_probe"), "the table that rows are written to")
    private static let create = ProbeSetting(
        "create", .either("yes", or: "no"), .standard("yes"), "whether the probe creates the table if it is not there")
    private static let connection = ProbeSetting(
        "connection", .either("kept", or: "new"), .standard("kept"), "one connection for all attempts, or a new one for each")
    private static let rows = ProbeSetting(
        "rows", .integer(in: 1...1_000_000), .standard("1000"), "how many rows are written in turn, over and over")
    static let kind = ProbeKind(
        "sql", target: target, rightWhen: "a row is written and read back", detail: "the host name of the server",
        settings: [user, password, database, table, create, connection, rows])

    let endpoint: Endpoint
    let user: String
    let password: String
    let database: String
    let table: String
    let createsTable: Bool
    let isKept: Bool
    let rows: UInt64

    init(_ probe: ProbeSpecification) throws(ProbeProblem) {
        endpoint = try probe.target(as: Self.target)
        user = try probe.value(of: Self.user)
        password = try probe.value(of: Self.password)
        database = try probe.value(of: Self.database)
        table = try probe.value(of: Self.table)
        createsTable = try probe.value(of: Self.create)
        isKept = try probe.value(of: Self.connection)
        rows = UInt64(try probe.value(of: Self.rows))
    }

    func prepare() -> PreparedProbe {
        .onThread { context, due in
            SerialWorker(client: SQLClient(question: self, context: context), context: context).run(firstDue: due)
        }
    }
}

/// One connection to a MariaDB or MySQL server, driven through the client library's non-blocking calls so that every
/// wait ends when the attempt's time is over.
private final class SQLClient: SerialClient {
    private let question: SQLQuestion
    private let context: WorkerContext
    private var handle: UnsafeMutablePointer<MYSQL>?
    private var hasTable: Bool
    /// When the kernel had the last connection, on the monotonic clock; nil while that is awaited.
    private(set) var connected: Int64?
    /// Tells this recorder's rows from those of an earlier one.
    private let mark = UInt64.random(in: 0...0xffff_ffff)
    private let probe: String

    init(question: SQLQuestion, context: WorkerContext) {
        self.question = question
        self.context = context
        hasTable = !question.createsTable
        probe = SQLClient.quoted(context.specification.name)
    }

    private struct Failure: Error {
        var outcome: SampleOutcome
        var detail: String
    }

    func exchange(sequence: UInt64, deadline: Int64) -> ClientResult {
        defer { if !question.isKept { disconnect() } }
        do {
            if handle == nil { try connect(deadline) }
            let table = "`\(question.database)`.`\(question.table)`"
            if !hasTable {
                try query(
                    "CREATE TABLE IF NOT EXISTS \(table) (probe VARCHAR(64) NOT NULL, slot BIGINT UNSIGNED NOT NULL, "
                        + "value VARCHAR(64) NOT NULL, PRIMARY KEY (probe, slot)) ENGINE=InnoDB", deadline)
                hasTable = true
            }
            let slot = sequence % question.rows
            let value = "\(mark)-\(sequence)"
            try query("REPLACE INTO \(table) (probe, slot, value) VALUES (\(probe), \(slot), '\(value)')", deadline)
            let row = try query("SELECT value, @@hostname FROM \(table) WHERE probe = \(probe) AND slot = \(slot)", deadline)
            guard row.first == value else {
                return ClientResult(outcome: .wrong, detail: row.isEmpty ? "the row is missing" : "the row is not what was written")
            }
            return ClientResult(outcome: .ok, detail: row.count > 1 ? row[1] : nil)
        } catch let failure as Failure {
            disconnect()
            return ClientResult(outcome: failure.outcome, detail: failure.detail)
        } catch {
            disconnect()
            return ClientResult(outcome: .error, detail: "unexpected failure")
        }
    }

    func disconnect() {
        guard let handle else { return }
        // Without this the library would wait to say good-bye to a peer that may be dead.
        let descriptor = mysql_get_socket(handle)
        if descriptor >= 0 { shutdown(descriptor, Int32(SHUT_RDWR)) }
        mysql_close(handle)
        self.handle = nil
    }

    private func connect(_ deadline: Int64) throws {
        connected = nil
        guard let handle = mysql_init(nil) else { throw Failure(outcome: .late, detail: "no memory for a connection") }
        self.handle = handle
        var seconds = UInt32(max(1, (context.specification.timeout + nanosecondsPerSecond - 1) / nanosecondsPerSecond))
        mysql_options(handle, MYSQL_OPT_NONBLOCK, nil)
        mysql_options(handle, MYSQL_OPT_CONNECT_TIMEOUT, &seconds)
        mysql_options(handle, MYSQL_OPT_READ_TIMEOUT, &seconds)
        mysql_options(handle, MYSQL_OPT_WRITE_TIMEOUT, &seconds)
        var result: UnsafeMutablePointer<MYSQL>?
        // The library keeps these texts until the call is complete.
        let host = strdup(question.endpoint.address.description)
        let user = strdup(question.user)
        let password = strdup(question.password)
        let database = strdup(question.database)
        defer {
            for text in [host, user, password, database] { free(text) }
        }
        let status = mysql_real_connect_start(
            &result, handle, host, user, password, database, UInt32(question.endpoint.port), nil, 0)
        try drive(status, deadline, while: "connecting") { mysql_real_connect_cont(&result, handle, $0) }
        guard result != nil else { throw failure("connecting") }
    }

    /// Runs one statement and returns the first row of its result.
    @discardableResult
    private func query(_ text: String, _ deadline: Int64) throws -> [String] {
        guard let handle else { throw Failure(outcome: .error, detail: "not connected") }
        let copy = strdup(text)
        defer { free(copy) }
        var failed: Int32 = 0
        let action = text.hasPrefix("SELECT") ? "reading" : text.hasPrefix("CREATE") ? "creating the table" : "writing"
        var status = mysql_real_query_start(&failed, handle, copy, UInt(text.utf8.count))
        try drive(status, deadline, while: action) { mysql_real_query_cont(&failed, handle, $0) }
        guard failed == 0 else { throw failure(action) }
        guard mysql_field_count(handle) > 0 else { return [] }
        var result: UnsafeMutablePointer<MYSQL_RES>?
        status = mysql_store_result_start(&result, handle)
        try drive(status, deadline, while: action) { mysql_store_result_cont(&result, handle, $0) }
        guard let result else { throw failure(action) }
        defer { mysql_free_result(result) }
        guard let row = mysql_fetch_row(result) else { return [] }
        return (0..<Int(mysql_num_fields(result))).map { column in row[column].map { String(cString: $0) } ?? "" }
    }

    /// Carries a started call to its end, or to the attempt's deadline.
    private func drive(
        _ started: Int32, _ deadline: Int64, while action: String, continuing: (Int32) -> Int32
    ) throws {
        var status = started
        while status != 0 {
            guard let handle else { return }
            var events: Int16 = 0
            if status & MYSQL_WAIT_READ != 0 { events |= Int16(POLLIN) }
            if status & MYSQL_WAIT_WRITE != 0 { events |= Int16(POLLOUT) }
            if status & MYSQL_WAIT_EXCEPT != 0 { events |= Int16(POLLPRI) }
            let descriptor = mysql_get_socket(handle)
            let waited = context.wait(for: descriptor, events: events, until: deadline, heedsStop: false)
            if case .ready(let found) = waited {
                // The first thing that is waited for is the connection itself.
                if connected == nil, found & Int32(POLLOUT) != 0 { connected = MonotonicClock.now }
                var ready: Int32 = 0
                let ended = Int32(POLLHUP) | Int32(POLLERR)
                if found & (Int32(POLLIN) | ended) != 0 { ready |= status & MYSQL_WAIT_READ }
                if found & (Int32(POLLOUT) | ended) != 0 { ready |= status & MYSQL_WAIT_WRITE }
                if found & Int32(POLLPRI) != 0 { ready |= status & MYSQL_WAIT_EXCEPT }
                status = continuing(ready == 0 ? status & ~MYSQL_WAIT_TIMEOUT : ready)
                continue
            }
            // Time is over: let the library unwind its call on a closed connection, in a bounded number of turns.
            if descriptor >= 0 { shutdown(descriptor, Int32(SHUT_RDWR)) }
            for _ in 0..<16 where status != 0 {
                status = continuing(status & MYSQL_WAIT_TIMEOUT != 0 ? MYSQL_WAIT_TIMEOUT : status)
            }
            if case .stopped = waited { throw Failure(outcome: .late, detail: "recorder stopped while \(action)") }
            throw Failure(outcome: .timeout, detail: "no answer while \(action)")
        }
    }

    private func failure(_ action: String) -> Failure {
        guard let handle else { return Failure(outcome: .error, detail: action) }
        let number = Int32(mysql_errno(handle))
        let text = mysql_error(handle).map { String(cString: $0) } ?? ""
        switch number {
        case 2002, 2003, 2004, 2005:
            // The client could not connect; the kernel's reason stands in parentheses at the end.
            if let open = text.lastIndex(of: "("), let reason = Int32(text[text.index(after: open)...].prefix { $0.isNumber }),
                reason > 0
            {
                let failure = NetworkFailure(errno: reason, while: action)
                return Failure(outcome: failure.outcome, detail: failure.detail)
            }
            return Failure(outcome: .error, detail: "\(number) \(text)")
        case 2006, 2013, 2055, 2012:
            return Failure(outcome: .reset, detail: "connection lost while \(action)")
        case 2000..<3000:
            return Failure(outcome: .error, detail: "\(number) \(text)")
        default:
            return Failure(outcome: .wrong, detail: "\(number) \(text)")
        }
    }

    /// A string literal of SQL for a name from a file.
    private static func quoted(_ text: String) -> String {
        let hexadecimal = text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return "CAST(X'\(hexadecimal)' AS CHAR CHARACTER SET utf8mb4)"
    }
}
