public import Foundation

/// One request to Heat's REST API.
public struct HeatRequest: Sendable, Equatable {
    /// The HTTP method.
    public var method: String
    /// The path below the project, with its query: `/stacks?show_nested=True`.
    public var path: String
    /// The body as JSON; nil for a request without one.
    public var body: Data?

    /// Makes a request.
    public init(_ method: String, _ path: String, body: Data? = nil) {
        self.method = method
        self.path = path
        self.body = body
    }
}

/// Heat's answer to one request.
public struct HeatResponse: Sendable, Equatable {
    /// The HTTP status.
    public var status: Int
    /// The body; JSON in every answer that ``HeatClient`` reads.
    public var body: Data

    /// Makes an answer.
    public init(status: Int, body: Data) {
        self.status = status
        self.body = body
    }
}

/// Carries requests to a Heat that asks for no authentication (paste pipeline `noauth`).
public protocol HeatTransport: Sendable {
    /// Sends one request and waits for its answer.
    ///
    /// - Throws: ``HeatError`` with code `unreachable` when there is no answer.
    func send(_ request: HeatRequest) async throws -> HeatResponse
}
