import Foundation
import Testing

@testable import RehearsalImages

/// What Keystone is started by in a guest, with stand-ins for Keystone and what it imports.
@Suite("Keystone's application")
struct KeystoneApplicationTests {
    private static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Images/services/keystone/files/usr/lib/rehearsal/keystone.wsgi")

    @Test("its threads log with threads' own locks, and it reads the schemas of federation when they are asked for")
    func locksAndSchemas() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "keystone-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        for (path, text) in [
            ("oslo_log/__init__.py", ""),
            ("oslo_log/log.py", "def _fix_eventlet_logging():\n    print('green locks')\n\ndef setup():\n    _fix_eventlet_logging()\n"),
            ("saml2/__init__.py", ""), ("saml2/xml/__init__.py", ""),
            ("saml2/xml/schema.py", "print('schemas read')\nnode_to_schema = {'a': 1}\n"),
            ("keystone/__init__.py", ""), ("keystone/server/__init__.py", ""),
            (
                "keystone/server/wsgi.py",
                """
                import oslo_log.log
                from saml2.xml.schema import node_to_schema

                def initialize_public_application():
                    oslo_log.log.setup()
                    return node_to_schema

                """
            ),
        ] {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let program = "exec(open('\(Self.script.path)').read()); print('made'); print(application['a'], len(application))"
        let output = try await Tool.run("env", ["PYTHONPATH=\(folder.path)", "PYTHONDONTWRITEBYTECODE=1", "python3", "-c", program])
        #expect(output.standardOutput == "made\nschemas read\n1 1\n", "\(output.standardError)")
    }
}
