# Sourced by ready. RabbitMQ is ready when every controller is a running member, in this machine's own view.
. /etc/rehearsal/secrets.conf
# shellcheck disable=SC2086 # a list
set -- $CONTROLLERS
running=$(timeout 20 erl_call -sname "rabbit@$MACHINE" -c "$ERLANG_COOKIE" -a 'rabbit_nodes all_running []' 2> /dev/null)
[ -n "$running" ] || { echo "no answer from the broker"; exit 1; }
for controller in "$@"; do
  case $running in *"rabbit@$controller"[\',\ \]]*) ;; *) echo "$controller is not a running member: $running"; exit 1 ;; esac
done
echo "$# running members"
