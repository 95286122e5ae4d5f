public import RehearsalAnalysis
public import RehearsalHistory
import RehearsalModel

/// Every sample as a line of comma-separated values after RFC 4180, with a heading.
///
/// Times are UTC in ISO 8601, lengths seconds; what was not reached is empty.
public struct SampleTable: RunExport {
    public let name = "csv"
    public let summary = "every sample, for spreadsheets and data frames"

    public func export(_ analysis: RunAnalysis, samples source: any HistorySource, to write: (String) throws -> Void) throws {
        try write("start,probe,outcome,latency_s,connected_s,first_byte_s,detail\r\n")
        for probe in analysis.probes {
            let name = probe.specification.name
            var lines = ""
            for sample in try source.samples(probe: name, from: nil, until: nil) {
                let cells = [
                    sample.start.iso8601, name, sample.outcome.rawValue, seconds(sample.latencyNanoseconds),
                    seconds(sample.connectedNanoseconds), seconds(sample.firstByteNanoseconds), sample.detail ?? "",
                ]
                lines += cells.map(\.csvCell).joined(separator: ",") + "\r\n"
            }
            try write(lines)
        }
    }

    private func seconds(_ nanoseconds: Int64?) -> String {
        nanoseconds.map { "\(Double($0) / 1e9)" } ?? ""
    }
}

extension String {
    /// The text as a cell of comma-separated values: in quotes where it must be.
    fileprivate var csvCell: String {
        contains { "\",\r\n".contains($0) } ? "\"" + replacing("\"", with: "\"\"") + "\"" : self
    }
}
