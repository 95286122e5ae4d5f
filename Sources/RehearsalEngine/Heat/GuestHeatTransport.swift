import Foundation
public import Heat
public import RehearsalTestbed

/// Sends requests to the undercloud's Heat over the guest agent, so that driving an update does not depend on the network under test.
///
/// In the guest `/usr/lib/rehearsal/heat-request`, of the service `heat`, speaks HTTP/1.0 to the API and prints the whole answer.
public struct GuestHeatTransport: HeatTransport {
    let hypervisor: any Hypervisor
    let machine: String
    let slowness: Double

    /// Makes a transport.
    ///
    /// - Parameters:
    ///   - hypervisor: The machines of the testbed.
    ///   - machine: The machine that runs the service `heat`.
    ///   - slowness: How many times slower guests run than the host (at least 1); the bound of every request is multiplied by it.
    public init(hypervisor: any Hypervisor, machine: String, slowness: Double) {
        self.hypervisor = hypervisor
        self.machine = machine
        self.slowness = slowness
    }

    public func send(_ request: HeatRequest) async throws -> HeatResponse {
        let result: CommandResult
        do {
            let shell = try await hypervisor.machine(named: machine).shell
            result = try await shell.execute(
                ["/usr/lib/rehearsal/heat-request", request.method, request.path], input: request.body ?? Data(),
                timeout: 20 + 10 * slowness)
        } catch let error as TestbedError where leavesTheTestbed(error) {
            throw HeatError(.unreachable, "Heat \(request.method) \(request.path): \(error.message)")
        }
        guard result.isSuccess, let response = Self.parse(result.standardOutput) else {
            let why = result.isSuccess ? "the answer is not HTTP" : String(result.standardError.suffix(200))
            throw HeatError(.unreachable, "Heat \(request.method) \(request.path): \(why.trimmingCharacters(in: .whitespacesAndNewlines))")
        }
        return response
    }

    /// Reads the status and the body of an HTTP answer; nil if the text is not HTTP.
    static func parse(_ text: String) -> HeatResponse? {
        let data = Data(text.utf8)
        guard let end = data.firstRange(of: Data("\r\n\r\n".utf8)) else { return nil }
        let words = String(decoding: data[..<end.lowerBound], as: UTF8.self).split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/"), let status = Int(words[1]) else { return nil }
        return HeatResponse(status: status, body: Data(data[end.upperBound...]))
    }
}
