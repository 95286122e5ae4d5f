import RehearsalDeclaration
import RehearsalRecorder

/// Files that are right, for tests to make wrong.
enum Fixture {
    static let topology = SourceFile(
        name: "ha.yaml",
        text: """
            topology: ha
            networks:
              ctlplane: {cidr: 192.0.2.0/24, recorder: 192.0.2.254}
              tenant: {cidr: 198.51.100.0/24, mtu: 1600}
              external: {cidr: 203.0.113.0/24, recorder: 203.0.113.254}
            addresses:
              internal: {network: ctlplane, address: 192.0.2.10}
              public: {network: external, address: 203.0.113.10}
            router:
              cidr: 10.1.0.0/24
              gateway: 10.1.0.1
              floating: {network: external, first: 203.0.113.50}
            roles:
              Undercloud:
                count: 1
                addresses: {ctlplane: 192.0.2.1}
              Controller:
                count: 3
                memory_mib: 2048
                addresses: {ctlplane: 192.0.2.11, tenant: 198.51.100.11, external: 203.0.113.11}
              Compute:
                count: 2
                addresses: {ctlplane: 192.0.2.21, tenant: 198.51.100.21}
            """)

    static let scenario = SourceFile(
        name: "minor-update.yaml",
        text: """
            scenario: minor-update
            topology: ha
            strategy: rolling
            seed: 7
            candidate: security-updates
            baseline_s: 20
            breakpoints: [".*"]
            expectations:
              - {probe: keystone-token, patience_s: 5, longest_outage_s: 60}
              - {probe: "*", patience_s: 5, total_outage_s: 600}
            """)

    static let roles = [
        SourceFile(
            name: "roles/Undercloud.yaml",
            text: "role: Undercloud\nservices: [base]\nmemory_mib: 512\nvcpus: 1\n"),
        SourceFile(
            name: "roles/Controller.yaml",
            text: "role: Controller\nservices: [base, cluster, galera, keystone]\nvcpus: 1\n"),
        SourceFile(
            name: "roles/Compute.yaml",
            text: "role: Compute\nservices: [base, workload]\nmemory_mib: 512\nvcpus: 1\n"),
    ]

    static let services = [
        SourceFile(name: "services/base/service.yaml", text: "service: base\ndescription: every machine\n"),
        SourceFile(
            name: "services/cluster/service.yaml",
            text: "service: cluster\ndescription: Corosync and Pacemaker\npackages: [pacemaker]\nneeds: [base]\n"),
        SourceFile(
            name: "services/galera/service.yaml",
            text: """
                service: galera
                description: the database
                packages: [mariadb-server]
                needs: [cluster]
                secrets: [probe]
                update:
                  packages: ["mariadb*"]
                probes:
                  - {name: galera-sql, kind: sql, target: "{{vip.internal}}:3306", period_ms: 500, settings: {user: probe, password: "{{secret.probe}}", database: probe, rows: 100}}
                """),
        SourceFile(
            name: "services/keystone/service.yaml",
            text: """
                service: keystone
                description: the identity API
                packages: [keystone]
                needs: [galera]
                secrets: [probe]
                update:
                  packages: [keystone*, python3-keystone*]
                probes:
                  - {name: keystone-token, kind: keystone, target: "http://{{vip.internal}}:5000/v3", period_ms: 2000, settings: {user: probe, password: "{{secret.probe}}", project: probe}}
                """),
        SourceFile(
            name: "services/workload/service.yaml", text: "service: workload\ndescription: a tenant's workload\n"),
    ]

    static let faults = [
        SourceFile(
            name: "faults/kill-service.sh",
            text: "#!/bin/bash\n#: fault — a service is killed\n#: argument service — which one\ninject() { :; }\nheal() { :; }\n"),
        SourceFile(
            name: "faults/fill-disk.sh",
            text: "#!/bin/bash\n#: fault — a disk is filled\n#: argument mebibytes=0 — what is left\ninject() { :; }\nheal() { :; }\n"),
        SourceFile(
            name: "faults/partition.sh",
            text:
                "#!/bin/bash\n#: fault — nothing arrives\n#: argument from — the others\n#: where testbed\ninject() { :; }\nheal() { :; }\n"
        ),
    ]

    static let checks = [
        SourceFile(name: "checks/no-failed-units.sh", text: "#!/bin/bash\n#: check — no unit has failed\ntrue\n"),
        SourceFile(name: "checks/runs-what-is-installed.sh", text: "#: check — nothing old runs\n#: when after\n"),
    ]

    static var files: [SourceFile] { [topology, scenario] + roles + services + faults + checks }

    /// Decodes the files, each in its place.
    static func decode(_ files: [SourceFile], way: String? = nil) throws(DiagnosticsError) -> Loaded<Declaration> {
        try Declaration.decode(
            topology: files[0], scenario: files[1], way: way, roles: files.filter { $0.name.hasPrefix("roles/") },
            services: files.filter { $0.name.hasPrefix("services/") }, strategies: ["rolling", "talk"],
            probeKinds: ProbeKinds.all, checks: files.filter { $0.name.hasPrefix("checks/") },
            substeps: ["stop-cluster", "end-keepalived"],
            faults: files.filter { $0.name.hasPrefix("faults/") })
    }
}
