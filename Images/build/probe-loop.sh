#!/bin/busybox sh
# shellcheck shell=dash
# Does a fixed amount of work on one CPU, of the kinds that machines do when they start services (interpreting, hashing,
# moving memory), and prints how many centiseconds it took. The same busybox runs it inside a guest and on the host; the
# quotient of the two is how many times slower the guest is.
busybox=${1:-/bin/busybox}

now() { read -r up _ < /proc/uptime; echo "${up%.*}${up#*.}"; }

work() {
  i=0
  # shellcheck disable=SC2034 # the work is all that counts
  while [ "$i" -lt 40000 ]; do i=$((i + 1)); case $i in *77*) j=$((i * 3 % 7)) ;; esac; done
  "$busybox" head -c 6000000 /dev/zero | "$busybox" md5sum
  "$busybox" head -c 600000 /dev/zero | "$busybox" gzip -9 | "$busybox" gunzip | "$busybox" sha256sum
}

start=$(now)
work > /dev/null
end=$(now)
echo "REHEARSAL-PROBE-LOOP $((end - start))"
