import RehearsalModel
import Testing

@Suite("glob")
struct GlobTests {
    @Test(
        "a star stands for anything",
        arguments: [
            ("*", ""), ("*", "any"), ("keystone*", "keystone"), ("keystone*", "keystone-common"), ("*sql*", "mysql"),
            ("a*b*c", "a-b-b-c"), ("libc6", "libc6"), ("lib*", "libstdc++6"),
        ])
    func matches(_ pattern: String, _ text: String) {
        #expect(Glob(pattern).matches(text))
    }

    @Test(
        "all else stands for itself",
        arguments: [("", "a"), ("libc6", "libc6-dev"), ("lib.6", "libc6"), ("a*b", "a-b-c"), ("*-dev", "libc6")])
    func mismatches(_ pattern: String, _ text: String) {
        #expect(!Glob(pattern).matches(text))
    }
}
