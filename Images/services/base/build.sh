base_configure() {
  local machine unit units
  rm -f "$root/etc/machine-id" "$root/var/lib/dbus/machine-id"
  for machine in $REHEARSAL_MACHINES; do
    chmod 600 "$trees/$machine/etc/rehearsal/secrets.conf"
    printf '%s' "rehearsal $machine" | md5sum | cut -d ' ' -f 1 > "$trees/$machine/etc/machine-id"
  done
  : > "$root/etc/fstab"
  in_image passwd -d root > /dev/null
  # A machine has no device manager: the initrd has loaded the drivers, and the kernel makes the device files.
  rm -f "$root"/etc/systemd/system/*.wants/*getty* "$root"/etc/systemd/system/getty.target.wants/*
  in_image systemctl --quiet enable rehearsal-network.service rehearsal-ports.service rehearsal-console.service qemu-guest-agent.service
  # Generators run at every reload of systemd, and Pacemaker reloads it at every start and stop of a unit.
  install -d "$root/etc/systemd/system-generators"
  for unit in "$root"/lib/systemd/system-generators/*; do ln -sfn /dev/null "$root/etc/systemd/system-generators/${unit##*/}"; done
  units=(
    systemd-networkd.service systemd-networkd-wait-online.service systemd-networkd.socket systemd-resolved.service
    systemd-timesyncd.service systemd-pstore.service systemd-firstboot.service systemd-machine-id-commit.service
    systemd-random-seed.service systemd-update-utmp.service systemd-binfmt.service proc-sys-fs-binfmt_misc.automount
    dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount
    e2scrub_reap.service e2scrub_all.timer fstrim.timer apt-daily.timer apt-daily-upgrade.timer apt-daily.service
    apt-daily-upgrade.service dpkg-db-backup.timer logrotate.timer man-db.timer systemd-tmpfiles-clean.timer
    getty@tty1.service getty-static.service systemd-remount-fs.service modprobe@drm.service
    modprobe@efi_pstore.service modprobe@fuse.service systemd-hwdb-update.service systemd-rfkill.socket
    systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udev-trigger.service
    systemd-udev-settle.service systemd-logind.service dbus-org.freedesktop.login1.service
    systemd-user-sessions.service user@.service user-runtime-dir@.service systemd-sysusers.service
    systemd-tmpfiles-setup-dev.service kmod-static-nodes.service systemd-modules-load.service systemd-sysctl.service
    modprobe@configfs.service modprobe@loop.service modprobe@dm_mod.service sys-kernel-config.mount
    systemd-update-utmp-runlevel.service systemd-journal-flush.service systemd-journal-catalog-update.service
    systemd-update-done.service systemd-boot-system-token.service systemd-fsck-root.service
    systemd-ask-password-console.path systemd-ask-password-wall.path systemd-initctl.socket logd.service
    serial-getty@ttyS0.service ldconfig.service
  )
  for unit in "${units[@]}"; do
    ln -sfn /dev/null "$root/etc/systemd/system/$unit"
  done
  in_image systemctl --quiet set-default multi-user.target
}
