#!/bin/sh
# SPDX-License-Identifier: MIT
set -e
if [ "$1" = nginx ]; then
	echo "$0: Configuration complete; ready for start up"
fi
exec "$@"
