# SPDX-License-Identifier: MIT
#
#   docker build -t denyinit .                       an image of nothing but denyinit, to take it from:
#                                                        COPY --from=denyinit / /
#                                                        ENTRYPOINT ["/usr/bin/denyinit", "--", "/docker-entrypoint.sh"]
#                                                        CMD [...]
#                                                    (ENTRYPOINT empties the base image's CMD: repeat it)
#   docker build -t nginx-hardened --target nginx .  the same, done to the official nginx image
#
# The classic builder (DOCKER_BUILDKIT=0) builds it as well as BuildKit.
#
#   docker buildx build --platform linux/amd64,linux/arm64 -t denyinit .
#
# makes it for each of these; linux/arm/v7, 386, riscv64, s390x and ppc64le are the others. For other machines than the
# builder's own Debian's cross compilers are used: nothing is emulated. The classic builder makes images for its own
# machine only.

ARG DEBIAN=debian:trixie-slim
ARG NGINX=nginx:stable

# --- What a build needs, and the programs ------------------------------------------------------------------------------

# `linux` is the builder's own machine, to builders that set no BUILDPLATFORM.
FROM --platform=${BUILDPLATFORM:-linux} ${DEBIAN} AS builder
RUN apt-get update && apt-get install -y --no-install-recommends make
WORKDIR /src

# The dependencies are a step of their own, which is done again only when they change.
ARG TARGETARCH
ARG TARGETVARIANT
COPY Makefile ./
COPY deps deps
RUN make -j "$(nproc)" BUILD=build ARCH="$TARGETARCH$TARGETVARIANT" deps

COPY LICENSE ./
COPY conf conf
COPY init init
COPY selftest selftest
# Modes are set here, and not taken from the folder that is built from: one cloned with umask 0 (GitLab's runner does)
# has a policy that everybody may write, and denyinit refuses such a one. Nothing outside /usr and /etc, and no /sbin:
# copied into another image it would take the place of the link to /usr/sbin.
RUN make -j "$(nproc)" BUILD=build ARCH="$TARGETARCH$TARGETVARIANT" all && \
	make BUILD=build ARCH="$TARGETARCH$TARGETVARIANT" install DESTDIR=/image PREFIX=/usr && rm -rf /image/usr/share/man && \
	install -m 0444 LICENSE build/deps/VERSIONS /image/usr/share/denyinit/ && \
	chmod 0444 /image/etc/denyinit.ini && \
	find /image -type d -exec chmod 0755 {} +

# --- Example: nginx ----------------------------------------------------------------------------------------------------

FROM ${NGINX} AS nginx
COPY --from=builder /image/ /
ENTRYPOINT ["/usr/bin/denyinit", "--", "/docker-entrypoint.sh"]
CMD ["nginx", "-g", "daemon off;"]

# --- denyinit alone (the default target: it comes last) ----------------------------------------------------------------

FROM scratch AS denyinit
COPY --from=builder /image/ /
LABEL org.opencontainers.image.title="denyinit" \
	org.opencontainers.image.description="A container init that forbids system calls, proves it, and becomes the entrypoint" \
	org.opencontainers.image.version="0.1.0" \
	org.opencontainers.image.licenses="MIT AND LGPL-2.1-only AND BSD-3-Clause"
ENTRYPOINT ["/usr/bin/denyinit", "--"]
# `docker run denyinit` shows the proof, as denyinit sees it and again from inside.
CMD ["/usr/bin/denyinit-selftest"]
