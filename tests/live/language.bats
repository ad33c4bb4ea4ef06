#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Conditions: random policies, their meaning (language.c), and what the program and the running kernel make of them.
# DENYINIT_FULL=1: 10,000 policies.
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	make -s build/language/language
}

language() { "$BATS_TEST_DIRNAME/../../build/language/language" "$@"; }

@test "conditions: the policy's meaning, the program's evaluation and the kernel's answers agree" {
	local policies=2500 status=0
	[ "${DENYINIT_FULL:-}" != 1 ] || policies=10000
	language --policies $policies >"$BATS_TEST_TMPDIR/log" || status=$?
	echo "# figure: $(tail -n 1 "$BATS_TEST_TMPDIR/log")" >&3
	head -c 20000 "$BATS_TEST_TMPDIR/log"
	[ "$status" = 0 ]
	[[ $(tail -n 1 "$BATS_TEST_TMPDIR/log") = "language: $policies policies, "*"; differences: evaluation 0, walk 0, kernel 0, refusals 0, broken 0" ]]
}

# Each program with one constant changed by one bit.
@test "conditions: a program that is wrong in one constant is told, by evaluation and kernel" {
	run language --policies 200 --spoil
	echo "$output"
	[ "$status" = 0 ]
	[[ ${lines[-1]} =~ differences:\ evaluation\ ([0-9]+),\ walk\ 0,\ kernel\ ([0-9]+), ]]
	[ "${BASH_REMATCH[1]}" -gt 200 ] && [ "${BASH_REMATCH[2]}" -gt 100 ]
}
