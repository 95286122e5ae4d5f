#!/bin/bash
# Makes the minimal system that all role images start from.
#
#   REHEARSAL_BASE     tar to write
#   REHEARSAL_MIRROR   Debian mirror            (default http://deb.debian.org/debian)
#   REHEARSAL_SUITE    suite to install from    (default bookworm); it alone, so that what is installed is the released version
#
# Run as root, or as mapped root of a user namespace with subordinate ids.
set -euo pipefail

: "${REHEARSAL_BASE:?path of the tar to write}"
mirror=${REHEARSAL_MIRROR:-http://deb.debian.org/debian}
suite=${REHEARSAL_SUITE:-bookworm}
packages=systemd-sysv,dbus,udev,kmod,iproute2,iputils-ping,procps,netbase,qemu-guest-agent

echo "::stage base"
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive
partial=$REHEARSAL_BASE.partial
trap 'rm -f "$partial"' EXIT

# The path filters stay in the image, so a later upgrade leaves the same files out. No certificate is trusted where no machine
# speaks TLS: hashing all of Mozilla's takes an emulated machine more than two minutes at every upgrade of them.
mmdebstrap --quiet --mode=root --variant=minbase --format=tar --components=main \
  --include="$packages" \
  --aptopt='Acquire::Languages "none"' \
  --aptopt='Acquire::Retries "3"' \
  --aptopt='APT::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --dpkgopt='path-exclude=/usr/share/info/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/lintian/*' \
  --dpkgopt='path-exclude=/usr/share/zoneinfo/right/*' \
  --dpkgopt='path-exclude=/usr/share/zoneinfo/posix/*' \
  --dpkgopt=force-unsafe-io \
  --essential-hook='printf "%s\n" "ca-certificates ca-certificates/trust_new_crts select no" "ca-certificates ca-certificates/enable_crts multiselect" | chroot "$1" debconf-set-selections' \
  "$suite" "$partial" "deb $mirror $suite main"

mv "$partial" "$REHEARSAL_BASE"
