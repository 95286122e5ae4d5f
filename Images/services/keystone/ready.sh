# Sourced by ready. Keystone is ready when this machine's own API answers, and its process has given a token once (keystone-token).
answer=$(http_get "$CTLPLANE" 5000 /v3 30) || { echo "not listening"; exit 1; }
answer=${answer%%$'\n'*}
case $answer in *" 200 "*) ;; *) echo "GET /v3: ${answer:-no answer}"; exit 1 ;; esac
read -r keystone_process < /sys/fs/cgroup/system.slice/keystone.service/cgroup.procs
mark=/run/rehearsal/keystone-token.$keystone_process
[ -e "$mark" ] || {
  # It outlives this check, and only one asks at a time.
  setsid -f flock -n "$mark.asking" /usr/lib/rehearsal/keystone-token "$mark" < /dev/null > /dev/null 2>&1
  echo "GET /v3: 200, no token yet"
  exit 1
}
echo "GET /v3: 200, gives tokens"
