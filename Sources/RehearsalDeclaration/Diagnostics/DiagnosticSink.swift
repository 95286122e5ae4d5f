/// Collects the problems of one decoding, so that the first does not hide the others.
///
/// A sink is local to one call, and is never shared between threads.
final class DiagnosticSink {
    private var diagnostics: [Diagnostic] = []

    /// How many errors there are so far.
    var errorCount: Int { diagnostics.count { $0.severity == .error } }

    func error(_ message: String, at location: SourceLocation, hint: String? = nil) {
        diagnostics.append(Diagnostic(location: location, message: message, hint: hint))
    }

    func warning(_ message: String, at location: SourceLocation, hint: String? = nil) {
        diagnostics.append(
            Diagnostic(location: location, severity: .warning, message: message, hint: hint))
    }

    /// Runs a decoding or a check. Its value is returned only if it reported no error.
    static func collect<Value: Sendable>(
        _ body: (DiagnosticSink) -> Value?
    ) throws(DiagnosticsError) -> Loaded<Value> {
        let sink = DiagnosticSink()
        let value = body(sink)
        let error = DiagnosticsError(diagnostics: sink.diagnostics)
        guard let value, !sink.diagnostics.contains(where: { $0.severity == .error }) else { throw error }
        return Loaded(value: value, warnings: error.diagnostics)
    }
}
