# SPDX-License-Identifier: MIT
# denyinit is static: it does not care that the libc here is musl, and brings nothing for it.
ARG BASE=alpine:3
FROM ${BASE}
COPY --from=denyinit / /
ENTRYPOINT ["/usr/bin/denyinit", "--"]
CMD ["sh", "-c", "echo serving; exec sleep 3600"]
