# Sourced by ready. keepalived runs in the router's namespace; says whether it is master.
[ -s /run/rehearsal/keepalived.pid ] && read -r pid < /run/rehearsal/keepalived.pid && [ -e "/proc/$pid/status" ] || { echo "keepalived is not running"; exit 1; }
[ "/proc/$pid/ns/net" -ef /run/netns/qrouter-0 ] || { echo "keepalived is not in the namespace qrouter-0"; exit 1; }
case $(ip -n qrouter-0 -o address show dev ha) in *169.254.0.1/*) echo master ;; *) echo backup ;; esac
