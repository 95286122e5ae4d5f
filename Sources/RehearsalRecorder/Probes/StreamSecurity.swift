import COpenSSL
import RehearsalModel

/// TLS on the connections of a probe: whom it takes for its server.
///
/// The context is made once for a probe and is the same for all its connections; OpenSSL lets threads share it.
final class StreamSecurity: @unchecked Sendable {
    /// Whether a connection is secured.
    static let tls = ProbeSetting("tls", .either("yes", or: "no"), .standard("no"), "whether connections are secured by TLS")
    /// The name in the server's certificate.
    static let serverName = ProbeSetting(
        "server_name", .text(atMost: 253), .foundOut("its address"), "the name that the server's certificate must be for")
    /// Whether the certificate counts.
    static let verify = ProbeSetting(
        "verify", .either("yes", or: "no"), .standard("yes"), "whether the server's certificate must be valid for its name")
    /// Who is trusted.
    static let authorities = ProbeSetting(
        "ca_file", .text, .foundOut("those of the system"), "a file with the certificates that are trusted")
    /// Whom a secured connection takes for its server.
    private static let identity: [any CheckedSetting] = [serverName, verify, authorities]

    /// The settings of a kind whose target says whether it is secured, behind its own.
    static func identity(behind own: [any CheckedSetting]) -> [any CheckedSetting] { own + identity }

    /// The settings of a kind whose target does not say whether it is secured, behind its own.
    static func settings(behind own: [any CheckedSetting] = []) -> [any CheckedSetting] { own + [tls] + identity }

    private let context: OpaquePointer
    private let serverName: String?
    private let verifies: Bool

    private init(context: OpaquePointer, serverName: String?, verifies: Bool) {
        self.context = context
        self.serverName = serverName
        self.verifies = verifies
    }

    deinit { SSL_CTX_free(context) }

    /// What a probe says of TLS, before anything is opened.
    struct Wish: Hashable, Sendable {
        let serverName: String?
        let verifies: Bool
        let authorities: String?

        /// Nil for a probe whose connections are not secured.
        ///
        /// - Parameter isSecure: Whether the target says that they are; nil lets the setting decide.
        init?(_ probe: ProbeSpecification, isSecure: Bool? = nil) throws(ProbeProblem) {
            let isSecured = if let isSecure { isSecure } else { try probe.value(of: StreamSecurity.tls) }
            guard isSecured else { return nil }
            serverName = try probe.given(StreamSecurity.serverName)
            verifies = try probe.value(of: StreamSecurity.verify)
            authorities = try probe.given(StreamSecurity.authorities)
        }

        /// Makes the context.
        ///
        /// - Throws: Why the trusted certificates cannot be read.
        func made() throws(PreparationFailure) -> StreamSecurity {
            guard let context = SSL_CTX_new(TLS_client_method()) else { throw PreparationFailure(reason: "no memory for TLS") }
            let security = StreamSecurity(context: context, serverName: serverName, verifies: verifies)
            if let authorities {
                guard SSL_CTX_load_verify_locations(context, authorities, nil) == 1 else {
                    throw PreparationFailure(reason: "cannot read the certificates in \(authorities)")
                }
            } else if verifies {
                _ = SSL_CTX_set_default_verify_paths(context)
            }
            SSL_CTX_set_verify(context, verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nil)
            return security
        }
    }

    /// A session for a new connection; nil without memory.
    func session(to endpoint: Endpoint) -> TLSSession? {
        guard let session = SSL_new(context) else { return nil }
        if let serverName {
            _ = rehearsal_ssl_set_server_name(session, serverName)
            _ = SSL_set1_host(session, serverName)
        } else {
            _ = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), endpoint.address.description)
        }
        return TLSSession(session)
    }
}

/// One TLS session without a socket: bytes of the network go in and come out, and so do those of the application.
final class TLSSession {
    /// How far a call came.
    enum Progress: Equatable {
        /// More bytes of the network are needed.
        case waiting
        /// The handshake is over.
        case done
        /// The peer ended the session in order.
        case closed
        /// It cannot go on, and why.
        case failed(String)
    }

    private let session: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer

    /// Takes over a session of OpenSSL; nil without memory.
    fileprivate init?(_ session: OpaquePointer) {
        guard let incoming = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem()) else {
            SSL_free(session)
            return nil
        }
        (self.session, self.incoming, self.outgoing) = (session, incoming, outgoing)
        SSL_set_bio(session, incoming, outgoing)
        SSL_set_connect_state(session)
    }

    // The session owns its buffers.
    deinit { SSL_free(session) }

    /// Takes what came from the network.
    func take(_ bytes: UnsafeRawBufferPointer) {
        _ = BIO_write(incoming, bytes.baseAddress, Int32(clamping: bytes.count))
    }

    /// What must go to the network.
    func takeOutgoing() -> [UInt8] {
        let count = Int(BIO_ctrl_pending(outgoing))
        guard count > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: count)
        let read = BIO_read(outgoing, &bytes, Int32(clamping: count))
        return Array(bytes.prefix(Int(max(0, read))))
    }

    /// Goes on with the handshake.
    func handshake() -> Progress {
        ERR_clear_error()
        let result = SSL_do_handshake(session)
        return result == 1 ? .done : progress(of: result)
    }

    /// Secures bytes of the application; they are among ``takeOutgoing()`` then.
    func write(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        _ = SSL_write(session, bytes, Int32(clamping: bytes.count))
    }

    /// Hands over all bytes of the application that are whole.
    ///
    /// - Returns: `waiting` if the session goes on.
    func read(_ body: (UnsafeRawBufferPointer) -> Void) -> Progress {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            ERR_clear_error()
            let count = SSL_read(session, &buffer, Int32(buffer.count))
            guard count > 0 else { return progress(of: count) }
            buffer.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[..<Int(count)])) }
        }
    }

    private func progress(of result: Int32) -> Progress {
        switch SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .waiting
        case SSL_ERROR_ZERO_RETURN: return .closed
        default:
            let verdict = SSL_get_verify_result(session)
            if verdict != Int(X509_V_OK), let text = X509_verify_cert_error_string(verdict) {
                return .failed("certificate: \(String(cString: text))")
            }
            return .failed(ERR_reason_error_string(ERR_get_error()).map { "TLS: \(String(cString: $0))" } ?? "TLS failed")
        }
    }
}
