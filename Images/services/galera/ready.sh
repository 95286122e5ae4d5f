# Sourced by ready. Galera is ready when this machine is synced, and the cluster has every controller.
# shellcheck disable=SC2086 # a list
set -- $CONTROLLERS
answer=$(http_get 127.0.0.1 9200 / 15)
answer=${answer##*$'\n'$'\n'}
answer=${answer%$'\n'}
[ "$answer" = "Synced $#" ] || { echo "${answer:-no answer from clustercheck}, wanted Synced $#"; exit 1; }
echo "$answer"
