#!/bin/sh
# SPDX-License-Identifier: MIT
set -e
# As the official image does it.
if [ "$1" = nginx ]; then
	for script in /docker-entrypoint.d/*.sh; do
		[ ! -x "$script" ] || "$script"
	done
	echo "$0: Configuration complete; ready for start up"
fi
exec "$@"
