# The failed outages of one probe, the longest first, with the step that was changing something when each began; without one, with what a
# machine noted.
# Use: jq -r --arg probe galera-sql --argjson patience 1 -f longest.jq report.json
[.outages[] | select(.probe == $probe and .patience_s == $patience and .class != "slow")] | sort_by(-.lo_s, -.hi_s)[]
| "[\(.lo_s), \(.hi_s)] s  \(.first_outcome)  from \(.start)  "
  + (if .cause then "\(.steps[0]) \(.cause)" + (if .machine then " on \(.machine)" else "" end) elif .loss then "\(.loss.subject) \(.loss.text) on \(.loss.machine)" else "nothing was being changed" end)
