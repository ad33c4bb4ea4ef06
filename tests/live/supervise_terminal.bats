#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# mode = supervise on a terminal: the command has it as if it had been started without denyinit.
# shellcheck disable=SC2154 # status, out and err are set by common.bash
bats_require_minimum_version 1.5.0
load common
load supervise_common

setup_file() {
	live_begin
	supervise_policies
}
teardown_file() { live_end; }

# on_terminal OPTION... STEP... -- COMMAND...: $status, and what the terminal showed in $out, without carriage returns.
on_terminal() {
	status=0
	timeout -k 5 60 supervise_drive pty "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" </dev/null || status=$?
	out=$(tr -d '\r' <"$BATS_TEST_TMPDIR/out")
	err=$(<"$BATS_TEST_TMPDIR/err")
}
receiver() { # STEP...: on a terminal, with and without denyinit
	on_terminal "$@" -- "${with[@]}" supervise_work receive
}

# Without denyinit is the control of each test.
each_way() { # COMMAND
	local form
	for form in none stays told; do
		with=(denyinit -c "$LIVE/policy/$form.ini" --)
		[ $form != none ] || with=()
		"$1" "$form"
	done
	all_rows
}

foreground() {
	local pid parent group foreground
	receiver await:ready type:^C 'await:signal 2' size:40 'await:signal 28' type:hello^J 'await:typed hello' \
		type:^\\ 'await:signal 3' kill:10 'await:signal 10' type:^D
	read -r _ pid parent group foreground <<<"$out"
	expect "$1: ends by ^D" is "$status" 0
	expect "$1: a group of its own" is "$group" "$pid"
	expect "$1: in the foreground" is "$foreground" "$group"
	# What the supervisor passed on a second time would have come before the signal that it was sent last.
	expect "$1: each once" is "$(grep '^[^r]*signal' <<<"$out" | sed 's/.*signal //' | tr '\n' ' ')" "2 28 3 10 "
}
@test "in the foreground: ^C and ^\\ come once, so does a change of size, and it reads" {
	each_way foreground
}

background() {
	local pid parent group foreground
	receiver --background await:ready type:hello^J 'await:stdin EIO'
	read -r _ pid parent group foreground <<<"$out"
	expect "$1: the command is another group's" [ "$foreground" != "$group" ]
	expect "$1: it may not read" has "$out" 'stdin EIO'
	expect "$1: the terminal stays whose it was" has "$out" 'foreground: the first'
}
@test "in the background: it does not take the terminal" {
	each_way background
}

uncontrolled() {
	receiver --no-control await:ready type:^C type:hello^J 'await:typed hello' kill:10 'await:signal 10' type:^D
	expect "$1: status" is "$status" 0
	expect "$1: no signal of the terminal's" is "$(lines "$out" 'signal 2$')" 0
}
@test "a terminal that is not the controlling one" {
	each_way uncontrolled
}

no_terminal() {
	status=0
	# shellcheck disable=SC2016 # the inner shell's own
	out=$(setsid -w "${with[@]}" sh -c 'echo "in group $(ps -o pgid= -p $$ | tr -d " ") of $$"' </dev/null 2>&1) ||
		status=$?
	expect "$1: runs, and says nothing of it" has "$status:$out" '^0:in group ([0-9]+) of [0-9]+$'
}
@test "no terminal at all" {
	each_way no_terminal
}

redirected() {
	on_terminal --stdin /dev/null await:ready type:hello^J 'await:read hello' -- "${with[@]}" supervise_work tty
	expect "$1: reads /dev/tty" is "$status" 0
	expect "$1: what was typed" has "$out" 'read hello'
}
@test "a command whose stdin is something else has the terminal all the same" {
	each_way redirected
}
