"""Used by the scripts beside it: where Rehearsal's program and its state are, and how to ask a run's history and a testbed's Heat."""
import calendar, datetime, json, os, pathlib, re, signal, sqlite3, subprocess, tempfile, time

root = pathlib.Path(__file__).resolve().parent.parent
rehearse = str(root / ".build/release/rehearse")
state = pathlib.Path(os.environ.get("XDG_STATE_HOME") or pathlib.Path.home() / ".local/state") / "rehearsal"


def newest_run(since=0):
    """The name of the run that was begun last, if that was not before a time; None also before a machine's first run has begun."""
    begun = lambda name: calendar.timegm(time.strptime(name[:15], "%Y%m%d-%H%M%S"))
    return max((path.name for path in (state / "runs").glob("*") if begun(path.name) >= int(since)), default=None)


def processes(word):
    """Numbers of this host's processes whose command line holds a word, but not this script's."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if word in line:
                found.append((int(entry.name), line))
    return found


def victims_of(testbed, victim):
    """Numbers of the processes that are a testbed's keeper, or its recorder."""
    if victim == "keeper":
        return [p for p, line in processes(" keeper --specification ")
                if f"testbeds/{testbed}/" in line and "unshare" not in line and "tini" not in line]
    return [p for p, line in processes(" recorder ") if f"testbeds/{testbed}/recorder.json" in line]


def ask(run, sql, *arguments):
    """Rows of a run's history; none while it is being made."""
    try:
        with sqlite3.connect(f"file:{state / 'runs' / run / 'run.sqlite'}?mode=ro", uri=True) as history:
            return history.execute(sql, arguments).fetchall()
    except sqlite3.Error:
        return []


def heat_order(run):
    """The events of the last update in Heat's own record, as (time, machine, what), oldest first; the testbed must be up.

    The events are that a machine's breakpoint is cleared, and every end of the machine's update after that.
    """
    script = r"""
request() { /usr/lib/rehearsal/heat-request GET "$1" < /dev/null | tr -d '\r'; }
stack=$(request /stacks/overcloud | sed -n 's|^[Ll]ocation: .*/v1/admin||p')
request "$stack/events?nested_depth=5&resource_name=UpdateDeployment&sort_keys=event_time&sort_dir=asc&limit=1000" | sed '1,/^$/d'
"""
    answer = subprocess.run([rehearse, "shell", "undercloud", "--testbed", run, "--timeout", "120", "--", "bash", "-c", script],
                            cwd=root, capture_output=True, text=True, check=True).stdout
    order, cleared = [], set()
    for event in json.loads(answer)["events"]:
        stack = next(link["href"] for link in event["links"] if link["rel"] == "stack")
        role, index = re.search(r"/overcloud-(.+)-[a-z0-9]{12}-(\d+)-[a-z0-9]{12}/", stack).groups()
        machine, status = f"{role.lower()}-{index}", event["resource_status"]
        reason = event["resource_status_reason"]
        if "paused until" in reason:
            continue
        if "is cleared" in reason:
            cleared.add(machine)
            order.append((event["event_time"], machine, "breakpoint cleared"))
        elif machine in cleared and status.endswith(("_COMPLETE", "_FAILED")) and not status.startswith("SIGNAL"):
            order.append((event["event_time"], machine, status))
    return order


def nanoseconds(iso):
    """A time of a report, in nanoseconds since 1970."""
    return int(datetime.datetime.fromisoformat(iso.replace("Z", "+00:00")).timestamp() * 1e9)


def failed_outages(run):
    """What a run's users felt, as its report has it: the failed outages at the headline's patience, in order of time."""
    answer = subprocess.run([rehearse, "outages", run, "--format", "json"], cwd=root, capture_output=True, text=True, check=True)
    return sorted((outage for outage in json.loads(answer.stdout) if outage["class"] == "failed"), key=lambda outage: outage["start"])


class QuietRun:
    """A run of the strategy `none`, in whose two quiet times things can be broken; its engine is ours.

    topology: which; seconds: how long both quiet times last together; testbed: one that is up, to use and to leave up.
    """
    calm_seconds = 8

    def __init__(self, topology, seconds, testbed=None):
        self.topology, self.seconds, self.testbed = topology, seconds, testbed

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="rehearsal-quiet-")
        scenario = pathlib.Path(self.folder.name) / "quiet.yaml"
        scenario.write_text(f"scenario: quiet\ntopology: {self.topology}\nstrategy: none\nbaseline_s: {self.seconds // 2}\nexpectations: []\n")
        begun = time.time()
        self.log = pathlib.Path(self.folder.name) / "log"
        with open(self.log, "wb") as log:
            where = ["--on", self.testbed] if self.testbed else []
            self.engine = subprocess.Popen([rehearse, "run", str(scenario), "--checkpoint", "none", *where], cwd=root,
                                           stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        self.wait_for(lambda: newest_run(begun), 3600)
        self.name = newest_run(begun)
        self.testbed = self.testbed or self.name
        return self

    def __exit__(self, *_):
        if self.engine.poll() is None:
            self.engine.send_signal(signal.SIGINT)
        self.engine.wait()
        self.folder.cleanup()

    def wait_for(self, condition, seconds):
        """Whether a condition came to hold within a time, while the engine lives."""
        end = time.time() + seconds
        while time.time() < end and self.engine.poll() is None:
            if condition():
                return True
            time.sleep(1)
        return False

    def is_quiet_time(self):
        """Whether a quiet time goes on, which is all that such a run consists of."""
        return ask(self.name, "SELECT kind FROM events WHERE step IN (SELECT id FROM steps WHERE kind = 'baseline') "
                   "ORDER BY sequence DESC LIMIT 1") == [("stepStarted",)]

    def is_calm(self):
        """Whether every probe was answered within the last seconds, and none failed."""
        since = time.time_ns() - self.calm_seconds * 10**9
        silent = ask(self.name, "SELECT COUNT(*) FROM probes WHERE NOT EXISTS (SELECT 1 FROM samples WHERE probe = probes.id "
                     "AND outcome = 'ok' AND start > ? - 2000000 * period_ms)", since)
        return bool(silent) and silent[0][0] == 0 and self.failures(since) == 0

    def failures(self, since):
        """How many attempts have failed since a time."""
        rows = ask(self.name, "SELECT COUNT(*) FROM samples WHERE start > ? AND outcome NOT IN ('ok', 'late', 'held')", since)
        return rows[0][0] if rows else 0

    def answered_by(self, probe):
        """The machine that the newest right answer of a probe came from."""
        rows = ask(self.name, "SELECT detail FROM samples WHERE probe = (SELECT id FROM probes WHERE name = ?) AND outcome = 'ok' "
                   "ORDER BY start DESC LIMIT 1", probe)
        return rows[0][0].split()[-1] if rows else None

    def do(self, *words):
        """Runs a command of ours on the testbed: whether it succeeded, and the last line of what it said."""
        answer = subprocess.run([rehearse, *words, "--testbed", self.testbed], cwd=root, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return answer.returncode == 0, answer.stdout.strip().splitlines()
