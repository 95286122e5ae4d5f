# Sourced by ready. The repository is ready when it answers.
answer=$(http_get "$CTLPLANE" 8787 / 15) || { echo "not listening"; exit 1; }
case ${answer%%$'\n'*} in *" 200 "*) ;; *) echo "answers ${answer%%$'\n'*}"; exit 1 ;; esac
set -- /srv/candidate/pool/*.deb
[ -e "$1" ] || set --
echo "serving $# packages"
