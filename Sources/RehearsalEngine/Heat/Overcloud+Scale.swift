import Heat
import PlainJSON
import RehearsalHost
import RehearsalModel

/// The stack when machines join it or leave it.
extension Overcloud {
    /// The update identifier that the stack remembers of its last update; empty if it remembers none.
    public func rememberedIdentifier() async throws -> String {
        // A stack in a list has no parameters.
        guard let stack = try await client.stack(named: OvercloudTemplate.stackName) else { return "" }
        return try await client.stack(stack.reference).parameters[OvercloudTemplate.identifierParameter] ?? ""
    }

    /// Has the stack have the machines that the template's topology has, and waits until every one has signalled.
    ///
    /// Only the numbers of machines and their addresses are sent, as `openstack overcloud deploy --compute-scale` did; all else is as the
    /// last update left it.
    ///
    /// - Parameter keepingIdentifier: Whether the stack goes on remembering the identifier of its last update. A machine that joins then
    ///   runs that update when it is made, and no breakpoint holds it up: the fourth bug of the talk (docs/bugs/4-evil.md).
    /// - Throws: ``EngineError`` if this takes longer than 60 s × slowness, or the stack fails.
    public func scale(keepingIdentifier: Bool) async throws {
        guard let stack = try await client.stack(named: OvercloudTemplate.stackName) else {
            throw EngineError(.testbed, "there is no stack \(OvercloudTemplate.stackName)", hint: "raise the testbed anew: `rehearse up`")
        }
        guard !stack.status.isInProgress else {
            throw EngineError(.testbed, "the stack is \(stack.status): \(stack.reason)", hint: "wait until that has ended")
        }
        let known = try await servers(of: stack.reference)
        var parameters = template.sizes
        if !keepingIdentifier { parameters[OvercloudTemplate.identifierParameter] = "" }
        try await client.update(stack.reference, parameters: parameters)
        try await follow(stack.reference, "scale the overcloud's stack", configured: known)
    }
}
