public import RehearsalHistory
public import RehearsalModel

/// Outages of one probe that follow each other so closely that to a reader they are one: the target answered off and on.
///
/// So it looks when one of two or three servers behind a load balancer fails, and the balancer hands it every second or third attempt.
public struct OutageStretch: Sendable, Hashable {
    /// How many attempts may be answered between two outages of one stretch.
    static let answersBetween = 2

    /// The outages, in order of time; never empty.
    public let outages: [Outage]

    /// The outage that says most of it: the first that something which machines noted explains; without any, the first.
    public var telling: Outage { outages.first { $0.loss != nil } ?? outages[0] }
    /// When the first failing attempt started.
    public var start: Timestamp { outages[0].start }
    /// When the first attempt after it started that did not fail in this way; nil when none was seen.
    public var end: Timestamp? { outages[outages.count - 1].end }
    /// When the last failing attempt started.
    public var lastFailure: Timestamp { outages[outages.count - 1].lastFailure }
    /// The least time that the target failed in, in seconds.
    public var loSeconds: Double { outages.reduce(0) { $0 + $1.loSeconds } }
    /// The greatest time that the target failed in, in seconds.
    public var hiSeconds: Double { outages.reduce(0) { $0 + $1.hiSeconds } }
    /// How many attempts failed.
    public var failures: Int { outages.reduce(0) { $0 + $1.failures } }
    /// From its beginning to its end, in seconds.
    public var spanSeconds: Double { (end ?? lastFailure).seconds(since: start) }
    /// Whether unknown time borders on any of its outages.
    public var touchesUnknown: Bool { outages.contains(where: \.touchesUnknown) }

    /// Joins the outages that a probe's client felt, by their kind; the stretches are in order of time.
    ///
    /// - Parameters:
    ///   - outages: Those of one probe for one patience, in order of time.
    ///   - spacingSeconds: How far apart the probe's attempts are.
    public static func stretches(of outages: [Outage], spacingSeconds: Double) -> [OutageStretch] {
        let most = (Double(answersBetween) + 0.5) * spacingSeconds
        var stretches: [[Outage]] = []
        var open: [OutageClass: Int] = [:]
        for outage in outages {
            if let index = open[outage.kind], let end = stretches[index].last?.end, outage.start.seconds(since: end) <= most {
                stretches[index].append(outage)
            } else {
                open[outage.kind] = stretches.count
                stretches.append([outage])
            }
        }
        return stretches.map(OutageStretch.init)
    }
}

extension ProbeFinding {
    /// How far apart the probe's attempts were, in seconds: its period, or more where its target could not bear that.
    public var spacingSeconds: Double { max(Double(specification.periodMilliseconds) / 1_000, resolutionSeconds ?? 0) }

    /// What a client felt, as stretches.
    public func stretches(of outages: [Outage]) -> [OutageStretch] {
        OutageStretch.stretches(of: outages, spacingSeconds: spacingSeconds)
    }
}
