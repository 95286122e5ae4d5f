"""Other recorders, in the client's namespace and in the same minutes: fping, Prometheus with its blackbox exporter, curl in a loop, and
the rule of a sampler of one second. Each is read by its own rule for the length of an outage."""
import dataclasses, json, pathlib, subprocess, sys, time

from .network import MOVED, SERVERS

here = pathlib.Path(__file__).resolve().parent

# The cells that can be asked over HTTP: name, address, port.
WEB = [("refused", SERVERS["a"], 8081), ("link down", SERVERS["c"], 8085), ("dropped", SERVERS["d"], 8086), ("hung", SERVERS["a"], 8083),
       ("slow", SERVERS["a"], 8084), ("moved", MOVED, 8080)]
PINGS = [("link down", SERVERS["c"]), ("dropped", SERVERS["d"]), ("moved", MOVED)]
# Prometheus at its fastest: below this its own scrapes begin to miss their turn on two cores.
SCRAPE_MS = 250

CURL = """
while :; do
  start=$(cut -d' ' -f1 /proc/uptime)
  if curl -sfm 5 -o /dev/null "$2"; then echo "$1 $start 1"; else echo "$1 $start 0"; fi
  sleep 1
done
"""


@dataclasses.dataclass
class Peer:
    name: str
    processes: list
    outages: dict = dataclasses.field(default_factory=dict)  # cell -> [(begin, end, length)]
    samples: int = 0
    seconds: float = 0  # processor time


class Peers:
    def __init__(self, network, folder):
        self.network, self.folder, self.all = network, folder, []
        for period in (10, 1000):
            for cell, address in PINGS:
                self.start(f"fping, {period} ms", f"fping-{period}-{cell}",
                           ["fping", "-D", "-l", "-p", str(period), "-t", str(max(100, period)), address])
        for cell, address, port in WEB:
            self.start("curl -m 5, 1 s", f"curl-{cell}", ["bash", "-c", CURL, "curl", cell.replace(" ", "_"), f"http://{address}:{port}/"])
        targets = [f"{cell.replace(' ', '_')},{address},{port}" for cell, address, port in WEB]
        self.start("1 s sampler, 10 s / 5 s", "sampler", [sys.executable, str(here / "sampler.py"), *targets])
        self.prometheus()

    def start(self, name, log, arguments):
        with open(self.folder / log, "w") as output:
            process = self.network.start("client", arguments, stdout=output)
        peer = next((p for p in self.all if p.name == name), None)
        if peer is None:
            self.all.append(peer := Peer(name, []))
        peer.processes.append(process)

    def prometheus(self):
        (self.folder / "blackbox.yml").write_text(
            "modules:\n  http: {prober: http, http: {preferred_ip_protocol: ip4}}\n")
        targets = ", ".join(f"'http://{address}:{port}/'" for _, address, port in WEB)
        (self.folder / "prometheus.yml").write_text(f"""
global: {{scrape_interval: {SCRAPE_MS}ms, scrape_timeout: {SCRAPE_MS}ms}}
scrape_configs:
  - job_name: blackbox
    metrics_path: /probe
    params: {{module: [http]}}
    static_configs: [{{targets: [{targets}]}}]
    relabel_configs:
      - {{source_labels: [__address__], target_label: __param_target}}
      - {{source_labels: [__param_target], target_label: instance}}
      - {{target_label: __address__, replacement: '127.0.0.1:9115'}}
""")
        self.start("prometheus + blackbox", "blackbox.log", [
            "prometheus-blackbox-exporter", f"--config.file={self.folder}/blackbox.yml", "--web.listen-address=127.0.0.1:9115",
            "--timeout-offset=0.01"])
        self.start("prometheus + blackbox", "prometheus.log", [
            "prometheus", f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/tsdb",
            "--web.listen-address=127.0.0.1:9090"])

    def collect(self, wall_offset):
        """Ends all and reads what each saw; `wall_offset` is UTC minus the monotonic clock."""
        prometheus = next(p for p in self.all if p.name.startswith("prometheus"))
        answer = self.network.run(
            "client", "curl", "-sg", "http://127.0.0.1:9090/api/v1/query?query=probe_success[3h]")
        for peer in self.all:
            peer.seconds = sum(processor_seconds(process.pid) for process in peer.processes)
            for process in peer.processes:
                process.terminate()
                process.wait()
        for series in json.loads(answer)["data"]["result"]:
            cell = next(cell for cell, address, port in WEB if series["metric"]["instance"] == f"http://{address}:{port}/")
            rows = [(float(instant) - wall_offset, float(value) > 0) for instant, value in series["values"]]
            prometheus.samples += len(rows)
            prometheus.outages[cell] = folded(rows)
        for peer in self.all:
            for file in self.folder.iterdir():
                words = file.name.split("-", 2)
                if peer.name == f"fping, {words[-2]} ms" if words[0] == "fping" else False:
                    self.read_pings(peer, words[2], int(words[1]) / 1000, file, wall_offset)
                elif peer.name.startswith("curl") and words[0] == "curl":
                    # The loop's clock counts hundredths of seconds since the start of the host, as the monotonic one does.
                    self.read_rows(peer, file)
                elif peer.name.startswith("1 s sampler") and file.name == "sampler":
                    self.read_rows(peer, file)

    def read_pings(self, peer, cell, period, file, wall_offset):
        """A gap between two replies is an outage if a reply is missing in it."""
        replies = []
        for line in file.read_text().splitlines():
            if " bytes, " in line:
                replies.append(float(line[1:line.index("]")]) - wall_offset)
        peer.samples += len(replies)
        peer.outages[cell] = [(a, b, b - a - period) for a, b in zip(replies, replies[1:]) if b - a > 1.8 * period]

    def read_rows(self, peer, file):
        rows = {}
        for line in file.read_text().splitlines():
            words = line.split()
            if len(words) == 3:
                rows.setdefault(words[0].replace("_", " "), []).append((float(words[1]), words[2] == "1"))
        for cell, samples in rows.items():
            peer.samples += len(samples)
            peer.outages[cell] = folded(sorted(samples))


def folded(rows):
    """Outages of samples that are good or not: from the first bad one to the next good one, as these recorders count."""
    outages, begin = [], None
    for instant, good in rows:
        if not good and begin is None:
            begin = instant
        elif good and begin is not None:
            outages.append((begin, instant, instant - begin))
            begin = None
    return outages


def processor_seconds(number):
    """Processor time of a process and of the children that it waited for."""
    try:
        fields = pathlib.Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0
    return sum(int(field) for field in fields[11:15]) / 100
