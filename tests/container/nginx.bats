#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2030,SC2031,SC2153 # bats runs each test in a shell of its own
# The Dockerfile's example, nginx: PID 1 is nginx itself, carries the filter, and serves.
load common

teardown() { remove_guests; }

# serves OPTIONS...: $id is its container.
serves() {
	id=$(guest_in_background "$@" nginx-deny:test)
	await_log "$id" 'start worker process'
	run --separate-stderr docker logs "$id"
	expect_line '^denyinit: PASS mount API blocked: 11 of 11 '
	[[ ${lines[0]} = 'denyinit: PASS '* ]] || fail "the report comes first"
	expect_line 'ready for start up' # the base image's entrypoint script

	run --separate-stderr docker exec "$id" busybox wget -q -O - http://127.0.0.1/
	expect_status 0
	expect_line 'Welcome to nginx'
}

UNPRIVILEGED=(--read-only --cap-drop ALL --tmpfs /tmp)

@test "serves, Docker's default profile" { serves; }
@test "serves, --cap-add SYS_ADMIN" { serves --cap-add SYS_ADMIN; }
@test "serves, --cap-add SYS_ADMIN, seccomp=unconfined" { serves "${OPEN[@]}"; }
@test "serves, --read-only --cap-drop ALL --user 65534" { serves "${UNPRIVILEGED[@]}" --user 65534; }
@test "serves, --read-only --cap-drop ALL, a random uid with gid 0" { serves "${UNPRIVILEGED[@]}" --user 1234567:0; }

@test "serves under conf/strict.ini and conf/mount.ini, too" {
	for policy in strict mount; do
		id=$(guest_in_background --entrypoint denyinit nginx-deny:test -c "/usr/share/denyinit/$policy.ini" -- \
			/docker-entrypoint.sh nginx -g 'daemon off;')
		await_log "$id" 'start worker process'
		run --separate-stderr docker exec "$id" busybox wget -q -O - http://127.0.0.1/
		expect_line 'Welcome to nginx'
		run --separate-stderr docker logs "$id"
		expect_line "^denyinit: PASS .*policy=/usr/share/denyinit/$policy.ini"
	done
}

@test "PID 1 is nginx and carries the filter, and so do its workers" {
	serves "${OPEN[@]}"
	# shellcheck disable=SC2016
	run --separate-stderr docker exec "$id" sh -c 'cat /proc/1/comm
		for pid in 1 $(cat /proc/1/task/1/children); do grep ^Seccomp: "/proc/$pid/status"; done'
	expect_status 0
	[ "${lines[0]}" = nginx ] || fail "PID 1 is ${lines[0]}"
	[ "${#lines[@]}" = 4 ] || fail "PID 1 and two workers"
	[ "$(grep -c $'^Seccomp:\t2$' <<<"$output")" = 3 ] || fail "a process without filter"
}

# The limit that SECURITY.md and README.md name: denyinit covers PID 1 and what it starts.
@test "docker exec is not covered" {
	serves "${OPEN[@]}"
	run --separate-stderr docker exec "$id" grep ^Seccomp: /proc/self/status /proc/1/status
	expect_line $'^/proc/self/status:Seccomp:\t0$'
	expect_line $'^/proc/1/status:Seccomp:\t2$'
	run --separate-stderr docker exec "$id" mount -t tmpfs tmpfs /mnt
	expect_status 0
	# ... and the judge says so, when it is asked there.
	run --separate-stderr docker exec "$id" denyinit-selftest
	expect_status 1
	expect_line '^denyinit-selftest: FAIL '
}

@test "docker stop ends nginx by its own signal, and docker kill -s HUP reloads it" {
	serves
	docker kill --signal HUP "$id" >/dev/null
	await_log "$id" 'signal 1 \(SIGHUP\) received'
	await_log "$id" 'reconfiguring'
	# 137 when Docker had to kill it.
	docker stop --time 30 "$id" >/dev/null
	[ "$(docker inspect --format '{{.State.ExitCode}}' "$id")" = 0 ] || fail "nginx did not end by itself"
	await_log "$id" 'gracefully shutting down'
}

@test "the control: docker stop has to kill what does not listen to its signal" {
	id=$(guest_in_background --entrypoint sleep nginx-deny:test 1000)
	docker stop --time 1 "$id" >/dev/null
	[ "$(docker inspect --format '{{.State.ExitCode}}' "$id")" = 137 ]
}

@test "a container that is started again reports again" {
	serves
	docker restart --time 30 "$id" >/dev/null
	await_log "$id" '^denyinit: PASS ' 2
}
