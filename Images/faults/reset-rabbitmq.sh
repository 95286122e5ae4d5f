#!/bin/bash
# The member leaves the cluster with all that it held, and is alone until it is healed.
#: fault — a member of RabbitMQ's cluster is reset
control() { timeout "$((60 * ${REHEARSAL_SCALE:-1}))" rabbitmqctl --quiet "$@"; }
inject() { control stop_app && control force_reset && control start_app && echo "reset"; }
heal() {
  local other
  # shellcheck disable=SC1091 # the machine's own
  . /etc/rehearsal/machine.conf
  # shellcheck disable=SC1091
  . /etc/rehearsal/secrets.conf
  for other in ${CONTROLLERS:-}; do
    [ "$other" != "$FAULT_MACHINE" ] || continue
    control -n "rabbit@$other" forget_cluster_node "rabbit@$FAULT_MACHINE"
    control stop_app && control join_cluster "rabbit@$other" && control start_app && echo "member of $other again" && return
  done
  [ "$(echo "${CONTROLLERS:-}" | wc -w)" -le 1 ]
}
