#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# mode = supervise: the denyinit that stays, as a parent: exit status, signals, their state, orphans, descriptors, idleness.
# DENYINIT_FULL=1: more signals at random moments.
# shellcheck disable=SC2154 # status, out, err and refusal are set by common.bash
# shellcheck disable=SC2016 # what is in single quotes is for another shell
# shellcheck disable=SC2030,SC2031 # each test is a subshell and sets its own
bats_require_minimum_version 1.5.0
load common
load supervise_common

setup_file() {
	live_begin
	supervise_policies
}
teardown_file() { live_end; }
teardown() { end_all; }

figure() { echo "# figure: signals, supervise: $*" >&3; }

# ---- exit status ----

@test "exit status 0 to 255: the command's own" {
	local code out='' err='' wrong=''
	for ((code = 0; code < 256; code++)); do
		status=0
		denyinit -c "$LIVE/policy/stays.ini" -- supervise_work exit $code || status=$?
		[ "$status" = $code ] || wrong+=" $code:$status"
	done
	expect "all" is "$wrong" ""
	observe denyinit -c "$LIVE/policy/stays.ini" -- supervise_work exit 77
	expect "as PID 1" is "$status" 77
	all_rows
}

@test "exit status 128 + n: the command's death by signal n" {
	local sig out='' err='' form
	for form in stays told; do
		for sig in {1..16} {24..27} {29..64}; do
			status=0
			# Quietly: the shell tells of the control's death.
			{ supervise_work die "$sig"; } 2>/dev/null || status=$?
			expect "control: $sig" is "$status" $((128 + sig))
			status=0
			denyinit -c "$LIVE/policy/$form.ini" -- supervise_work die "$sig" || status=$?
			expect "$form: $sig" is "$status" $((128 + sig))
		done
	done
	policy killed '[deny]' '@mount = kill-process' '[selftest]' 'report = off' '[init]' 'mode = supervise'
	observe denyinit -c "$LIVE/policy/killed.ini" -- supervise_work deny 1
	expect "by the policy" is "$status" $((128 + 31))
	all_rows
}

@test "exit status 127 not found, 126 cannot run, 125 refused, and the command's own 125 to 127" {
	local code
	printf 'echo ran\n' >"$LIVE/no-interpreter-line"
	chmod 0755 "$LIVE/no-interpreter-line"
	observe denyinit -c "$LIVE/policy/stays.ini" -- no-such-command
	expect "not found" is "$status" 127
	expect "not found: told" has "$err" '^denyinit: .*no-such-command.*\(127\)'
	observe denyinit -c "$LIVE/policy/stays.ini" -- "$LIVE/no-interpreter-line" # seen by execve(2) only
	expect "cannot run" is "$status" 126
	expect "cannot run: told" has "$err" '^denyinit: .*no-interpreter-line.*\(126\)'
	observe denyinit -c "$LIVE/policy/stays-open.ini" -- supervise_work exit 3
	expect "refused" is "$status" 125
	expect "refused: told" has "$err" "$refusal"
	expect "refused: once" is "$(lines "$err" 'Not starting')" 1
	for code in 125 126 127; do
		observe denyinit -c "$LIVE/policy/stays.ini" -- supervise_work exit $code
		expect "the command's own" is "$status:$err" "$code:"
	done
	all_rows
}

# ---- signals ----

@test "each signal that can be passed on comes exactly once, real-time ones as often as they were sent" {
	local as form
	out='' err=''
	for as in "" --pid1; do
		for form in stays told; do
			status=0
			# shellcheck disable=SC2046,SC2086 # no word if it is empty; SIGRTMAX asks for the sums
			out=$(supervise_drive forward $as $([ $form = stays ] || echo --except 64) -- \
				denyinit -c "$LIVE/policy/$form.ini" -- supervise_work receive 2>&1) || status=$?
			expect "$form $as" is "$status" 0
			expect "$form $as: as many as there are" has "$out" '(167|163) sent, 0 wrong, status 0'
		done
	done
	status=0
	out=$(supervise_drive forward -- supervise_work receive) || status=$?
	expect "control: without denyinit" is "$status:$out" "0:167 sent, 0 wrong, status 0"
	out=$(supervise_drive forward --except 10 -- supervise_work receive) || status=$?
	expect "control: one more than wanted is seen" is "$status:$out" "0:165 sent, 0 wrong, status 0"
	all_rows
}

# storm COMMAND-OF-DRIVE...: $status, the last line in $out, the others in $err.
storm() {
	status=0
	err=$(timeout -k 5 900 supervise_drive storm --jobs 2 "$@" 2>&1) || status=$?
	out=${err##*$'\n'}
}

@test "from the first millisecond on no signal is lost" {
	local as form runs=1000 seed=$RANDOM
	[ "${DENYINIT_FULL:-}" != 1 ] || runs=10000
	for as in "" --pid1; do
		for form in stays told; do
			# shellcheck disable=SC2086 # no word if it is empty
			storm $as --runs $((runs / 4)) --seed "$seed" -- \
				denyinit -c "$LIVE/policy/$form.ini" -- supervise_work handle
			figure "$form: $out (seed $seed)"
			expect "$form $as" is "$status" 0
			expect "$form $as: none lost" has "$out" 'lost 0, hangs 0, other 0$'
		done
	done
	# For comparison, where they are installed; not of denyinit.
	for as in "tini-static -s" "tini-static -s -g" dumb-init "catatonit -g"; do
		command -v "${as%% *}" >/dev/null || continue
		# shellcheck disable=SC2086
		storm --runs $((runs / 4)) --seed "$seed" -- $as -- supervise_work handle
		figure "$as: $out"
	done
	all_rows
}

@test "from the first call on signals wait: PID 1 would lose them, and nobody may ignore them" {
	local out='' err=''
	status=0
	# The command is found by its parent, the tracer.
	faults at open:1 'grep SigBlk: /proc/$(pgrep -P $PPID -x denyinit)/status' -- \
		denyinit -c "$LIVE/policy/stays.ini" -- supervise_work exit 0 \
		>"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" </dev/null || status=$?
	read_outputs
	expect "when the policy is opened" is "$status:$(grep -ho 'SigBlk:.*' <<<"$out$err" | tail -c 17)" \
		"0:ffffffffbffbfa07" # all but KILL, STOP and the crashes
	# Before a start sets up what it does about SIGPIPE and SIGXFSZ: to ignore a signal discards one that waits.
	local sig
	for sig in 0 PIPE XFSZ TERM HUP; do
		status=0
		faults at sigaltstack:1 "kill -s $sig \$(pgrep -P \$PPID -x denyinit)" -- \
			denyinit -c "$LIVE/policy/stays.ini" -- supervise_work receive </dev/null \
			>"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
		read_outputs
		expect "$sig: the command's end" is "$status" "$([ $sig = 0 ] && echo 0 || echo $((128 + $(kill -l $sig))))"
	done
	all_rows
}

@test "a signal that comes while a line is written is passed on at once" {
	# A SIGALRM: the line's own timer has it unblocked then. Each poll(2) is made to wait, so that there is time.
	local tracer
	mkfifo "$LIVE/go"
	begin denyinit -c "$LIVE/policy/told.ini" -- \
		sh -c "sh -c 'read x <$LIVE/go; supervise_work deny 1' & exec supervise_work receive"
	strace -qq -p "$pid" -e trace=poll -e inject=poll:delay_enter=300000 -o /dev/null 3>&- &
	tracer=$!
	await "the tracer" grep -q "TracerPid:.$tracer\$" "/proc/$pid/status"
	echo >"$LIVE/go"
	await_line '^made 1, wrong 0'
	kill -ALRM "$pid"
	await_line '^signal 14$'
	kill "$tracer"
	end
	expect "the line" has "$err" '^denyinit: DENIED mount '
	expect status is "$status" 0
	all_rows
}

@test "signal mask and dispositions are the command's as they were denyinit's, libc's own signals included" {
	local state show form
	show="grep -E ^(Sig(Blk|Ign|Cgt|Pnd)|ShdPnd): /proc/self/status"
	while read -r state; do
		# shellcheck disable=SC2086 # words
		observe supervise_work with $state $show
		expect "$state: control" is "$status" 0
		local control=$out
		for form in stays told mount; do # the last one: mode = exec
			# shellcheck disable=SC2086
			observe supervise_work with $state denyinit --report=off -c "$LIVE/policy/$form.ini" -- $show
			expect "$form, $state" is "$out" "$control"
		done
	done <<-'TABLE'

		--block 10 --block 15 --ignore 12
		--ignore 1 --ignore 2 --ignore 3
		--ignore 13 --ignore 25
		--ignore 17
		--block 17 --block 13 --ignore 20 --ignore 21 --ignore 22
		--block 32 --ignore 33
		--block 33
		--block 34 --ignore 32
		--block 35 --block 64 --ignore 34
		--block 4 --block 8 --block 11 --ignore 31
	TABLE
	observe supervise_work with --block 33 --ignore 12 grep -E '^Sig(Blk|Ign)' /proc/self/status
	expect "control: it sees a blocked 33" has "$out" 'SigBlk:[[:space:]]*0000000100000000'
	expect "control: it sees an ignored USR2" has "$out" 'SigIgn:[[:space:]]*0000000000000800'
	all_rows
}

@test "SIGCHLD ignored or blocked at entry: the command's end is seen" {
	local state
	for state in "--ignore 17" "--block 17"; do
		# shellcheck disable=SC2086
		observe supervise_work with $state denyinit -c "$LIVE/policy/stays.ini" -- supervise_work exit 7
		expect "$state" is "$status" 7
	done
	all_rows
}

@test "a signal that cannot be passed on is a warning, and nobody ends" {
	local drop
	for drop in "" -kill; do
		# shellcheck disable=SC2086
		begin setpriv ${drop:+--bounding-set=$drop} denyinit -c "$LIVE/policy/stays.ini" -- \
			setpriv --reuid $NOBODY --regid $NOBODY --clear-groups supervise_work receive
		kill -USR1 "$pid"
		if [ -z "$drop" ]; then
			await_line '^signal 10$' # control
		else
			await "the warning" grep -q '^denyinit: cannot pass signal 10 on to process [0-9]*: Operation not' \
				"$BATS_TEST_TMPDIR/err"
		fi
		end
		expect "drop: $drop" is "$status" 0
		expect "drop: $drop" is "$(lines "$err" 'cannot pass')" "$([ -z "$drop" ] && echo 0 || echo 1)"
	done
	all_rows
}

@test "a supervisor that is killed while it starts leaves nobody waiting for it" {
	local results
	results=$(supervise_drive kill-early --runs 100 -- \
		denyinit -c "$LIVE/policy/told.ini" -- supervise_work receive 2>&1) || true
	figure "${results##*$'\n'}"
	# Also a process of the self-test that was made at the very moment at which its parent died, too late for its signal.
	[[ ${results##*$'\n'} =~ ^100\ killed,\ 0\ left\ something\ behind$ ]]
}

# ---- as PID 1 ----

@test "orphans are reaped, thousands that end at once" {
	local form
	observe supervise_work orphans 300
	expect "control: a PID 1 that does not reap" has "$out" '^left [0-9]+, zombies [1-9]'
	for form in stays told; do
		observe denyinit -c "$LIVE/policy/$form.ini" -- supervise_work orphans 3000
		expect "$form" is "$status:$out" "0:left 0, zombies 0"
	done
	all_rows
}

@test "the command that stops and goes on is no command that ended" {
	local command
	begin denyinit -c "$LIVE/policy/stays.ini" -- supervise_work receive
	read -r _ command _ <<<"$first"
	kill -STOP "$command"
	await "it is stopped" grep -q '^State:.T' "/proc/$command/status"
	kill -USR1 "$pid"
	kill -CONT "$command"
	await_line '^signal 10$'
	end
	expect status is "$status" 0
	all_rows
}

# ---- descriptors ----

# "0 /dev/null 1 /dev/null ...": what a process has open.
descriptors() {
	local fd
	for fd in /proc/"$1"/fd/*; do
		echo "${fd##*/} $(readlink "$fd")"
	done
}

@test "it keeps stderr and what it works with, and no working directory" {
	local form kept
	mkfifo "$LIVE/kept"
	cd "$LIVE"
	for form in stays told keep; do
		THIRD=$LIVE/kept begin denyinit -c "$LIVE/policy/$form.ini" -- supervise_work receive
		# The pipes to its child are closed at the same time as that one begins.
		count=$([ $form = stays ] && echo 5 || echo 6)
		# shellcheck disable=SC2016 # for the inner shell
		await "$form: descriptors" bash -c '[ "$(ls "/proc/$0/fd" | wc -l)" = "$1" ]' "$pid" "$count"
		kept=$(descriptors "$pid")
		out=$kept
		expect "$form: 0" has "$kept" $'(^|\n)0 /dev/null(\n|$)'
		expect "$form: 1" has "$kept" $'\n1 /dev/null\n'
		expect "$form: 2" has "$kept" $'\n2 [^\n]*/err\n'
		expect "$form: signals" has "$kept" $'\n[0-9]+ anon_inode:\\[signalfd\\]'
		expect "$form: /proc" has "$kept" $'\n[0-9]+ /proc(\n|$)'
		expect "$form: how many" is "$(wc -l <<<"$kept")" "$count"
		[ $form = stays ] || expect "$form: the listener" has "$kept" 'anon_inode:seccomp notify'
		expect "$form: working directory" is "$(readlink "/proc/$pid/cwd")" /
		read -r _ kept _ <<<"$first"
		expect "$form: the command's" is "$(readlink "/proc/$kept/cwd")" "$LIVE"
		kept=$(descriptors "$kept")
		expect "$form: the command has nothing of it" is "$(wc -l <<<"$kept")" "$([ $form = keep ] && echo 5 || echo 4)"
		[ $form != keep ] || expect "$form: the command's" has "$kept" $'\n3 '"$LIVE/kept"
		end
	done
	cd /
	all_rows
}

@test "what the command closes is closed: the peer of a kept socket sees the end" {
	local form
	err=''
	for form in keep keep-untold; do
		status=0
		out=$(supervise_drive eof -- denyinit -c "$LIVE/policy/$form.ini" -- supervise_work pass 2>&1) || status=$?
		expect "$form" is "$status:$out" "0:the end is seen"
	done
	# Control: somebody who keeps it.
	status=0
	out=$(supervise_drive eof -- sh -c 'supervise_work pass; exit' 2>&1) || status=$?
	expect "control: one that keeps it is seen" is "$status:$out" "1:no end is seen in 5 s"
	all_rows
}

@test "socket activation: LISTEN_PID becomes the command's" {
	mkfifo "$LIVE/listened"
	# shellcheck disable=SC2086
	local show='echo "$LISTEN_PID $$ $LISTEN_FDS"; readlink /proc/$$/fd/3; true'
	observe sh -c "LISTEN_PID=\$\$ LISTEN_FDS=1 exec denyinit -c '$LIVE/policy/stays.ini' -- sh -c '$show'" \
		3<>"$LIVE/listened"
	read -r listen command count target <<<"${out//$'\n'/ }"
	expect "its own" is "$listen" "$command"
	expect "not PID 1" [ "$command" != 1 ]
	expect "and the descriptor" is "$count $target" "1 $LIVE/listened"
	observe sh -c "LISTEN_PID=4242 LISTEN_FDS=1 exec denyinit -c '$LIVE/policy/stays.ini' -- sh -c '$show'" \
		3<>"$LIVE/listened"
	expect "somebody else's stays" has "$out" '^4242 [0-9]+ 1$'
	all_rows
}

@test "keep-fds keeps as many as it says" {
	local show='for fd in 3 4 5; do [ ! -e /proc/$$/fd/$fd ] || printf "%s " $fd; done'
	observe denyinit -c "$LIVE/policy/keep.ini" -- sh -c "$show" 3</dev/null 4</dev/null 5</dev/null
	expect "one" is "$status:$out" "0:3 "
	all_rows
}

@test "standard descriptors that are closed at entry are /dev/null: nothing else comes to be there" {
	local redirections wanted
	out='' err=''
	while IFS='|' read -r redirections wanted; do
		status=0
		# What it shows goes into a file.
		eval "timeout 60 denyinit -c $LIVE/policy/told.ini -- sh -c \
			'supervise_work deny 1 >$LIVE/made && shown=\$(cd /proc/\$\$/fd && readlink 0 1 2) && echo \"\$shown\" >$LIVE/shown' \
			</dev/zero >$LIVE/to1 2>$LIVE/to2 $redirections || status=\$?"
		out=$(<"$LIVE/made")
		expect "$redirections: status" is "$status" 0
		expect "$redirections: denied" has "$out" '^made 1, wrong 0'
		expect "$redirections" is "$(sed "s|$LIVE/||" "$LIVE/shown" | tr '\n' ' ')" "$wanted "
	done <<-'TABLE'
		|/dev/zero to1 to2
		<&-|/dev/null to1 to2
		>&-|/dev/zero /dev/null to2
		2>&-|/dev/zero to1 /dev/null
		<&- >&-|/dev/null /dev/null to2
		<&- 2>&-|/dev/null to1 /dev/null
		>&- 2>&-|/dev/zero /dev/null /dev/null
		<&- >&- 2>&-|/dev/null /dev/null /dev/null
	TABLE
	all_rows
}

# ---- nothing to do ----

# Wake-ups and time so far; "" if it is not asleep.
activity() {
	grep -q '^State:.S' "/proc/$1/status" || return 0
	echo "$(sed -n 's/^voluntary_ctxt_switches:.//p' "/proc/$1/status") $(cut -d' ' -f14,15 "/proc/$1/stat")"
}
is_asleep() { [ -n "$(activity "$1")" ]; }

@test "with nothing to do it does not wake up" {
	local form before after
	for form in stays told; do
		begin denyinit -c "$LIVE/policy/$form.ini" -- sh -c \
			'if [ '$form' = told ]; then supervise_work deny 1 >/dev/null; fi; exec supervise_work receive'
		await "it sleeps" is_asleep "$pid"
		before=$(activity "$pid")
		sleep 3 # what is measured
		after=$(activity "$pid")
		out="$before; $after"
		expect "$form" is "$before" "$after"
		kill -USR1 "$pid"
		await_line '^signal 10$'
		await "it sleeps again" is_asleep "$pid"
		expect "$form: control: what wakes it is seen" [ "$(activity "$pid")" != "$after" ]
		end
	done
	all_rows
}

@test "stopped, it answers nobody and lets nobody through; going on, it answers" {
	begin denyinit -c "$LIVE/policy/told.ini" -- \
		sh -c 'echo ready; read x; supervise_work deny 1; echo "status $?"; read x'
	kill -STOP "$pid"
	await "it is stopped" grep -q '^State:.T' "/proc/$pid/status"
	echo >&8
	if read -r -t 1 line <&9; then false; fi # what is tested: nobody comes back
	kill -CONT "$pid"
	await_line '^made 1, wrong 0'
	await_line '^status 0$'
	end
	expect status is "$status" 1 # of read at its end
	expect "told" has "$err" '^denyinit: DENIED mount '
	all_rows
}
