#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What --export=bpf writes is what denyinit loads, and does the same under bwrap; and neither form is handed out half,
# or for a policy that denyinit would not start with. Profiles under a container runtime: tests/container/export.bats.
# shellcheck disable=SC2154 # status, out, err are set by common.bash
bats_require_minimum_version 1.5.0
load common

setup_file() {
	live_begin
	policy conditions '[deny]' '@mount = deny' 'lseek = 77 if arg1:64 > 0x100000000 and arg2 == 1' \
		'getpriority = kill-process if arg0 >= 3' 'getpriority = 78 if arg0 & 2' 'clone3 = ENOSYS'
	policy deny-list '[policy]' 'newer-syscalls = allow' '[deny]' '@mount = deny'
	policy partly '[deny]' 'mount = deny'
	policy number '[deny]' '@mount = deny' '500 = EPERM'
	printf '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read","mount"],"action":"SCMP_ACT_ALLOW"}]}' \
		>"$LIVE/base.json"
	printf '{"defaultAction":"SCMP_ACT_ALLOW"}' >"$LIVE/deny-list.json"
	head -c 300000 /dev/zero | tr '\0' ' ' >"$LIVE/large.json"
}
teardown_file() { live_end; }

policies=(default mount strict conditions)

@test "the bytes are those that denyinit loads" {
	local name
	for name in "${policies[@]}"; do
		observe_here denyinit --export=bpf -c "$LIVE/policy/$name.ini"
		expect "$name" is "$status" 0
		expect "$name: nothing else is said" is "$err" ''
		# As strace prints them: code, jt, jf, k of each instruction.
		od -An -v -w8 -tx1 "$BATS_TEST_TMPDIR/out" | while read -r a b jt jf k0 k1 k2 k3; do
			echo "$((0x$b$a)) $((0x$jt)) $((0x$jf)) $((0x$k3$k2$k1$k0))"
		done >"$BATS_TEST_TMPDIR/exported"
		strace -o "$BATS_TEST_TMPDIR/trace" -e trace=seccomp -X raw -v -s 9999 \
			denyinit -c "$LIVE/policy/$name.ini" --report=off -- true
		# The last one that is loaded: the canary is first.
		grep -F 'filter=[' "$BATS_TEST_TMPDIR/trace" | tail -n 1 | grep -oE 'BPF_(STMT|JUMP)\([^)]*\)' |
			sed -E 's/BPF_STMT\(([^,]*), ([^)]*)\)/\1 0 0 \2/; s/BPF_JUMP\(([^,]*), ([^,]*), ([^,]*), ([^)]*)\)/\1 \3 \4 \2/' |
			while read -r code jt jf k; do echo "$((code)) $((jt)) $((jf)) $((k))"; done >"$BATS_TEST_TMPDIR/loaded"
		expect "$name: $(wc -l <"$BATS_TEST_TMPDIR/exported") instructions" \
			test "$(wc -l <"$BATS_TEST_TMPDIR/exported")" -gt 20
		expect "$name: the same" cmp "$BATS_TEST_TMPDIR/exported" "$BATS_TEST_TMPDIR/loaded"
	done
	all_rows
}

map='[.abis[] | .abi as $abi | .calls[] | [$abi, .nr, .name, .answer, .errno, .some_arguments]]'

@test "under bwrap the map of every call is the one under denyinit" {
	local name
	for name in "${policies[@]}"; do
		denyinit --export=bpf -c "$LIVE/policy/$name.ini" >"$BATS_TEST_TMPDIR/bpf"
		timeout 60 bwrap --dev-bind / / --seccomp 9 denyinit-selftest --all --json 9<"$BATS_TEST_TMPDIR/bpf" |
			jq -c "$map" >"$BATS_TEST_TMPDIR/bwrap"
		timeout 60 denyinit -c "$LIVE/policy/$name.ini" --report=off -- denyinit-selftest --all --json |
			jq -c "$map" >"$BATS_TEST_TMPDIR/denyinit"
		expect "$name: the map" cmp "$BATS_TEST_TMPDIR/bwrap" "$BATS_TEST_TMPDIR/denyinit"
		status=$(jq 'map(select(.[3] == "errno")) | length' "$BATS_TEST_TMPDIR/bwrap")
		expect "$name: $status denied" test "$status" -gt 90
		echo "# figure: export bpf of $name: $(jq length "$BATS_TEST_TMPDIR/bwrap") answers the same, $status of them an errno" >&3
	done
	# The control: without the program bwrap denies nothing.
	status=$(timeout 60 bwrap --dev-bind / / denyinit-selftest --all --json |
		jq '[.abis[].calls[] | select(.answer == "errno")] | length')
	expect "the control" is "$status" 0
	all_rows
}

@test "the edges of conditions under bwrap" {
	local args
	for args in 0x0 0x1 0x2 0x100000002 0x3 0x100000003 0x100000000 0x4 0x6 0xffffffff; do
		echo "140 $args 0"
		echo "8 -1 $args 1"
		echo "8 -1 0x100000001 $args"
	done >"$BATS_TEST_TMPDIR/calls"
	denyinit --export=bpf -c "$LIVE/policy/conditions.ini" >"$BATS_TEST_TMPDIR/bpf"
	bwrap --dev-bind / / --seccomp 9 "$LIVE/bin/ask" 9<"$BATS_TEST_TMPDIR/bpf" <"$BATS_TEST_TMPDIR/calls" \
		>"$BATS_TEST_TMPDIR/bwrap"
	denyinit -c "$LIVE/policy/conditions.ini" --report=off -- "$LIVE/bin/ask" <"$BATS_TEST_TMPDIR/calls" \
		>"$BATS_TEST_TMPDIR/denyinit"
	cmp "$BATS_TEST_TMPDIR/bwrap" "$BATS_TEST_TMPDIR/denyinit"
	[ "$(grep -cE 'errno 7[78]$|signal 31$' "$BATS_TEST_TMPDIR/bwrap")" -ge 10 ]
}

@test "a program is not written to a terminal" {
	# script(1) gives it one.
	run script -qec "denyinit --export=bpf -c $LIVE/policy/default.ini" /dev/null </dev/null
	[ "$status" = 125 ]
	[[ $output == *'denyinit: a program is no text for a terminal'* ]]
	[ "${#output}" -lt 200 ]
}

@test "nothing half: what is not sound, or cannot be carried, leaves stdout empty" {
	local row
	# STATUS WHAT-IS-SAID OPTIONS...
	while read -r wanted said options; do
		# shellcheck disable=SC2086 # words
		observe_here denyinit $options
		expect "$options: status" is "$status" "$wanted"
		expect "$options: nothing" is "$out" ''
		expect "$options: says $said" has "$err" "${said//_/ }"
	done <<-END
		1 mount_API --export=oci -c $LIVE/policy/partly.ini
		1 mount_API --export=bpf -c $LIVE/policy/partly.ini
		1 no_such_file --export=oci -c $LIVE/nowhere.ini
		1 no_such_file --export=bpf -c $LIVE/nowhere.ini
		1 :3:.error:.number_500 --export=oci -c $LIVE/policy/number.ini
		1 base_lets_calls_through --export=oci -c $LIVE/policy/default.ini --base $LIVE/deny-list.json
		1 no_JSON --export=oci -c $LIVE/policy/default.ini --base $LIVE/policy/default.ini
		125 No_such_file --export=oci -c $LIVE/policy/default.ini --base $LIVE/nowhere.json
		125 Is_a_directory --export=oci -c $LIVE/policy/default.ini --base /
		125 Invalid_argument --export=oci -c $LIVE/policy/default.ini --base /dev/null
		125 File_too_large --export=oci -c $LIVE/policy/default.ini --base $LIVE/large.json
	END
	for row in oci bpf; do
		status=0
		denyinit --export=$row -c "$LIVE/policy/default.ini" >/dev/full 2>"$BATS_TEST_TMPDIR/err" || status=$?
		expect "$row: stdout is full" is "$status" 125
	done
	# The control.
	observe_here denyinit --export=oci -c "$LIVE/policy/default.ini" --base "$LIVE/base.json"
	expect "the control" is "$status" 0
	expect "mount is not let through" is "$(json '[.syscalls[] | select(.action == "SCMP_ACT_ALLOW") | .names[]]')" '["read"]'
	all_rows
}

@test "--export needs no privilege, and writes the same each time" {
	local first
	first=$(denyinit --export=oci -c "$LIVE/policy/strict.ini" | sha256sum)
	observe_here setpriv --reuid "$NOBODY" --clear-groups --bounding-set -all --inh-caps -all \
		denyinit --export=oci -c "$LIVE/policy/strict.ini"
	[ "$status" = 0 ]
	[ "$(sha256sum <"$BATS_TEST_TMPDIR/out")" = "$first" ]
	[ "$(json .defaultErrnoRet)" = 38 ]
}
