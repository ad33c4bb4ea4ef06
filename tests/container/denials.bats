#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2030,SC2031,SC2153 # bats runs each test in a shell of its own
# Denials told inside the container, and a policy found by observing: nginx whose entrypoint script tries to mount.
load common

setup() {
	dir=$BATS_TEST_TMPDIR
	# What an image might have among its start-up scripts; the mount that it wants would be harmless.
	printf '%s\n' '#!/bin/sh' 'mount -t tmpfs tmpfs /mnt && echo "script: mounted" || echo "script: not mounted"' \
		>"$dir/90-cache.sh"
	chmod 0755 "$dir/90-cache.sh"
	policy "$(printf '%s\n' '[deny]' '@default = deny' '[init]' 'report-denials = yes')"
}

teardown() { remove_guests; }

# policy TEXT: becomes the container's policy.
policy() {
	rm -f "$dir/denyinit.ini"
	printf '%s\n' "$1" >"$dir/denyinit.ini"
	chmod 0444 "$dir/denyinit.ini"
}

volumes() {
	printf '%s\n' --volume "$dir/denyinit.ini:/etc/denyinit.ini:ro" --volume \
		"$dir/90-cache.sh:/docker-entrypoint.d/90-cache.sh:ro"
}

# nginx_starts OPTIONS...: $id is its container. Its logs: $output and $stderr.
nginx_starts() {
	mapfile -t words < <(volumes)
	id=$(guest_in_background "${words[@]}" "$@" nginx-deny:test)
	await_log "$id" 'start worker process'
	run --separate-stderr docker exec "$id" busybox wget -q -O - http://127.0.0.1/
	expect_line 'Welcome to nginx'
	run --separate-stderr docker logs "$id"
}

# What the script's mount is told as: Debian 13's mount(8) begins with fsopen and never calls mount(2).
TOLD='denyinit: DENIED fsopen EPERM rule=/etc/denyinit.ini:2\(@default\) pid=[0-9]+ comm=mount abi=x86_64 count=1$'

@test "the control: without denyinit the script mounts" {
	mapfile -t words < <(volumes)
	id=$(guest_in_background "${words[@]}" "${OPEN[@]}" --entrypoint /docker-entrypoint.sh nginx-deny:test \
		nginx -g 'daemon off;')
	await_log "$id" 'start worker process'
	run --separate-stderr docker logs "$id"
	expect_line '^script: mounted$'
}

@test "a denied mount is told, and nginx serves: unconfined, with SYS_ADMIN" {
	nginx_starts "${OPEN[@]}"
	expect_line '^denyinit: PASS .* mode=supervise denials=reported '
	expect_line '^script: not mounted$'
	expect_error "$TOLD"
}

@test "the same for uid 65534 without capabilities, read-only" {
	nginx_starts --security-opt seccomp=unconfined --read-only --cap-drop ALL --tmpfs /tmp --user 65534
	expect_line '^denyinit: PASS .* mode=supervise denials=reported '
	expect_error "$TOLD"
}

@test "Docker's default profile denies mount first: the report says in part, and what only this policy denies is told" {
	policy "$(printf '%s\n' '[deny]' '@default = deny' 'mkdirat mkdir = EACCES' '[init]' 'report-denials = yes')"
	id=$(guest_in_background --volume "$dir/denyinit.ini:/etc/denyinit.ini:ro" nginx-deny:test \
		sh -c 'mount -t tmpfs tmpfs /mnt; mkdir /tmp/x; echo done')
	await_log "$id" '^done'
	run --separate-stderr docker logs "$id"
	expect_line '^denyinit: PASS .* denials=in-part .* outer-filters=1 '
	expect_error '^denyinit: [0-9]+ of [0-9]+ denied calls are not reported: '
	# Not at a line's beginning: mkdir(1) writes its own message in pieces, and denyinit's may come between two of them.
	expect_error 'denyinit: DENIED mkdir(at)? EACCES rule=/etc/denyinit.ini:3 '
	run ! grep 'DENIED mount' <<<"$stderr"
}

@test "PID 1 is denyinit, confined and not to be looked into; its command carries the filter" {
	nginx_starts "${OPEN[@]}"
	# shellcheck disable=SC2016
	run --separate-stderr docker exec "$id" sh -c 'set -- 1 $(cat /proc/1/task/1/children)
		for pid in "$@"; do cat "/proc/$pid/comm"; grep -E "^Seccomp(_filters)?:" "/proc/$pid/status"; done'
	expect_status 0
	[ "$output" = "$(printf '%s\n' denyinit $'Seccomp:\t2' $'Seccomp_filters:\t1' nginx $'Seccomp:\t2' \
		$'Seccomp_filters:\t2')" ] || fail "other processes or filters"
	run --separate-stderr docker exec "$id" readlink /proc/1/fd/2
	[ "$status" != 0 ] || fail "PID 1 is dumpable"
}

@test "docker stop ends it as it ends nginx, and the sums are told" {
	nginx_starts "${OPEN[@]}"
	docker stop --time 60 "$id"
	[ "$(docker inspect --format '{{.State.ExitCode}}' "$id")" = 0 ] || fail "exit status"
	run --separate-stderr docker logs "$id"
	expect_error '^denyinit: TOTALS denied=[0-9]+ observed=0 '
	expect_error '^denyinit:   fsopen +EPERM +rule=/etc/denyinit.ini:2\(@default\) abi=x86_64 by mount\(1\) count=1$'
}

@test "the command's exit status is the container's; 128 + n for a signal" {
	mapfile -t words < <(volumes)
	run --separate-stderr guest "${words[@]}" nginx-deny:test sh -c 'exit 42'
	expect_status 42
	# shellcheck disable=SC2016
	run --separate-stderr guest "${words[@]}" nginx-deny:test sh -c 'kill -9 $$'
	expect_status 137
}

@test "as JSON" {
	mapfile -t words < <(volumes)
	run --separate-stderr guest "${words[@]}" "${OPEN[@]}" --env DENYINIT_REPORT=json nginx-deny:test \
		mount -t tmpfs tmpfs /mnt
	expect_status 32
	json=$(grep '"event":"denied"' <<<"$stderr")
	[ "$(jq -r '[.call, .gets, .policy, .line, .group, .comm, .abi, .count, .logger] | map(tostring) | join(" ")' \
		<<<"$json")" = 'fsopen EPERM /etc/denyinit.ini 2 @default mount x86_64 1 denyinit' ] || fail "$json"
}

# The three commands of README.md, and nothing of the host: observe, look at what would break, enforce.
@test "from what would break to an enforced policy" {
	mapfile -t words < <(volumes)
	policy "$(printf '%s\n' '[deny]' '@default = deny')"
	id=$(guest_in_background "${words[@]}" "${OPEN[@]}" --entrypoint denyinit nginx-deny:test --observe -- \
		/docker-entrypoint.sh nginx -g 'daemon off;')
	await_log "$id" 'start worker process'
	run --separate-stderr docker exec "$id" busybox wget -q -O - http://127.0.0.1/
	expect_line 'Welcome to nginx'
	docker stop --time 60 "$id"
	run --separate-stderr docker logs "$id"
	expect_line '^denyinit: OBSERVE NOTHING is blocked'
	expect_line '^script: mounted$' # nothing is enforced: this is the control, too
	expect_error '^denyinit: OBSERVE fsopen EPERM rule=/etc/denyinit.ini:2\(@default\) '
	found=$(sed -n '/^denyinit: OBSERVED this run is over/,$p' <<<"$stderr" | tail -n +2)
	[ "$(grep -c ' = allow ; [0-9]* calls\? by mount$' <<<"$found")" = 4 ] || fail "not what Debian 13's mount calls"

	run --separate-stderr guest --entrypoint denyinit nginx-deny:test --explain fsopen
	expect_status 0
	expect_line '@default'

	# The script can do without its mount: the list as it was, but for what nginx itself needs. That is nothing.
	policy "$(grep -v ' = allow' <<<"$found")"
	nginx_starts "${OPEN[@]}"
	expect_line '^denyinit: PASS mount API blocked: 11 of 11 '
	expect_line '^script: not mounted$'
	# As it was printed, the script may mount, and the report says so at every start.
	policy "$found"
	nginx_starts "${OPEN[@]}"
	expect_line '^denyinit: PARTIAL .*fsopen \(/etc/denyinit.ini:[0-9]+\)'
	expect_line '^script: mounted$'
}
