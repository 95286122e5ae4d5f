/// When in a recording an instant of the run is shown, and the other way round.
///
/// It is piecewise linear, never goes back, and counts in whole milliseconds, so that it is the same on every host. Where the run's clock
/// stands still, two corners share an instant of the run.
public struct TimeMap: Sendable, Hashable {
    /// A corner of the map.
    public struct Corner: Sendable, Hashable {
        /// Milliseconds of the run.
        public var run: Int64
        /// Milliseconds of the recording.
        public var shown: Int64
    }

    /// The corners, in order of both times.
    public private(set) var corners: [Corner]

    /// A map that begins at an instant of the run.
    init(from run: Int64) { corners = [Corner(run: run, shown: 0)] }

    /// Where the map ends so far.
    var end: Corner { corners[corners.count - 1] }

    /// Shows the run until an instant, for so many milliseconds of the recording. An instant before the last corner's counts as that.
    mutating func extend(to run: Int64, taking milliseconds: Int64) {
        corners.append(Corner(run: max(run, end.run), shown: end.shown + max(0, milliseconds)))
    }

    /// How long the recording is, in milliseconds.
    public var length: Int64 { end.shown }

    /// The instant of the run that is shown at a moment of the recording.
    public func run(atShown shown: Int64) -> Int64 {
        guard let index = corners.firstIndex(where: { $0.shown >= shown }), index > 0 else {
            return shown <= 0 ? corners[0].run : end.run
        }
        let (left, right) = (corners[index - 1], corners[index])
        guard right.shown > left.shown else { return right.run }
        return left.run + (right.run - left.run) * (shown - left.shown) / (right.shown - left.shown)
    }

    /// The moment of the recording at which an instant of the run is first shown.
    public func shown(atRun run: Int64) -> Int64 {
        guard let index = corners.firstIndex(where: { $0.run >= run }), index > 0 else { return run <= corners[0].run ? 0 : length }
        let (left, right) = (corners[index - 1], corners[index])
        guard right.run > left.run else { return right.shown }
        // Rounded up, so that the instant has come at that moment.
        return left.shown + ((right.shown - left.shown) * (run - left.run) + (right.run - left.run) - 1) / (right.run - left.run)
    }

    /// How many milliseconds of the run pass in one of the recording at a moment; 0 where its clock stands still.
    public func speed(atShown shown: Int64) -> Double {
        guard let index = corners.firstIndex(where: { $0.shown > shown }), index > 0 else { return 0 }
        let (left, right) = (corners[index - 1], corners[index])
        return Double(right.run - left.run) / Double(right.shown - left.shown)
    }
}
