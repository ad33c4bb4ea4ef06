# SPDX-License-Identifier: MIT
# The base has an init of its own (tini, dumb-init, catatonit): it goes behind denyinit, so that it has the filter too.
ARG BASE=jenkins/jenkins:lts
FROM ${BASE}
COPY --from=denyinit / /
ENTRYPOINT ["/usr/bin/denyinit", "--", "/usr/bin/tini", "--", "/usr/local/bin/jenkins.sh"]
