#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The judge alone: repeats the proof from inside, and tells what is the matter where there is no denyinit.
# shellcheck disable=SC2154 # status, out, err and refusal are set by common.bash
bats_require_minimum_version 1.5.0
load common

setup_file() { live_begin; }
teardown_file() { live_end; }

# Both spellings.
selftests=("denyinit-selftest" "denyinit --selftest")

@test "under denyinit it passes, at every privilege and through a shell" {
	local selftest privilege state
	for selftest in "${selftests[@]}"; do
		for privilege in "${PRIVILEGES[@]}"; do
			read -ra state <<<"$(privilege "$privilege") --"
			# shellcheck disable=SC2086
			observe outer "${state[@]}" denyinit --report=off -c "$LIVE/policy/default.ini" -- $selftest
			expect "$selftest, $privilege" is "$status" 0
			expect "$selftest, $privilege: says so" has "$out" '^denyinit-selftest: PASS '
			observe outer "${state[@]}" denyinit --report=off -c "$LIVE/policy/mount.ini" -- sh -c "$selftest; exit \$?"
			expect "$selftest, $privilege, mount.ini, a child's" is "$status" 0
		done
	done
	all_rows
}

@test "without denyinit it answers 1: each call is reachable" {
	local selftest privilege state call
	for selftest in "${selftests[@]}"; do
		for privilege in "${PRIVILEGES[@]}"; do
			read -ra state <<<"$(privilege "$privilege") --"
			# shellcheck disable=SC2086
			observe outer "${state[@]}" $selftest
			expect "$selftest, $privilege" is "$status" 1
			for call in "${MOUNT_CALLS[@]}"; do
				expect "$selftest, $privilege: $call" has "$out" "FAIL +$call +reachable"
			done
		done
	done
	all_rows
}

@test "under a runtime's filter alone it answers 1: each call is denied by the runtime only" {
	local selftest privilege state call
	for selftest in "${selftests[@]}"; do
		for privilege in "${PRIVILEGES[@]}"; do
			read -ra state <<<"--filter eperm-mount $(privilege "$privilege") --"
			# shellcheck disable=SC2086
			observe outer "${state[@]}" $selftest
			expect "$selftest, $privilege" is "$status" 1
			for call in "${MOUNT_CALLS[@]}"; do
				expect "$selftest, $privilege: $call" has "$out" "FAIL +$call +denied-by-runtime"
			done
		done
	done
	all_rows
}

@test "it tells one call from the others" {
	local call
	for call in mount fsopen open_tree_attr; do
		observe outer --filter eperm-mount --call "$call" -- denyinit-selftest
		expect "$call: status" is "$status" 1
		expect "$call: denied by the runtime" is "$(lines "$out" 'FAIL +[a-z0-9_]+ +denied-by-runtime')" 1
		expect "$call: named" has "$out" "FAIL +$call +denied-by-runtime"
		expect "$call: the others" is "$(lines "$out" 'FAIL +[a-z0-9_]+ +reachable')" 10
	done
	all_rows
}

@test "under denyinit with a call left open it says so" {
	policy partial '[deny]' '@mount = deny' 'fsopen = allow'
	observe denyinit --report=off -c "$LIVE/policy/partial.ini" -- denyinit-selftest
	expect "left open by the policy: status" is "$status" 1
	expect "named" has "$out" fsopen
	observe denyinit --report=off --on-failure=warn -c "$LIVE/policy/without-fsopen.ini" -- denyinit-selftest
	expect "left out: status" is "$status" 1
	expect "left out: named" has "$out" 'fsopen'
	all_rows
}

@test "--json parses and agrees with the exit status" {
	local selftest
	for selftest in "${selftests[@]}"; do
		# shellcheck disable=SC2086
		observe $selftest --json
		expect "$selftest, no denyinit" is "$status" 1
		expect "$selftest, no denyinit" is "$(json '[.verdict, .mount_api.total, (.mount_api.reachable | length)]')" \
			'["FAIL",11,11]'
		# shellcheck disable=SC2086
		observe outer --filter eperm-mount -- $selftest --json
		expect "$selftest, runtime" is "$status" 1
		expect "$selftest, runtime" is "$(json '[.verdict, (.mount_api.denied_by_runtime | length)]')" '["FAIL",11]'
		# shellcheck disable=SC2086
		observe denyinit --report=off -c "$LIVE/policy/default.ini" -- $selftest --json
		expect "$selftest, denyinit" is "$status" 0
		expect "$selftest, denyinit" is "$(json '[.verdict, .mount_api.denied]')" '["PASS",11]'
	done
	all_rows
}

@test "it runs no forbidden call and leaves no process: the mounts are the same afterwards" {
	observe sh -c 'cat /proc/self/mountinfo >/dev/shm/before; denyinit-selftest >/dev/null;
		cat /proc/self/mountinfo | cmp - /dev/shm/before && ls -d /proc/[0-9]* | wc -l'
	expect "status" is "$status" 0
	expect "sh, ls and wc" is "$out" 3
	all_rows
}

@test "where it cannot tell it answers 125" {
	observe outer --filter refuse-seccomp -- denyinit-selftest
	expect "seccomp(2) refused" is "$status" 125
	observe denyinit-selftest --no-such-option
	expect "no such option" is "$status" 125
	observe_here qemu-x86_64-static "$LIVE/bin/denyinit-selftest"
	expect "emulation" is "$status" 125
	all_rows
}
