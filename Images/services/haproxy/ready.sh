# Sourced by ready. Every server of every backend is UP.
statistics=$(echo 'show stat' | socat -t 15 - UNIX-CONNECT:/run/haproxy/admin.sock 2> /dev/null)
[ -n "$statistics" ] || { echo "no answer from the admin socket"; exit 1; }
total=0 bad=
while IFS=, read -r -a field; do
  [ "${#field[@]}" -gt 17 ] || continue
  case ${field[0]},${field[1]} in '#'* | *,FRONTEND | *,BACKEND) continue ;; esac
  total=$((total + 1))
  case ${field[17]} in UP*) ;; *) bad="$bad ${field[0]}/${field[1]}=${field[17]}" ;; esac
done <<< "$statistics"
[ -z "$bad" ] || { echo "servers not up:$bad"; exit 1; }
echo "$total servers up"
