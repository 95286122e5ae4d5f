#!/bin/bash
# What procedures are written with. Also their runner: "procedure-library.sh run FILE ARGUMENTS" reports the beginning and
# end of each step and the status of the whole, and keeps all output.
#
# Lines on the port of the steps: "@ <execution> <unix time in ns> begin <step>", "... end <step> <status>", "... exit <status>";
# anything else is text, "<execution>| <text>".

steps_port=/dev/virtio-ports/rehearsal.steps.0

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  [ "${1:-}" = run ] || exit 64
  shift
  execution=${REHEARSAL_EXECUTION:?}
  folder=/var/lib/rehearsal/executions/$execution
  log=/var/log/rehearsal/$execution.log
  mkdir -p "$folder" /var/log/rehearsal
  [ -e "$steps_port" ] || steps_port=/dev/null
  exec 3>> "$log" 4> "$steps_port"
  status=$folder/status.partial
  rm -f "$status"
  {
    bash "$@" 2>&1
    echo $? > "$status"
  } < /dev/null | while IFS= read -r line; do
    case $line in
      $'\001'*) line="@ $execution ${line#?}" ;;
      *) line="$execution| $line" ;;
    esac
    printf '%s\n' "$line" >&3
    printf '%s\n' "$line" >&4
  done
  result=$(cat "$status" 2> /dev/null || echo 70)
  line="@ $execution $(date +%s%N) exit $result"
  sync
  mv "$status" "$folder/status" 2> /dev/null || echo "$result" > "$folder/status"
  printf '%s\n' "$line" >&3
  printf '%s\n' "$line" >&4
  exit "$result"
fi

set -u
. /etc/rehearsal/machine.conf
export PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
REHEARSAL_SCALE=${REHEARSAL_SCALE:-1}

# Runs a command as a named step; a step that fails ends the procedure with its status.
# Arguments: the name, the command.
step() {
  local name=$1 result
  shift
  printf '\001%s begin %s\n' "$(date +%s%N)" "$name"
  "$@"
  result=$?
  printf '\001%s end %s %s\n' "$(date +%s%N)" "$name" "$result"
  [ "$result" -eq 0 ] || exit "$result"
}

# The same, but the procedure goes on whatever the command's status.
step_unchecked() {
  local name=$1 result
  shift
  printf '\001%s begin %s\n' "$(date +%s%N)" "$name"
  "$@"
  result=$?
  printf '\001%s end %s %s\n' "$(date +%s%N)" "$name" "$result"
  return 0
}

# Seconds, as many times longer as this machine is slower than a usual one.
scaled() { awk -v seconds="$1" -v scale="$REHEARSAL_SCALE" 'BEGIN { printf "%d", seconds * (scale < 1 ? 1 : scale) }'; }

# Waits until a command succeeds. Arguments: seconds before scaling, pause between tries, what is waited for, the command.
wait_for() {
  local limit pause=$2 what=$3 start=$SECONDS
  limit=$(scaled "$1")
  shift 3
  until "$@" > /dev/null 2>&1; do
    if [ $((SECONDS - start)) -ge "$limit" ]; then
      echo "error: waited $limit s for $what: not reached"
      "$@" 2>&1 | tail -n 5
      return 75
    fi
    sleep "$pause"
  done
  echo "$what: after $((SECONDS - start)) s"
}

has_service() { grep -qx "$1" /usr/lib/rehearsal/services; }
service_ready() { [ ! -x "/usr/lib/rehearsal/ready.d/$1" ] || timeout 60 "/usr/lib/rehearsal/ready.d/$1"; }
