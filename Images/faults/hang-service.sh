#!/bin/bash
# Its sockets still take connections, and nobody answers.
#: fault — all processes of a service are frozen
#: argument service — whose processes they are
inject() { remember_running_units && remembered | xargs -r systemctl kill --signal=STOP && echo "frozen: $(remembered | xargs)"; }
heal() { remembered | xargs -r systemctl kill --signal=CONT; start_remembered; }
