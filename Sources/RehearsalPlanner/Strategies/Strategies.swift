/// All strategies.
public enum Strategies {
    private static let all: [any Strategy] = [RollingStrategy(), TalkStrategy(), RecordStrategy()]

    /// The names of all strategies, sorted.
    public static var names: [String] {
        all.map { type(of: $0).name }.sorted()
    }

    /// The strategy of that name.
    ///
    /// - Throws: `PlanError` if no strategy has that name.
    public static func named(_ name: String) throws(PlanError) -> any Strategy {
        guard let strategy = all.first(where: { type(of: $0).name == name }) else {
            throw PlanError(
                .unknownStrategy, "choose strategy: there is no strategy \"\(name)\"",
                hint: "known strategies: " + names.joined(separator: ", "))
        }
        return strategy
    }
}
