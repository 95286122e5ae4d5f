import Mustache
public import PlainJSON

/// Renders Mustache templates.
public enum TemplateRenderer {
    /// Renders a text with a context. A name that the context does not have gives nothing.
    ///
    /// - Parameter file: The file of the template, for the error.
    /// - Throws: ``TemplateError`` when the template is malformed.
    public static func render(_ text: String, context: [String: JSONValue], file: String) throws(TemplateError) -> String {
        do {
            return try MustacheTemplate(string: text).render(context.mapValues(\.untyped))
        } catch let error as MustacheTemplate.ParserError {
            throw TemplateError(file: file, reason: "\(error.error) in line \(error.context.lineNumber), \"\(error.context.line)\"")
        } catch {
            throw TemplateError(file: file, reason: "\(error)")
        }
    }
}

/// A template that is malformed.
public struct TemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file of the template.
    public let file: String
    /// What is wrong with it.
    public let reason: String

    /// What would help.
    public var hint: String { "see https://mustache.github.io/mustache.5.html" }

    /// What could not be read, and why.
    public var message: String { "the template \(file) cannot be read: \(reason)" }

    /// The message and the hint.
    public var description: String { "\(message)\n  hint: \(hint)" }
}
