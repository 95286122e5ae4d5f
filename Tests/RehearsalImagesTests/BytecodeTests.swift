import Foundation
import RehearsalTesting
import Testing

@testable import RehearsalImages

/// What is compiled for Python when the candidate channel is made, and how a guest puts it in place, against Python's own compiler.
@Suite("bytecode of the candidate channel")
struct BytecodeTests {
    private static let images = Checkout.root.appending(path: "Images")
    private static let place = "usr/lib/python3/dist-packages"

    private let folder = FileManager.default.temporaryDirectory.appending(path: "bytecode-\(UUID())")

    private func write(_ text: String, _ path: String, mode: Int = 0o644) throws {
        let file = folder.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
    }

    /// A package's content with two modules, compiled.
    private func compile(_ second: String = "VALUE = (1, 'two')\n") async throws -> Tool.Output {
        try write("import os\n\ndef name():\n    return os.path.basename(__file__)\n", "content/\(Self.place)/thing/__init__.py")
        try write(second, "content/\(Self.place)/thing/part.py")
        try write("not Python", "content/etc/thing.py")
        try write("", "control/control")
        let script = Self.images.appending(path: "build/bytecode.sh").path
        return try await Tool.run(
            "bash",
            [
                "-c",
                "cd '\(folder.path)' && find content -name '*.py' -exec touch -d @1700000000 {} + && bash '\(script)' content control; ls control",
            ])
    }

    @Test("it is, byte for byte, what Python makes where the package is installed")
    func same() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(try await compile().standardOutput.contains("bytecode-cpython-"))
        let script = """
            set -e
            cd '\(folder.path)'
            mkdir laid-out
            tar -x -f control/bytecode-* -C laid-out
            find content -name __pycache__ -prune -exec rm -r {} +
            mount --bind 'content/\(Self.place)' '/\(Self.place)'
            python3 -I -S -m py_compile '/\(Self.place)/thing/__init__.py' '/\(Self.place)/thing/part.py'
            diff -r 'content/\(Self.place)/thing/__pycache__' 'laid-out/\(Self.place)/thing/__pycache__' && ls laid-out/\(Self.place)/thing/*
            """
        let output = try await Tool.run("unshare", ["--user", "--map-root-user", "--mount", "bash", "-c", script])
        #expect(output.status == 0, "\(output.standardError)")
        #expect(output.standardOutput.contains("part.cpython-"))
    }

    @Test(
        "nothing is written through a symbolic link of the package",
        arguments: ["thing/__pycache__", "__pycache__", "thing", ""])
    func links(_ link: String) async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write("print('good')\n", "host/foo.py")
        try write("print('evil')\n", "content/\(Self.place)/foo.py")
        try write("print('evil')\n", "content/\(Self.place)/thing/foo.py")
        try write("", "control/control")
        let place = folder.appending(path: "content/\(Self.place)/\(link)")
        try? FileManager.default.removeItem(at: place)
        try FileManager.default.createSymbolicLink(at: place, withDestinationURL: folder.appending(path: "host"))
        let script = Self.images.appending(path: "build/bytecode.sh").path
        let output = try await Tool.run("bash", ["-c", "cd '\(folder.path)' && bash '\(script)' content control; find host"])
        #expect(output.standardOutput == "host\nhost/foo.py\n", "\(output.standardError)")
    }

    @Test("a package of the candidate channel brings it beside its scripts, and is otherwise the same")
    func repacked() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        // More names than a pipe holds.
        for number in 0..<2000 { try write("", "package/\(Self.place)/thing/a_module_with_a_long_name_\(number).py") }
        try write(
            "Package: thing\nVersion: 1\nArchitecture: all\nMaintainer: nobody <n@example.org>\nDescription: thing\n",
            "package/DEBIAN/control")
        try write("#!/bin/sh\n", "package/DEBIAN/postinst", mode: 0o755)
        let script = """
            set -e
            cd '\(folder.path)'
            dpkg-deb --root-owner-group -b package thing.deb > /dev/null
            '\(Self.images.path)/build/repack.sh' thing.deb new.deb
            cmp <(dpkg-deb --fsys-tarfile thing.deb) <(dpkg-deb --fsys-tarfile new.deb)
            dpkg-deb -e new.deb control
            diff package/DEBIAN/control control/control && test -x control/postinst
            tar -t -f control/bytecode-cpython-3* | wc -l
            ls
            """
        let output = try await Tool.run("bash", ["-c", script])
        #expect(output.status == 0, "\(output.standardError)")
        #expect(output.standardOutput == "2000\ncontrol\nnew.deb\npackage\nthing.deb\n")
    }

    @Test("what cannot be compiled is left to the machine, as a whole")
    func broken() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = try await compile("print 'two'\n")
        #expect(output.status == 0)
        #expect(output.standardOutput == "control\n")
    }

    /// What a guest's shim does: its output, and every file below the root afterwards. The program behind it says how it is called.
    private func shim(_ name: String, _ arguments: [String], script: String = "", python: String? = nil) async throws -> String {
        let root = folder.appending(path: "root").path
        let version = try await Tool.run("python3", ["-I", "-c", "import sys; print('python%d.%d' % sys.version_info[:2])"]).standardOutput
            .trimmingCharacters(in: .newlines)
        let guest = Self.images.appending(path: "guest")
        for (file, place) in [("lay-out-bytecode", "usr/lib/rehearsal/lay-out-bytecode"), ("package-shims/\(name)", "shim")] {
            var text = try String(contentsOf: guest.appending(path: file), encoding: .utf8)
            for path in ["/usr/lib/rehearsal", "/usr/bin/\(name)", "/usr/bin/python3", "/var/lib/dpkg"] {
                text = text.replacingOccurrences(of: path, with: root + path)
            }
            text = text.replacingOccurrences(of: "-C /;", with: "-C '\(root)';")
            try write(text, "root/\(place)", mode: 0o755)
        }
        try write("#!/bin/sh\necho \"\(name) $*\"\n", "root/usr/bin/\(name)", mode: 0o755)
        let link = "\(root)/usr/bin/python3"
        try? FileManager.default.removeItem(atPath: link)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: python ?? version)
        try write(
            "/.\n/usr/lib/\(version)\n/usr/lib/\(version)/os.py\n/usr/lib/\(version)/re.py\n",
            "root/var/lib/dpkg/info/libpython3.11-stdlib:amd64.list")
        let kept = try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "control").path).first {
            $0.hasPrefix("bytecode")
        }
        if let kept {
            for package in ["python3-thing", "libpython3.11-stdlib:amd64"] {
                let place = folder.appending(path: "root/var/lib/dpkg/info/\(package).\(kept)")
                try? FileManager.default.copyItem(at: folder.appending(path: "control/\(kept)"), to: place)
            }
        }
        let output = try await Tool.run("sh", ["\(root)/shim"] + arguments, environment: ["DPKG_MAINTSCRIPT_PACKAGE": script])
        let pieces = try await Tool.run("find", [root, "-name", "*.pyc", "-printf", "%f\n"])
        return output.standardOutput + pieces.standardOutput.split(separator: "\n").sorted().joined(separator: "\n")
    }

    @Test("py3compile lays it out, also for a package of one architecture, and compiles what there is none of")
    func py3compile() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try await compile()
        #expect(try await shim("py3compile", ["-p", "python3-other"]) == "py3compile -p python3-other\n")
        #expect(
            try await shim("py3compile", ["-p", "python3-thing", "/usr/share/thing"]) == "py3compile -p python3-thing /usr/share/thing\n")
        #expect(try await shim("py3compile", ["-p", "python3-thing"], python: "python3.1") == "py3compile -p python3-thing\n")
        let laidOut = try await shim("py3compile", ["-p", "python3-thing:amd64"])
        #expect(laidOut.hasPrefix("__init__.cpython-") && laidOut.contains("\npart.cpython-"))
    }

    @Test("py3clean removes what is compiled of a package, and nothing else, and leaves what it does not know to the real one")
    func py3clean() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let place = "root/\(Self.place)"
        for module in [
            "thing/one.cpython-311.pyc", "thing/one.cpython-311.opt-1.pyc", "thing/part/two.cpython-311.pyc",
            "thing/part/other.cpython-311.pyc",
        ] {
            let parts = module.split(separator: "/")
            try write("", "\(place)/\(parts.dropLast().joined(separator: "/"))/__pycache__/\(parts.last ?? "")")
        }
        try write("", "\(place)/thing/oneself.pyc")
        let root = folder.appending(path: place).path
        try write(
            "/.\n\(root)/thing\n\(root)/thing/one.py\n\(root)/thing/part/two.py\n/etc/thing.conf\n",
            "root/var/lib/dpkg/info/python3-thing:amd64.list")
        try write("\(root)/thing/part/other.v2.py\n", "root/var/lib/dpkg/info/python3-dotted.list")
        let all = "one.cpython-311.opt-1.pyc\none.cpython-311.pyc\noneself.pyc\nother.cpython-311.pyc\ntwo.cpython-311.pyc"
        for arguments in [["-p", "python3-dotted"], ["-p", "python3-none"], ["-p", "python3-thing", root]] {
            #expect(try await shim("py3clean", arguments) == "py3clean \(arguments.joined(separator: " "))\n\(all)")
        }
        #expect(try await shim("py3clean", ["-p", "python3-thing"]) == "oneself.pyc\nother.cpython-311.pyc")
        #expect(!FileManager.default.fileExists(atPath: "\(root)/thing/__pycache__"))
        #expect(FileManager.default.fileExists(atPath: "\(root)/thing/part/__pycache__"))
    }

    @Test("dpkg names one file of Python's to Python's scripts alone")
    func dpkg() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try await compile()
        let list = ["-L", "libpython3.11-stdlib:amd64"]
        #expect(try await shim("dpkg", list, script: "libpython3.11-stdlib") == "dpkg -L libpython3.11-stdlib:amd64\n")
        #expect(try await shim("dpkg", ["--print-architecture"], script: "python3.11") == "dpkg --print-architecture\n")
        let named = try await shim("dpkg", list, script: "python3.11")
        #expect(named.hasPrefix("/usr/lib/python3.") && named.contains("os.py\n__init__.cpython-") && !named.contains("re.py"))
    }
}
