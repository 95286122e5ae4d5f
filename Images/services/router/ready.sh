# Sourced by ready. The router is ready when keepalived runs in its namespace; the detail is whether it is master.
pid=
if [ -s /run/rehearsal/keepalived.pid ]; then read -r pid < /run/rehearsal/keepalived.pid || pid=; fi
if [ -z "$pid" ] || [ ! -e "/proc/$pid/status" ]; then
  echo "keepalived is not running"
  exit 1
fi
[ "/proc/$pid/ns/net" -ef /run/netns/qrouter-0 ] || { echo "keepalived is not in the namespace qrouter-0"; exit 1; }
case $(ip -n qrouter-0 -o address show dev ha) in *169.254.0.1/*) echo master ;; *) echo backup ;; esac
