import RehearsalModel

/// The time of that many seconds after the beginning of 1970.
func at(_ seconds: Double) -> Timestamp { Timestamp(nanoseconds: 0).advanced(bySeconds: seconds) }
