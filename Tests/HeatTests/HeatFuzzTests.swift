import Foundation
import Heat
import RehearsalTesting
import Testing

/// What Heat answers, damaged at random: machines signal into it, so that a part of it is theirs.
@Suite("what Heat answers, damaged")
struct HeatFuzzTests {
    private func tryToDecode<Value: Decodable>(_: Value.Type, _ seed: String) {
        Fuzz.damage([Data(seed.utf8)]) { input in _ = try? JSONDecoder().decode(Value.self, from: input) }
    }

    @Test("deployments, with the numbers that machines signal")
    func deployments() {
        tryToDecode(
            SoftwareDeployment.self,
            """
            {"id": "d", "config_id": "c", "server_id": "s", "action": "UPDATE", "status": "FAILED", "status_reason": "exit status",
             "output_values": {"deploy_status_code": 10000000000, "deploy_stdout": "text"}}
            """)
    }

    @Test("events and changes")
    func events() {
        tryToDecode(
            ResourceChanges.self,
            #"{"updated": [], "replaced": [{"resource_name": "a", "resource_type": "OS::Nova::Server", "stack_name": "b"}]}"#)
    }
}
