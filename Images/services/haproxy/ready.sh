# Sourced by ready. It answers; whether the servers behind it are up is part of each service's own readiness.
[ -n "$(echo 'show info' | socat -t 15 - UNIX-CONNECT:/run/haproxy/admin.sock 2> /dev/null)" ] || { echo "no answer from the admin socket"; exit 1; }
echo answers
