public import RehearsalHistory
import RehearsalModel

/// One thing that a run is judged by.
///
/// A check reads what the run recorded and nothing else, whether it is about the users' outages or about the machines of the testbed:
/// the engine journals what it finds on machines, so that a run can be judged again when the testbed is gone.
public protocol Check: CheckFamily {
    /// What is checked; the same in every run of a scenario.
    var name: String { get }
    /// The part of the run it belongs to: `outages`, `steps` or another word.
    var group: String { get }
    /// The parts of the evidence that it reads.
    var needs: Set<Evidence.Part> { get }
    /// Whether the engine journals the verdict when the run ends, because a later branch of the run replaces what it is judged by.
    var isJournalled: Bool { get }

    /// Judges a run.
    ///
    /// - Throws: Any error when the evidence cannot be judged; the check is then unknown.
    func judge(_ evidence: Evidence) throws -> Judgement
}

/// Checks that are found in the evidence, such as one for each budget and probe.
public protocol CheckFamily: Sendable {
    /// The checks that are due, in a fixed order.
    func checks(in evidence: Evidence) -> [any Check]
}

extension Check {
    /// A check is a family of one that is always due.
    public func checks(in evidence: Evidence) -> [any Check] { [self] }

    /// What most checks are judged by stays in the store, and can be judged again.
    public var isJournalled: Bool { false }

    /// The judgement under the check's name; unknown, with the reason, when the check throws.
    public func result(_ evidence: Evidence) -> CheckResult {
        let judgement: Judgement
        do {
            judgement = try judge(evidence)
        } catch {
            judgement = .unknown("cannot be judged: \(error.quoted)")
        }
        return CheckResult(name: name, group: group, verdict: judgement.verdict, message: judgement.message, used: judgement.used)
    }
}

/// What a check says.
public struct Judgement: Hashable, Sendable {
    /// The verdict.
    public var verdict: Verdict
    /// Why, in one line.
    public var message: String
    /// Which part of its budget was used, at most; nil without a budget.
    public var used: Double?

    /// Everything expected is proven.
    public static func pass(_ message: String, used: Double? = nil) -> Judgement {
        Judgement(verdict: .pass, message: message, used: used)
    }
    /// The evidence does not say.
    public static func unknown(_ message: String) -> Judgement { Judgement(verdict: .unknown, message: message) }
    /// Something expected is proven wrong.
    public static func fail(_ message: String) -> Judgement { Judgement(verdict: .fail, message: message) }
}
