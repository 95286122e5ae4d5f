import RehearsalModel
import Testing

@Suite("step identifiers")
struct StepIDTests {
    @Test("they order as the tree lists them")
    func order() {
        let ids = ["1", "1.1", "1.2", "1.10", "2", "10", "10.1"].map(StepID.init(rawValue:))
        #expect(ids.shuffled().sorted() == ids)
    }

    @Test("they know what is below them")
    func ancestors() {
        let id = StepID.root(3).child(1)
        #expect(id.rawValue == "3.1")
        #expect(id.isAncestor(of: id.child(4)))
        #expect(!id.isAncestor(of: StepID(rawValue: "3.10")))
        #expect(!id.isAncestor(of: id))
    }
}
