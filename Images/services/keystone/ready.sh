#!/bin/sh
# This machine's own API answers.
. /etc/rehearsal/machine.conf
status=$(curl --silent --output /dev/null --max-time 30 --write-out '%{http_code}' "http://$CTLPLANE:5000/v3")
[ "$status" = 200 ] || { echo "GET /v3: $status"; exit 1; }
echo "GET /v3: $status"
