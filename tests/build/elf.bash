# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What kind of file a program is. The last tests of programs.bats see these checks fail.

is_static_pie() { # FILE
	readelf -hW "$1" | grep -q 'Type: *DYN' &&
		! readelf -lW "$1" | grep -q INTERP &&
		! readelf -dW "$1" | grep -q NEEDED &&
		readelf -dW "$1" | grep -q 'FLAGS_1.*PIE'
}

is_hardened() { # FILE
	readelf -lW "$1" | grep -q GNU_RELRO &&
		readelf -dW "$1" | grep -q BIND_NOW &&
		readelf -lW "$1" | grep GNU_STACK | grep -q ' RW ' &&
		! readelf -lW "$1" | grep -q ' RWE ' &&
		! readelf -dW "$1" | grep -q TEXTREL
}

is_stripped() { # FILE
	! readelf -SW "$1" | grep -qE '\.(symtab|debug_)'
}

names_its_builder() { # FILE: a path of the machine that made it is in it, or it cannot be told
	strings -a "$1" >"$BATS_TEST_TMPDIR/strings" && grep -q . "$BATS_TEST_TMPDIR/strings" || return 0
	grep -E "^($PWD|$HOME)/" "$BATS_TEST_TMPDIR/strings"
}

# `!` alone does not fail a test.
refute() { # COMMAND...
	if "$@"; then
		return 1
	fi
}
