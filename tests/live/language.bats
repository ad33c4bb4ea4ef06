#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Conditions: random policies, their meaning (language.c), and what the program and the running kernel make of them.
# DENYINIT_FULL=1: 10,000 policies.
bats_require_minimum_version 1.5.0

load common

setup_file() {
	live_begin
	make -s -C "$ROOT" build/language/language
}
teardown_file() { live_end; }

language() { "$ROOT/build/language/language" "$@"; }

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

# lists OF-EACH FROM TO: lines with so many values each.
lists() {
	seq "$2" 7 "$3" | xargs -n "$1" echo 'ioctl = ENODEV if cmd in'
}

@test "conditions: hundreds of values on one call are proven, with an example for each line" {
	policy many '[deny]' '@mount = deny' "$(lists 20 100000 103600)" "$(seq 200000 3 201000 | sed 's/^/ioctl = ENODEV if cmd == /')"
	observe env denyinit --report=full -c "$LIVE/policy/many.ini" -- true
	echo "$out"
	[ "$status" = 0 ]
	[[ $out = *'denyinit: PASS '* ]]
	grep -Eq '^denyinit: +ioctl +16 +errno 19 +denied' <<<"$out"
}

# 2^12 ways and more through one call.
@test "conditions: more ways than the self-test can try are an error at the call's line, and a refusal" {
	local i lines=()
	for i in {0..11}; do lines+=("socket = EPERM if family & $((1 << i)) and type & $((8 << i))"); done
	policy ways '[deny]' '@mount = deny' "${lines[@]}" 'acct = deny'
	run denyinit --check -c "$LIVE/policy/ways.ini"
	echo "$output"
	[ "$status" = 1 ]
	[[ $output = "$LIVE/policy/ways.ini:14: error: too many conditions on \`socket\` for the self-test"* ]]
	observe denyinit -c "$LIVE/policy/ways.ini" -- sh -c 'echo is-running'
	echo "$err"
	[ "$status" = 125 ] && [[ $out = *'denyinit: FAIL '* ]] && [[ $out != *$'\n'is-running* ]]
	[[ $err = *'too many conditions on one call'*'denyinit --check tells which one'* ]]
}
