import Foundation

/// Heat refused a request, or did not answer it.
///
/// `description` is the message.
public struct HeatError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: String, Sendable {
        /// Heat did not answer in time.
        case unreachable
        /// Another action is in progress on the stack (409 `ActionInProgress`).
        case actionInProgress
        /// A stack of that name exists already (409 `StackExists`).
        case stackExists
        /// The resource does not wait at the hook: the hook was cleared before, or is not reached yet (400 `InvalidBreakPointHook`).
        case hookNotSet
        /// Heat has no such stack, resource or deployment (404).
        case notFound
        /// Any other refusal.
        case refused
        /// The answer is not what the API documents.
        case malformed
    }

    /// The kind of failure.
    public let code: Code
    /// The HTTP status, if there was an answer.
    public let status: Int?
    /// The request, and the reason that Heat gave.
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
