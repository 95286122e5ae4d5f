#!/bin/bash
# Has Pacemaker look after the cluster again.
#: step maintenance-off — maintenance-mode=false
. /usr/lib/rehearsal/procedure-library.sh
step maintenance-off crm_attribute --type crm_config --name maintenance-mode --update false
