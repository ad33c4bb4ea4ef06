# SPDX-License-Identifier: MIT
# Nothing but a static program. The policy is root's, the program's user is not.
FROM scratch
COPY --from=denyinit / /
COPY app /app
USER 65534:65534
ENTRYPOINT ["/usr/bin/denyinit", "--", "/app"]
