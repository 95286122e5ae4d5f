import CLibvirt

/// A failure reported by libvirt.
public struct LibvirtError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, as libvirt numbers it (`virErrorNumber`).
    ///
    /// The set is open: a code without a named constant is kept as its number.
    public struct Code: RawRepresentable, Sendable, Hashable {
        /// The value of `virErrorNumber`.
        public let rawValue: Int32

        /// Makes the code of a `virErrorNumber`.
        public init(rawValue: Int32) { self.rawValue = rawValue }

        private init(_ code: virErrorNumber) { self.rawValue = Int32(code.rawValue) }

        /// An internal error of libvirt or of the hypervisor; also how QEMU's refusal to start is reported.
        public static let internalError = Code(VIR_ERR_INTERNAL_ERROR)
        /// The connection does not support the call.
        public static let noSupport = Code(VIR_ERR_NO_SUPPORT)
        /// The connection is closed, or is not a connection.
        public static let invalidConnection = Code(VIR_ERR_INVALID_CONN)
        /// An argument is not acceptable.
        public static let invalidArgument = Code(VIR_ERR_INVALID_ARG)
        /// The operation was tried and failed.
        public static let operationFailed = Code(VIR_ERR_OPERATION_FAILED)
        /// The XML is not well formed or lacks something.
        public static let xmlError = Code(VIR_ERR_XML_ERROR)
        /// The XML is well formed and does not describe a domain.
        public static let xmlDetail = Code(VIR_ERR_XML_DETAIL)
        /// A domain of that name exists already.
        public static let domainExists = Code(VIR_ERR_DOM_EXIST)
        /// There is no such domain.
        public static let noDomain = Code(VIR_ERR_NO_DOMAIN)
        /// A system call failed.
        public static let systemError = Code(VIR_ERR_SYSTEM_ERROR)
        /// The domain is in a state in which the operation makes no sense.
        public static let operationInvalid = Code(VIR_ERR_OPERATION_INVALID)
        /// The configuration asks for something the hypervisor cannot do.
        public static let configurationUnsupported = Code(VIR_ERR_CONFIG_UNSUPPORTED)
        /// The operation did not end in time.
        public static let operationTimeout = Code(VIR_ERR_OPERATION_TIMEOUT)
        /// The guest agent is not connected or does not answer.
        public static let agentUnresponsive = Code(VIR_ERR_AGENT_UNRESPONSIVE)
        /// The guest agent's answer belongs to another command.
        public static let agentUnsynced = Code(VIR_ERR_AGENT_UNSYNCED)
        /// The guest agent took a command and did not answer it in time; libvirt before 9.1 reports `agentUnresponsive`.
        public static let agentCommandTimeout = Code(rawValue: 111)
        /// The guest agent answered a command with an error; libvirt before 9.1 reports `internalError`.
        public static let agentCommandFailed = Code(rawValue: 112)
    }

    /// What went wrong.
    public let code: Code
    /// The part of libvirt that reported it (`virErrorDomain`).
    public let domain: Int32
    /// libvirt's own text.
    public let message: String
    /// What was attempted, for example `start controller-0`.
    public let operation: String

    init(code: Code, domain: Int32, message: String, operation: String) {
        self.code = code
        self.domain = domain
        self.message = message
        self.operation = operation
    }

    /// "cannot OPERATION: MESSAGE".
    public var description: String { "cannot \(operation): \(message)" }

    /// The error of the last call on this thread.
    ///
    /// libvirt keeps it per thread, so this must run right after the call, with no suspension in between.
    static func last(_ operation: String) -> LibvirtError {
        guard let error = virGetLastError() else {
            return LibvirtError(code: .internalError, domain: 0, message: "no error was recorded", operation: operation)
        }
        let message = error.pointee.message.map { String(cString: $0) } ?? "no message"
        return LibvirtError(
            code: Code(rawValue: error.pointee.code), domain: error.pointee.domain, message: message, operation: operation)
    }
}

extension Int32 {
    /// This value, or the thread's last error when it is negative.
    @discardableResult
    func checked(_ operation: @autoclosure () -> String) throws(LibvirtError) -> Int32 {
        guard self >= 0 else { throw .last(operation()) }
        return self
    }
}

extension Optional {
    /// The value, or the thread's last error when there is none.
    func checked(_ operation: @autoclosure () -> String) throws(LibvirtError) -> Wrapped {
        guard let self else { throw .last(operation()) }
        return self
    }
}
