import RehearsalTopology
import Testing

@Suite("Probe templates")
struct ProbeTemplateTests {
    private let context: [String: ContextValue] = [
        "topology": "ha", "machine": .object(["name": "undercloud"]),
        "router": .object([
            "floating": .list([
                .object(["address": "203.0.113.50", "machine": "compute-0"]),
                .object(["address": "203.0.113.51", "machine": "compute-1"]),
            ])
        ]),
    ]

    private func probe(each: String?) -> ProbeTemplate {
        ProbeTemplate(
            name: "tenant-{{machine}}", each: each, kind: "icmp", target: "{{address}}", periodMilliseconds: 50)
    }

    @Test("A probe of its own is filled from the context itself")
    func single() {
        #expect(probe(each: nil).contexts(in: context) == [context])
    }

    @Test("A probe for each element is filled from the element first")
    func each() {
        let contexts = probe(each: "router.floating").contexts(in: context)
        #expect(contexts.map { $0["machine"] } == ["compute-0", "compute-1"])
        #expect(contexts.map { $0["topology"] } == ["ha", "ha"])
    }

    @Test("Without the list there are no probes", arguments: ["router.fixed", "topology", "routers.floating", ""])
    func none(_ each: String) {
        #expect(probe(each: each).contexts(in: context) == [])
    }
}
