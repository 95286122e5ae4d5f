public import Foundation
import RehearsalDeclaration
import RehearsalModel

/// The scripts of faults, in one folder: a file for each kind, and the library that is put before all of them.
public struct FaultScripts: Sendable {
    /// The folder.
    public let folder: URL

    /// Names the scripts of a folder.
    public init(folder: URL) { self.folder = folder }

    /// The name of the library's file.
    public static let library = "fault-library.sh"

    /// The kind of fault that a script says it is; a kind without a script is the hypervisor's.
    ///
    /// - Throws: `DiagnosticsError`; ``EngineError`` for a kind that there is not.
    func kind(_ name: String) throws -> FaultKind {
        if let known = FaultKind.ofHypervisor.first(where: { $0.name == name }) { return known }
        let file = folder.appendingPathComponent("\(name).sh")
        guard let kind = try FaultDocument.decode(text: try text(of: file), file: file.path).kind else {
            throw EngineError(.run, "\(file.path) is no fault")
        }
        return kind
    }

    /// What a shell is given: the library, the script, and the call of what its first argument names. A shell may read it from its standard
    /// input, which what is called must not.
    func text(of kind: FaultKind) throws -> String {
        try text(of: folder.appendingPathComponent(Self.library)) + "\n" + text(of: folder.appendingPathComponent("\(kind.name).sh"))
            + "\n\"$1\" < /dev/null\nexit\n"
    }

    private func text(of file: URL) throws -> String {
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { throw EngineError(.run, "cannot read \(file.path)") }
        return text
    }
}
