#!/bin/sh
systemctl --quiet is-active memcached.service || { echo "not running"; exit 1; }
echo running
