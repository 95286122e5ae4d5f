#!/bin/bash
#: step nothing — does nothing
. /usr/lib/rehearsal/procedure-library.sh
step nothing true
