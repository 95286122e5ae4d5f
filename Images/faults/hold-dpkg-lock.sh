#!/bin/bash
# As an unattended upgrade that hangs.
#: fault — somebody else holds the lock of dpkg
#: latent
inject() {
  # shellcheck disable=SC2016 # Perl's variables
  keep_doing /usr/bin/perl -e '
    use Fcntl;
    open my $lock, ">>", "/var/lib/dpkg/lock-frontend" or die "open: $!";
    # struct flock of Linux on a machine of 64 bits: type, whence, start, length, process
    my $all = pack "s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0;
    fcntl $lock, F_SETLKW, $all or die "lock: $!";
    sleep' || return
  sleep 1
  systemctl --quiet is-active "$FAULT_UNIT"
}
heal() { stop_doing; }
