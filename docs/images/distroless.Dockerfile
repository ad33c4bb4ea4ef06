# SPDX-License-Identifier: MIT
# No shell, no package manager, not root: nothing of that is needed.
ARG BASE=gcr.io/distroless/base-debian12:nonroot
FROM ${BASE}
COPY --from=denyinit / /
COPY app /app
ENTRYPOINT ["/usr/bin/denyinit", "--", "/app"]
