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

# ---- a shell above ----

# on_shell STEP...: a shell with jobs on the terminal, which says at once what becomes of them. `with` is a script there.
on_shell() {
	printf 'exec %s "$@"\n' "${with[*]}" >"$LIVE/with"
	PS1='> ' on_terminal 'await:> ' 'type:set -b^J' 'await:> ' "$@" type:exit^J -- bash --norc --noprofile -i
}
# What is awaited is not in the words that are typed, which the terminal shows, too.
shell_stops() {
	on_shell "type:sh $LIVE/with supervise_work tty^J" await:ready type:^Z await:Stopped \
		"type:echo 4\$((1 + 1)) \$?^J" 'await:42 148' type:fg^J "await:$LIVE/with" type:one^J 'await:read one' 'await:> '
	expect "$1: goes on" is "$status" 0
	on_shell "type:sh $LIVE/with supervise_work tty^J" await:ready type:^Z await:Stopped 'await:> ' \
		type:fg^J 'await:goes on' type:^Z await:Stopped 'await:> ' type:fg^J 'await:goes on' \
		type:^C 'await:> ' "type:echo 4\$((1 + 1)) \$?^J" 'await:42 130'
	expect "$1: twice, and ^C" is "$status" 0
}
@test "^Z stops the job and gives the shell its terminal back; fg goes on with it, and ^C comes" {
	each_way shell_stops
}

shell_reads() {
	on_shell "type:sh $LIVE/with sh -c 'read x; echo \$x 4\$((1 + 1))' &^J" 'await:Stopped' \
		type:fg^J "await:$LIVE/with" type:typed^J 'await:typed 42' 'await:> '
	expect "$1: status" is "$status" 0
}
@test "a job that reads in the background stops; in the foreground it reads" {
	each_way shell_reads
}

shell_writes() {
	on_shell "type:stty tostop; sh $LIVE/with sh -c 'echo 4\$((1 + 1)); exit 3' &^J" 'await:Stopped' \
		type:fg^J 'await:42' 'await:> ' "type:echo 4\$((1 + 1)) \$?^J" 'await:42 3'
	expect "$1: status" is "$status" 0
}
@test "a job that writes in the background, where it may not, stops; in the foreground it writes" {
	each_way shell_writes
}

shell_script() {
	on_shell "type:sh -c '${with[*]} supervise_work tty; read y; echo read \$y 4\$((1 + 1))'^J" await:ready type:one^J 'await:read one' \
		type:two^J 'await:read two 42' 'await:> '
	expect "$1: status" is "$status" 0
}
@test "a script that goes on after the command has its terminal back" {
	each_way shell_script
}

# ---- nobody above: a container's terminal ----

leads() {
	on_terminal await:ready type:^Z type:one^J 'await:read one' -- "${with[@]}" supervise_work tty
	expect "$1: status" is "$status" 0
}
@test "^Z where nobody could continue what it stops is without effect" {
	each_way leads
}
