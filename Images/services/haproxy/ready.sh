# Sourced by ready. HAProxy is ready when it answers; whether the servers behind it are up is part of each service's own readiness.
answer=$(echo 'show info' | socat -t 15 - UNIX-CONNECT:/run/haproxy/admin.sock 2> /dev/null)
[ -n "$answer" ] || { echo "no answer from the admin socket"; exit 1; }
echo answers
