workload_configure() {
  chmod 755 "$root/usr/lib/rehearsal/workload-namespace"
  in_image systemctl --quiet disable lighttpd.service 2> /dev/null || true
  in_image systemctl --quiet enable rehearsal-workload.service rehearsal-workload-http.service rehearsal-workload-echo.service
}
