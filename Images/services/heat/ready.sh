# Sourced by ready. Heat is ready when API and engine answer and the overcloud's stack was made. An update of the stack may be in
# progress, or have been stopped.
. /etc/rehearsal/heat.conf
answer=$(http_get "$HEAT_ADDRESS" "$HEAT_PORT" /v1/admin/stacks 60) || { echo "not listening"; exit 1; }
case ${answer%%$'\n'*} in *" 200"*) ;; *) echo "answers ${answer%%$'\n'*}"; exit 1 ;; esac
case $answer in
  *'"stack_status": "'*) answer=${answer#*\"stack_status\": \"}; answer=${answer%%\"*} ;;
  *) echo "no stack"; exit 1 ;;
esac
case $answer in CREATE_COMPLETE | UPDATE_*) echo "stack $answer" ;; *) echo "stack $answer"; exit 1 ;; esac
