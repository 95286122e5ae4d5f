/// Which machines get a breakpoint: those whose whole name one of the regular expressions matches.
struct BreakpointMatcher {
    private let expressions: [Regex<AnyRegexOutput>]

    init(_ patterns: [String]) throws(PlanError) {
        var expressions: [Regex<AnyRegexOutput>] = []
        for pattern in patterns {
            do {
                expressions.append(try Regex(pattern))
            } catch {
                throw PlanError(
                    .badBreakpoint,
                    "plan breakpoints: \"\(pattern)\" is not a regular expression",
                    hint: "use \".*\" for every machine")
            }
        }
        self.expressions = expressions
    }

    func matches(_ machine: String) -> Bool {
        expressions.contains { (try? $0.wholeMatch(in: machine)) != nil }
    }
}
