#!/bin/bash
# Has Pacemaker leave the cluster alone while Puppet changes it.
#: step maintenance-on — maintenance-mode=true
. /usr/lib/rehearsal/procedure-library.sh
step maintenance-on crm_attribute --type crm_config --name maintenance-mode --update true
