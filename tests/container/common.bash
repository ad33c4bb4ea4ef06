# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables that the tests use, and that bats sets
# SPDX-License-Identifier: MIT
# What the tests of this folder share. setup_suite.bash has started the engine and built the images:
#
#   denyinit:test     the Dockerfile's default target: denyinit alone
#   nginx-deny:test   its target nginx, on nginx/Dockerfile; has busybox as well

bats_require_minimum_version 1.5.0

# The mount API on x86_64.
MOUNT_API='mount umount2 pivot_root open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr open_tree_attr'

# Where nothing but denyinit stands between a root process and a mount. (Docker's AppArmor profile, on machines that
# have AppArmor, forbids mount by itself: no test here is about it.)
NO_AA=(--security-opt apparmor=unconfined)
OPEN=(--cap-add SYS_ADMIN --security-opt seccomp=unconfined)

docker() { command "$DOCKER" "$@"; }

# docker run OPTIONS... IMAGE COMMAND...: nothing stays. The deadline is for a container that hangs.
guest() { timeout 300 "$DOCKER" run --rm --pull never --network none "${NO_AA[@]}" "$@"; }

# The same, in the background: its id to stdout. remove_guests ends all of them that a test has started.
guest_in_background() {
	docker run --detach --pull never --network none --label "test=$BATS_TEST_NAME" "${NO_AA[@]}" "$@"
}

remove_guests() {
	docker ps --all --quiet --filter "label=test=$BATS_TEST_NAME" | xargs --no-run-if-empty "$DOCKER" rm --force >/dev/null
}

# Waits until so many lines of the container's log match.
await_log() { # CONTAINER REGEX [COUNT]
	local count=${3:-1} found
	found=$(grep -cEm "$count" -e "$2" < <(timeout 120 "$DOCKER" logs --follow "$1" 2>&1)) || :
	[ "$found" = "$count" ] && return 0
	docker logs "$1"
	echo "$found lines match $2, expected $count"
	return 1
}

# For messages: what `run --separate-stderr` has seen.
seen() {
	printf '%s\n' "status: $status" "stdout: $output" "stderr: ${stderr-}"
}

fail() {
	printf '%s\n' "$@"
	seen
	return 1
}

expect_status() { [ "$status" = "$1" ] || fail "expected status $1"; }

# A line of stdout, or of stderr, matches.
expect_line() { grep -qE -e "$1" <<<"$output" || fail "no line of stdout matches: $1"; }
expect_error() { grep -qE -e "$1" <<<"$stderr" || fail "no line of stderr matches: $1"; }
refuse_line() { ! grep -E -e "$1" <<<"$output" || fail "a line of stdout matches: $1"; }

# denyinit does not start what it should: 125, one line of stderr that is complete by itself.
expect_refusal() { # REGEX
	expect_status 125
	expect_error "^denyinit: .*$1.*Not starting \(125\)\.$"
	refuse_line "^started$"
}
