"""What the scripts beside it know of Rehearsal: where its program and its state are, and how to ask a run's history."""
import os, pathlib, sqlite3

root = pathlib.Path(__file__).resolve().parent.parent
rehearse = str(root / ".build/release/rehearse")
state = pathlib.Path(os.environ.get("XDG_STATE_HOME") or pathlib.Path.home() / ".local/state") / "rehearsal"


def newest_run(since=0):
    """The name of the run that was begun last, if that was after a time."""
    runs = [(path.stat().st_ctime, path.name) for path in (state / "runs").iterdir()]
    return max((run for run in runs if run[0] > since), default=(0, None))[1]


def ask(run, sql, *arguments):
    """Rows of a run's history; none while it is being made."""
    try:
        with sqlite3.connect(f"file:{state / 'runs' / run / 'run.sqlite'}?mode=ro", uri=True) as history:
            return history.execute(sql, arguments).fetchall()
    except sqlite3.Error:
        return []
