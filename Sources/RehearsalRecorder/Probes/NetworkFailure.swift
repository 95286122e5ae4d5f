import Glibc
import RehearsalHistory

/// What an error number of the kernel means for an attempt.
struct NetworkFailure {
    var outcome: SampleOutcome
    var detail: String

    init(outcome: SampleOutcome, detail: String) {
        self.outcome = outcome
        self.detail = detail
    }

    init(errno number: Int32, while action: String) {
        switch number {
        case ECONNREFUSED: outcome = .refused
        case ECONNRESET, EPIPE, ECONNABORTED, ENOTCONN: outcome = .reset
        case EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENETDOWN, ENONET: outcome = .unreachable
        case ETIMEDOUT: outcome = .timeout
        // The recorder's own shortage says nothing about the target.
        case EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL, ENOSPC: outcome = .late
        default: outcome = .error
        }
        let text = strerror(number).map { String(cString: $0).lowercased() } ?? "error \(number)"
        detail = "\(text) while \(action)"
    }
}
