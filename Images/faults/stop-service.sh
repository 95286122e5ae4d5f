#!/bin/bash
# As an operator who does not ask the cluster.
#: fault — a service is stopped behind the cluster's back
#: argument service — which one
inject() { remember_running_units && remembered | xargs -r systemctl stop && echo "stopped: $(remembered | xargs)"; }
heal() { start_remembered; }
