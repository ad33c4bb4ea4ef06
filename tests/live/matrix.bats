#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The judge against every outer filter, at every privilege: with the whole policy it must pass, with one mount call left
# out it must refuse and say what becomes of that call.
# shellcheck disable=SC2154 # status, out, err and refusal are set by common.bash
bats_require_minimum_version 1.5.0
load common

setup_file() { live_begin; }
teardown_file() { live_end; }

entrypoint=(echo ENTRYPOINT)

# What the report says of a call that the policy leaves out, under each outer filter. A call that the outer filter kills
# for dies in both rounds; the policy does not deny it, so it may not pass as `masked`.
left_out_verdict() {
	local filter=$1 call=$2
	case $filter:$call in
	none:* | log-mount:*) echo reachable ;;
	# A listener lets everything through, but may do otherwise the next time: it is not to be taken for a denial.
	listener-continue:*) echo '(reachable|let-through)' ;;
	enosys-450:open_tree_attr) echo denied-by-runtime ;;
	enosys-450:*) echo reachable ;;
	eperm-mount:* | kill-one:*) echo denied-by-runtime ;;
	*) echo "no expectation for $filter:$call" >&2 && return 1 ;;
	esac
}

# filter_options FILTER CALL: kill-one is an outer kill of just the call concerned.
filter_options() {
	case $1 in
	kill-one) echo --filter kill-mount --call "$2" ;;
	*) echo --filter "$1" ;;
	esac
}

one_left_out() {
	local privilege=$1 filter=$2 call verdict state
	for call in "${MOUNT_CALLS[@]}"; do
		verdict=$(left_out_verdict "$filter" "$call")
		read -ra state <<<"$(filter_options "$filter" "$call") $(privilege "$privilege")"
		observe outer "${state[@]}" -- denyinit -c "$LIVE/policy/without-$call.ini" -- "${entrypoint[@]}"
		row="$privilege, $filter, without $call"
		expect "$row: refuses" is "$status" 125
		expect "$row: does not start" has_not "$out" ENTRYPOINT
		expect "$row: first line" has "$out" \
			'^denyinit: FAIL mount API (NOT|not proven) blocked( by this policy)?: 10 of 11 calls denied by this policy'
		expect "$row: its verdict" has "$out" $'\n'"denyinit: FAIL +$call +$verdict( |\$|"$'\n'")"
		expect "$row: no other call named" is "$(lines "$out" '^denyinit: FAIL  ')" 1
		expect "$row: stderr" has "$err" "$refusal"
	done
	all_rows
}

# Where no filter can be loaded there is nothing to judge.
none_can_be_loaded() { none_can_be_loaded_but_says seccomp "$@"; }

none_can_be_loaded_but_says() {
	local word=$1 privilege=$2 filter=$3 policy state
	read -ra state <<<"--filter $filter $(privilege "$privilege")"
	for policy in default mount without-mount; do
		observe outer "${state[@]}" -- denyinit -c "$LIVE/policy/$policy.ini" -- "${entrypoint[@]}"
		row="$privilege, $filter, $policy.ini"
		expect "$row: refuses" is "$status" 125
		expect "$row: does not start" has_not "$out" ENTRYPOINT
		expect "$row: no PASS" has_not "$out" 'PASS|PARTIAL'
		expect "$row: stderr" has "$err" "$refusal"
		expect "$row: says what" has "$err" "$word"
	done
	all_rows
}

whole_policy() {
	local privilege=$1 filter call policy state
	for policy in default mount; do
		for filter in none eperm-mount enosys-450 log-mount kill-i386 listener-continue kill-one; do
			call=-
			[ "$filter" != kill-one ] || call=fsopen
			read -ra state <<<"$(filter_options "$filter" "$call") $(privilege "$privilege")"
			observe outer "${state[@]}" -- denyinit -c "$LIVE/policy/$policy.ini" -- "${entrypoint[@]}"
			row="$privilege, $filter, $policy.ini"
			expect "$row: starts" is "$status" 0
			expect "$row: entrypoint" is "$(lines "$out" '^ENTRYPOINT$')" 1
			expect "$row: one line" is "$(lines "$out" '^denyinit: ')" 1
			expect "$row: report" has "$out" '^denyinit: PASS mount API blocked: 11 of 11 calls '
			expect "$row: nothing on stderr" is "$err" ""
		done
	done
	all_rows
}

@test "control: the entrypoint runs without denyinit under every outer filter and privilege" {
	local privilege filter state
	for privilege in "${PRIVILEGES[@]}"; do
		for filter in none eperm-mount enosys-450 log-mount kill-mount kill-i386 listener-continue fake-seccomp \
			refuse-seccomp; do
			read -ra state <<<"--filter $filter $(privilege "$privilege")"
			observe outer "${state[@]}" -- "${entrypoint[@]}"
			expect "$privilege, $filter" is "$status:$out:$err" 0:ENTRYPOINT:
		done
	done
	all_rows
}

@test "whole policy passes: root" { whole_policy root; }
@test "whole policy passes: root without capabilities" { whole_policy bare-root; }
@test "whole policy passes: uid $NOBODY" { whole_policy nobody; }

@test "one call left out, no outer filter: root" { one_left_out root none; }
@test "one call left out, no outer filter: root without capabilities" { one_left_out bare-root none; }
@test "one call left out, no outer filter: uid $NOBODY" { one_left_out nobody none; }

@test "one call left out, outer EPERM: root" { one_left_out root eperm-mount; }
@test "one call left out, outer EPERM: root without capabilities" { one_left_out bare-root eperm-mount; }
@test "one call left out, outer EPERM: uid $NOBODY" { one_left_out nobody eperm-mount; }

@test "one call left out, outer ENOSYS above 450: root" { one_left_out root enosys-450; }
@test "one call left out, outer ENOSYS above 450: root without capabilities" { one_left_out bare-root enosys-450; }
@test "one call left out, outer ENOSYS above 450: uid $NOBODY" { one_left_out nobody enosys-450; }

@test "one call left out, outer kill of it: root" { one_left_out root kill-one; }
@test "one call left out, outer kill of it: root without capabilities" { one_left_out bare-root kill-one; }
@test "one call left out, outer kill of it: uid $NOBODY" { one_left_out nobody kill-one; }

@test "one call left out, outer log only: root" { one_left_out root log-mount; }
@test "one call left out, outer listener that lets all through: root" { one_left_out root listener-continue; }
@test "one call left out, outer listener that lets all through: uid $NOBODY" { one_left_out nobody listener-continue; }

@test "seccomp(2) faked: root" { none_can_be_loaded root fake-seccomp; }
@test "seccomp(2) faked: root without capabilities" { none_can_be_loaded bare-root fake-seccomp; }
@test "seccomp(2) faked: uid $NOBODY" { none_can_be_loaded nobody fake-seccomp; }

@test "seccomp(2) refused: root" { none_can_be_loaded root refuse-seccomp; }
@test "seccomp(2) refused: root without capabilities" { none_can_be_loaded bare-root refuse-seccomp; }
@test "seccomp(2) refused: uid $NOBODY" { none_can_be_loaded nobody refuse-seccomp; }

# The canary gets in, the policy does not: the first round cannot tell, the second one does.
@test "seccomp(2) faked for the policy's filter only" {
	local privilege state
	policy logged '[policy]' 'log = yes' '[deny]' '@mount = deny'
	for privilege in "${PRIVILEGES[@]}"; do
		read -ra state <<<"$(privilege "$privilege") --"
		observe outer "${state[@]}" denyinit -c "$LIVE/policy/logged.ini" -- "${entrypoint[@]}"
		expect "$privilege: control" is "$status" 0
		observe outer --filter fake-logged-seccomp "${state[@]}" denyinit -c "$LIVE/policy/logged.ini" -- "${entrypoint[@]}"
		expect "$privilege: status" is "$status" 125
		expect "$privilege: does not start" has_not "$out" ENTRYPOINT
		expect "$privilege: found" has "$out" '^denyinit: FAIL .*: 0 of 11 calls denied by this policy'
	done
	all_rows
}

@test "prctl(2) faked" {
	none_can_be_loaded_but_says prctl root fake-prctl
	none_can_be_loaded_but_says prctl nobody fake-prctl
}

@test "seccomp(2) answered with ENOSYS, EINVAL: root" {
	none_can_be_loaded root enosys-seccomp
	none_can_be_loaded root einval-seccomp
}

# With the whole mount API killed from outside, only other rules can be seen at work. Those are not the mount API's, but
# they come from the same program, which is evaluated as denying it.
@test "outer kill of the whole mount API" {
	local privilege state policy
	# No other rule, not even the one on newer calls; nor can other ABIs be seen killed.
	policy alone '[policy]' 'newer-syscalls = allow' '[deny]' '@mount = deny'
	for privilege in "${PRIVILEGES[@]}"; do
		read -ra state <<<"--filter kill-mount $(privilege "$privilege") --"
		for policy in default mount; do
			observe outer "${state[@]}" denyinit -c "$LIVE/policy/$policy.ini" --report=json -- "${entrypoint[@]}"
			expect "$privilege, $policy.ini: starts" is "$status" 0
			expect "$privilege, $policy.ini: masked" is \
				"$(head -1 <<<"$out" | jq -c '[.verdict, (.mount_api.masked | length)]')" '["PASS",11]'
		done
		observe outer --filter kill-i386 --filter kill-x32 "${state[@]}" denyinit -c "$LIVE/policy/alone.ini" -- \
			"${entrypoint[@]}"
		expect "$privilege, alone.ini: refuses" is "$status" 125
		expect "$privilege, alone.ini: nothing seen at work" has "$out" 'reason=nothing-probed'
		observe outer "${state[@]}" denyinit -c "$LIVE/policy/without-mount.ini" -- "${entrypoint[@]}"
		expect "$privilege, without mount: refuses" is "$status" 125
		expect "$privilege, without mount: named" has "$out" 'FAIL +mount +denied-by-runtime'
	done
	all_rows
}

# Calls that seem to succeed, or that a filter asks a tracer or a signal handler about: the policy's own errno outranks
# or is outranked; either way the whole policy is in force and a call left out is not taken for denied.
@test "stranger outer filters" {
	local filter state
	for filter in errno0-mount enosys-mount trace-mount trap-mount kill-thread-mount; do
		observe outer --filter "$filter" -- denyinit -c "$LIVE/policy/default.ini" -- "${entrypoint[@]}"
		expect "$filter: whole policy starts" is "$status" 0
		expect "$filter: whole policy passes" has "$out" '^denyinit: PASS '
		observe outer --filter "$filter" -- denyinit -c "$LIVE/policy/without-fsopen.ini" -- "${entrypoint[@]}"
		expect "$filter: fsopen left out: refuses" is "$status" 125
		expect "$filter: fsopen left out: named" has "$out" $'\n''denyinit: FAIL +fsopen +'
	done
	all_rows
}
