#!/bin/sh
# Stands before invoke-rc.d in the PATH while packages are upgraded. An action that policy-rc.d refuses ends well, as with the real one,
# but without its further questions.
service='' action=''
for word in "$@"; do
  case $word in
    --disclose-deny | --query | --force) exec /usr/sbin/invoke-rc.d "$@" ;;
    --*) ;;
    *) if [ -z "$service" ]; then service=$word; elif [ -z "$action" ]; then action=$word; fi ;;
  esac
done
if [ "$action" ]; then
  /usr/sbin/policy-rc.d "$service" "$action"
  if [ $? -eq 101 ]; then exit 0; fi
fi
exec /usr/sbin/invoke-rc.d "$@"
