import Foundation
import RehearsalModel
import RehearsalTesting
import Testing

@testable import RehearsalImages

/// A machine's apt configuration, made up.
private final class Machine: Sendable {
    let folder = FileManager.default.temporaryDirectory.appending(path: "apt-\(UUID())")

    /// - Parameters:
    ///   - list: The content of `sources.list`.
    ///   - sources: The content of a file in `sources.list.d`.
    ///   - configuration: More lines of `apt.conf`.
    init(list: String = "", sources: String = "", configuration: String = "") throws {
        for part in ["etc/sources.list.d", "lists/partial"] {
            try FileManager.default.createDirectory(at: folder.appending(path: part), withIntermediateDirectories: true)
        }
        let text = """
            Dir::Etc "\(folder.path)/etc";
            Dir::Etc::parts "/dev/null";
            Dir::State "\(folder.path)";
            Dir::State::lists "\(folder.path)/lists";
            Dir::State::status "\(folder.path)/status";
            Dir::Cache "\(folder.path)/cache";
            APT::Architecture "amd64";
            APT::Architectures { "amd64"; };

            """
        try write("", "status")
        try write(text + configuration, "apt.conf")
        try write(list, "etc/sources.list")
        try write(sources, "etc/sources.list.d/site.sources")
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func write(_ text: String, _ path: String) throws { try Data(text.utf8).write(to: folder.appending(path: path)) }

    var environment: [String: String] {
        ["APT_CONFIG": folder.appending(path: "apt.conf").path, "REHEARSAL_MIRROR": "", "REHEARSAL_SECURITY_MIRROR": ""]
    }

    /// Calls `archive.sh`.
    func archive(_ arguments: String..., environment: [String: String] = [:]) async throws -> Tool.Output {
        try await Tool.run(
            "bash", [images.appending(path: "build/archive.sh").path] + arguments,
            environment: self.environment.merging(environment) { _, new in new })
    }
}

private let images = Checkout.root.appending(path: "Images")

@Suite("package sources")
struct PackageSourcesTests {
    @Test("a suite comes from its line of sources.list, with the line's options")
    func oneLine() async throws {
        let machine = try Machine(
            list: """
                # deb http://no.example/debian bookworm main
                deb [arch=amd64 signed-by=/one.gpg,/two.gpg check-valid-until=no] http://one.example/debian/ bookworm main contrib
                deb http://two.example/debian bookworm-updates main

                """)
        #expect(
            try await machine.archive("source", "bookworm", "bookworm-updates").standardOutput == """
                Types: deb
                URIs: http://one.example/debian
                Suites: bookworm
                Components: main
                signed-by: /one.gpg /two.gpg
                check-valid-until: no

                Types: deb
                URIs: http://two.example/debian
                Suites: bookworm-updates
                Components: main

                """)
    }

    @Test("a suite comes from its stanza of a .sources file, with the stanza's key")
    func stanza() async throws {
        let machine = try Machine(
            sources: """
                # A comment

                Types: deb
                URIs: http://off.example/security
                Suites: bookworm-security
                Components: main
                Enabled: no

                # Another
                Types: deb deb-src
                URIs: http://one.example/security http://two.example/security
                Suites: bookworm bookworm-security
                Components: contrib main
                Architectures: amd64 arm64
                X-Site: here
                Signed-By:
                 -----BEGIN PGP PUBLIC KEY BLOCK-----
                 .
                 bWFkZSB1cA==
                 -----END PGP PUBLIC KEY BLOCK-----

                """)
        #expect(
            try await machine.archive("source", "bookworm-security").standardOutput == """
                Types: deb
                URIs: http://one.example/security
                Suites: bookworm-security
                Components: main
                Signed-By:
                 -----BEGIN PGP PUBLIC KEY BLOCK-----
                 .
                 bWFkZSB1cA==
                 -----END PGP PUBLIC KEY BLOCK-----

                """)
    }

    @Test("updates and backports are where the release is, unless they are named")
    func derived() async throws {
        let machine = try Machine(list: "deb [signed-by=/keys/one.gpg] mirror+file:/etc/mirrors.list bookworm main\n")
        #expect(try await machine.archive("has", "bookworm").status == 0)
        #expect(try await machine.archive("has", "bookworm-backports").status == 1)
        for suite in ["bookworm-backports", "bookworm-updates"] {
            #expect(
                try await machine.archive("source", suite).standardOutput == """
                    Types: deb
                    URIs: mirror+file:/etc/mirrors.list
                    Suites: \(suite)
                    Components: main
                    signed-by: /keys/one.gpg

                    """)
        }
    }

    @Test("of two sources of a name, the one that Debian signed as its own is taken")
    func origin() async throws {
        let machine = try Machine(list: "deb http://vendor.example bookworm main\ndeb http://site.example/debian oldstable main\n")
        #expect(try await machine.archive("source", "bookworm").standardOutput.contains("http://vendor.example\n"))
        for (place, origin, suite) in [("vendor.example", "Vendor", "bookworm"), ("site.example_debian", "Debian", "oldstable")] {
            let name = "lists/\(place)_dists_\(suite)_"
            try machine.write(
                """
                Origin: \(origin)
                Suite: \(suite)
                Codename: bookworm
                Date: Sat, 10 Jun 2023 08:00:00 UTC
                Architectures: amd64
                Components: main
                SHA256:
                 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 0 main/binary-amd64/Packages

                """, name + "Release")
            try machine.write("Package: demo\n", name + "main_binary-amd64_Packages")
        }
        let output = try await machine.archive("source", "bookworm")
        #expect(output.standardOutput.contains("URIs: http://site.example/debian\nSuites: bookworm\n"), "\(output)")
    }

    @Test("files are fetched as from anywhere else")
    func file() async throws {
        let machine = try Machine(list: "deb file:///srv/debian bookworm main\n")
        #expect(try await machine.archive("source", "bookworm").standardOutput.contains("URIs: copy:/srv/debian\n"))
    }

    @Test("a base URL that is given comes before what apt has")
    func override() async throws {
        let machine = try Machine(
            list: "deb http://one.example/debian bookworm main\ndeb http://one.example/security bookworm-security main\n")
        let given = PackageSources(mirror: "http://given.example/debian").environment
        #expect(given["REHEARSAL_SECURITY_MIRROR"] == nil)
        let output = try await machine.archive(
            "source", "bookworm", "bookworm-updates", "bookworm-security", environment: given)
        #expect(
            output.standardOutput.split(separator: "\n").filter { $0.hasPrefix("URIs") || $0.hasPrefix("Signed") } == [
                "URIs: http://given.example/debian", "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg",
                "URIs: http://given.example/debian", "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg",
                "URIs: http://one.example/security",
            ])
    }

    @Test("where apt has no security suite, the option that names one is told")
    func noSecurity() async throws {
        let machine = try Machine(list: "deb http://one.example/debian bookworm main\n")
        let output = try await machine.archive("source", "bookworm", "bookworm-security")
        #expect(output.status == 1)
        let error = PackageArchive.noSource("W: something of apt's\n" + output.standardError)
        #expect(error.message == "find packages of bookworm-security: the apt of this machine has no source of it")
        #expect(error.hint?.contains("--security-mirror or REHEARSAL_SECURITY_MIRROR") == true)
    }

    @Test("how apt fetches and whom it trusts goes along, what it fetches does not")
    func configuration() async throws {
        let machine = try Machine(
            configuration: """
                Acquire::http::Proxy "http://127.0.0.1:3128";
                Acquire::http::Proxy::near.example "DIRECT";
                Acquire::https::CAInfo "/etc/site.pem";
                Acquire::Languages "de";
                Acquire::GzipIndexes "true";
                Acquire::Check-Valid-Until "false";

                """)
        let lines = try await machine.archive("configuration").standardOutput.split(separator: "\n").map(String.init)
        let folder = machine.folder.path
        for line in [
            "Acquire::http::Proxy \"http://127.0.0.1:3128\";", "Acquire::http::Proxy::near.example \"DIRECT\";",
            "Acquire::https::CAInfo \"/etc/site.pem\";", "Acquire::Check-Valid-Until \"false\";",
            "Dir::Etc::netrc \"\(folder)/etc/auth.conf\";", "Dir::Etc::trustedparts \"\(folder)/etc/trusted.gpg.d/\";",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        #expect(!lines.contains { $0.hasPrefix("Acquire::Languages") || $0.hasPrefix("Acquire::GzipIndexes") })
    }
}

/// Repositories in folders, of which the machine's apt configuration alone tells.
@Suite("package archive")
struct PackageArchiveTests {
    /// Makes a repository with the essential packages and a demo that needs one of them.
    private func repository(_ folder: URL, demo version: String) async throws {
        let place = folder.appending(path: "dists/bookworm/main/binary-amd64")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let packages = place.appending(path: "Packages")
        let entries = [
            ("base-files", "12", "Essential: yes\nPriority: required"), ("apt", "2.6", "Priority: required"),
            ("demo", version, "Depends: base-files"), ("unrelated", "1", "Priority: optional"),
        ].map { name, version, more in
            """
            Package: \(name)
            Version: \(version)
            Architecture: amd64
            Filename: pool/\(name).deb
            Size: 1
            SHA256: \(String(repeating: "0", count: 64))
            \(more)

            """
        }
        try Data(entries.joined(separator: "\n").utf8).write(to: packages)
        let digest = try await Tool.run("sha256sum", [packages.path]).standardOutput.prefix(64)
        let size = try Data(contentsOf: packages).count
        try Data(
            """
            Suite: bookworm
            Codename: bookworm
            Date: Sat, 10 Jun 2023 08:00:00 UTC
            SHA256:
             \(digest) \(size) main/binary-amd64/Packages

            """.utf8
        ).write(to: folder.appending(path: "dists/bookworm/Release"))
    }

    @Test("what would be installed is read from where apt's configuration says, and does not depend on the place")
    func moved() async throws {
        let machine = try Machine()
        for (place, version) in [("first", "1"), ("second", "1"), ("third", "2")] {
            try await repository(machine.folder.appending(path: place), demo: version)
        }
        var archive = PackageArchive(
            directory: machine.folder.appending(path: "private"), images: images, sources: PackageSources(), suite: "bookworm")
        archive.environment = machine.environment
        func refreshed(_ place: String) async throws -> (state: String, closure: [PackageVersion]) {
            try machine.write("deb [trusted=yes] file:\(machine.folder.path)/\(place) bookworm main\n", "etc/sources.list")
            try await archive.refresh(force: false)
            return (archive.archiveState(), try await archive.closure(of: ["demo"]))
        }
        let first = try await refreshed("first")
        #expect(first.closure.map { "\($0.name) \($0.version)" } == ["apt 2.6", "base-files 12", "demo 1"])
        let second = try await refreshed("second")
        #expect(!first.state.isEmpty && second.state == first.state && second.closure == first.closure)
        // The lists are not an hour old: it is the place that makes apt read them again.
        #expect(try await refreshed("third").closure.last?.version == "2")
    }

    @Test("a suite that apt does not have is an error with its remedy, before anything is fetched")
    func unknown() async throws {
        let machine = try Machine(list: "deb http://one.example/debian bookworm main\n")
        var archive = PackageArchive(
            directory: machine.folder.appending(path: "private"), images: images, sources: PackageSources(), suite: "bookworm-security")
        archive.environment = machine.environment
        let error = await #expect(throws: ImageError.self) { try await archive.refresh(force: false) }
        #expect(error?.code == .archive)
        #expect(error?.hint?.contains("--security-mirror") == true)
    }
}
