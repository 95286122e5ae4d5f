import RehearsalEngine
public import RehearsalHistory
import RehearsalModel
import RehearsalPlanner
import RehearsalStore

extension Runs {
    /// Where the machines that a run updates stand in its update, by name; none if the run is gone or holds no plan.
    ///
    /// - Throws: `StoreError` for a run that cannot be read.
    public func progress(of run: String) throws -> [String: MachineProgress] {
        guard let store = try? RunIndex(stateDirectory: places.state).open(run), let json = try store.conditions().planJSON else {
            return [:]
        }
        let plan = try Plan(json: json)
        let progress = RunState(plan: plan, journal: try store.events()).progress(of: plan)
        return Dictionary(progress.map { ($0.machine, $0.state) }) { first, _ in first }
    }
}
