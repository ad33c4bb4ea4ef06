#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What make dist makes, and that it makes the same of the same: `make dist` of this folder, once, against one that
# another user makes, elsewhere and without network, of the sources in it.
# shellcheck disable=SC2030,SC2031 # each test has a shell of its own

bats_require_minimum_version 1.5.0

setup_file() {
	unset MAKEFLAGS MFLAGS MAKELEVEL DEPS_PREFIX SOURCE_DATE_EPOCH
	make -s dist
}

setup() {
	unset MAKEFLAGS MFLAGS MAKELEVEL CI WERROR DEPS_PREFIX SOURCE_DATE_EPOCH
	tmp=$BATS_TEST_TMPDIR
	version=$(sed -n 's/^VERSION = //p' Makefile)
	name=denyinit-$version-x86_64
	dist=$PWD/build/dist
	sbom=$dist/$name.cdx.json
}

# `!` alone does not fail a test.
refute() { # COMMAND...
	if "$@"; then
		return 1
	fi
}

unpack() { tar -C "$tmp" -xzf "$dist/$1.tar.gz"; } # NAME

# same FOLDER: the files of dist/ there are these.
same() {
	local file
	for file in "$dist"/*; do
		cmp "$file" "$1/${file##*/}" || return 1
	done
	[ "$(ls "$dist")" = "$(ls "$1")" ]
}

@test "another folder, user, umask, time zone, locale, and dates of files, no network: the same bytes" {
	begin=$SECONDS
	place=$(mktemp -d /tmp/elsewhere.XXXXXX) # a test's own folder is closed to others
	chmod 0755 "$place"
	user=()
	if [ "$(id -u)" = 0 ]; then
		chown 65534:65534 "$place"
		user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	fi
	mkdir "$tmp/bin"
	printf '#!/bin/sh\nexit 1\n' >"$tmp/bin/apt-get"
	chmod 0755 "$tmp/bin/apt-get"
	cp "$tmp/bin/apt-get" "$place"
	status=0
	"${user[@]}" env -i HOME=/ PATH="$place:$PATH" TZ=Asia/Kathmandu LC_ALL=C.UTF-8 LANG=C.UTF-8 USER=somebody bash -ec '
		umask 077
		cd "$1"
		tar -xzmf "$2"
		cd denyinit-*
		find . -exec touch -d 2001-02-03 {} +
		chmod -R go-rwx .
		make -s -j "$(nproc)" dist' bash "$place" "$dist/denyinit-$version-source.tar.gz" >"$tmp/log" 2>&1 || status=$?
	tail -n 20 "$tmp/log"
	[ "$status" = 0 ]
	same "$place/denyinit-$version-source/build/dist" || {
		for file in denyinit{,-selftest,-export}{,.debug}; do
			cmp "build/$file" "$place/denyinit-$version-source/build/$file" || true
		done
		rm -rf "$place"
		return 1
	}
	rm -rf "$place"
	echo "# figure: reproducible build, elsewhere: $((SECONDS - begin)) s" >&3
}
