import RehearsalAnalysis
import RehearsalHistory
import RehearsalModel

/// The packages that the update changed on each machine.
struct PackagesSection: ReportSection {
    let style = """
        details{margin:4px 0}summary{cursor:pointer;padding:3px 0}

        """

    private static let template = """
        <section>
        <h2>Packages and services</h2>
        {{#machines}}<details{{#hasChanges}} class="some"{{/hasChanges}}><summary><b>{{name}}</b> <span class="small">{{role}}</span> {{#known}}{{count}} changed{{/known}}{{^known}}versions were not read both before and after{{/known}}</summary>
        {{#starts}}<p class="small">Services started: {{.}}</p>{{/starts}}
        {{#hasChanges}}<div class="scroll tall"><table><thead><tr><th>Package</th><th>Before</th><th>After</th></tr></thead><tbody>
        {{#packages}}<tr><td>{{name}}</td><td class="mono">{{from}}</td><td class="mono">{{to}}</td></tr>
        {{/packages}}</tbody></table></div>{{/hasChanges}}</details>
        {{/machines}}
        </section>

        """

    func html(_ page: HTMLPage) throws -> String {
        try page.fill(
            Self.template,
            [
                "machines": page.analysis.machines.map { machine -> [String: Any] in
                    [
                        "name": machine.record.name.printable,
                        "role": machine.record.role.printable,
                        "count": machine.changes.count,
                        "known": machine.packagesAreKnown,
                        "starts": [Self.starts(machine)].filter { !$0.isEmpty },
                        "hasChanges": !machine.changes.isEmpty,
                        "packages": machine.changes.map {
                            [
                                "name": $0.name.printable, "from": ($0.from ?? "not installed").printable,
                                "to": ($0.to ?? "removed").printable,
                            ]
                        },
                    ]
                }
            ])
    }

    /// Which services were started, and how often if it was more than once.
    private static func starts(_ machine: MachineFinding) -> String {
        machine.starts.sorted { $0.key < $1.key }.map { $1 > 1 ? "\($0) \($1) times" : $0 }.joined(separator: ", ").printable
    }

    /// A package whose version the update changed.
    struct Package: Encodable {
        /// The name.
        var name: String
        /// The version before; nil when it was not installed.
        @Nullable var from: String?
        /// The version after; nil when it was removed.
        @Nullable var to: String?

        init(_ difference: PackageChange) {
            name = difference.name
            from = difference.from
            to = difference.to
        }
    }

    /// A machine and what the update changed on it.
    struct Machine: Encodable {
        /// The name.
        var name: String
        /// The role.
        var role: String
        /// Whether versions were read both before and after the update.
        var packagesKnown: Bool
        /// The packages whose version differs.
        var packagesChanged: [Package]
        /// How often each service was started while the run went on; empty without facts.
        var serviceStarts: [String: Int]

        enum CodingKeys: String, CodingKey {
            case name, role
            case serviceStarts = "service_starts"
            case packagesKnown = "packages_known"
            case packagesChanged = "packages_changed"
        }
    }

    func json(_ analysis: RunAnalysis) -> [String: any Encodable] {
        [
            "machines": analysis.machines.map {
                Machine(
                    name: $0.record.name, role: $0.record.role, packagesKnown: $0.packagesAreKnown,
                    packagesChanged: $0.changes.map(Package.init), serviceStarts: $0.starts)
            }
        ]
    }

    func text(_ analysis: RunAnalysis, _ terminal: TextTerminal) -> [String] {
        let changed = analysis.machines.filter { !$0.changes.isEmpty }
        guard !changed.isEmpty else { return [] }
        return [
            terminal.style.bold("Packages changed: ")
                + changed.map { "\($0.record.name) \($0.changes.count)" }.joined(separator: ", ").printable
        ]
    }
}
