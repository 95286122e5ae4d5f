import Testing

@testable import RehearsalHost

@Suite("namespaces")
struct NamespacesTests {
    @Test("root's testbeds, too, are in a user namespace")
    func namespaces() {
        #expect(
            Namespaces.command(["rehearse", "keeper"]).joined(separator: " ")
                == "unshare --user --map-root-user --map-auto --net --pid --mount --fork --kill-child --mount-proc -- tini -- rehearse keeper"
        )
    }
}
