# Sourced by ready. Keystone is ready when this machine's own API answers.
answer=$(http_get "$CTLPLANE" 5000 /v3 30) || { echo "not listening"; exit 1; }
answer=${answer%%$'\n'*}
case $answer in *" 200 "*) echo "GET /v3: 200" ;; *) echo "GET /v3: ${answer:-no answer}"; exit 1 ;; esac
