#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2030,SC2031,SC2153 # bats runs each test in a shell of its own
# What mounts, as root with CAP_SYS_ADMIN and no filter of the runtime's: none of it works under denyinit. The control,
# each time: the same command, the same capabilities, without denyinit, and it does mount.
load common

# Runs a command that should mount something on /mnt; says what came of it.
# shellcheck disable=SC2016 # the container's shell expands it
ATTEMPT='"$@"; echo "status=$?"; echo "mounted=$(grep -c " /mnt " /proc/self/mountinfo)"'

mounts() { # DOCKER'S OPTIONS... -- COMMAND...
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	run --separate-stderr guest "${options[@]}" --entrypoint sh nginx-deny:test -c "$ATTEMPT" "$@"
	expect_line '^status=0$'
	expect_line '^mounted=1$'
}

blocked() { # COMMAND...
	run --separate-stderr guest "${OPEN[@]}" nginx-deny:test sh -c "$ATTEMPT" -- "$@"
	expect_line '^denyinit: PASS '
	refuse_line '^status=0$'
	expect_line '^mounted=0$'
	mounts "${OPEN[@]}" -- "$@"
}

@test "Debian 13's mount (the new API)" { blocked mount -t tmpfs tmpfs /mnt; }
@test "Debian 13's mount --bind (open_tree)" { blocked mount --bind /usr /mnt; }
@test "busybox mount (the old API)" { blocked busybox mount -t tmpfs tmpfs /mnt; }
@test "busybox mount --bind" { blocked busybox mount --bind /usr /mnt; }

# The guide's first two profiles each close one API and leave the other: which shows that the programs above use
# different ones.
@test "under a profile that denies mount only, Debian 13's mount mounts; busybox's under one that denies move_mount" {
	mounts --cap-add SYS_ADMIN --security-opt "seccomp=$BATS_TEST_DIRNAME/profiles/naive.json" -- \
		mount -t tmpfs tmpfs /mnt
	mounts --cap-add SYS_ADMIN --security-opt "seccomp=$BATS_TEST_DIRNAME/profiles/minimal.json" -- \
		busybox mount -t tmpfs tmpfs /mnt
}

# routes tries every way there is, those of the other ABIs too.
routes() { guest -v "$ROUTES:/routes:ro" "$@"; }

@test "every route to a mount: nine or more are open without denyinit, none with it" {
	run --separate-stderr routes "${OPEN[@]}" --entrypoint /routes nginx-deny:test
	expect_status 0
	open=$(grep -c '^open ' <<<"$output")
	[ "$open" -ge 9 ] || fail "only $open routes are open without denyinit"
	expect_line "^$open open of "

	for policy in /etc/denyinit.ini /usr/share/denyinit/{mount,strict}.ini; do
		run --separate-stderr routes "${OPEN[@]}" --entrypoint denyinit nginx-deny:test -c "$policy" -- /routes
		expect_status 0
		expect_line '^denyinit: PASS '
		expect_line '^0 open of '
		refuse_line '^open '
	done
}

@test "every route to a mount: some are open under the guide's profile of seven calls, none with denyinit as well" {
	guide=(--cap-add SYS_ADMIN --security-opt "seccomp=$BATS_TEST_DIRNAME/profiles/guide.json")
	run --separate-stderr routes "${guide[@]}" --entrypoint /routes nginx-deny:test
	expect_status 0
	expect_line '^open '

	run --separate-stderr routes "${guide[@]}" nginx-deny:test /routes
	expect_status 0
	expect_line '^denyinit: PASS '
	expect_line '^0 open of '
	refuse_line '^open '
}
