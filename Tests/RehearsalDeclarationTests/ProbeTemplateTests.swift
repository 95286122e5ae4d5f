import RehearsalModel
import Testing

@Suite("probe templates")
struct ProbeTemplateTests {
    private func probe(name: String = "tenant", target: String = "{{vip.public}}", setting: String = "") -> ProbeTemplate {
        ProbeTemplate(
            ProbeSpecification(name: name, kind: "http", target: target, periodMilliseconds: 50, settings: ["interface": setting]))
    }

    @Test("a probe that speaks of a machine is made for each")
    func perMachine() {
        #expect(probe(name: "tenant-{{machine.name}}").isPerMachine)
        #expect(probe(target: "http://{{ machine.workload.floating }}/").isPerMachine)
        #expect(probe(setting: "{{#machine}}{{ctlplane}}{{/machine}}").isPerMachine)
    }

    @Test("any other is made once")
    func single() {
        #expect(!probe().isPerMachine)
        #expect(!probe(target: "{{#machines}}{{name}} {{/machines}}").isPerMachine)
        #expect(!probe(setting: "machine.name").isPerMachine)
    }
}
