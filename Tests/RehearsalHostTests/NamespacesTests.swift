import Testing

@testable import RehearsalHost

@Suite("namespaces")
struct NamespacesTests {
    @Test("namespaces depend on the user")
    func namespaces() {
        #expect(Namespaces.needUserNamespace(userID: 1000, subordinateIDs: nil))
        #expect(!Namespaces.needUserNamespace(userID: 0, subordinateIDs: nil))
        #expect(!Namespaces.needUserNamespace(userID: 0, subordinateIDs: "user:100000:65536\n"))
        #expect(Namespaces.needUserNamespace(userID: 0, subordinateIDs: "root:100000:65536\n"))
        #expect(
            Namespaces.command(["rehearse", "keeper"], userNamespace: true).joined(separator: " ")
                == "unshare --user --map-root-user --map-auto --net --pid --mount --fork --kill-child --mount-proc -- tini -- rehearse keeper"
        )
        #expect(
            Namespaces.command(["x"], userNamespace: false).joined(separator: " ")
                == "unshare --net --pid --mount --fork --kill-child --mount-proc -- tini -- x")
    }
}
