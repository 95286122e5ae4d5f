#!/bin/sh
# The workload answers inside its namespace.
. /etc/rehearsal/workload.conf
systemctl --quiet is-active rehearsal-workload.service || { echo "no namespace yet"; exit 1; }
status=$(ip netns exec tenant-0 curl --silent --output /dev/null --max-time 15 --write-out '%{http_code}' "http://$ADDRESS/")
[ "$status" = 200 ] || { echo "HTTP of the workload: $status"; exit 1; }
systemctl --quiet is-active rehearsal-workload-echo.service || { echo "no echo yet"; exit 1; }
echo "HTTP $status"
