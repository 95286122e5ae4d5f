import Foundation
import RehearsalModel
import Testing

@testable import RehearsalImages

@Suite("package lists")
struct PackageListTests {
    @Test("an apt simulation is read to names and versions")
    func simulation() {
        let text = """
            NOTE: This is only a simulation!
            Inst libc6 (2.36-9+deb12u10 Debian:12.11/stable [amd64])
            Inst haproxy [2.6.12-1] (2.6.12-1+deb12u3 Debian:12.11/stable [amd64]) []
            Conf libc6 (2.36-9+deb12u10 Debian:12.11/stable [amd64])
            """
        #expect(
            PackageArchive.parseSimulation(text) == [
                PackageVersion(name: "haproxy", version: "2.6.12-1+deb12u3"), PackageVersion(name: "libc6", version: "2.36-9+deb12u10"),
            ])
    }

    @Test("a delta is read, sorted, each change once")
    func delta() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("delta-\(UUID())")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("openssl\t1\t2\topenssl\nhaproxy\t1\t2\thaproxy\nopenssl\t1\t2\topenssl\nbroken\n".utf8).write(to: file)
        #expect(
            try ImageBuilder.readDelta(file) == [
                PackageChange(name: "haproxy", from: "1", to: "2", source: "haproxy"),
                PackageChange(name: "openssl", from: "1", to: "2", source: "openssl"),
            ])
    }
}
