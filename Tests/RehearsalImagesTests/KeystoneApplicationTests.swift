import Foundation
import RehearsalTesting
import Testing

@testable import RehearsalImages

/// What Keystone is started by in a guest, with stand-ins for Keystone and what it imports.
@Suite("Keystone's application")
struct KeystoneApplicationTests {
    private static let script = Checkout.root.appending(path: "Images/services/keystone/files/usr/lib/rehearsal/keystone.wsgi")

    @Test("its threads log with threads' own locks, and it reads the schemas of federation when they are asked for")
    func locksAndSchemas() async throws {
        let (output, _) = try await run("print(application.schemas['a'], len(application.schemas))", token: nil)
        #expect(output == "made\nschemas read\n1 1\n")
    }

    @Test("a token is asked for before the first request, and what becomes of it keeps nobody from asking")
    func firstToken() async throws {
        let given = try await run("", token: "{}")
        #expect(given == ("asked POST /v3/auth/tokens b'{}'\nmade\n", "first token: 201 Created\n"))
        let missing = try await run("", token: nil)
        #expect(missing.0 == "made\n" && missing.1.hasPrefix("first token: FileNotFoundError("))
        let broken = try await run("", token: "raise")
        #expect(broken.0.hasSuffix("made\n") && broken.1 == "first token: ZeroDivisionError('division by zero')\n")
        let hung = try await run("import os; sys.stdout.flush(); os._exit(0)", token: "hang")
        #expect(hung.0.hasSuffix("made\n") && hung.1.isEmpty)
    }

    /// Runs the application's file, with stand-ins for all that it imports, and then more lines of Python.
    ///
    /// - Parameter token: The request for the first token, which the stand-in for Keystone goes by; nil if there is none.
    /// - Returns: What was printed on standard output and on standard error.
    private func run(_ lines: String, token: String?) async throws -> (String, String) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "keystone-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let application = """
            import oslo_log.log, time
            from saml2.xml.schema import node_to_schema

            class Application:
                schemas = node_to_schema

                def __call__(self, environ, start_response):
                    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
                    print("asked", environ["REQUEST_METHOD"], environ["PATH_INFO"], body)
                    if body == b"raise":
                        1 / 0
                    if body == b"hang":
                        time.sleep(3600)
                    start_response("201 Created", [])
                    return [b"{}"]

            def initialize_public_application():
                oslo_log.log.setup()
                return Application()

            """
        for (path, text) in [
            ("oslo_log/__init__.py", ""),
            ("oslo_log/log.py", "def _fix_eventlet_logging():\n    print('green locks')\n\ndef setup():\n    _fix_eventlet_logging()\n"),
            ("saml2/__init__.py", ""), ("saml2/xml/__init__.py", ""),
            ("saml2/xml/schema.py", "print('schemas read')\nnode_to_schema = {'a': 1}\n"),
            ("keystone/__init__.py", ""), ("keystone/server/__init__.py", ""), ("keystone/server/wsgi.py", application),
        ] {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        if let token { try Data(token.utf8).write(to: folder.appending(path: "token")) }
        let program = """
            text = open('\(Self.script.path)').read()
            for old, new in [('/etc/keystone/first-token.json', '\(folder.path)/token'), ('_SECONDS = 300', '_SECONDS = 1')]:
                assert old in text
                text = text.replace(old, new)
            exec(text)
            print('made')
            \(lines)
            """
        let output = try await Tool.run("env", ["PYTHONPATH=\(folder.path)", "PYTHONDONTWRITEBYTECODE=1", "python3", "-c", program])
        return (output.standardOutput, output.standardError)
    }
}
