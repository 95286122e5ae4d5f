import RehearsalDeclaration
import Testing

/// The fixture with something wrong in it.
struct BadInput: CustomTestStringConvertible, Sendable {
    let name: String
    /// The file, what it says, and what it says now; nothing to find means: add to the end.
    let edits: [(file: String, old: String, new: String)]

    var testDescription: String { name }

    init(_ name: String, _ edits: (String, String, String)...) {
        self.name = name
        self.edits = edits
    }

    /// The files with the edits made.
    var files: [SourceFile] {
        Fixture.files.map { file in
            var text = file.text
            for edit in edits where edit.file == file.name {
                precondition(edit.old.isEmpty || text.contains(edit.old), "\(name): \(edit.old) is not there")
                text = edit.old.isEmpty ? text + edit.new : text.replacing(edit.old, with: edit.new, maxReplacements: 1)
            }
            return SourceFile(name: file.name, text: text)
        }
    }

    private static let topology = "ha.yaml"
    private static let scenario = "minor-update.yaml"
    private static let controller = "roles/Controller.yaml"
    private static let galera = "services/galera/service.yaml"
    private static let keystone = "services/keystone/service.yaml"

    private static func faults(_ lines: String...) -> (String, String, String) {
        (scenario, "", "\nfaults:\n" + lines.map { "  - {\($0)}\n" }.joined())
    }

    static let all = [
        // Faults.
        BadInput(
            "faults that are none",
            faults(
                "fault: kill-servce, on: controller-0, at: 5", "on: controller-0, at: 5", "fault: kill-service", "fault: [], on: 1, at: {}")
        ),
        BadInput(
            "faults that do not fit their kind",
            faults(
                "fault: kill-service, on: controller-0, at: 5", "fault: kill-service, service: galera, servcie: x, on: controller-0, at: 5",
                "fault: kill-machine, service: galera, on: controller-0, at: 5", "fault: fill-disk, mebibytes: [], on: controller-0, at: 5",
                "fault: fill-disk, mebibytes: \"a\\nb\", on: controller-0, at: 5")),
        BadInput(
            "faults that do not fit the topology",
            faults(
                "fault: kill-service, service: galera, on: compute-0, at: 5",
                "fault: kill-service, service: galerra, on: controller-0, at: 5",
                "fault: kill-machine, on: controler-0, at: during breakpoint on controller-9",
                "fault: partition, from: \"controller-1,controller-7\", on: controller-0, at: 5")),
        BadInput(
            "moments that are none",
            faults(
                "fault: kill-machine, on: controller-0, at: -5", "fault: kill-machine, on: controller-0, at: in the morning",
                "fault: kill-machine, on: controller-0, at: before update-rest + 5",
                "fault: kill-machine, on: controller-0, at: during update-rest on, for: 0")),
        BadInput(
            "checks of machines", (scenario, "", "\nchecks: [no-failed-unit, runs-what-is-installed, runs-what-is-installed]\n"),
            ("checks/no-failed-units.sh", "#: check — no unit has failed", "#: check\n#: when\n#: when later\n#: if so")),
        BadInput(
            "header of a fault",
            ("faults/fill-disk.sh", "#: fault — a disk is filled", "#: fault"),
            ("faults/fill-disk.sh", "#: argument mebibytes=0 — what is left", "#: argument on — x\n#: where hypervisor\n#: heal"),
            (
                "faults/partition.sh", "#: argument from — the others",
                "#: argument from — the others\n#: argument from — again\n#: argument A — b"
            )),
        // Form.
        BadInput("syntax error", (topology, "recorder: 192.0.2.254}", "recorder: 192.0.2.254")),
        BadInput("tab", (topology, "  gateway", "\tgateway")),
        BadInput("control character", (topology, "topology: ha", "topology: h\u{1}a")),
        BadInput("empty file", (controller, Fixture.roles[1].text, "")),
        BadInput("two documents", (topology, "", "\n---\ntopology: other\n")),
        BadInput("undefined alias", (topology, "count: 3", "count: *many")),
        BadInput("not a mapping", (scenario, Fixture.scenario.text, "- scenario\n")),
        BadInput("unknown key", (topology, "{cidr: 198", "{cdir: 198")),
        BadInput("unknown key without a likely meaning", (scenario, "", "\nowner: me\n")),
        BadInput("missing key", (topology, "{network: ctlplane, ", "{"), (scenario, "strategy: rolling\n", "")),
        BadInput("duplicate key", (topology, "    count: 3\n", "    count: 3\n    count: 5\n")),
        BadInput(
            "duplicate keys beside other problems",
            (topology, "  tenant:", "  ctlplane: {cidr: 10.9.0.0/16}\n  ctlplane: {cidr: 10.8.0.0/16}\n  tenant:"),
            (topology, "count: 3", "\"count\": 3\n    'count': x"), (topology, "mtu: 1600", "mtu: -1")),
        BadInput("wrong type", (topology, "count: 3", "count: three"), (topology, "topology: ha", "topology: [ha]")),
        BadInput("number where text is meant", (topology, "topology: ha", "topology: 7")),
        BadInput("text where a number is meant", (topology, "count: 3", "count: \"3\"")),
        BadInput("nothing where something is meant", (topology, "gateway: 10.1.0.1", "gateway:")),
        BadInput("list where a mapping is meant", (topology, "{ctlplane: 192.0.2.1}", "[192.0.2.1]")),
        BadInput("bad name", (topology, "topology: ha", "topology: \"h a\""), (topology, "  Compute:", "  compute:")),
        BadInput("no networks", (topology, "networks:\n", "nets:\n")),
        BadInput("no roles", (topology, Fixture.topology.text, "topology: ha\nnetworks: {a: {cidr: 192.0.2.0/24}}\nroles: {}\n")),
        // Networks and addresses.
        BadInput("bad CIDR", (topology, "192.0.2.0/24", "192.0.2/24"), (topology, "10.1.0.0/24", "10.1.0.0/33")),
        BadInput("CIDR of a machine", (topology, "198.51.100.0/24", "198.51.100.7/24")),
        BadInput("CIDR too small", (topology, "198.51.100.0/24", "198.51.100.0/32")),
        BadInput("bad address", (topology, "first: 203.0.113.50", "first: 203.0.113.256")),
        BadInput("overlapping networks", (topology, "198.51.100.0/24", "192.0.0.0/16")),
        BadInput("router overlaps a network", (topology, "10.1.0.0/24", "203.0.113.128/25")),
        BadInput("address outside its network", (topology, "tenant: 198.51.100.21", "tenant: 198.51.101.21")),
        BadInput("address counts up out of its network", (topology, "tenant: 198.51.100.11", "tenant: 198.51.100.253")),
        BadInput("network address", (topology, "ctlplane: 192.0.2.1}", "ctlplane: 192.0.2.0}")),
        BadInput("address used twice", (topology, "ctlplane: 192.0.2.21", "ctlplane: 192.0.2.13")),
        BadInput("virtual address outside its network", (topology, "address: 192.0.2.10", "address: 203.0.113.77")),
        BadInput("virtual address used twice", (topology, "address: 203.0.113.10", "address: 203.0.113.12")),
        BadInput("recorder outside its network", (topology, "recorder: 192.0.2.254", "recorder: 192.0.3.254")),
        BadInput("gateway outside its network", (topology, "gateway: 10.1.0.1", "gateway: 10.2.0.1")),
        BadInput("floating address used twice", (topology, "first: 203.0.113.50", "first: 203.0.113.13")),
        BadInput(
            "unknown network", (topology, "network: ctlplane", "network: ctlplan"),
            (topology, "{ctlplane: 192.0.2.21, ", "{storage: 192.0.2.21, ")),
        BadInput(
            "reserved network name", (topology, "  tenant: {", "  role: {"),
            (topology, "tenant: 198.51.100.11", "role: 198.51.100.11"),
            (topology, "tenant: 198.51.100.21", "role: 198.51.100.21")),
        // Roles and services.
        BadInput("count 0", (topology, "count: 3", "count: 0")),
        BadInput("negative size", (topology, "memory_mib: 2048", "memory_mib: -2048")),
        BadInput("missing size", (topology, "    memory_mib: 2048\n", "")),
        BadInput("role without image", (topology, "  Compute:", "  Storage:")),
        BadInput("role misspelt", (topology, "  Compute:", "  Conpute:")),
        BadInput("role file of another name", (controller, "role: Controller", "role: Control")),
        BadInput("unknown service in a role", (controller, "galera", "galeras")),
        BadInput("unknown service in a topology", (topology, "count: 2", "count: 2\n    services: [base, ceph]")),
        BadInput("service listed twice", (controller, "[base, cluster", "[base, cluster, base")),
        BadInput("service that needs another", (topology, "count: 3", "count: 3\n    services: [base, keystone]")),
        BadInput("service that needs another, in the role file", (controller, "galera, ", "")),
        BadInput("service folder of another name", (galera, "service: galera", "service: mariadb")),
        BadInput("probe declared twice", (galera, "name: galera-sql", "name: keystone-token")),
        BadInput("unknown probe kind", (galera, "kind: sql", "kind: mysql")),
        BadInput("probe kind misspelt", (galera, "kind: sql", "kind: sqk")),
        BadInput("probe setting misspelt", (galera, "rows: 100", "row: 100")),
        BadInput("probe setting of another kind", (galera, "rows: 100", "expect: \"200\"")),
        BadInput("probe setting misspelt, with a template", (galera, "password: ", "pasword: ")),
        BadInput("probe setting missing", (galera, "password: \"{{secret.probe}}\", ", "")),
        BadInput("probe without its settings", (keystone, ", settings: {user: probe, password: \"{{secret.probe}}\", project: probe}", "")),
        BadInput("bad value of a probe setting", (galera, "rows: 100", "rows: many, timeout_s: 0, connection: old")),
        BadInput("bad type of a probe setting", (galera, "rows: 100", "rows: [100]")),
        BadInput("bad target", (galera, "\"{{vip.internal}}:3306\"", "controller-0")),
        BadInput("bad target and bad setting", (galera, "target: \"{{vip.internal}}:3306\", ", ""), (galera, "rows: 100", "rows: 0")),
        BadInput("target whose template gives a bad one", (keystone, "http://{{vip.internal}}:5000", "ftp://{{vip.internal}}:5000")),
        BadInput("target whose template gives nothing", (galera, "{{vip.internal}}:3306", "{{vip.intrenal}}")),
        BadInput("secret misspelt", (galera, "{{secret.probe}}", "{{secret.prboe}}")),
        BadInput("secret that is not declared", (galera, "secrets: [probe]", "secrets: [Probe, data-base]")),
        BadInput("template that cannot be read", (galera, "{{vip.internal}}", "{{#vip}}")),
        BadInput(
            "target that a machine does not have",
            (keystone, "name: keystone-token", "name: \"token-{{machine.name}}\""),
            (keystone, "{{vip.internal}}", "{{machine.workload.floating}}"), (scenario, "keystone-token", "token-*")),
        BadInput(
            "probe names that are the same when rendered", (keystone, "name: keystone-token", "name: \"{{topology}}-sql\""),
            (galera, "name: galera-sql", "name: ha-sql"), (scenario, "keystone-token", "ha-sql")),
        BadInput(
            "probe names that are the same for all machines of a role",
            (keystone, "name: keystone-token", "name: \"token-{{machine.role}}\""),
            (scenario, "keystone-token", "token-*")),
        BadInput("probe name that is too long", (galera, "name: galera-sql", "name: galera-\(String(repeating: "very-", count: 12))sql")),
        BadInput(
            "unknown network of a probe",
            (galera, "kind: sql, target: \"{{vip.internal}}:3306\"", "kind: arp, target: \"{{vip.internal}}\""),
            (galera, "{user: probe, password: \"{{secret.probe}}\", database: probe, rows: 100}", "{network: ctlplan}")),
        BadInput("probe without a pause", (galera, "period_ms: 500", "period_ms: 0")),
        BadInput("probes of the same name", (galera, "{{vip.internal}}", "{{machine.ctlplane}}")),
        // Scenarios.
        BadInput("unknown strategy", (scenario, "rolling", "roling")),
        BadInput("unknown driver", (scenario, "strategy: rolling\n", "strategy: rolling\ndriver: heet\n")),
        BadInput("driver without its services", (scenario, "strategy: rolling\n", "strategy: rolling\ndriver: heat\n")),
        BadInput("bad regular expression", (scenario, "\".*\"", "\".*\", \"controller-[\"")),
        BadInput("negative budget", (scenario, "longest_outage_s: 60", "longest_outage_s: -60")),
        BadInput("endless budget", (scenario, "longest_outage_s: 60", "longest_outage_s: .inf")),
        BadInput("no budget", (scenario, ", longest_outage_s: 60", "")),
        BadInput("no patience", (scenario, "patience_s: 5, total", "patience_s: 0, total")),
        BadInput("unknown probe in an expectation", (scenario, "keystone-token", "keystone-tokens")),
        BadInput("pattern that matches no probe", (scenario, "probe: \"*\"", "probe: \"glance-*\"")),
        BadInput("negative seed", (scenario, "seed: 7", "seed: -7")),
        BadInput("negative baseline", (scenario, "baseline_s: 20", "baseline_s: -1")),
        BadInput("endless baseline", (scenario, "baseline_s: 20", "baseline_s: 1e21")),
        // All at once.
        BadInput(
            "problems in every file", (topology, "count: 3", "count: 0"), (topology, "mtu", "mtv"),
            (topology, "address: 192.0.2.10", "address: 192.0.3.10"),
            (scenario, "strategy: rolling", "strategy: big-bang"),
            (scenario, "longest_outage_s: 60", "longest_outage_s: -1"), (controller, "vcpus: 1", "vcpus: one"),
            (galera, "needs: [cluster]", "needs: [clutser]")),
    ]
}
