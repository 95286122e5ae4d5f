#!/bin/bash
# Builds the disk image of one role: installs its services' packages into the shared base, lays their files over it,
# lets each service configure itself and seed its data natively, and makes a file system of the result.
#
#   REHEARSAL_WORK        working directory; WORK/rendered/<machine>/ holds each machine's rendered files, and WORK/update.d/<service> the
#                         patterns of each service's packages
#   REHEARSAL_IMAGES      the Images directory
#   REHEARSAL_ROLE, REHEARSAL_SERVICES, REHEARSAL_PACKAGES, REHEARSAL_MACHINES   what to build (space-separated, in order)
#   REHEARSAL_OUTPUT      directory to write disk.raw and packages.txt to
#   REHEARSAL_BASE        the tar made by base.sh
#   REHEARSAL_SUITE       as in base.sh (archive.sh says where it comes from)
#   REHEARSAL_REPOSITORY  directory made by candidate.sh, for the role that serves it (optional)
#   REHEARSAL_ARCHIVES    directory in which downloaded packages are kept for the next build (optional)
#   REHEARSAL_DISK_MIB    size of the file system (default: what is used plus 1.5 GiB)
#
# Must run in mount and PID namespaces of its own, as root or as mapped root with subordinate ids.
# Lines "::stage NAME" on standard output mark progress.
#
# A service may have services/<name>/build.sh, which is sourced and may define, with - written as _:
#   <name>_configure   in service order, after all packages and files are in place
#   <name>_seed        in service order, with every machine of the role running as a namespace (see in_machine)
#   <name>_settle      in reverse order, the machines still running: stops what was seeded
#   <name>_finish      in service order, when they are gone
set -euo pipefail
umask 022

: "${REHEARSAL_WORK:?}" "${REHEARSAL_IMAGES:?}" "${REHEARSAL_ROLE:?}" "${REHEARSAL_SERVICES:?}" "${REHEARSAL_MACHINES:?}"
: "${REHEARSAL_OUTPUT:?}" "${REHEARSAL_BASE:?}"
suite=${REHEARSAL_SUITE:-bookworm}
work=$REHEARSAL_WORK/$REHEARSAL_ROLE
root=$work/root
trees=$root/usr/share/rehearsal/machines
archives=${REHEARSAL_ARCHIVES:-$REHEARSAL_WORK/archives}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive HOME=/root
unset TMPDIR

stage() { echo "::stage $1"; }
fail() {
  echo "error: build image of role $REHEARSAL_ROLE: $*" >&2
  exit 1
}

# Runs a command in the image.
in_image() { chroot "$root" "$@"; }

has_service() { case " $REHEARSAL_SERVICES " in *" $1 "*) return 0 ;; *) return 1 ;; esac; }

# Calls <service>_<phase> of each service that defines it. Arguments: the phase, the services.
call_hooks() {
  local phase=$1 service hook
  shift
  for service in "$@"; do
    hook=${service//-/_}_$phase
    if declare -F "$hook" > /dev/null; then
      stage "$service-$phase"
      "$hook" || fail "service $service: $phase"
      [ ! -s "$work/undeclared-secrets" ] \
        || fail "service $service: $phase: no service declares the secret $(sort -u "$work/undeclared-secrets" | paste -sd ' ')"
    fi
  done
}

# Waits until a command succeeds, for at most some seconds. Arguments: seconds, what is waited for, the command.
wait_until() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" > /dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || fail "wait for $what: not there in time"
    sleep 0.2
  done
}

. "$REHEARSAL_IMAGES/build/machines.sh"
. "$REHEARSAL_IMAGES/build/apt-context.sh"
for service in $REHEARSAL_SERVICES; do
  [ -d "$REHEARSAL_IMAGES/services/$service" ] || fail "no service $service under $REHEARSAL_IMAGES/services"
  [ ! -e "$REHEARSAL_IMAGES/services/$service/build.sh" ] || . "$REHEARSAL_IMAGES/services/$service/build.sh"
done

stage unpack
rm -rf "$work"
mkdir -p "$root" "$archives/partial" "$REHEARSAL_OUTPUT"
tar -C "$root" -xpf "$REHEARSAL_BASE" --numeric-owner --exclude=./dev/*
# The mounts below /dev and /sys came from the host: an ordinary user may unmount them only as a whole, which is a lazy unmount.
host_folders_away() { umount --lazy "$root/proc" "$root/dev" "$root/sys" "$root/var/cache/apt/archives"; }
trap 'machines_down; host_folders_away 2> /dev/null || true' EXIT
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount --bind "$archives" "$root/var/cache/apt/archives"
cp /etc/resolv.conf "$root/etc/resolv.conf"
printf '%s\n' '#!/bin/sh' '# No package starts a service: Pacemaker and the update procedures do.' 'exit 101' > "$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"

stage packages
if [ -n "${REHEARSAL_PACKAGES:-}" ]; then
  install_options=(-q -y -o APT::Sandbox::User=root -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-unsafe-io
    -o Dpkg::Use-Pty=0 -o APT::Keep-Downloaded-Packages=true -o Debug::NoLocking=true --no-install-recommends)
  # The host's apt fetches the packages for the system inside, through its own proxies and with its own certificates and keys. The apt
  # inside then finds them in the folder of downloads, which is shared by builds that run side by side.
  # shellcheck disable=SC2086 # a list
  (
    apt_context "$work/apt" "$suite"
    inside=(-o Dir::State::lists="$root/var/lib/apt/lists" -o Dir::State::status="$root/var/lib/dpkg/status"
      -o Dir::State::extended_states="$root/var/lib/apt/extended_states" -o Dir::Cache::archives="$archives")
    apt-get -q "${inside[@]}" update
    flock "$archives" apt-get "${install_options[@]}" "${inside[@]}" --download-only install $REHEARSAL_PACKAGES
  )
  stage packages-install
  cp "$work/apt/etc/archive.sources" "$root/etc/apt/sources.list.d/"
  # shellcheck disable=SC2086 # a list
  in_image apt-get "${install_options[@]}" --no-download install $REHEARSAL_PACKAGES
  rm -rf "$work/apt" "$root/etc/apt/sources.list.d/archive.sources"
fi
: > "$root/etc/apt/sources.list"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin "$root"/etc/resolv.conf
# shellcheck disable=SC2016 # dpkg-query's own variables
in_image dpkg-query -W -f '${Package} ${Version} ${Architecture} ${source:Package}\n' > "$REHEARSAL_OUTPUT/packages.txt"

stage files
for service in $REHEARSAL_SERVICES; do
  [ -d "$REHEARSAL_IMAGES/services/$service/files" ] || continue
  (
    cd "$REHEARSAL_IMAGES/services/$service/files"
    find . -type f ! -name '*.mustache' -print0 | tar --null -T - -cf - --owner=0 --group=0 --mode='u+w,go-w,a+rX'
  ) | tar -C "$root" -xpf - --no-overwrite-dir
done
library=$root/usr/lib/rehearsal
install -d "$library"/{ready.d,configuration.d,update.d,package-shims,procedures} \
  "$root/var/lib/rehearsal/executions" "$root/var/log/rehearsal"
install -m 755 "$REHEARSAL_IMAGES"/guest/{ready,run-procedure,lay-out-bytecode} "$library/"
install -m 644 "$REHEARSAL_IMAGES"/guest/{procedure-library.sh,http-get.sh} "$library/"
install -m 755 "$REHEARSAL_IMAGES"/guest/package-shims/* "$library/package-shims/"
install -m 755 "$REHEARSAL_IMAGES"/procedures/*.sh "$library/procedures/"
: > "$library/services"
for service in $REHEARSAL_SERVICES; do
  folder=$REHEARSAL_IMAGES/services/$service
  echo "$service" >> "$library/services"
  [ ! -e "$folder/ready.sh" ] || install -m 644 "$folder/ready.sh" "$library/ready.d/$service"
  [ ! -e "$folder/configuration.sh" ] || install -m 644 "$folder/configuration.sh" "$library/configuration.d/$service"
done
# The patterns of each service's packages, for update steps that are about one service.
install -m 644 "$REHEARSAL_WORK"/update.d/* "$library/update.d/"
for machine in $REHEARSAL_MACHINES; do
  [ -d "$REHEARSAL_WORK/rendered/$machine" ] || fail "no rendered files for $machine under $REHEARSAL_WORK/rendered"
  mkdir -p "$trees/$machine"
  cp -r --preserve=mode "$REHEARSAL_WORK/rendered/$machine/." "$trees/$machine/"
  chown -R 0:0 "$trees/$machine"
  find "$trees/$machine" -type d -exec chmod 755 {} +
done

# shellcheck disable=SC2046,SC2086 # lists
{
  call_hooks configure $REHEARSAL_SERVICES
  machines_up
  call_hooks seed $REHEARSAL_SERVICES
  call_hooks settle $(printf '%s\n' $REHEARSAL_SERVICES | tac)
  machines_down
  call_hooks finish $REHEARSAL_SERVICES
}

stage filesystem
host_folders_away
mkdir -p "$root"/{dev,proc,sys,run}
rm -rf "$root"/run/* "$root"/tmp/* "$root"/var/tmp/* "$root"/var/log/apt "$root"/var/cache/apt/archives/*.deb "$root"/root/.cache
find "$root/var/log" -type f -exec truncate -s 0 {} +
used=$(du -sm "$root" | cut -f 1)
disk=$REHEARSAL_OUTPUT/disk.raw
rm -f "$disk.partial"
truncate -s "${REHEARSAL_DISK_MIB:-$((used + 1536))}M" "$disk.partial"
mke2fs -q -t ext4 -O ^metadata_csum,^64bit -m 0 -J size=32 -L rehearsal \
  -E lazy_itable_init=1,lazy_journal_init=1,hash_seed=7265686f-6561-7273-616c-000000000000 -d "$root" "$disk.partial" \
  || fail "make a file system of $used MiB in $disk: no space left, or not run as root of its namespace"
mv "$disk.partial" "$disk"
rm -rf "$work"
stage "done"
