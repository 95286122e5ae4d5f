#!/bin/sh
. /etc/rehearsal/machine.conf
systemctl --quiet is-active rehearsal-repository.service || { echo "not running"; exit 1; }
curl --silent --head --fail --max-time 15 --output /dev/null "http://$CTLPLANE:8787/" || { echo "no answer"; exit 1; }
echo "serving $(find /srv/candidate -name '*.deb' 2> /dev/null | wc -l) packages"
