#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the entrypoint is and what it gets: the file, exit statuses, signals, descriptors, environment, words.
# shellcheck disable=SC2154 # status, out, err and refusal are set by common.bash
# shellcheck disable=SC2016 # what is in single quotes is for another shell
bats_require_minimum_version 1.5.0
load common

setup_file() {
	live_begin
	policy quiet '[deny]' '@mount = deny' '[selftest]' 'report = off'
	policy keep '[deny]' '@mount = deny' '[selftest]' 'report = off' '[init]' 'keep-fds = 2'
	mkdir "$LIVE/files"
	cd "$LIVE/files" || return
	printf '#!/bin/sh\necho ran "$0"\n' >script
	printf 'echo ran "$0"\n' >no-interpreter-line
	printf '#!/no/such/interpreter\n' >interpreter-missing
	printf '#!%s\n' "$LIVE/bin/elf32" >script-for-32-bit
	printf '#!/bin/sh\n' >not-executable
	cp "$LIVE/bin/elf32" program-32-bit
	head -c 40 "$LIVE/bin/routes" >cut-off
	chmod 0755 script no-interpreter-line interpreter-missing script-for-32-bit program-32-bit cut-off
	chmod 0644 not-executable
	ln -s loop-a loop-b
	ln -s loop-b loop-a
	mkdir folder
	cd / || return
}
teardown_file() { live_end; }

quietly() { observe denyinit -c "$LIVE/policy/quiet.ini" -- "$@"; }

@test "exit statuses: the entrypoint's own, 127 not found, 126 found and cannot run, with the reason" {
	local command wanted message
	while IFS='|' read -r command wanted message; do
		read -r command <<<"$command"
		read -r wanted <<<"$wanted"
		read -r message <<<"$message"
		quietly "${command//FILES/$LIVE/files}"
		expect "$command: status" is "$status" "$wanted"
		expect "$command: message" has "$err" "$message"
	done <<-'TABLE'
		true                       |   0 |
		false                      |   1 |
		FILES/script               |   0 |
		no-such-command            | 127 | ^denyinit: .*no-such-command.*No such file
		/no/such/file              | 127 | ^denyinit: .*/no/such/file.*No such file
		FILES/not-executable       | 126 | ^denyinit: .*not-executable.*Permission denied
		FILES/folder               | 126 | ^denyinit: .*folder.*(Permission denied|Is a directory)
		FILES/no-interpreter-line  | 126 | ^denyinit: .*no-interpreter-line.*Exec format error
		FILES/cut-off              | 126 | ^denyinit: .*cut-off
		FILES/loop-a               | 126 | ^denyinit: .*loop-a
		FILES/script/below-a-file  | 126 | ^denyinit: .*below-a-file.*Not a directory
		FILES/interpreter-missing  | 127 | ^denyinit: .*interpreter-missing
	TABLE
	all_rows
}

@test "an entrypoint that ends by itself or by a signal ends so" {
	quietly sh -c 'exit 7'
	expect "exit 7" is "$status" 7
	observe_here denyinit -c "$LIVE/policy/quiet.ini" -- sh -c 'kill -TERM $$'
	expect "died of SIGTERM" is "$status" 143
	# timeout(1) says 128 + n for a child that died of a signal; control:
	observe_here sh -c 'kill -TERM $$'
	expect "control" is "$status" 143
	all_rows
}

@test "PATH lookup: first one that can be run, empty parts, unset" {
	mkdir -p "$LIVE/first" "$LIVE/second"
	printf '#!/bin/sh\necho first\n' >"$LIVE/first/which-one"
	printf '#!/bin/sh\necho second\n' >"$LIVE/second/which-one"
	chmod 0755 "$LIVE/second/which-one"
	chmod 0644 "$LIVE/first/which-one"
	local denyinit=$LIVE/bin/denyinit policy=$LIVE/policy/quiet.ini
	observe env PATH="$LIVE/first:$LIVE/second" "$denyinit" -c "$policy" -- which-one
	expect "not executable: passed over" is "$out" second
	observe env PATH="$LIVE/first" "$denyinit" -c "$policy" -- which-one
	expect "only one that cannot be run" is "$status" 126
	chmod 0755 "$LIVE/first/which-one"
	observe env PATH="$LIVE/first:$LIVE/second" "$denyinit" -c "$policy" -- which-one
	expect "first" is "$out" first
	observe env -u PATH "$denyinit" -c "$policy" -- true
	expect "no PATH" is "$status" 0
	observe env -C "$LIVE/second" PATH=:/nowhere "$denyinit" -c "$policy" -- which-one
	expect "empty part: the working directory" is "$out" second
	all_rows
}

@test "a 32-bit entrypoint, or a script for one, is refused beforehand with the reason" {
	local file
	for file in program-32-bit script-for-32-bit; do
		observe "$LIVE/files/$file"
		expect "control: $file runs without denyinit" is "$status" 0
		observe denyinit -c "$LIVE/policy/default.ini" -- "$LIVE/files/$file"
		expect "$file: refused" is "$status" 125
		expect "$file: reason" has "$err" 'i386'
		expect "$file: message" has "$err" "$refusal"
		expect "$file: no report" is "$out" ""
	done
	# One that the entrypoint starts is killed.
	quietly sh -c "$LIVE/files/program-32-bit; echo \$?"
	expect "as a child" is "$out" 159
	all_rows
}

@test "signal mask and dispositions are handed on unchanged" {
	local state show
	show="grep -E ^Sig(Blk|Ign|Cgt|Pnd): /proc/self/status"
	# 10 USR1, 12 USR2, 13 PIPE, 17 CHLD, 20 TSTP, 22 TTOU
	while read -r state; do
		# shellcheck disable=SC2086 # words
		observe outer $state -- $show
		expect "$state: control" is "$status" 0
		local control=$out
		# shellcheck disable=SC2086
		observe outer $state -- denyinit -c "$LIVE/policy/quiet.ini" -- $show
		expect "$state" is "$out" "$control"
	done <<-'TABLE'
		--block 10 --block 15 --ignore 12
		--ignore 13
		--ignore 17
		--block 17 --block 13 --ignore 20 --ignore 22
		--caps all
	TABLE
	# The control sees what is asked for.
	observe outer --block 10 --ignore 12 -- grep -E '^Sig(Blk|Ign)' /proc/self/status
	expect "blocked USR1" has "$out" 'SigBlk:[[:space:]]*0000000000000200'
	expect "ignored USR2" has "$out" 'SigIgn:[[:space:]]*0000000000000800'
	all_rows
}

# Which of these descriptors are open; dash opens none of its own.
show_descriptors='for fd in 0 1 2 3 4 5 6 7 8 9; do if [ -e /proc/$$/fd/$fd ]; then printf "%s " $fd; fi; done'

@test "descriptors above 2 are closed and counted" {
	with_open() { "$@" 3</dev/null 4</dev/null 7</dev/null; }
	with_open observe sh -c "$show_descriptors"
	expect "control" is "$out" "0 1 2 3 4 7 "
	with_open observe denyinit --report=json -c "$LIVE/policy/mount.ini" -- sh -c "$show_descriptors"
	expect "closed" is "$(tail -1 <<<"$out")" "0 1 2 "
	with_open observe denyinit -c "$LIVE/policy/mount.ini" -- sh -c "$show_descriptors"
	# bats has some of its own open.
	expect "counted" is "$([ "$(sed -n 's/.* closed-fds=\([0-9]*\) .*/\1/p' <<<"$out")" -ge 3 ] && echo yes)" yes
	with_open observe outer --no-proc -- denyinit -c "$LIVE/policy/quiet.ini" -- \
		sh -c 'for fd in 3 4 7; do if (: <&$fd) 2>/dev/null; then echo $fd; fi; done'
	expect "closed without /proc" is "$status:$out" "0:"
	with_open observe outer --no-proc -- sh -c 'for fd in 3 4 7; do if (: <&$fd) 2>/dev/null; then echo $fd; fi; done'
	expect "control without /proc" is "$out" $'3\n4\n7'
	all_rows
}

@test "keep-fds keeps as many as it says" {
	observe denyinit -c "$LIVE/policy/keep.ini" -- sh -c "$show_descriptors" \
		3</dev/null 4</dev/null 5</dev/null 7</dev/null
	expect "two kept" is "$out" "0 1 2 3 4 "
	all_rows
}

@test "socket activation: LISTEN_FDS are kept if LISTEN_PID is ours and each is a socket or FIFO" {
	local pid count second wanted
	mkfifo "$LIVE/fifo"
	touch "$LIVE/file"
	while read -r pid count second wanted; do
		observe sh -c "LISTEN_PID=$pid LISTEN_FDS=$count \
			exec denyinit -c '$LIVE/policy/quiet.ini' -- sh -c '$show_descriptors'" \
			3<>"$LIVE/fifo" 4<>"$LIVE/$second" 5</dev/null
		expect "LISTEN_PID=$pid LISTEN_FDS=$count, the second a $second" is "$(tr -d ' ' <<<"$out")" "$wanted"
	done <<-'TABLE'
		$$   2   fifo     01234
		$$   1   fifo     0123
		4242 2   fifo     012
		$$   2   file     012
		$$   3   fifo     012
		$$   -1  fifo     012
		$$   x   fifo     012
	TABLE
	all_rows
}

@test "the environment is handed on byte for byte" {
	local denyinit=$LIVE/bin/denyinit policy=$LIVE/policy/quiet.ini
	local environment=(A=1 "B=two words" C= $'D=line\nbreak' $'E=\xff' LISTEN_PID=1 LISTEN_FDS=0
		DENYINIT_REPORT=text PATH=/usr/bin:/bin)
	observe env -i "${environment[@]}" env -0
	local control=$out
	expect control has "$control" 'two words'
	observe env -i "${environment[@]}" "$denyinit" --report=off -c "$policy" -- env -0
	expect "the same" is "$out" "$control"
	observe env -i "$denyinit" -c "$policy" -- /usr/bin/env
	expect "none" is "$status:$out" 0:
	all_rows
}

@test "the entrypoint's words are handed on as they are, argv[0] as it was typed" {
	local program words
	for program in cat "$(command -v cat)"; do
		quietly "$program" /proc/self/cmdline
		expect "argv[0]: $program" is "$out" "$program"$'\n'/proc/self/cmdline
	done
	words=(printf '<%s>' '' ' ' 'a b' --report=off -c -- "q'\"\$x")
	observe "${words[@]}"
	local control=$out
	quietly "${words[@]}"
	expect words is "$out" "$control"
	observe denyinit -c "$LIVE/policy/quiet.ini" printf %s --help
	expect "options end at the first word" is "$out" --help
	all_rows
}

@test "command lines that are wrong refuse with 125" {
	local words
	while read -r words; do
		# shellcheck disable=SC2086
		observe denyinit $words
		expect "denyinit $words: status" is "$status" 125
		expect "denyinit $words: message" has "$err" "$refusal"
		expect "denyinit $words: runs nothing" has_not "$out" ENTRYPOINT
	done <<-'TABLE'
		--no-such-option -- echo ENTRYPOINT
		--report=loud -- echo ENTRYPOINT
		--on-failure=pray -- echo ENTRYPOINT
		-c
		-x echo ENTRYPOINT

		--
	TABLE
	all_rows
}

@test "working directory, umask, limits, niceness and session are handed on" {
	local show='pwd; umask; ulimit -n; nice; ps -o sid= -p $$ | wc -w'
	observe sh -c "cd /usr && umask 027 && ulimit -n 123 && exec nice -n 3 sh -c '$show'"
	local control=$out
	observe sh -c "cd /usr && umask 027 && ulimit -n 123 &&
		exec nice -n 3 denyinit -c '$LIVE/policy/quiet.ini' -- sh -c '$show'"
	expect "the same" is "$out" "$control"
	all_rows
}

@test "no child of the self-test is left, and PID 1 is the entrypoint" {
	local show='cat /proc/1/comm; ls -d /proc/[0-9]* | wc -l'
	observe sh -c "$show"
	local control=$out
	quietly sh -c "$show"
	expect "PID 1, and how many processes" is "$out" "$control"
	expect "PID 1" has "$out" '^sh'
	all_rows
}
