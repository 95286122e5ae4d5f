#!/bin/bash
# The service's stop waits for what the service needs, as that of services did which said good-bye to their database or their broker. What
# is stopped before it makes it wait until systemd gives up.
#: fault — the stop of a service waits for a unit that the service needs
#: argument service — whose stop it is
#: argument needed=haproxy.service — what it needs
#: latent
inject() {
  local unit folder
  units > "$FAULT_NOTES"
  [ -s "$FAULT_NOTES" ] || { echo "no unit of $FAULT_SERVICE is here" >&2; return 1; }
  while read -r unit; do
    folder=/run/systemd/system/$unit.d
    mkdir -p "$folder" || return
    printf '[Service]\nExecStop=/bin/bash -c "until systemctl --quiet is-active %s; do sleep 1; done"\n' "$FAULT_NEEDED" \
      > "$folder/$FAULT_UNIT.conf"
  done < "$FAULT_NOTES"
  systemctl daemon-reload && echo "the stop of $(xargs < "$FAULT_NOTES") waits for $FAULT_NEEDED"
}
heal() {
  local unit
  for unit in $(remembered); do rm -f "/run/systemd/system/$unit.d/$FAULT_UNIT.conf"; done
  systemctl daemon-reload
}
