public import RehearsalModel

/// The kinds of probes there are.
public enum ProbeKinds {
    /// What the recorder can ask, each with its kind.
    static let questions: [any ProbeQuestion.Type] = [
        ICMPQuestion.self, ARPQuestion.self, TCPQuestion.self, KeptTCPQuestion.self, LineQuestion.self, HTTPQuestion.self,
        KeptHTTPQuestion.self,
        HTTPSequenceQuestion.self, KeystoneQuestion.self, SQLQuestion.self, AMQPQuestion.self,
    ]

    /// All kinds, in the order in which documents show them.
    public static let all: [ProbeKind] = questions.map { $0.kind }
}

/// What a probe of one kind asks.
protocol ProbeQuestion: Sendable {
    /// What a service's file may say about such a probe.
    static var kind: ProbeKind { get }

    /// Reads the question from a probe.
    ///
    /// - Throws: The first problem with its target or settings.
    init(_ probe: ProbeSpecification) throws(ProbeProblem)

    /// Opens what must be open before the first attempt of any probe.
    ///
    /// - Throws: Why a socket or an interface cannot be had.
    func prepare() throws(PreparationFailure) -> PreparedProbe
}

/// A probe that is ready to be asked.
enum PreparedProbe: Sendable {
    /// A probe that is asked on the event loop.
    ///
    /// - Parameters:
    ///   - make: Makes the probe, which then owns what was opened for it.
    ///   - discard: Closes what was opened for a probe that is not made.
    case onLoop(make: @Sendable (EventLoop) -> any NetworkProbe, discard: @Sendable () -> Void = {})
    /// A probe whose client library blocks, so that it runs on a thread of its own until the recorder stops.
    ///
    /// - Parameter run: Runs the probe; the second argument is when its first attempt is due, on the monotonic clock.
    case onThread(run: @Sendable (WorkerContext, Int64) -> Void)
}

/// Why a probe cannot be made ready, in words.
struct PreparationFailure: Error {
    let reason: String
}
