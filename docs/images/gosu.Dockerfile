# SPDX-License-Identifier: MIT
# An official image whose entrypoint script starts as root and goes on as another user by gosu (or setpriv, su-exec).
ARG BASE=redis:8
FROM ${BASE}
COPY --from=denyinit / /
ENTRYPOINT ["/usr/bin/denyinit", "--", "docker-entrypoint.sh"]
CMD ["redis-server"]
