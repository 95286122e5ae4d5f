# Sourced by check_configuration: whether a new HAProxy accepts the files that its unit names.
new_files haproxy || return 0
. /etc/default/haproxy
# shellcheck disable=SC2086 # options
"$new/usr/sbin/haproxy" -c -q -f "${CONFIG:-/etc/haproxy/haproxy.cfg}" ${EXTRAOPTS:-}
