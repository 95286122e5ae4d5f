# The cluster's configuration is made here, from the fragments /etc/rehearsal/cluster.d/<service>.crm of the role's
# services in their order. A line that begins with "?SERVICE " is used only if the role has that service.
cluster_configure() {
  local first service fragment line name cib
  first=${REHEARSAL_MACHINES%% *}
  : > "$work/cluster.crm"
  for service in $REHEARSAL_SERVICES; do
    fragment=$trees/$first/etc/rehearsal/cluster.d/$service.crm
    [ -e "$fragment" ] || continue
    while IFS= read -r line; do
      case $line in
        \?*)
          name=${line%% *}
          if has_service "${name#\?}"; then printf '%s\n' "${line#* }"; fi
          ;;
        *) printf '%s\n' "$line" ;;
      esac
    done < "$fragment" >> "$work/cluster.crm"
  done
  cp "$work/cluster.crm" "$root/tmp/cluster.crm"
  rm -f "$root"/var/lib/pacemaker/cib/*
  in_image sh -ec '
    cd /tmp
    export CIB_file=/tmp/cib.xml CIB_shadow= HOME=/tmp
    cibadmin --empty > cib.xml
    crm --force configure load replace cluster.crm 2>&1 | grep -v "^INFO\|^WARNING: .*\(stonith\|fencing\|STONITH\)" || true
    crm_verify --xml-file cib.xml
    cibadmin --query --scope resources > /dev/null
    install -o hacluster -g haclient -m 600 cib.xml /var/lib/pacemaker/cib/cib.xml
    install -m 644 cib.xml /usr/lib/rehearsal/cluster.xml
    chmod 755 /usr/lib/rehearsal/cluster-rules' || return 1
  # A load that failed is hidden by the pipe above; the cluster would then have neither resources nor settings.
  cib=$root/var/lib/pacemaker/cib/cib.xml
  if grep -q '<primitive\|<clone' "$cib" || has_service vip; then
    grep -q 'stonith-enabled' "$cib" || return 1
  else
    return 1
  fi
  in_image systemctl --quiet enable corosync.service pacemaker.service
}
