import Testing

@testable import RehearsalEngine

@Suite("breakpoint prompt")
struct BreakpointAnswerTests {
    private let machines = ["controller-0", "controller-1", "compute-0"]

    @Test("Enter goes on with the machine that waits")
    func enter() { #expect(BreakpointAnswer.read("\n", waiting: "controller-1", machines: machines) == .proceed(["controller-1"])) }

    @Test("no stops")
    func no() { #expect(BreakpointAnswer.read(" No ", waiting: "controller-1", machines: machines) == .stop) }

    @Test("a regular expression must match whole names, and may match many")
    func expression() {
        #expect(
            BreakpointAnswer.read("controller-.*", waiting: "controller-1", machines: machines)
                == .proceed(["controller-0", "controller-1"]))
        #expect(
            BreakpointAnswer.read("controller", waiting: "controller-1", machines: machines)
                == .again("'controller' matches none of controller-0, controller-1, compute-0"))
    }

    @Test("a broken expression is asked again")
    func broken() {
        #expect(BreakpointAnswer.read("(", waiting: "controller-1", machines: machines) == .again("'(' is not a regular expression"))
    }
}
