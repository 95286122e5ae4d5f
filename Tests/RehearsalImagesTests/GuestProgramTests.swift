import Foundation
import RehearsalTesting
import Testing

@testable import RehearsalImages

/// The programs of guests that start procedures and say whether a machine is ready, run on this host with their files in a folder.
@Suite("guest programs", .timeLimit(.minutes(2)))
struct GuestProgramTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "guest-\(UUID())")

    /// Copies a program of `Images/guest` with all its places below the folder.
    private func install(_ name: String, at path: String) throws {
        var text = try String(contentsOf: Checkout.root.appending(path: "Images/guest/\(name)"), encoding: .utf8)
        for place in ["/var/lib/rehearsal", "/var/log/rehearsal", "/usr/lib/rehearsal", "/etc/rehearsal", "/run/rehearsal"] {
            text = text.replacingOccurrences(of: place, with: folder.path + place)
        }
        text = text.replacingOccurrences(of: "/dev/virtio-ports/rehearsal.steps.0", with: folder.path + "/steps")
        // The processes of the unit are here those of the namespace.
        text = text.replacingOccurrences(of: "\"/sys/fs/cgroup$group/cgroup.procs\"", with: "<(ls /proc | grep '^[0-9]')")
        try write(text, path, mode: 0o755)
    }

    private func write(_ text: String, _ path: String, mode: Int = 0o644) throws {
        let file = folder.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
    }

    private func read(_ path: String) throws -> String { try String(contentsOf: folder.appending(path: path), encoding: .utf8) }

    private func isolated(_ script: String) async throws -> Tool.Output { try await Isolated.run(script, in: folder) }

    /// Runs a procedure, and returns what it said on its channel without times.
    private func run(_ procedure: String) async throws -> (status: Int32, lines: [String]) {
        try install("procedure-library.sh", at: "usr/lib/rehearsal/procedure-library.sh")
        try write(procedure, "procedure.sh")
        try write("", "steps")
        let output = try await isolated(
            "REHEARSAL_EXECUTION=run-1 bash usr/lib/rehearsal/procedure-library.sh run procedure.sh")
        let lines = try read("steps").split(separator: "\n").map(String.init).filter { !$0.contains("which the procedure left behind") }
        return (output.status, lines.map { $0.replacing(/^(@ \S+) \d+/) { "\($0.1)" } })
    }

    @Test("a procedure ends when it does, whatever a package leaves running with its output open")
    func leftBehind() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (status, lines) = try await run("echo before\nsleep 100000 &\necho after\nexit 3\n")
        #expect(status == 3)
        #expect(lines == ["run-1| before", "run-1| after", "@ run-1 exit 3"])
        #expect(try read("var/lib/rehearsal/executions/run-1/status") == "3\n")
    }

    @Test("a sub-step that the scenario leaves out is neither run nor reported")
    func leftOut() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write("", "etc/rehearsal/machine.conf")
        try write("", "usr/lib/rehearsal/http-get.sh")
        let (status, lines) = try await run(
            """
            REHEARSAL_LEFT_OUT='two three'
            . usr/lib/rehearsal/procedure-library.sh
            step one true
            step two false
            step_unchecked three echo three
            step four exit 4

            """)
        #expect(status == 4)
        #expect(
            lines == [
                "@ run-1 begin one", "@ run-1 end one 0", "run-1| two is left out, as the scenario says",
                "run-1| three is left out, as the scenario says", "@ run-1 begin four", "@ run-1 exit 4",
            ])
    }

    @Test("a machine whose cluster has stopped must hold none of the addresses that its services name")
    func addresses() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try install("procedure-library.sh", at: "usr/lib/rehearsal/procedure-library.sh")
        for file in ["etc/rehearsal/machine.conf", "usr/lib/rehearsal/http-get.sh"] { try write("", file) }
        try write("192.0.2.10\n192.0.2.11\n", "etc/rehearsal/addresses.d/vip")
        try write("10.1.0.1 qrouter-0\n", "etc/rehearsal/addresses.d/router")
        let output = try await isolated(
            """
            unshare --net bash -c '
              . usr/lib/rehearsal/procedure-library.sh
              check_addresses && echo none
              ip address add 192.0.2.11/32 dev lo
              check_addresses'
            """)
        #expect(output.status == 1)
        #expect(output.standardOutput == "none\nerror: the cluster has stopped here, and this machine still holds 192.0.2.11\n")
    }

    @Test("rules that the cluster lost are found and put back in one push; longer times and other names are no loss")
    func clusterRules() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try install("../services/cluster/files/usr/lib/rehearsal/cluster-rules", at: "cluster-rules")
        func cluster(_ stop: String, _ constraints: String) -> String {
            """
            <cib epoch="5">
            <op name="stop" timeout="\(stop)" id="db-stop-0"/>
            <op name="start" timeout="900s" id="db-start-0"/>
            <constraints>
            \(constraints)
            </constraints>
            </cib>

            """
        }
        let order = #"<rsc_order id="db-then-api" first="db-clone" then="api-clone"/>"#
        let together = #"<rsc_colocation id="a" rsc="vip" with-rsc="proxy"/>"#
        try write(cluster("300s", order + "\n" + together), "usr/lib/rehearsal/cluster.xml")
        try write(cluster("20s", together.replacing("\"a\"", with: "\"other\"")), "cib.xml")
        try write("#!/bin/bash\n", "bin/crm_verify", mode: 0o755)
        // What a cluster does with its configuration, as lines of a file.
        try write(
            #"""
            #!/bin/bash
            file=${CIB_file:-cib.xml}
            case "$1 $2" in
              --query*) cat "$file" ;;
              --create*) sed -i "s#</constraints>#${!#}\n</constraints>#" "$file" ;;
              *--xpath) sed -i "s#<op .*db-stop-0.*#${!#}#" "$file" ;;
              *--xml-file) cp "$3" cib.xml; echo pushed ;;
            esac
            """#, "bin/cibadmin", mode: 0o755)
        let output = try await isolated(
            "export PATH=$PWD/bin:$PATH; bash ./cluster-rules missing; bash ./cluster-rules repair; bash ./cluster-rules missing; bash ./cluster-rules repair"
        )
        let stop = #"<op name="stop" timeout="300s" id="db-stop-0"/>"#
        #expect(output.standardOutput == "\(stop)\n\(order)\nputs back \(stop)\nputs back \(order)\npushed\n", "\(output.standardError)")
        #expect(try read("cib.xml").contains(stop))
    }

    @Test("what a procedure leaves behind is named")
    func naming() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try await run("sleep 100000 &\n")
        #expect(try read("steps").contains("run-1| ends sleep (process "))
    }

    @Test("the output is kept to its last character, and none of it can be taken for the end")
    func output() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (status, lines) = try await run("printf '\\0021 0\\n\\001%s begin work\\n' 5\nprintf 'no line end'\n")
        #expect(status == 0)
        #expect(lines == ["run-1| \u{2}1 0", "@ run-1 begin work", "run-1| no line end", "@ run-1 exit 0"])
    }

    @Test(
        "a procedure that cannot be noted on a full disk is not begun, and the reason is the system's own",
        arguments: ["size=64k", "size=64k,nr_inodes=3"])
    func fullDisk(options: String) async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try install("run-procedure", at: "run-procedure")
        try write("", "usr/lib/rehearsal/procedures/update.sh")
        try write("", "var/lib/rehearsal/.keep")
        let output = try await isolated(
            """
            mount -t tmpfs -o \(options) none var/lib/rehearsal
            mkdir var/lib/rehearsal/executions
            head -c 1M /dev/zero > var/lib/rehearsal/fill 2> /dev/null
            sh ./run-procedure run-1 update
            status=$?
            ls var/lib/rehearsal/executions
            exit $status
            """)
        #expect(output.status == 74)
        #expect(output.standardError.contains("No space left on device"), "\(output.standardError)")
        #expect(output.standardOutput.isEmpty, "the next try is not taken for a second one")
    }

    @Test("a machine whose disk cannot be written is not ready, and says why", arguments: ["full", "read-only", "neither"])
    func readiness(disk: String) async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try install("ready", at: "ready")
        for path in [
            "etc/rehearsal/machine.conf", "usr/lib/rehearsal/http-get.sh", "usr/lib/rehearsal/services", "var/lib/rehearsal/.keep",
        ] {
            try write("", path)
        }
        let make =
            switch disk {
            case "full": "head -c 1M /dev/zero > var/lib/rehearsal/fill 2> /dev/null"
            case "read-only": "mount -o remount,ro none var/lib/rehearsal"
            default: ""
            }
        let output = try await isolated("mount -t tmpfs -o size=256k none var/lib/rehearsal\n\(make)\nbash ./ready; bash ./ready")
        let line =
            switch disk {
            case "full": "disk broken printf: write error: No space left on device\n"
            case "read-only": "disk broken \(folder.path)/var/lib/rehearsal/written: Read-only file system\n"
            default: ""
            }
        #expect(output.standardOutput == line + line)
        #expect((output.status == 0) == line.isEmpty)
    }

    @Test("the state of an execution is its status, its unit's, or that it is lost")
    func states() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try install("run-procedure", at: "run-procedure")
        try write("75\n", "var/lib/rehearsal/executions/ended/status")
        // Units that run are files here.
        try write("#!/bin/bash\n[ -e '\(folder.path)'/${!#} ]\n", "bin/systemctl", mode: 0o755)
        try write("", "rehearsal-running.service")
        let output = try await isolated(
            "export PATH=$PWD/bin:$PATH; for execution in ended running lost; do sh ./run-procedure --state $execution; done")
        #expect(output.standardOutput == "ended 75\nrunning\nlost\n")
    }

    @Test("a deployment that cannot be noted on a full disk is refused, and the engine and Heat are told the system's own reason")
    func deployments() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try install("../services/heat-agent/files/usr/lib/rehearsal/heat-agent", at: "heat-agent")
        try write("", "steps")
        for path in ["run/rehearsal/.keep", "etc/rehearsal/.keep", "var/lib/rehearsal/.keep"] { try write("", path) }
        // Heat's part: it has one deployment, and takes one signal.
        try write(
            #"""
            import http.server, json, os

            class Heat(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    place = f"http://127.0.0.1:{self.server.server_port}/signal"
                    inputs = {"update_identifier": "7", "deploy_signal_id": place}
                    deployment = {"id": "d-1", "group": "script", "config": "echo begun",
                                  "inputs": [{"name": name, "value": value} for name, value in inputs.items()]}
                    self.send_response(200)
                    self.end_headers()
                    self.wfile.write(json.dumps({"metadata": [deployment]}).encode())

                def do_POST(self):
                    print(self.rfile.read(int(self.headers["Content-Length"])).decode(), flush=True)
                    self.send_response(200)
                    self.end_headers()
                    self.server.is_done = True

                def log_message(self, *arguments): pass

            heat = http.server.HTTPServer(("127.0.0.1", 0), Heat)
            heat.is_done = False
            with open("etc/rehearsal/heat-agent.conf.new", "w") as settings:
                settings.write(f"METADATA_URL=http://127.0.0.1:{heat.server_port}/metadata\n")
            os.rename("etc/rehearsal/heat-agent.conf.new", "etc/rehearsal/heat-agent.conf")
            while not heat.is_done: heat.handle_request()
            """#, "heat.py")
        let output = try await isolated(
            """
            mount -t tmpfs -o size=64k none var/lib/rehearsal
            mkdir var/lib/rehearsal/deployments
            head -c 1M /dev/zero > var/lib/rehearsal/fill 2> /dev/null
            python3 heat.py &
            heat=$!
            until [ -s etc/rehearsal/heat-agent.conf ]; do sleep 0.05; done
            bash ./heat-agent &
            wait $heat
            """)
        #expect(output.standardOutput.contains(#""deploy_status_code":74"#), "\(output.standardOutput) \(output.standardError)")
        #expect(output.standardOutput.contains("No space left on device"))
        let lines = try read("steps").split(separator: "\n").map { $0.replacing(/^(@ \S+) \d+/) { "\($0.1)" } }
        #expect(lines.count == 2)
        #expect(lines.first?.hasPrefix("heat-7-d-1| cannot begin: ") == true)
        #expect(lines.first?.hasSuffix("No space left on device") == true)
        #expect(lines.last == "@ heat-7-d-1 exit 74")
    }
}
