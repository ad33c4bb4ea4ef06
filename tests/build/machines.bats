#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The judge for other machines, by Debian's cross compilers and qemu-user: machine.c, and every file of it without a
# warning. All machines with DENYINIT_FULL=1, else one with registers of 64 bits and another order of bytes each.
# What a kernel of such a machine makes of it is for tests/kernel: qemu-user has no seccomp.

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || exit 1
	deps/install machines
	[ "${DENYINIT_FULL:-}" != 1 ] || deps/install machines-full
}

setup() { cd "$BATS_TEST_DIRNAME/../.." || exit 1; }

# tried MACHINE COMPILER CHECKS [QEMU]: so many checks at least.
tried() {
	local program=$BATS_TEST_TMPDIR/$1 sources
	sources=$(find selftest -name '*.c' ! -name main.c)
	# The cast of ioctl's request in overlay.c is for musl.
	# shellcheck disable=SC2086 # file names without blanks
	"$2" -static -std=c11 -O1 -Wall -Wextra -Wconversion -Wno-sign-conversion -Werror -I. -D_GNU_SOURCE= \
		-DDENYINIT_VERSION='"x"' -DMACHINE="\"$1\"" -o "$program" tests/build/machine.c $sources
	run ${4:+"$4"} "$program"
	echo "$output"
	[ "$status" = 0 ]
	[ "$(grep -c '^ok ' <<<"$output")" -ge "$3" ]
	! grep '^not ok' <<<"$output"
}

full() { [ "${DENYINIT_FULL:-}" = 1 ]; }

@test "the machine that runs this" { tried "$(uname -m)" gcc 49; }

@test "s390x, whose bytes come in the other order" { tried s390x s390x-linux-gnu-gcc 52 qemu-s390x-static; }

@test "aarch64; with DENYINIT_FULL=1 the others, too, some of which have registers of 32 bits" {
	local machines=(aarch64)
	tried aarch64 aarch64-linux-gnu-gcc 52 qemu-aarch64-static
	if full; then
		tried armv7 arm-linux-gnueabihf-gcc 41 qemu-arm-static
		tried i386 i686-linux-gnu-gcc 41 qemu-i386-static
		tried riscv64 riscv64-linux-gnu-gcc 52 qemu-riscv64-static
		tried ppc64le powerpc64le-linux-gnu-gcc 43 qemu-ppc64le-static
		machines+=(armv7 i386 riscv64 ppc64le)
	fi
	echo "# figure: machines: $(uname -m) s390x ${machines[*]}" >&3
}
