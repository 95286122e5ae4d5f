#!/bin/bash
# A crash. What happens next is up to whoever watches the service: systemd, Pacemaker, or nobody.
#: fault — all processes of a service are killed
#: argument service — whose processes they are
inject() { remember_running_units && remembered | xargs -r systemctl kill --signal=KILL && echo "killed: $(remembered | xargs)"; }
heal() { start_remembered; }
