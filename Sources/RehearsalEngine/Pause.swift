/// Waits; cancellation ends the wait with an error.
func pause(seconds: Double) async throws {
    try await Task.sleep(nanoseconds: UInt64(max(0, seconds) * 1e9))
}
