public import Foundation
import Markup

/// A report in the JUnit XML form that continuous integration servers read.
public struct JUnitReport: Sendable, Hashable {
    /// How a test case ended, when it did not pass.
    public enum Problem: Sendable, Hashable {
        /// The expectation is proven wrong.
        case failure(message: String, type: String, text: String)
        /// It could not be judged.
        case error(message: String, type: String, text: String)
        /// It did not run.
        case skipped(message: String)
    }

    /// A named fact.
    public struct Property: Sendable, Hashable {
        /// The name.
        public var name: String
        /// The value.
        public var value: String

        /// Makes a property.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// One case.
    public struct TestCase: Sendable, Hashable {
        /// The name; the same in every run, so that servers can show its history.
        public var name: String
        /// The group it belongs to, in dotted form.
        public var className: String
        /// How long it took, in seconds.
        public var seconds: Double
        /// How it ended; nil when it passed.
        public var problem: Problem?
        /// Facts about this case alone.
        public var properties: [Property]

        /// Makes a case.
        public init(name: String, className: String, seconds: Double = 0, problem: Problem? = nil, properties: [Property] = []) {
            self.name = name
            self.className = className
            self.seconds = seconds
            self.problem = problem
            self.properties = properties
        }
    }

    /// A group of cases.
    public struct TestSuite: Sendable, Hashable {
        /// The name.
        public var name: String
        /// When it began, in UTC, as `2026-11-22T15:00:00`.
        public var timestamp: String
        /// The name of the machine it ran on.
        public var hostname: String
        /// Facts about the whole suite.
        public var properties: [Property]
        /// The cases.
        public var cases: [TestCase]
        /// How long the suite took, in seconds; nil for the sum of its cases.
        public var seconds: Double?
        /// Text for people.
        public var output: String

        /// Makes a suite.
        public init(
            name: String, timestamp: String, hostname: String = "localhost", properties: [Property] = [],
            cases: [TestCase], seconds: Double? = nil, output: String = ""
        ) {
            self.name = name
            self.timestamp = timestamp
            self.hostname = hostname
            self.properties = properties
            self.cases = cases
            self.seconds = seconds
            self.output = output
        }

        /// How many cases failed.
        public var failures: Int {
            cases.count { if case .failure = $0.problem { true } else { false } }
        }

        /// How many cases could not be judged.
        public var errors: Int {
            cases.count { if case .error = $0.problem { true } else { false } }
        }

        /// How many cases did not run.
        public var skipped: Int {
            cases.count { if case .skipped = $0.problem { true } else { false } }
        }

        /// The time it took, in seconds.
        var time: Double { seconds ?? cases.reduce(0) { $0 + $1.seconds } }
    }

    /// The suites.
    public var suites: [TestSuite]

    /// Makes a report.
    public init(suites: [TestSuite]) {
        self.suites = suites
    }

    /// The bytes of the file.
    public func encoded() -> Data {
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
        for (index, suite) in suites.enumerated() { append(suite, index: index, to: &text) }
        return Data((text + "</testsuites>\n").utf8)
    }

    private func append(_ suite: TestSuite, index: Int, to text: inout String) {
        text += "  <testsuite" + attribute("name", suite.name) + attribute("package", suite.name)
        text += attribute("id", "\(index)") + attribute("timestamp", suite.timestamp)
        text += attribute("hostname", suite.hostname) + attribute("tests", "\(suite.cases.count)")
        text += attribute("failures", "\(suite.failures)") + attribute("errors", "\(suite.errors)")
        text += attribute("skipped", "\(suite.skipped)") + attribute("time", seconds(suite.time)) + ">\n"
        if suite.properties.isEmpty {
            text += "    <properties/>\n"
        } else {
            append(suite.properties, indent: "    ", to: &text)
        }
        for testCase in suite.cases { append(testCase, to: &text) }
        text += "    <system-out>" + Markup.escaped(suite.output) + "</system-out>\n    <system-err/>\n"
        text += "  </testsuite>\n"
    }

    private func append(_ testCase: TestCase, to text: inout String) {
        text += "    <testcase" + attribute("name", testCase.name) + attribute("classname", testCase.className)
        text += attribute("time", seconds(testCase.seconds))
        guard testCase.problem != nil || !testCase.properties.isEmpty else {
            text += "/>\n"
            return
        }
        text += ">\n"
        if !testCase.properties.isEmpty { append(testCase.properties, indent: "      ", to: &text) }
        switch testCase.problem {
        case nil: break
        case .failure(let message, let type, let body):
            text += "      <failure" + attribute("message", message) + attribute("type", type) + ">"
            text += Markup.escaped(body) + "</failure>\n"
        case .error(let message, let type, let body):
            text += "      <error" + attribute("message", message) + attribute("type", type) + ">"
            text += Markup.escaped(body) + "</error>\n"
        case .skipped(let message):
            text += "      <skipped" + attribute("message", message) + "/>\n"
        }
        text += "    </testcase>\n"
    }

    private func append(_ properties: [Property], indent: String, to text: inout String) {
        text += indent + "<properties>\n"
        for property in properties {
            text += indent + "  <property" + attribute("name", property.name) + attribute("value", property.value) + "/>\n"
        }
        text += indent + "</properties>\n"
    }

    private func attribute(_ name: String, _ value: String) -> String {
        " \(name)=\"\(Markup.escaped(value, in: .attribute))\""
    }

    private func seconds(_ time: Double) -> String {
        let milliseconds = Int64((max(0, time) * 1_000).rounded())
        return "\(milliseconds / 1_000)." + String(milliseconds % 1_000 + 1_000).dropFirst()
    }
}
