#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The truth table (truth.h): every outer state x privilege x policy x surroundings, and the verdict that is right there.
# DENYINIT_FULL=1 runs all rows; without it each outer state x privilege x policy in one of the surroundings.
# shellcheck disable=SC2030,SC2031 # each test is a subshell and sets its own
bats_require_minimum_version 1.5.0
load common

setup_file() {
	live_begin
	local compile=(gcc -std=gnu11 -Wall -Wextra -Wshadow -Werror -O2 -static)
	cd "$BATS_TEST_DIRNAME" || return
	"${compile[@]}" -o "$LIVE/bin/effect" effect.c
	"${compile[@]}" -o "$LIVE/bin/truth" truth.c truth_judge.c
	mkdir -m 0755 "$LIVE/mnt"
}
teardown_file() { live_end; }

# A folder for `truth` with another denyinit in it, a shell script from stdin.
stub() {
	mkdir -p "$LIVE/stub/bin" "$LIVE/stub/policy" "$LIVE/stub/mnt"
	cp "$LIVE/bin/outer" "$LIVE/bin/effect" "$LIVE/stub/bin"
	cat >"$LIVE/stub/bin/denyinit"
	chmod 0755 "$LIVE/stub" "$LIVE"/stub/* "$LIVE/stub/bin/denyinit"
}

# The rows that `truth OPTION...` has, and those of them whose entrypoint is to run (status 42).
count_rows() {
	rows=$(truth --list "$@" "$LIVE" | grep -cv '/no-denyinit/')
	started=$(truth --list "$@" "$LIVE" | grep -c ': 42 ')
}

@test "truth table" {
	local options=() log=$BATS_TEST_TMPDIR/log figures=0
	[ "${DENYINIT_FULL:-}" != 1 ] || options=(--full)
	count_rows "${options[@]}"
	[ "$rows" -ge 1000 ]
	[ "$started" -gt 200 ] && [ "$started" -lt "$rows" ]
	truth "${options[@]}" "$LIVE" >"$log" || figures=$?
	echo "# figure: $(tail -n 1 "$log")" >&3
	head -c 20000 "$log"
	[ "$figures" = 0 ]
	is "$(tail -n 1 "$log")" "truth table: $rows rows, false passes 0, false refusals 0"
}

@test "truth table: a liar that starts everything and says PASS is a false pass in every row" {
	stub <<-'STUB'
		#!/bin/sh
		while [ "$1" != -- ]; do shift; done
		shift
		echo '{"verdict":"PASS","reason":"none","kernel":"ok"}'
		exec "$@"
	STUB
	count_rows --match /root/
	run -1 truth --match /root/ "$LIVE/stub"
	echo "${lines[-1]}"
	[[ ${lines[-1]} = "truth table: $rows rows, false passes $rows, false refusals 0"* ]]
}

@test "truth table: one that refuses everything is a false refusal in every row whose policy is whole" {
	stub <<-'STUB'
		#!/bin/sh
		echo 'denyinit: no. Not starting (125).' >&2
		exit 125
	STUB
	count_rows --match /nobody/
	run -1 truth --match /nobody/ "$LIVE/stub"
	echo "${lines[-1]}"
	[[ ${lines[-1]} = "truth table: $rows rows, false passes 0, false refusals $started"* ]]
}

# Everything is done, and only the report is another one: each word of it is compared.
@test "truth table: a wrong word in the report is told" {
	stub <<-STUB
		#!/bin/bash
		exec 9>&1
		exec "$LIVE/bin/denyinit" "\$@" > >(sed 's/"reachable":\[/"masked_":[/;s/"denied_by_runtime":\[/"unproven":[/' >&9)
	STUB
	run -1 truth --match root/without-move_mount/ "$LIVE/stub"
	echo "${lines[-1]}"
	[[ ${lines[-1]} = "truth table: "*" rows, false passes 0, false refusals 0, otherwise wrong "* ]]
}
