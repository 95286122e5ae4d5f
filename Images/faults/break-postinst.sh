#!/bin/bash
# The next version of the package is changed between apt's check of its digest and its unpacking: its postinst ends with 1.
#: fault — what a package does after its unpacking fails
#: argument package — its name
#: latent
hook=/etc/apt/apt.conf.d/99rehearsal-fault-$FAULT_ID
inject() {
  cat > "$FAULT_NOTES.sh" <<END
#!/bin/bash
set -e
while read -r file; do
  [ "\$(dpkg-deb --field "\$file" Package)" = "$FAULT_PACKAGE" ] || continue
  folder=\$(mktemp -d)
  dpkg-deb --raw-extract "\$file" "\$folder"
  printf '#!/bin/sh\necho "$FAULT_PACKAGE: broken on purpose" >&2\nexit 1\n' > "\$folder/DEBIAN/postinst"
  chmod 755 "\$folder/DEBIAN/postinst"
  dpkg-deb -Znone --root-owner-group --build "\$folder" "\$file" > /dev/null
  rm -r "\$folder"
done
END
  chmod 755 "$FAULT_NOTES.sh"
  echo "DPkg::Pre-Install-Pkgs { \"$FAULT_NOTES.sh\"; };" > "$hook"
}
heal() {
  rm -f "$hook" "$FAULT_NOTES.sh"
  # It was unpacked and not configured: what it would have done is what the version before it did.
  [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$FAULT_PACKAGE")" = half-configured ] || return 0
  printf '#!/bin/sh\nexit 0\n' > "/var/lib/dpkg/info/$FAULT_PACKAGE.postinst"
  dpkg --configure "$FAULT_PACKAGE"
}
