import Foundation
import PlainJSON
import RehearsalDeclaration

/// Renders the `*.mustache` files of services for one machine.
enum TemplateTree {
    /// Renders all templates below `services/<service>/files` into `destination`, one tree for the machine.
    static func render(services: [String], images: URL, context: [String: JSONValue], destination: URL) throws {
        let manager = FileManager.default
        try manager.createDirectory(at: destination, withIntermediateDirectories: true)
        for service in services {
            let root = images.appendingPathComponent("services/\(service)/files")
            for path in ((try? manager.subpathsOfDirectory(atPath: root.path)) ?? []).sorted() where path.hasSuffix(".mustache") {
                let source = root.appendingPathComponent(path)
                let text = try String(contentsOf: source, encoding: .utf8)
                let target = destination.appendingPathComponent(String(path.dropLast(".mustache".count)))
                try manager.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
                let mode = FileMode.shipped(try manager.attributesOfItem(atPath: source.path))
                if let secret = TemplateContext.unknownSecret(in: text, context: context) {
                    throw ImageError(
                        .recipe, "\(source.path): service \(service) declares no secret \"\(secret)\"",
                        hint: TemplateContext.secretHint(secret, context: context))
                }
                let rendered: String
                do {
                    rendered = try TemplateRenderer.render(text, context: context, file: source.path)
                } catch {
                    throw ImageError(.recipe, error.message, hint: error.hint)
                }
                guard manager.createFile(atPath: target.path, contents: Data(rendered.utf8), attributes: [.posixPermissions: mode])
                else { throw ImageError(.storage, "cannot write \(target.path)", hint: "look at the free space and the permissions there") }
            }
        }
    }
}

/// The modes that files of this repository have in an image: what git keeps of them, whatever umask they were cloned with.
enum FileMode {
    /// 0o755 for what its owner may execute, 0o644 for all else.
    static func shipped(_ attributes: [FileAttributeKey: Any]) -> Int {
        let mode = attributes[.posixPermissions] as? Int ?? 0
        return mode & 0o100 == 0 ? 0o644 : 0o755
    }
}
