# Prints every probe whose longest outage is certainly longer than before, and by how much; prints nothing if there is none.
# Use: jq -rn --slurpfile before OLD/report.json --slurpfile now NEW/report.json --argjson slack 5 -f regression.jq
#
# "Certainly" compares this run's lower bound with the upper bound before, so that two readings of one truth are no regression;
# `slack` is in seconds, and is what two nights may differ by. Outages of a client with 1 s patience are compared.
def longest(report): reduce report.probes[] as $probe ({};
  .[$probe.name] = ($probe.clients[] | select(.patience_s == 1) | {lo: .longest_lo_s, hi: .longest_hi_s}));
longest($before[0]) as $old
| longest($now[0]) | to_entries[]
| select($old[.key] != null and .value.lo > $old[.key].hi + $slack)
| "\(.key): [\(.value.lo), \(.value.hi)] s, before [\($old[.key].lo), \($old[.key].hi)] s"
