# Sourced by ready. The workload is ready when it listens inside its namespace.
. /etc/rehearsal/workload.conf
[ -e /run/netns/tenant-0 ] || { echo "no namespace yet"; exit 1; }
listening=$(ip netns exec tenant-0 cat /proc/net/tcp)
case $listening in *:0050\ *) ;; *) echo "no HTTP yet"; exit 1 ;; esac
case $listening in *:0007\ *) ;; *) echo "no echo yet"; exit 1 ;; esac
echo "HTTP and echo listen on $ADDRESS"
