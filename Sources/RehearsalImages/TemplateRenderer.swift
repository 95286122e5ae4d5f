import Foundation
import Mustache
public import PlainJSON
import RehearsalDeclaration

/// Renders the `*.mustache` files of services for one machine.
public enum TemplateRenderer {
    /// Renders a text with a machine's context.
    ///
    /// - Parameters:
    ///   - text: The template.
    ///   - context: The values that the template can use.
    ///   - file: The file's name, for the error message.
    /// - Throws: ``ImageError`` if the template is malformed.
    public static func render(_ text: String, context: [String: JSONValue], file: String) throws -> String {
        do {
            return try MustacheTemplate(string: text).render(context.mapValues(\.untyped))
        } catch {
            throw ImageError(
                .recipe, "the template \(file) cannot be read: \(error)", hint: "see https://mustache.github.io/mustache.5.html")
        }
    }

    /// Renders all templates below `services/<service>/files` for one machine, into one tree at `destination`.
    static func renderTree(services: [String], images: URL, context: [String: JSONValue], destination: URL) throws {
        let manager = FileManager.default
        try manager.createDirectory(at: destination, withIntermediateDirectories: true)
        for service in services {
            let root = images.appendingPathComponent("services/\(service)/files")
            for path in ((try? manager.subpathsOfDirectory(atPath: root.path)) ?? []).sorted() where path.hasSuffix(".mustache") {
                let source = root.appendingPathComponent(path)
                let text = try String(contentsOf: source, encoding: .utf8)
                let target = destination.appendingPathComponent(String(path.dropLast(".mustache".count)))
                try manager.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
                let mode = try manager.attributesOfItem(atPath: source.path)[.posixPermissions] as? Int ?? 0o644
                let rendered = try render(text, context: context, file: source.path)
                guard manager.createFile(atPath: target.path, contents: Data(rendered.utf8), attributes: [.posixPermissions: mode])
                else { throw ImageError(.storage, "cannot write \(target.path)", hint: "look at the free space and the permissions there") }
            }
        }
    }
}
