import Foundation
import FoundationXML
import JUnitXML
import Testing

@Suite("JUnit XML")
struct JUnitXMLTests {
    private let report = JUnitReport(suites: [
        .init(
            name: "rehearsal.checks", timestamp: "2026-11-22T15:00:00", properties: [.init(name: "seed", value: "1")],
            cases: [
                .init(name: "passes", className: "a.b", seconds: 1.5, properties: [.init(name: "step", value: "1.2")]),
                .init(
                    name: "fails <&>\"'\n", className: "a.b",
                    problem: .failure(message: "too \"long\"", type: "fail", text: "]]> \u{0}\u{1B}[31m")),
                .init(name: "errs", className: "a.b", problem: .error(message: "unknown", type: "unknown", text: "")),
                .init(name: "rests", className: "a.b", problem: .skipped(message: "not started")),
            ], output: "line 1\nline 2 <b>\r\n")
    ])

    @Test("a report is written in the known form")
    func form() {
        #expect(
            String(decoding: report.encoded(), as: UTF8.self) == """
                <?xml version="1.0" encoding="UTF-8"?>
                <testsuites>
                  <testsuite name="rehearsal.checks" package="rehearsal.checks" id="0" timestamp="2026-11-22T15:00:00" hostname="localhost" tests="4" failures="1" errors="1" skipped="1" time="1.500">
                    <properties>
                      <property name="seed" value="1"/>
                    </properties>
                    <testcase name="passes" classname="a.b" time="1.500">
                      <properties>
                        <property name="step" value="1.2"/>
                      </properties>
                    </testcase>
                    <testcase name="fails &lt;&amp;&gt;&quot;&#39;&#10;" classname="a.b" time="0.000">
                      <failure message="too &quot;long&quot;" type="fail">]]&gt; \u{FFFD}\u{FFFD}[31m</failure>
                    </testcase>
                    <testcase name="errs" classname="a.b" time="0.000">
                      <error message="unknown" type="unknown"></error>
                    </testcase>
                    <testcase name="rests" classname="a.b" time="0.000">
                      <skipped message="not started"/>
                    </testcase>
                    <system-out>line 1
                line 2 &lt;b&gt;&#13;
                </system-out>
                    <system-err/>
                  </testsuite>
                </testsuites>

                """)
    }

    /// libxml2 behind Foundation reads back what was meant.
    @Test("another parser reads it back")
    func readBack() throws {
        let document = try XMLDocument(data: report.encoded())
        #expect(try document.nodes(forXPath: "//testcase").count == 4)
        #expect(try document.nodes(forXPath: "//testcase[2]/@name").first?.stringValue == "fails <&>\"'\n")
        #expect(try document.nodes(forXPath: "//testcase[2]/failure").first?.stringValue == "]]> \u{FFFD}\u{FFFD}[31m")
    }

    @Test("any scalar leaves the document well-formed")
    func scalars() throws {
        var text = ""
        for value in UInt32(0)..<0x11000 { if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) } }
        var report = report
        report.suites[0].output = text
        report.suites[0].name = text
        _ = try XMLDocument(data: report.encoded())
    }
}
