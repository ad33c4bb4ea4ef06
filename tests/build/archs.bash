# shellcheck shell=bash
# shellcheck disable=SC2034 # variables that the tests use
# SPDX-License-Identifier: MIT
# What the tests of other architectures share. $archs: aarch64; with DENYINIT_FULL=1 all of the Makefile's; never this
# machine's own, which the other files are about.

unset MAKEFLAGS MFLAGS MAKELEVEL DEPS_PREFIX # CI and WERROR stay: tests/kernel uses the same folders
top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
own=$(sed -n "s/^TOOLS_\(.*\) = $(gcc -dumpmachine)-\$/\1/p" "$top/Makefile")
archs=(aarch64)
[ "${DENYINIT_FULL:-}" != 1 ] || read -ra archs < <(sed -n 's/^ARCHS = //p' "$top/Makefile")
for i in "${!archs[@]}"; do
	[ "${archs[i]}" != "$own" ] || unset "archs[i]"
done

# Makes a target for each of $archs, and has what runs programs of theirs installed.
make_for_all() { # TARGET
	local arch
	"$top/deps/install" emulation
	for arch in "${archs[@]}"; do
		make -s -j "$(nproc)" -C "$top" ARCH="$arch" "$1"
	done
}

# Runs a program. qemu-user answers seccomp(2) itself and installs nothing.
emulate() { # ARCH PROGRAM ARGUMENT...
	local name=$1
	[ "$name" != armv7 ] || name=arm
	shift
	"qemu-$name-static" "$@"
}
