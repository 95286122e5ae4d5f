import Foundation
import Heat
import PlainJSON
import RehearsalDeclaration
import RehearsalModel
import Testing

@testable import RehearsalEngine

/// Traps that are kept out of what is sent to Heat and of how it is set up.
@Suite("Heat's traps, in the request and the settings")
struct HeatTrapTests {
    private func text(_ path: String) throws -> String { try String(contentsOf: RealHeat.images.appending(path: path), encoding: .utf8) }

    @Test("the engine is the legacy one: the other loses hooks when it is killed, and its database where updates overlap")
    func legacyEngine() throws {
        #expect(try text("services/heat/files/etc/heat/heat.conf.mustache").contains("\nconvergence_engine = false\n"))
    }

    @Test(
        "without authentication whoever reaches Heat is root everywhere: it listens on the control plane, and drops what is from elsewhere")
    func fence() throws {
        #expect(try text("services/heat/files/etc/heat/heat.conf.mustache").contains("\nbind_host = {{machine.ctlplane}}\n"))
        let fence = try text("services/heat/files/etc/systemd/system/rehearsal-heat.service.d/fence.conf.mustache")
        #expect(fence.contains("IPAddressDeny=any\nIPAddressAllow=localhost {{network.ctlplane.cidr}}\n"))
    }

    @Test(
        "what a failed update left in the stack does not persist: every parameter is sent each time, and no environment file wins over one")
    func everyParameterEachTime() throws {
        let template = try OvercloudTemplate(topology: Cloud.topology(), images: RealHeat.images)
        let plan = Cloud.plan("1448000015")
        let made = try template.request(identifier: "")
        let updated = try template.request(identifier: plan.identifier, updates: try template.updates(of: plan), hooks: true)
        #expect(Set(made.parameters.keys).isSubset(of: updated.parameters.keys) && updated.parameters["ComputeCount"] == .number(1))
        #expect(!String(decoding: try JSONEncoder().encode(updated), as: UTF8.self).contains("environment_files"))
    }

    @Test("values are joined, not replaced in text: a short key would be replaced in the template, too")
    func noReplacementInText() throws {
        for name in ["overcloud", "role", "update"] { #expect(try !text("heat/\(name).yaml.mustache").contains("str_replace")) }
    }
}
