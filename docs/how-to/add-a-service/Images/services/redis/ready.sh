# Sourced by the machine's readiness check. Redis answers PING.
{ exec 9<> "/dev/tcp/$CTLPLANE/6379"; } 2> /dev/null || { echo "not listening"; exit 1; }
printf 'PING\r\n' >&9
answer=
IFS= read -r -t 15 answer <&9
exec 9>&-
[ "${answer%$'\r'}" = +PONG ] || { echo "PING: ${answer:-no answer}"; exit 1; }
echo "PING: PONG"
