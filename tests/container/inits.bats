#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# denyinit as an init in Docker: process 1 as its command sees it, statuses, `docker stop`, another user, a terminal.
load common

setup() {
	live=$BATS_TEST_DIRNAME/../../build/container/live
	volume=(--volume "$(realpath "$live")/supervise_work:/supervise_work:ro")
}

teardown() { remove_guests; }

# supervised OPTIONS-OF-DOCKER... -- OPTIONS-OF-DENYINIT... -- COMMAND...
supervised() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	run --separate-stderr guest "${volume[@]}" "${options[@]}" --entrypoint denyinit nginx-deny:test --supervise --report=off "$@"
}

@test "process 1 as its command sees it: as root, as nobody without capabilities" {
	supervised -- -- /supervise_work inside
	expect_line '^inside: 8 things, 0 wrong$'
	expect_status 42
	supervised --user 65534 --cap-drop ALL --read-only -- --signals=group --wait-all=yes -- /supervise_work inside
	expect_line '^inside: 8 things, 0 wrong$'
	expect_status 42
	# The control: the engine's own init is process 1, and denyinit its child.
	supervised --init -- -- /supervise_work inside
	expect_line '^parent: wrong: '
	expect_status 1
}

@test "exit statuses" {
	local words wanted
	while read -r wanted words; do
		# shellcheck disable=SC2086 # words
		supervised -- --exit-zero=143 -- /supervise_work $words
		expect_status "$wanted"
	done <<-'TABLE'
		3 exit 3
		255 exit 255
		0 die 15
		137 die 9
	TABLE
}

ended_with() { # CONTAINER STATUS
	run --separate-stderr docker inspect --format 'status {{.State.ExitCode}}' "$1"
	docker logs "$1"
	expect_line "^status $2\$"
}

@test "docker stop: who does not hear is killed after the grace period, who hears ends" {
	local id began
	# nginx's image has STOPSIGNAL QUIT.
	id=$(guest_in_background "${volume[@]}" --entrypoint denyinit nginx-deny:test --grace=1s --stop-signals=QUIT --report=off -- \
		sh -c 'trap "" QUIT; echo begun; while :; do sleep 0.1; done')
	await_log "$id" begun
	began=$SECONDS
	docker stop --time 60 "$id" 2>/dev/null
	[ $((SECONDS - began)) -lt 30 ]
	ended_with "$id" 137
	id=$(guest_in_background "${volume[@]}" --stop-signal TERM --entrypoint denyinit nginx-deny:test --rewrite=TERM:QUIT --report=off -- \
		sh -c 'trap "exit 9" QUIT; echo begun; while :; do sleep 0.1; done')
	await_log "$id" begun
	docker stop --time 60 "$id" 2>/dev/null
	ended_with "$id" 9
}

@test "another user of the image" {
	supervised -- --user=www-data -- sh -c 'echo "$(id -un):$(id -gn) $HOME"'
	expect_line '^www-data:www-data /var/www$'
	expect_status 0
	supervised --cap-drop ALL -- --user=www-data -- true
	expect_refusal 'it takes CAP_SETUID and CAP_SETGID'
	supervised --user 33:33 --cap-drop ALL -- --user=www-data -- sh -c 'id -un'
	expect_line '^www-data$'
}

@test "docker run -it: the command has the terminal, ^C comes once, ^Z is without effect" {
	local command=("$DOCKER" run --rm -it --pull never --network none "${volume[@]}" --entrypoint denyinit nginx-deny:test
		--supervise --report=off -- /supervise_work) parent group foreground
	run timeout 120 "$live/supervise_drive" pty await:ready type:^C 'await:signal 2' type:hello^J 'await:typed hello' type:^D -- \
		"${command[@]}" receive
	expect_status 0
	read -r _ pid parent group foreground <<<"$(grep -o 'ready .*' <<<"$output" | tr -d '\r')"
	[ "$parent $group $foreground" = "1 $pid $pid" ]
	[ "$(grep -c 'signal 2' <<<"$output")" = 1 ]
	run timeout 120 "$live/supervise_drive" pty await:ready type:^Z type:one^J 'await:read one' -- "${command[@]}" tty
	expect_status 0
}
