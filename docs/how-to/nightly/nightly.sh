#!/usr/bin/env bash
# One night: rehearses a scenario, fails if a budget is broken, and if an outage is longer than in the last night that passed.
# Start it in a checkout of Rehearsal with `rehearse` on the PATH and jq installed.
#
#   SCENARIO   what is rehearsed                              (default nightly)
#   KEEP       a directory that outlives the job              (default ~/rehearsal-nightly)
#   SLACK      seconds by which two nights may differ         (default 5)
#   CACHE_GIB  how large images and packages may be           (default 20)
#
# Exit status: 0 pass, 1 a budget is broken or there is a regression, 2 unknown, 64 bad input,
# 70 trouble of the harness, 130 ended by a signal before the run had begun.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
scenario=${SCENARIO:-nightly}
keep=${KEEP:-$HOME/rehearsal-nightly}
slack=${SLACK:-5}
runs=${XDG_STATE_HOME:-$HOME/.local/state}/rehearsal/runs
mkdir -p "$keep"

# A job that its scheduler killed leaves its machines up: they would take memory and processor time from this one.
rehearse down --all || true

status=0
rehearse run "$scenario" --cold --checkpoint none || status=$?
case $status in
  0 | 1 | 2) ;;
  *) exit "$status" ;; # There may be no run to look at.
esac

run=$(rehearse runs list --quiet | tail -n 1)
# Of the runs themselves the last seven are kept, also after a bad night. What cannot be removed is no reason to fail.
rehearse runs list --quiet | head -n -7 | xargs -r rehearse runs rm || true
# Images and packages of nights before: the longest unused go. Tonight's were used last.
rehearse images clean --keep-gib "${CACHE_GIB:-20}" || true
# A run that was left before its end has no reports yet.
[ -e "$runs/$run/report.json" ] || rehearse report "$run" || exit 2
for file in junit.xml report.html report.json; do
  cp "$runs/$run/$file" "$keep/"
done
[ "$status" -eq 0 ] || exit "$status"

if [ -e "$keep/last-good.json" ]; then
  worse=$(jq -rn --slurpfile before "$keep/last-good.json" --slurpfile now "$keep/report.json" --argjson slack "$slack" \
    -f "$here/regression.jq")
  if [ -n "$worse" ]; then
    printf 'longer than in the last good night:\n%s\n' "$worse" >&2
    exit 1
  fi
fi
cp "$keep/report.json" "$keep/last-good.json"
