#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Whatever fails while it starts: it starts protected, or says why not. Every system call made to fail, each in turn;
# standard descriptors, limits, a policy that changes while it is read; signals at random moments.
# DENYINIT_FULL=1: every occurrence of every call, more limits, more signals.
# shellcheck disable=SC2154 # status, out, err and refusal are set by common.bash
# shellcheck disable=SC2030,SC2031 # each test is a subshell and sets its own
bats_require_minimum_version 1.5.0
load common

# What the policies of this file answer, as faults check wants it: numbers.
EPERM=1 EHOSTDOWN=112

setup_file() {
	live_begin
	policy kill '[policy]' 'log = yes' 'no-new-privs = auto' '[deny]' '@mount = kill-process'
	# An errno that the kernel's own refusals to who has no capability do not have.
	policy hostdown '[policy]' 'deny = EHOSTDOWN' '[deny]' '@mount = deny'
}
teardown_file() { live_end; }

full() { [ "${DENYINIT_FULL:-}" = 1 ]; }
# pick SHORT FULL
pick() { if full; then echo "$2"; else echo "$1"; fi; }

figure() { echo "# $*" >&3; }

# ---- every system call ----

# inject NAME SAMPLE [--refuses] -- COMMAND...: sets $status, keeps the line of numbers for the last of these tests.
inject() {
	local name=$1 sample=$2 begin=$SECONDS
	shift 2
	status=0
	# Most of the time is spent waiting.
	timeout -k 5 900 faults inject --jobs 32 --sample "$sample" "$@" >"$BATS_TEST_TMPDIR/out" 2>&1 || status=$?
	cat "$BATS_TEST_TMPDIR/out"
	tail -n 1 "$BATS_TEST_TMPDIR/out" >>"$LIVE/injected"
	figure "faults, $name, $((SECONDS - begin)) s: $(tail -n 1 "$BATS_TEST_TMPDIR/out")"
}

@test "control: the check that is the entrypoint here sees that nothing is denied, and by whom something is" {
	observe faults check $EPERM
	expect "no filter: status" is "$status" 77
	expect "no filter: all calls, and a mount" is "$(lines "$err" '^check: ')" 12
	observe denyinit -c "$LIVE/policy/mount.ini" -- faults check $EPERM
	expect "denied: status" is "$status" 0
	observe denyinit -c "$LIVE/policy/mount.ini" -- faults check $EHOSTDOWN
	expect "denied with another errno: status" is "$status" 77
	observe outer --caps none --uid $NOBODY faults check $EPERM
	expect "no capability: status" is "$status" 77
	all_rows
}

@test "each system call of a start fails: protected or refused" {
	inject "mount.ini" "$(pick 24 0)" -- denyinit -c "$LIVE/policy/mount.ini" -- faults check $EPERM
	[ "$status" = 0 ]
}

@test "each system call of a refusal fails: never started" {
	inject "guide.ini" "$(pick 5 0)" --refuses -- denyinit -c "$LIVE/policy/guide.ini" -- faults check $EPERM
	[ "$status" = 0 ]
}

@test "each system call fails for who has no capability" {
	inject "uid $NOBODY" "$(pick 6 0)" -- outer --caps none --uid $NOBODY \
		denyinit -c "$LIVE/policy/hostdown.ini" -- faults check $EHOSTDOWN
	[ "$status" = 0 ]
}

@test "each system call fails where there is no /proc" {
	inject "no /proc" "$(pick 6 0)" -- outer --no-proc denyinit -c "$LIVE/policy/mount.ini" -- faults check $EPERM
	[ "$status" = 0 ]
}

# A kill rule the entrypoint cannot try: that it is in force is seen by the entrypoint's filters alone.
@test "each system call fails with other policies, forms of the report and settings, under Docker's default profile" {
	local sample results=''
	sample=$(pick 3 0)
	inject "default.ini" "$sample" -- denyinit -c "$LIVE/policy/default.ini" -- faults check $EPERM
	results+="$status"
	inject "strict.ini, JSON" "$sample" -- denyinit -c "$LIVE/policy/strict.ini" --report=json -- faults check $EPERM
	results+="$status"
	inject "kill rules, log" "$sample" -- denyinit -c "$LIVE/policy/kill.ini" --report=full -- true
	results+="$status"
	inject "Docker's profile" "$sample" -- outer --filter docker -- \
		denyinit -c "$LIVE/policy/hostdown.ini" -- faults check $EHOSTDOWN
	results+="$status"
	if full; then # half a minute
		inject "fsopen left out" 0 --refuses -- outer --no-proc --filter docker -- \
			denyinit -c "$LIVE/policy/without-fsopen.ini" -- faults check $EPERM
		results+="$status"
	fi
	[[ $results =~ ^0+$ ]]
}

@test "faults injected, fail-open, hangs, crashes: the figure" {
	local figures
	figures=$(awk '
		{ n += $1; for (i = 1; i < NF; i++) { gsub(",", ""); value[$i] += $(i + 1) }; sub(/.*before main /, ""); apart += $1 }
		END {
			printf "%d injected, fail-open %d, hangs %d, crashes %d, leaks %d, strays %d\n", n, value["fail-open"],
				value["hangs"], value["crashes"], value["leaks"], value["strays"]
			printf "%d\n", apart
		}' "$LIVE/injected")
	figure "faults: ${figures%$'\n'*}" \
		"(${figures#*$'\n'} of them, of the call by which libc starts, end it by a signal before main)"
	[ "$(wc -l <"$LIVE/injected")" = "$(pick 8 9)" ]
	[[ $figures =~ ^([0-9]+)\ injected,\ fail-open\ 0,\ hangs\ 0,\ crashes\ 0,\ leaks\ 0,\ strays\ 0 ]]
	# Too few: the tests above have not seen the calls.
	[ "${BASH_REMATCH[1]}" -ge "$(pick 3000 6000)" ]
}

# ---- its own rules meet what it does itself ----

# What an entrypoint is left by a denyinit that starts it all the same: each child of its own, with its wait status.
CHILDREN='while (($pid = waitpid(-1, 0)) > 0) { print "child $?\n" } print "end\n"'

@test "a child that can neither be awaited nor killed is the last one, and has its memory to itself" {
	local try
	policy unkillable '[deny]' '@mount = deny' 'kill = EPERM' 'wait4 = EPERM if options & WNOHANG'
	for try in 1 2 3 4 5; do
		observe denyinit -c "$LIVE/policy/unkillable.ini" -- true
		expect "try $try: status" is "$status" 125
		expect "try $try: refused in words" has "$err" "$refusal"
		expect "try $try: names the rule" has "$err" '`wait4` in line 4'
		observe denyinit --on-failure=warn --report=off -c "$LIVE/policy/unkillable.ini" -- perl -e "$CHILDREN"
		expect "try $try: started" is "$status" 0
		expect "try $try: waited for all" has "$out" 'end$'
		# SIGSYS (31): another ABI is called, which the policy kills for.
		expect "try $try: one child is left" is "$(lines "$out" '^child ')" 1
		expect "try $try: it died of a rule, not of memory that is gone" has "$out" '^child (0|31)'
	done
	observe denyinit --on-failure=warn --report=off -c "$LIVE/policy/mount.ini" -- perl -e "$CHILDREN"
	expect "control: no child is left" is "$out" end
	all_rows
}

@test "a policy that kills for what the self-test calls to share its memory: it starts, or says why not" {
	local expected rule
	while read -r expected rule; do
		policy own-calls '[deny]' '@mount = deny' "$rule"
		observe denyinit -c "$LIVE/policy/own-calls.ini" -- faults check $EPERM
		ends "$rule" "$expected"
	done <<-'TABLE'
		0 prctl = kill-process if option == 3
		125 prctl = kill-process if option == 4
		125 prctl = kill-process if option == 4 and arg1 == 0
		0 prctl = kill-process if option == 4 and arg1 == 1
		0 prctl = EPERM if option == 4
		0 clone = kill-process if newsp != 0
		0 clone = kill-process if newsp > 4096
		0 prctl = kill-process if option == 5
	TABLE
	# Control: who makes such a call itself is killed for it.
	policy own-calls '[deny]' '@mount = deny' 'prctl = kill-process if option == 4 and arg1 == 1'
	observe denyinit -c "$LIVE/policy/own-calls.ini" -- perl -e 'syscall(157, 4, 1, 0, 0, 0); print "alive\n"'
	expect "control: killed" is "$status" 159
	expect "control: says nothing" is "$(lines "$out" alive)" 0
	all_rows
}

# ---- standard descriptors ----

# ends WHAT STATUS: what the last run was. 0 is the entrypoint's own word that it is protected.
ends() {
	expect "$1: status" is "$status" "$2"
	[ "$status" = "$2" ] || return 0 # told
	case $1 in
	*'2>'*) ;; # where nothing can be said
	*) [ "$2" = 0 ] || expect "$1: message" has "$err" "$refusal" ;;
	esac
}

@test "standard descriptors closed, full, without reader" {
	local redirections policy expected out=''
	# Descriptor 8: the writing end of a pipe that has no reader any more.
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	exec 7<>"$BATS_TEST_TMPDIR/fifo"
	exec 8>"$BATS_TEST_TMPDIR/fifo"
	exec 7<&-
	while read -r redirections; do
		while read -r policy expected; do
			status=0
			eval "timeout 60 denyinit -c $LIVE/policy/$policy.ini -- faults check $EPERM" \
				"</dev/null >/dev/null 2>$BATS_TEST_TMPDIR/err $redirections 8>&- || status=\$?"
			err=$(cat "$BATS_TEST_TMPDIR/err")
			ends "$redirections, $policy" "$expected"
		done <<-'TABLE'
			mount 0
			default 0
			guide 125
		TABLE
	done <<-'TABLE'
		<&-
		>&-
		>/dev/full
		>&8
		2>&-
		2>/dev/full
		2>&8
		<&- >&-
		<&- 2>&-
		>&- 2>&-
		>&8 2>&8
		>/dev/full 2>/dev/full
		<&- >&- 2>&-
	TABLE
	exec 8>&-
	all_rows
}

# ---- limits ----

# Whether the kernel can run the program at all, and the check without it.
runs_with() { # ULIMIT-ARGUMENTS
	local status=0
	bash -c "ulimit $1 && exec denyinit --version" &>/dev/null || return 1
	bash -c "ulimit $1 && exec faults check $EPERM" &>/dev/null || status=$?
	[ $status = 77 ]
}

# The smallest multiple of 4 KiB with which it can.
smallest() { # ULIMIT-OPTION
	local low=0 high=16384 # in pages; `low` is not enough
	while ((high - low > 1)); do
		if runs_with "$1 $(((low + high) / 2 * 4))"; then
			high=$(((low + high) / 2))
		else
			low=$(((low + high) / 2))
		fi
	done
	echo $((high * 4))
}

limited() { # ULIMIT-ARGUMENTS
	local policy
	runs_with "$1" || return 0
	judged=$((judged + 1))
	for policy in mount strict guide; do
		status=0
		# Through a pipe: with `-f 0` no file could take a message.
		err=$(timeout 60 bash -c \
			"ulimit $1 && exec denyinit -c $LIVE/policy/$policy.ini -- faults check $EPERM" 2>&1 >/dev/null) || status=$?
		case $policy:$status in
		mount:0 | strict:0) ;;
		*) ends "ulimit $1, $policy" 125 ;;
		esac
	done
}

# Upwards from where the kernel begins to run it: there it has too little.
limited_from_smallest() { # ULIMIT-OPTION STEPS
	local size step
	size=$(smallest "$1")
	for ((step = 0; step < $2; step++)); do
		limited "$1 $((size + 4 * step))"
	done
	limited "$1 $((2 * size))"
}

@test "small limits: of descriptors, files, memory, stack" {
	local judged=0 out='' limit
	for limit in "-n 3" "-n 4" "-n 5" "-n 8" "-f 0" "-l 0" "-i 0"; do
		limited "$limit"
	done
	expect "these are judged" is "$judged" 7
	limited_from_smallest -s "$(pick 12 40)"
	limited_from_smallest -v "$(pick 30 150)"
	limited_from_smallest -d "$(pick 30 150)"
	figure "limits: $judged, with three policies each, $failed_rows not as allowed"
	expect "enough are judged" [ "$judged" -ge "$(pick 70 300)" ]
	all_rows
}

@test "RLIMIT_NPROC 1: refuses and names the limit" {
	local out=''
	observe outer --nproc 1 --caps none --uid 65531 denyinit -c "$LIVE/policy/mount.ini" -- faults check $EPERM
	ends "nproc 1" 125
	expect "names the limit" has "$err" 'limit'
	observe outer --nproc 2 --caps none --uid 65531 denyinit -c "$LIVE/policy/hostdown.ini" -- faults check $EHOSTDOWN
	ends "control: nproc 2" 0
	all_rows
}

# The folder of a new group whose processes are counted; fails where there is no such controller.
make_pids_group() {
	local root
	root=$(awk '$3 == "cgroup" && $4 ~ /(^|,)pids(,|$)/ { print $2; exit }' /proc/mounts)
	if [ -z "$root" ]; then
		root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
		grep -qw pids "$root/cgroup.controllers" || return 1
		grep -qw pids "$root/cgroup.subtree_control" || echo +pids >"$root/cgroup.subtree_control" || return 1
	fi
	mkdir "$root/denyinit-faults.$$" && echo "$root/denyinit-faults.$$"
}

@test "a pids cgroup with room for one: refuses and names the limit" {
	local group out='' max
	if ! group=$(make_pids_group 2>"$BATS_TEST_TMPDIR/why"); then
		figure "pids cgroup: none can be made here ($(tail -n 1 "$BATS_TEST_TMPDIR/why")); a filter answers EAGAIN instead"
		observe outer --filter refuse-fork -- denyinit -c "$LIVE/policy/mount.ini" -- faults check $EPERM
		ends "emulated" 125
		expect "names the limit" has "$err" 'limit'
		all_rows
		return
	fi
	for max in 1 2; do
		echo $max >"$group/pids.max"
		# shellcheck disable=SC2016 # the inner shell's own
		observe_here sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' sh "$group" \
			denyinit -c "$LIVE/policy/mount.ini" -- faults check $EPERM
		if [ $max = 1 ]; then
			ends "pids.max 1" 125
			expect "names the limit" has "$err" 'limit'
		else
			ends "control: pids.max 2" 0
		fi
	done
	rmdir "$group"
	all_rows
}

# ---- the policy changes while it is read ----

@test "the policy vanishes, grows, shrinks, is replaced or rewritten while it is read" {
	local where expected pattern change file=$LIVE/policy/at.ini out=''
	local size
	size=$(stat -c %s "$LIVE/policy/mount.ini")
	# Another policy of the same length: `@mount` in the middle of it becomes a call.
	sed 's/^@mount = deny/fsopen = deny/' "$LIVE/policy/mount.ini" >"$LIVE/weaker.ini"
	[ "$(stat -c %s "$LIVE/weaker.ini")" = "$size" ]
	while IFS='|' read -r where expected pattern change; do
		install -m 0444 "$LIVE/policy/mount.ini" "$file"
		install -m 0444 "$LIVE/policy/guide.ini" "$LIVE/other.ini"
		status=0
		FILE=$file OTHER=$LIVE/other.ini WEAKER=$LIVE/weaker.ini timeout 90 \
			faults at "$where" "$change" -- denyinit -c "$file" -- faults check $EPERM \
			>/dev/null 2>"$BATS_TEST_TMPDIR/err" </dev/null || status=$?
		err=$(cat "$BATS_TEST_TMPDIR/err")
		ends "before $where, $change" "$expected"
		expect "before $where, $change: says why" has "$err" "$pattern"
	done <<-'TABLE'
		open:1|0||true
		open:1|125|no such file|rm "$FILE"
		open:1|125|a directory|rm "$FILE" && mkdir "$FILE"
		open:1|125|a pipe|rm -r "$FILE" && mkfifo "$FILE"
		open:1|125|mount-reachable|mv "$OTHER" "$FILE"
		open:1|125|others may write|chmod 0666 "$FILE"
		fstat:1|0||rm "$FILE"
		fstat:1|0||mv "$OTHER" "$FILE"
		fstat:1|0||echo "; more" >>"$FILE"
		fstat:1|125|others may write|chmod 0666 "$FILE"
		read:1|0||rm "$FILE"
		read:1|0||mv "$OTHER" "$FILE"
		read:1|125|changed its size|echo "; more" >>"$FILE"
		read:1|125|changed its size|truncate -s 0 "$FILE"
		read:1|125|changed its size|truncate -s -1 "$FILE"
		read:1|125|mount-reachable|cat "$WEAKER" >"$FILE"
		read:2|0||rm "$FILE"
		read:2|0||truncate -s 0 "$FILE"
		read:2|0||cat "$WEAKER" >"$FILE"
		read:2|125|changed its size|echo "; more" >>"$FILE"
		close:1|0||rm "$FILE"
	TABLE
	rm -rf "$file"
	all_rows
}

@test "the entrypoint vanishes or loses its mode after it was found" {
	local out='' err change expected
	while read -r expected change; do
		install -m 0755 "$LIVE/bin/faults" "$LIVE/entrypoint"
		status=0
		FILE=$LIVE/entrypoint faults at execve:1 "$change" -- \
			denyinit -c "$LIVE/policy/mount.ini" -- "$LIVE/entrypoint" check $EPERM \
			>/dev/null 2>"$BATS_TEST_TMPDIR/err" </dev/null || status=$?
		err=$(cat "$BATS_TEST_TMPDIR/err")
		expect "$change: status" is "$status" "$expected"
		[ "$expected" = 0 ] || expect "$change: message" has "$err" "^denyinit: cannot run .* \\($expected\\)\$"
	done <<-'TABLE'
		0 true
		127 rm "$FILE"
		126 chmod 0644 "$FILE"
		126 : >"$FILE"
	TABLE
	all_rows
}

# ---- signals ----

@test "signals at random moments, to an ordinary process and to PID 1" {
	local as seed=$RANDOM results
	for as in "" --pid1; do
		status=0
		# shellcheck disable=SC2086 # no word if it is empty
		results=$(timeout -k 5 600 signals $as --runs "$(pick 300 2000)" --seed "$seed" -- \
			denyinit -c "$LIVE/policy/mount.ini" -- faults check $EPERM 2>&1) || status=$?
		figure "signals: ${results##*$'\n'} (seed $seed)"
		out=$results err=''
		expect "signals $as" is "$status" 0
	done
	all_rows
}
