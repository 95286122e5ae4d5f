"""Used by the scripts beside it: where Rehearsal's program and its state are, and how to ask a run's history and a testbed's Heat."""
import calendar, json, os, pathlib, re, sqlite3, subprocess, time

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
