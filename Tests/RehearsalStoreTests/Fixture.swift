import RehearsalModel

/// The time of that many seconds after the beginning of the runs that the tests make.
func time(_ seconds: Double) -> Timestamp {
    Timestamp(iso8601: "2026-11-22T15:00:00Z")!.advanced(bySeconds: seconds)
}
