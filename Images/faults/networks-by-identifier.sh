#!/bin/bash
# The stack calls a network by its identifier, as stacks that were made before a certain release did; the update calls it by its name.
# Whether Heat takes the two for the same network is a setting of its plugin (docs/bugs/1-tooling.md).
#: fault — the overcloud's stack calls a network by its identifier, and the update by its name
#: argument network=ctlplane — the network
#: argument compare=strings — strings: a name and an identifier are two networks; resolved: both are looked up
#: latent
. /etc/rehearsal/heat.conf 2> /dev/null
setting=/etc/heat/port-networks
export HEAT_ADDRESS HEAT_PORT
ask() { /usr/lib/rehearsal/heat-request "$@"; }
# Prints the text of a key in a JSON answer. Argument: the key.
text() { grep -o "\"$1\": *\"[^\"]*\"" | head -n 1 | sed 's/.*: *"//; s/"$//'; }

# Gives the stack another word for the network, and waits until it has it everywhere. Argument: the word.
call_it() {
  local status
  if ! ask PATCH "$stack" <<< "{\"parameters\": {\"${resource}Network\": \"$1\"}}" | grep -q '^HTTP/1.[01] 202'; then
    echo "Heat refuses the change" >&2
    return 1
  fi
  while :; do
    status=$(ask GET "$stack" < /dev/null | text stack_status)
    case $status in
      UPDATE_COMPLETE) return 0 ;;
      *FAILED) echo "the stack is $status" >&2; return 1 ;;
    esac
    sleep 5
  done
}

# Heat says where the stack of a name is.
stack=$(ask GET /stacks/overcloud < /dev/null | grep -o '/stacks/overcloud/[0-9a-f-]*' | head -n 1)
resource=$(sed -E 's/(^|[-_])([a-z])/\U\2/g' <<< "${FAULT_NETWORK:?}")
inject() {
  local id
  case $FAULT_COMPARE in strings | resolved) ;; *) echo "compare is strings or resolved" >&2; return 1 ;; esac
  id=$(ask GET "$stack/resources/$resource" < /dev/null | text physical_resource_id)
  [ -n "$id" ] || { echo "the stack has no network $FAULT_NETWORK" >&2; return 1; }
  rm -f "$setting"
  call_it "$id" && echo "$FAULT_COMPARE" > "$setting" && echo "$FAULT_NETWORK is called $id; Heat compares $FAULT_COMPARE"
}
# An update has called the network by its name again; without one this does.
heal() {
  rm -f "$setting"
  call_it "$FAULT_NETWORK"
}
