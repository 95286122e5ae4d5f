public import RehearsalHost
public import RehearsalModel

/// A failure of a testbed, its keeper or one of its machines.
public struct TestbedError: HintedError, Codable, Equatable {
    /// What kind of failure it is.
    public struct Code: RawRepresentable, Codable, Sendable, Hashable, CustomStringConvertible {
        /// The word used in JSON.
        public let rawValue: String

        /// Makes a code of its word.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The word used in JSON.
        public var description: String { rawValue }

        /// The specification or a request is not acceptable.
        public static let invalidArgument = Code(rawValue: "invalid-argument")
        /// There is no such machine, process or file.
        public static let notFound = Code(rawValue: "not-found")
        /// The machine or testbed is in a state in which the operation makes no sense.
        public static let invalidState = Code(rawValue: "invalid-state")
        /// Something did not end within its bound.
        public static let timeout = Code(rawValue: "timeout")
        /// The guest agent refused a command or went away while it ran.
        public static let guestAgent = Code(rawValue: "guest-agent")
        /// The hypervisor failed.
        public static let hypervisor = Code(rawValue: "hypervisor")
        /// The directory has a live keeper already.
        public static let alreadyUp = Code(rawValue: "already-up")
        /// The testbed is gone: its keeper ended, or its files were removed.
        public static let gone = Code(rawValue: "keeper-gone")
        /// The host lacks something a testbed needs.
        public static let host = Code(rawValue: "host")
        /// The keeper answered something that cannot be understood.
        public static let badAnswer = Code(rawValue: "bad-answer")
    }

    /// What kind of failure it is.
    public let code: Code
    /// What was attempted, on what, and why it failed; lower case, no full stop.
    public let message: String
    /// What would help, if known.
    public let hint: String?

    /// Makes an error.
    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}

extension TestbedError {
    /// The same failure as the keeper's answers tell it.
    public init(_ error: HostError) {
        self.init(Code(rawValue: error.code.rawValue), error.message, hint: error.hint)
    }
}
