#!/bin/bash
# What a disk that fails comes to: the kernel lets nobody write any more.
#: fault — the root file system becomes read-only
inject() { echo u > /proc/sysrq-trigger; sleep 1; ! touch /var/tmp/rehearsal-writable 2> /dev/null; }
heal() { mount -o remount,rw /; }
