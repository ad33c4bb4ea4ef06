#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Every route to a change of the mount tree (routes.c): open without denyinit, closed with it.
# shellcheck disable=SC2154 # status, out, err and refusal are set by common.bash
bats_require_minimum_version 1.5.0
load common

setup_file() { live_begin; }
teardown_file() { live_end; }

# Of the text of `routes`.
count_open() { tail -1 <<<"$1" | sed -n 's/^\([0-9]*\) open of [0-9]*$/\1/p'; }

@test "control: without denyinit root finds at least nine routes open, through both APIs, i386 and user namespaces" {
	observe routes
	echo "$out"
	[ "$status" = 0 ] && [ "$(count_open "$out")" -ge 9 ]
	local route
	for route in mount-tmpfs mount-bind mount-remount fsopen open_tree-bind move_mount mount_setattr-remount \
		fspick-reconfigure umount2 pivot_root thread clone-newns userns-unshare userns-clone userns-clone3; do
		expect "$route is open" has "$out" "(^|"$'\n'")open $route"$'\n'
	done
	# Nothing is closed on a kernel without filter, or the program would prove nothing by finding it closed.
	expect "none closed" has_not "$out" "closed"
	all_rows
}

@test "control: without denyinit uid $NOBODY finds the user namespace open" {
	observe outer --caps none --uid "$NOBODY" -- routes
	expect "userns-unshare" has "$out" 'open userns-unshare'
	expect "userns-clone" has "$out" 'open userns-clone'
	expect "mount-tmpfs" has "$out" 'closed mount-tmpfs EPERM'
	all_rows
}

@test "control: the routes program tells an outer EPERM from no filter" {
	observe outer --filter eperm-mount -- routes
	expect "mount-tmpfs" has "$out" 'closed mount-tmpfs EPERM'
	expect "fsopen" has "$out" 'closed fsopen EPERM'
	expect "i386 is forgotten by such filters" has "$out" 'open i386:mount-tmpfs'
	all_rows
}

@test "under denyinit no route is open, at any privilege, and each ends in an errno of the policy or in SIGSYS" {
	local policy privilege state elf32 count=0
	for policy in "$ROOT"/conf/*.ini; do
		policy=$(basename "$policy" .ini)
		case $policy in naive | minimal | guide) continue ;; esac # teaching examples: refused
		count=$((count + 1))
		# It is started out of memory: where that is denied, it is not even started.
		elf32=SIGSYS
		! grep -q '^memfd_create' "$ROOT/conf/$policy.ini" || elf32=EPERM
		for privilege in "${PRIVILEGES[@]}"; do
			read -ra state <<<"$(privilege "$privilege") --"
			observe outer "${state[@]}" denyinit --report=off -c "$LIVE/policy/$policy.ini" -- routes
			expect "$policy.ini, $privilege: runs" is "$status" 0
			expect "$policy.ini, $privilege: none open" is "$(count_open "$out")" 0
			expect "$policy.ini, $privilege: none open" is "$(lines "$out" '^open ')" 0
			expect "$policy.ini, $privilege: closed so" is \
				"$(grep '^closed ' <<<"$out" | grep -vE ' (EPERM|ENOSYS|SIGSYS)$')" ""
			expect "$policy.ini, $privilege: i386 killed" has "$out" 'closed i386:mount-tmpfs SIGSYS'
			expect "$policy.ini, $privilege: x32 killed" has "$out" 'closed x32:mount-tmpfs SIGSYS'
			expect "$policy.ini, $privilege: 32-bit program killed" has "$out" "closed elf32 $elf32"
		done
	done
	[ $count -ge 11 ]
	all_rows
}

@test "without /proc and on a read-only root none is open either" {
	observe outer --no-proc --read-only -- denyinit --report=off -c "$LIVE/policy/default.ini" -- routes --here
	expect "runs" is "$status" 0
	expect "none open" is "$(count_open "$out")" 0
	all_rows
}

# One call forgotten is a route open: why the self-test wants all eleven.
@test "of the calls that suffice alone, each left out leaves its route open" {
	local call route
	while read -r call route; do
		observe denyinit --on-failure=warn --report=off -c "$LIVE/policy/without-$call.ini" -- routes
		expect "without $call" has "$out" "(^|"$'\n'")open $route"$'\n'
	done <<-'TABLE'
		mount          mount-tmpfs
		umount2        umount2
		pivot_root     pivot_root
		move_mount     move_mount
		mount_setattr  mount_setattr-remount
		open_tree_attr open_tree_attr-remount
	TABLE
	all_rows
}
