import Foundation

/// Heat refused, or did not answer.
public struct HeatError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of trouble it is.
    public enum Code: String, Sendable {
        /// Nobody answers, or not in time.
        case unreachable
        /// Another action is in progress on the stack (409 `ActionInProgress`).
        case actionInProgress
        /// There is a stack of that name (409 `StackExists`).
        case stackExists
        /// The hook is not set: it was cleared before, or not reached yet (400 `InvalidBreakPointHook`).
        case hookNotSet
        /// There is no such thing (404).
        case notFound
        /// Any other refusal.
        case refused
        /// The answer is not what the API promises.
        case malformed
    }

    /// What kind of trouble it is.
    public let code: Code
    /// The HTTP status, if there was an answer.
    public let status: Int?
    /// What was asked, and what Heat said.
    public let message: String

    /// Makes an error.
    public init(_ code: Code, status: Int? = nil, _ message: String) {
        self.code = code
        self.status = status
        self.message = message
    }

    public var description: String { message }

    /// Reads the error that Heat's fault middleware wrote: `{code, title, explanation, error: {type, message}}`.
    init(_ request: HeatRequest, _ response: HeatResponse) {
        struct Fault: Decodable {
            struct Detail: Decodable {
                let type: String?
                let message: String?
            }
            let explanation: String?
            let error: Detail?
        }
        let fault = try? JSONDecoder().decode(Fault.self, from: response.body)
        let said = fault?.error?.message ?? fault?.explanation ?? String(decoding: response.body.prefix(200), as: UTF8.self)
        let code: Code =
            switch fault?.error?.type {
            case "ActionInProgress": .actionInProgress
            case "StackExists": .stackExists
            case "InvalidBreakPointHook": .hookNotSet
            default: response.status == 404 ? .notFound : .refused
            }
        self.init(code, status: response.status, "Heat \(request.method) \(request.path): \(response.status): \(said)")
    }
}
