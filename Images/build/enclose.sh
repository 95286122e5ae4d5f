#!/bin/bash
# Runs a command on files that are not trusted, with nothing else of the host in reach, whatever they make of the command.
#
#   enclose.sh [--read FILE_OR_FOLDER]... [--write FOLDER]... -- COMMAND [ARGUMENT]...
#
# The command is root of a user namespace, without a network. In sight are /usr, read-only, an empty /tmp, a few devices, and what --read
# and --write name, at their own places; only what --write names can be written.
set -euo pipefail
umask 022
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

if [ "${1:-}" != --enclosed ]; then
  root=$(mktemp -d)
  trap 'rmdir "$root"' EXIT
  unshare --user --map-root-user --map-auto --mount --pid --net --ipc --fork --kill-child -- "$0" --enclosed "$root" "$@"
  exit
fi
root=$2
shift 2
mount -t tmpfs -o mode=0755 enclosed "$root"

# Puts a file or a folder in sight, at its own place. Arguments: ro or rw, the file or folder.
show() {
  local options
  mkdir -p "$root$(dirname "$2")"
  if [ -d "$2" ]; then mkdir -p "$root$2"; else : > "$root$2"; fi
  mount --bind "$2" "$root$2"
  [ "$1" = ro ] || return 0
  # A mount of the host keeps the options that it has, since a user namespace may not take them away.
  options=$(findmnt --noheadings --output VFS-OPTIONS --target "$2" | tail -n 1)
  mount -o "remount,bind,ro,${options#r[wo],}" "$root$2"
}
show ro /usr
for part in /bin /sbin /lib /lib32 /lib64 /libx32; do
  if [ -L $part ]; then cp -P $part "$root$part"; elif [ -d $part ]; then show ro $part; fi
done
for file in /etc/ld.so.cache /etc/alternatives; do [ ! -e $file ] || show ro $file; done
for device in /dev/null /dev/zero /dev/urandom; do show rw $device; done
mkdir "$root/before" "$root/proc"
mkdir -m 1777 "$root/tmp"
while [ "$1" != -- ]; do
  case $1 in
    --read) show ro "$(realpath "$2")" ;;
    --write) show rw "$(realpath "$2")" ;;
    *) echo "enclose.sh: unknown option $1" >&2; exit 64 ;;
  esac
  shift 2
done
shift
cd "$root"
pivot_root . before
cd /
mount -t proc proc /proc
umount -l /before
rmdir /before
exec "$@"
