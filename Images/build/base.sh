#!/bin/bash
# Makes the minimal system that all role images start from.
#
#   REHEARSAL_BASE     tar to write
#   REHEARSAL_SUITE    suite to install from    (default bookworm); it alone, so that what is installed is the released version
#                      (archive.sh tells where it comes from)
#
# Run as root, or as mapped root of a user namespace with subordinate ids.
set -euo pipefail
umask 022

: "${REHEARSAL_BASE:?path of the tar to write}"
suite=${REHEARSAL_SUITE:-bookworm}
here=$(cd "$(dirname "$0")" && pwd)
packages=systemd-sysv,dbus,udev,kmod,iproute2,iputils-ping,procps,netbase,qemu-guest-agent

echo "::stage base"
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive
partial=$REHEARSAL_BASE.partial
folder=$(mktemp -d)
trap 'rm -rf "$partial" "$folder"' EXIT

# An upgrade of ca-certificates takes an emulated machine two to five minutes, because its script starts some thousand programs. No machine
# speaks TLS, so a package without content stands in for it.
stand_in=$folder/ca-certificates.deb
mkdir -p "$folder/tree/DEBIAN"
printf '%s\n' 'Package: ca-certificates' 'Version: 99999999+rehearsal' 'Architecture: all' 'Maintainer: Rehearsal <rehearsal@localhost>' \
  'Description: stands in for the certificates, of which a testbed needs none' > "$folder/tree/DEBIAN/control"
chmod 755 "$folder" "$folder/tree" "$folder/tree/DEBIAN"
dpkg-deb --root-owner-group --build "$folder/tree" "$stand_in" > /dev/null

# mmdebstrap runs the host's apt with the configuration that is inside the new system. The host's sources and its settings for fetching are
# in there only while it runs.
"$here/archive.sh" source "$suite" > "$folder/archive.sources"
(umask 077 && "$here/archive.sh" configuration > "$folder/fetching")

# The path filters stay in the image, so a later upgrade leaves the same files out.
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
  --setup-hook="cp '$folder/fetching' \"\$1/etc/apt/apt.conf.d/zz-fetching\"" \
  --customize-hook="rm \"\$1/etc/apt/apt.conf.d/zz-fetching\" \"\$1/etc/apt/sources.list.d/\"*.sources" \
  --customize-hook="cp '$stand_in' \"\$1/stand-in.deb\" && chroot \"\$1\" dpkg -i /stand-in.deb && rm \"\$1/stand-in.deb\"" \
  "$suite" "$partial" "$folder/archive.sources"

mv "$partial" "$REHEARSAL_BASE"
