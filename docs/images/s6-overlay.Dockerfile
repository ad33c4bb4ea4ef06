# SPDX-License-Identifier: MIT
# s6-overlay's /init has to be PID 1. It is: denyinit becomes it. So no `mode = supervise`, no `report-denials` and no
# --observe, with which denyinit stays PID 1 itself.
ARG BASE=lscr.io/linuxserver/nginx:latest
FROM ${BASE}
COPY --from=denyinit / /
ENTRYPOINT ["/usr/bin/denyinit", "--", "/init"]
