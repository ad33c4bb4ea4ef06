#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# report-denials = yes: whoever wants a denied call let through after all. Takes the listener from denyinit, its memory,
# its place; guesses the secret; plays tricks while it waits for the answer; stops, floods and kills the one who answers;
# surroundings that answer in the kernel's place. What counts is whether a file system is mounted in the end.
# Each attack is seen to succeed against a denyinit that has one protection taken out (attack_stub.c).
# shellcheck disable=SC2154 # status, out, err and refusal are set by common.bash
# shellcheck disable=SC2016 # what is in single quotes is for another shell
# shellcheck disable=SC2030,SC2031 # each test is a subshell and sets its own
bats_require_minimum_version 1.5.0
load common

full() { [ "${DENYINIT_FULL:-}" = 1 ]; }
# pick SHORT FULL
pick() { if full; then echo "$2"; else echo "$1"; fi; }

figure() { echo "# figure: attacks: $*" >&3; }

setup_file() {
	live_begin
	make_stub
	mkdir -m 0755 "$LIVE/folder"
	install -m 4755 "$LIVE/bin/attack_take" "$LIVE/bin/take_setuid"
	install -m 0755 "$LIVE/bin/attack_take" "$LIVE/bin/take_capable"
	attack_take grant "$LIVE/bin/take_capable"

	local call rules=() n=3001
	for call in "${MOUNT_CALLS[@]}"; do
		rules+=("$call = $((n++))") # attack_tricks.c, attack_errno()
	done
	# All that the attacks need is left open.
	policy told '[deny]' '@mount = deny' '[selftest]' 'report = off' '[init]' 'report-denials = yes'
	policy auto '[policy]' 'no-new-privs = auto' '[deny]' '@mount = deny' '[selftest]' 'report = off' \
		'[init]' 'report-denials = yes'
	policy reported '[deny]' '@mount = deny' '[init]' 'report-denials = yes'
	policy reported-auto '[policy]' 'no-new-privs = auto' '[deny]' '@mount = deny' '[init]' 'report-denials = yes'
	policy tricks '[deny]' "${rules[@]}" '[observe]' 'sethostname = deny' '[selftest]' 'report = off' \
		'[init]' 'report-denials = yes'
	policy observed '[observe]' '@mount = deny' 'sethostname = deny' '[selftest]' 'report = off'
}
teardown_file() { live_end; }

# denyinit's own objects and attack_stub.c, as the Makefile links them.
make_stub() {
	local build=${PROGRAMS:-$ROOT/build} deps=$ROOT/build/deps name objects=() wrapped=()
	[ -d "$build/obj" ] || build=$ROOT/build
	for name in prctl listener_drop_ptrace listener_secret listener_offer install_program watch_tell; do
		wrapped+=("-Wl,--wrap=$name")
	done
	for name in "$ROOT"/init/*.c "$ROOT"/selftest/*.c; do
		name=${name#"$ROOT"/}
		case $name in
		selftest/main.c | init/export_main.c) ;; # those of the other programs
		*) objects+=("$build/obj/${name%.c}.o") ;;
		esac
	done
	"$deps/bin/musl-gcc" -I"$ROOT" -D_GNU_SOURCE= -std=c11 -O1 -Wall -Wextra -Wshadow -Werror -fPIE -static-pie \
		-L"$deps/lib" "${wrapped[@]}" -o "$LIVE/bin/denyinit-stub" "$ROOT/tests/live/attack_stub.c" \
		"${objects[@]}" "$build/obj/inih.o" -lseccomp -lmd
}

# ---- where the attacks are made ----

# arena COMMAND...: as PID 1 of a PID namespace; $mounts: how many of the attack's mounts are there in the end, $status,
# $out, $err. The mount namespace is older than denyinit.
arena() {
	in_arena 'unshare --pid --fork --kill-child sh -c "mount -t proc proc /proc && exec \"\$@\"" sh "$@" 9<&-' "$@"
}

# below COMMAND...: the same, and PID 1 is somebody else, who stays until nobody has its stdout any more.
below() {
	in_arena 'unshare --pid --fork --kill-child sh -c "
		mount -t proc proc /proc || exit 99
		{ \"\$@\"; echo \$? >$STATUS; } | cat
		exit \$(cat $STATUS)" sh "$@" 9<&-' "$@"
}

in_arena() {
	local how=$1
	shift
	status=0
	STATUS=$BATS_TEST_TMPDIR/status timeout -k 5 180 unshare --mount bash -c '
		count=$1
		shift
		exec 9</proc/self/mountinfo
		status=0
		'"$how"' || status=$?
		grep -c " - tmpfs attack " <&9 >"$count"
		exit $status' bash "$BATS_TEST_TMPDIR/count" "$@" \
		>"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" </dev/null || status=$?
	mounts=$(<"$BATS_TEST_TMPDIR/count")
	read_outputs
}

# The number behind a word of the output: `made` of "CROWD made=3".
number() { sed -nE "s/.*\b$1=([0-9]+).*/\1/p" <<<"$out" | tail -n 1; }
# How many denials denyinit has told in all.
told() { sed -nE 's/^denyinit: TOTALS denied=([0-9]+) .*/\1/p' <<<"$err"; }

# ---- the listener, and whoever has it ----

@test "control: the program with nothing taken out is denyinit as ever" {
	arena denyinit-stub -c "$LIVE/policy/reported.ini" -- attack_take nothing 1 "$LIVE/folder"
	expect "passes" has "$out" 'denyinit: PASS mount API blocked: 11 of 11 .* denials=reported '
	expect "denied" has "$out" 'TAKE way=nothing ptrace=0 got=0 error=0 mounted=0'
	expect "mounts" is "$mounts" 0
	arena attack_take nothing 1 "$LIVE/folder"
	expect "without denyinit it mounts" has "$out" 'mounted=1'
	expect "without denyinit it mounts" is "$mounts" 1
	all_rows
}

@test "the command inherits nothing but its standard descriptors" {
	local denyinit
	exec 8</dev/null
	arena attack_tricks fds
	expect "control: descriptor 8" has "$out" $'\n''FD 8 /dev/null'
	for denyinit in told tricks; do
		arena denyinit -c "$LIVE/policy/$denyinit.ini" -- attack_tricks fds
		expect "$denyinit: three" is "$(cut -d' ' -f1,2 <<<"$out")" $'FD 0\nFD 1\nFD 2'
	done
	exec 8<&-
	all_rows
}

# take WHAT WAY MOUNTED BEFORE-COMMAND... -- COMMAND: whether the way leads to a mount.
takes=0 taken=0
take() {
	local what=$1 way=$2 wanted=$3 error='E(PERM|ACCES)'
	shift 3
	arena "$@" "$way" 1 "$LIVE/folder"
	expect "$what, $way" has "$out" "TAKE way=$way .* mounted=$wanted\$"
	if [ "$wanted" = 0 ]; then
		takes=$((takes + 1))
		expect "$what, $way: nothing is had" has "$out" "got=0 error=$error"
		expect "$what, $way: mounts" is "$mounts" 0
	else
		taken=$((taken + 1))
	fi
}
ways=(getfd attach seize mem vm)

@test "who has all capabilities cannot take the listener, trace its owner, or write to its memory" {
	local way denyinit=(denyinit -c "$LIVE/policy/told.ini" -- attack_take)
	export ATTACK_POLICY=$LIVE/policy/told.ini
	for way in "${ways[@]}"; do
		take "all capabilities" "$way" 0 "${denyinit[@]}"
		take "control: CAP_SYS_PTRACE is left" "$way" 1 env DENYINIT_STUB=ptrace \
			denyinit-stub "${denyinit[@]:1}"
		expect "control: mounts" is "$mounts" 1
	done
	figure "$takes ways to the listener with all capabilities, 0 lead to a mount; with CAP_SYS_PTRACE left $taken of $taken do"
	all_rows
}

@test "who has no capability cannot either" {
	local way privilege state
	export ATTACK_POLICY=$LIVE/policy/told.ini
	for privilege in bare-root nobody; do
		read -ra state <<<"outer $(privilege $privilege) --"
		for way in "${ways[@]}"; do
			take "$privilege" "$way" 0 "${state[@]}" denyinit -c "$LIVE/policy/told.ini" -- attack_take
			take "$privilege, control: its owner is dumpable" "$way" 1 env DENYINIT_STUB=dumpable "${state[@]}" \
				denyinit-stub -c "$LIVE/policy/told.ini" -- attack_take
		done
	done
	figure "$takes ways to the listener without capabilities, 0 lead to a mount; with a dumpable owner $taken of $taken do"
	all_rows
}

@test "nor a set-uid program or one with capabilities, where there is no no_new_privs" {
	local way program to_nobody=(outer --uid "$NOBODY" --)
	export ATTACK_POLICY=$LIVE/policy/auto.ini
	for program in take_setuid take_capable; do
		for way in "${ways[@]}"; do
			take "$program" "$way" 0 denyinit -c "$LIVE/policy/auto.ini" -- "${to_nobody[@]}" $program
			# /proc/PID/mem and maps are files of root's, and that one is another uid's.
			[[ $program:$way != take_capable:[mv]* ]] || continue
			take "$program, control" "$way" 1 env DENYINIT_STUB=ptrace denyinit-stub -c "$LIVE/policy/auto.ini" -- \
				"${to_nobody[@]}" $program
		done
	done
	figure "$takes ways to the listener for set-uid programs and those with capabilities, 0 lead to a mount; control $taken of $taken"
	all_rows
}

@test "nor the owner of a new user namespace, with all capabilities there" {
	local way privilege state
	export ATTACK_POLICY=$LIVE/policy/told.ini
	for privilege in root nobody; do
		read -ra state <<<"outer $(privilege $privilege) --"
		for way in "${ways[@]}"; do
			take "$privilege" "$way" 0 "${state[@]}" denyinit -c "$LIVE/policy/told.ini" -- attack_take --userns
			expect "$privilege, $way: has CAP_SYS_PTRACE there" has "$out" ' ptrace=1 '
		done
	done
	all_rows
}

@test "nothing of its owner is to be seen that needs the right to trace it" {
	local seen refused
	arena denyinit -c "$LIVE/policy/told.ini" -- attack_take peek 1 "$LIVE/folder"
	refused=$(lines "$out" '^PEEK [^ ]+ E(PERM|ACCES)$')
	expect "refused" is "$refused" "$(lines "$out" '^PEEK ')"
	arena env DENYINIT_STUB=ptrace denyinit-stub -c "$LIVE/policy/told.ini" -- attack_take peek 1 "$LIVE/folder"
	seen=$(lines "$out" '^PEEK [^ ]+ seen$')
	expect "control: all seen" is "$seen" "$refused"
	expect "so many" is "$seen" 11
	all_rows
}

# ---- in denyinit's place ----

@test "when denyinit has ended nobody can listen in its place" {
	local how privilege state heirs=0
	for privilege in root nobody; do
		read -ra state <<<"outer $(privilege $privilege) --"
		for how in kill descriptors orphan; do
			below "${state[@]}" denyinit -c "$LIVE/policy/told.ini" -- attack_heir $how "$LIVE/folder"
			expect "$privilege, $how" has "$out" \
				"HEIR how=$how before=EPERM after=ENOSYS listener=E[A-Z]+ mounted=0"
			expect "$privilege, $how: mounts" is "$mounts" 0
			below env DENYINIT_STUB=guard "${state[@]}" denyinit-stub -c "$LIVE/policy/told.ini" -- \
				attack_heir $how "$LIVE/folder"
			expect "$privilege, $how: control" has "$out" 'listener=0 mounted=1'
			heirs=$((heirs + 1))
		done
	done
	figure "$heirs ends of a denyinit that is not PID 1, 0 lead to a mount"
	all_rows
}

# Of 50 runs without the protection ten and more succeed here.
@test "nor between the end of its listener and the end of all, where it is PID 1" {
	local run runs won=0 control=0
	runs=$(pick 60 500)
	for ((run = 0; run < runs; run++)); do
		arena denyinit -c "$LIVE/policy/told.ini" -- attack_heir race "$LIVE/folder"
		won=$((won + (mounts > 0)))
		[ "$status" = 0 ] || break
	done
	expect "status" is "$status" 0
	for ((run = 0; run < 500 && control == 0; run++)); do
		arena env DENYINIT_STUB=guard denyinit-stub -c "$LIVE/policy/told.ini" -- attack_heir race "$LIVE/folder"
		control=$mounts
	done
	figure "$runs races with the end of PID 1, $won won; control: won at run $run"
	expect "won" is "$won" 0
	expect "control: won" is "$control" 1
	all_rows
}

@test "stopped, it lets nobody through and into its place, and goes on to answer" {
	below denyinit -c "$LIVE/policy/told.ini" -- attack_heir stop "$LIVE/folder"
	expect "stopped" has "$out" 'HEIR how=stop before=EPERM after=hangs listener=EBUSY mounted=0'
	expect "stopped: mounts" is "$mounts" 0
	below denyinit -c "$LIVE/policy/told.ini" -- attack_heir stay "$LIVE/folder"
	expect "control: not stopped" has "$out" 'HEIR how=stay before=EPERM after=EPERM listener=EBUSY mounted=0'
	all_rows
}

@test "stopped and continued thousands of times among many callers, it goes on to answer" {
	local cycles
	cycles=$(pick 10000 50000)
	below denyinit -c "$LIVE/policy/tricks.ini" -- attack_tricks pause 40 "$cycles"
	expect "status" is "$status" 0
	expect "nobody waits for ever" has "$out" "PAUSE processes=40 cycles=$cycles hang=0"
	figure "$cycles times stopped and continued: it answers"
	all_rows
}

@test "flooded with signals, it goes on to answer" {
	local sig
	for sig in 1 40 64; do # HUP; passed on, queued; asks for the sums
		# Thousands of sums: nobody wants to read them.
		arena sh -c 'exec "$@" 2>/dev/null' sh denyinit -c "$LIVE/policy/tricks.ini" -- attack_tricks flood 2 $sig
		expect "signal $sig" has "$out" "FLOOD processes=2 signal=$sig calls=100 hang=0"
		figure "flood of signal $sig: an answer takes $(number longest-ms) ms at most"
	done
	all_rows
}

@test "killed while it starts, it leaves nobody behind" {
	local times
	times=$(pick 60 500)
	observe attack_heir start "$times" -- denyinit -c "$LIVE/policy/tricks.ini" -- true
	expect "strays" has "$out" "START killed=$times strays=0"
	all_rows
}

@test "killed under load, it leaves ENOSYS to all: nobody gets through, nobody waits" {
	local run
	for run in 1 2 3; do
		below denyinit -c "$LIVE/policy/tricks.ini" -- attack_tricks load 24
		expect "run $run" has "$out" 'LOAD processes=24 .* wrong=0 succeeded=0 hang=0'
		expect "run $run: killed" is "$status" 137
		expect "run $run: some before" [ "$(number before)" -gt 400 ]
		expect "run $run: some after" [ "$(number after)" -gt 400 ]
	done
	figure "killed under load: $(number before) calls before and $(number after) after its end, 0 got through"
	all_rows
}

# ---- the secret ----

@test "guesses of the secret are denied and told like any other call" {
	local guesses
	guesses=$(pick 20000 1000000)
	arena denyinit -c "$LIVE/policy/tricks.ini" -- attack_tricks secret "$guesses"
	expect "status" is "$status" 0
	expect "made" [ "$(number made)" -gt "$guesses" ]
	expect "all get the policy's errno" is "$(number wrong)" 0
	expect "all told" is "$(told)" "$(number made)"
	figure "$(number made) guesses of the secret, $(told) told"
	all_rows
}

@test "the cookie of the self-test is of no use afterwards, and the magic of none but not to be told" {
	arena env DENYINIT_STUB=known denyinit-stub -c "$LIVE/policy/tricks.ini" -- attack_tricks known
	expect "cookie" has "$out" 'COOKIE made=11 wrong=0'
	# Also the control of the test before: this is how it looks when a call is not told.
	expect "magic" has "$out" 'MAGIC made=11 wrong=0'
	expect "only those with the cookie are told" is "$(told)" 11
	all_rows
}

@test "neither is in the command's memory, nor anywhere in /proc" {
	arena env DENYINIT_STUB=known denyinit-stub -c "$LIVE/policy/tricks.ini" -- attack_tricks search
	expect "found" is "$(number found)" 0
	expect "searched" [ "$(number bytes)" -gt 1000000 ]
	arena env DENYINIT_STUB=known denyinit-stub -c "$LIVE/policy/tricks.ini" -- attack_tricks search plant
	expect "control: found where it was put" [ "$(number found)" -ge 2 ]
	all_rows
}

# ---- while it waits for the answer ----

@test "a tracer that changes the call, at its entry, at a filter's trace or while it waits, changes nothing" {
	local times
	times=$(pick 1000 20000)
	arena denyinit -c "$LIVE/policy/tricks.ini" -- attack_tricks change "$times" "$LIVE/folder"
	expect "changed" has "$out" "CHANGE entry=$times trace=$times waiting=$times mounted=0"
	expect "mounts" is "$mounts" 0
	# At the least what was changed at the entry was made as mount(2), and some of what waited.
	expect "denied" [ "$(told)" -gt $((2 * times)) ]
	figure "$((3 * times)) calls changed into mount by a tracer, $(told) of them made, 0 got through"
	arena attack_tricks change 5 "$LIVE/folder"
	expect "control: without denyinit, at entry and trace" is "$mounts" 10
	arena denyinit -c "$LIVE/policy/observed.ini" -- attack_tricks change 300 "$LIVE/folder"
	expect "control: not denied, while it waits, too" [ "$mounts" -gt 600 ]
	all_rows
}

# EINTR is what the kernel says when a signal comes before denyinit has seen the call, and its handler is without
# SA_RESTART: seccomp_unotify(2).
@test "a storm of signals: the policy's errno or EINTR, never anything else" {
	local form restart times
	times=$(pick 20000 500000)
	for form in '' interruptible; do
		for restart in '' restart; do
			# shellcheck disable=SC2086 # a word or none
			arena env DENYINIT_STUB=$form denyinit-stub -c "$LIVE/policy/tricks.ini" -- \
				attack_tricks signals "$times" $restart
			expect "$form $restart: status" is "$status" 0
			expect "$form $restart: caught" [ "$(number caught)" -gt 100 ]
			expect "$form $restart: other" is "$(number other)" 0
			[ -z "$restart" ] || expect "$form $restart: restarted" is "$(number interrupted)" 0
			expect "$form $restart: each that was denied is told" [ "$(told)" -ge "$(number right)" ]
			figure "$times calls under $(number caught) signals${restart:+ with SA_RESTART}${form:+, without WAIT_KILLABLE_RECV}: $(number interrupted) EINTR, 0 through"
		done
	done
	all_rows
}

@test "threads killed while they wait, by a signal, an end or an execve: no hang, none through" {
	local processes
	processes=$(pick 300 5000)
	arena denyinit -c "$LIVE/policy/tricks.ini" -- attack_tricks killed "$processes"
	expect "status" is "$status" 0
	expect "killed" has "$out" "KILLED processes=$processes hang=0 not-denied=0 wrong-after=0"
	figure "$processes processes killed while four threads wait: 0 hang, 0 through"
	all_rows
}

@test "500 at once: each call gets its own answer and is told" {
	arena denyinit -c "$LIVE/policy/tricks.ini" -- attack_tricks crowd 500 "$(pick 40 400)"
	expect "status" is "$status" 0
	expect "each its own" has "$out" 'CROWD processes=500 made=[0-9]+ wrong=0 ended-badly=0'
	expect "all told" is "$(told)" "$(number made)"
	figure "500 processes at once: $(number made) calls, 0 wrong answers"
	all_rows
}

# ---- [observe] beside [deny] ----

# What may stand behind a mount call of either section.
declare -gA flags_of=(
	[mount]='flags & MS_BIND|MS_REMOUNT' [umount2]='flags & MNT_DETACH' [open_tree]='flags & OPEN_TREE_CLONE'
	[move_mount]='flags & 0x4' [fsopen]='flags & 1' [fsconfig]='cmd & 6' [fsmount]='flags & 1' [fspick]='flags & 2'
	[mount_setattr]='flags & AT_RECURSIVE' [open_tree_attr]='flags & OPEN_TREE_CLONE'
)
observable=(@default @namespaces @clock @keyring @setuid @chown @privileged @io-uring @debug sethostname ptrace chroot
	'personality' 'uname' 'socket = deny if family & 0x10' 'getpid' 'unshare = deny if flags & CLONE_NEWNET')

# random_policy SEED all|some: with both sections. What each mount call gets without flags is in comments: `; = mount
# 3001`, or `through`. All of them are denied, or some.
random_policy() {
	local call got i which=$2 n=3001 observed=() word
	RANDOM=$1
	echo '[deny]'
	if [ "$which" = all ] && ((RANDOM % 3 == 0)); then
		echo '@mount = 3020' # its own line beats it
	fi
	for call in "${MOUNT_CALLS[@]}"; do
		got=$((n++))
		if [ "$which" = some ] && ((RANDOM % 2)); then
			observed+=("$call = deny")
			echo "; = $call through"
			# What is denied with flags only stays denied with these.
			[ -z "${flags_of[$call]:-}" ] || ((RANDOM % 2)) || echo "$call = 3021 if ${flags_of[$call]}"
			continue
		fi
		if [ "$which" = all ] && ((RANDOM % 12 == 0)); then
			echo "$call = kill-process" # comes first, whatever else there is
			got=SIGSYS
		else
			[ -z "${flags_of[$call]:-}" ] || ((RANDOM % 3)) || echo "$call = $((3030 + RANDOM % 10)) if ${flags_of[$call]}"
			echo "$call = $got"
		fi
		echo "; = $call $got"
		case $((RANDOM % 3)) in
		0) observed+=("$call = deny") ;;
		1) [ -z "${flags_of[$call]:-}" ] || observed+=("$call = deny if ${flags_of[$call]}") ;;
		esac
	done
	((RANDOM % 3)) || echo 'swapon = ENOENT'
	echo '[observe]'
	((RANDOM % 2)) || echo '@mount = deny'
	for ((i = 0; i < 1 + RANDOM % 4; i++)); do
		word=${observable[RANDOM % ${#observable[@]}]}
		printf '%s\n' "${observed[@]}" | grep -qxF "$word" && continue
		[[ $word == *=* ]] || word+=' = deny'
		printf '%s\n' "${observed[@]}" | grep -qxF "$word" || observed+=("$word")
	done
	printf '%s\n' "${observed[@]}"
	printf '%s\n' '[policy]' "no-new-privs = $( ((RANDOM % 2)) && echo yes || echo auto)" \
		"newer-syscalls = $( ((RANDOM % 2)) && echo ENOSYS || echo allow)" \
		'[selftest]' 'report = off' '[init]' 'report-denials = yes'
}

# A policy's test, several at a time: writes what is wrong.
try_policy() { # SEED all|some
	local file=$LIVE/policy/random-$2-$1.ini call wanted got said routes
	random_policy "$1" "$2" >"$file"
	chmod 0444 "$file"
	said=$("${IN_NAMESPACES[@]}" denyinit -c "$file" -- attack_tricks calls 2>"$file.err") || {
		echo "seed $1, $2: $(tail -n 1 "$file.err")"
		return
	}
	while read -r call wanted; do
		got=$(sed -n "s/^$call //p" <<<"$said")
		if [ "$wanted" = through ]; then
			# The kernel's own: EFAULT and the like.
			[[ $got =~ ^[0-9]{1,2}$ ]] || echo "seed $1, $2: $call is observed, and gets $got"
		elif [ "$got" != "$wanted" ]; then
			echo "seed $1, $2: $call gets $got instead of $wanted"
		fi
	done < <(sed -n 's/^; = //p' "$file")
	[ "$(grep -c '^; = ' "$file")" = ${#MOUNT_CALLS[@]} ] || echo "seed $1, $2: calls are missing"
	[ "$2" = all ] || return 0
	routes=$("${IN_NAMESPACES[@]}" denyinit -c "$file" -- routes 2>"$file.err") || true
	[[ $routes =~ (^|$'\n')'0 open of '[1-9][0-9]*$ ]] || echo "seed $1, $2: routes: $(tail -n 1 <<<"$routes")"
}

@test "random policies with both sections: what is denied is never let through as observed" {
	local which seeds seed out='' err
	seeds=$(pick 100 2000)
	# The workers need what this file and common.bash have defined.
	for which in all some; do
		for ((seed = 1; seed <= seeds; seed += 2)); do
			try_policy "$seed" $which &
			try_policy $((seed + 1)) $which
			wait $!
		done
	done >"$BATS_TEST_TMPDIR/wrong"
	err=$(<"$BATS_TEST_TMPDIR/wrong") status=
	expect "none is wrong" is "$err" ""
	figure "$seeds random policies with all mount calls denied and observed, too: 0 routes; $seeds with some denied: $(wc -l <"$BATS_TEST_TMPDIR/wrong") wrong answers"
	observe denyinit -c "$LIVE/policy/observed.ini" -- routes
	expect "control: only observed, they are open" has "$out" '(^|'$'\n'')open mount-tmpfs'$'\n'
	all_rows
}

# ---- what the one who answers can do itself ----

@test "denyinit confines itself: it can do nothing but what it needs" {
	arena env DENYINIT_STUB=inside denyinit-stub -c "$LIVE/policy/told.ini" -- true
	expect "control: before" has "$err" \
		'BEFORE write=0 read-write=0 create=0 truncate=0 path=0 read=0 .* ioctl-listener=2 add-descriptor=2 socket=0 getppid=0'
	expect "after" has "$err" \
		'INSIDE write=1 read-write=1 create=1 truncate=1 path=1 read=0 ioctl-stderr=1 ioctl-listener=2 add-descriptor=1 socket=1 getppid=1'
	expect "no other call" has_not "$err" 'INSIDE call'
	expect "all that it does not need" has "$err" 'INSIDE refused 454 of 454'
	arena env DENYINIT_STUB=foreign denyinit-stub -c "$LIVE/policy/told.ini" -- attack_take nothing 1 "$LIVE/folder"
	expect "another ABI: killed" is "$status" 159
	expect "another ABI: killed" has_not "$err" 'came back'
	figure "confined: 454 of 454 calls refused in the one who answers"
	all_rows
}

# ---- hostile surroundings ----

declare -gA ended=([refused]=0 [unreported]=0 [reported]=0)

# judged WHAT: of a run with the command `attack_take getfd`: refused, or enforced and it is said whether it is reported.
judged() {
	local how
	expect "$1: mounts" is "$mounts" 0
	if [ "$status" = 125 ]; then
		how=refused
		expect "$1: message" has "$err" "$refusal"
		expect "$1: not started" has_not "$out" 'TAKE '
	else
		how=unreported
		[[ $out != *' denials=reported '* ]] || how=reported
		expect "$1: status" is "$status" 0
		expect "$1: enforced" has "$out" 'TAKE way=getfd .* mounted=0'
		expect "$1: its report" has "$out" 'denyinit: PASS .* denials=[a-z-]+ '
		[ $how = reported ] || expect "$1: says so" has "$err" 'denyinit: .*not reported'
	fi
	ended[$how]=$((ended[$how] + 1))
}

@test "older filters that refuse or fake what a denyinit needs that stays" {
	local kind privilege state kinds
	kinds=$(attack_outer list)
	expect "kinds" [ "$(wc -l <<<"$kinds")" -ge 35 ]
	for kind in $kinds; do
		for privilege in root nobody; do
			read -ra state <<<"outer $(privilege $privilege) -- attack_outer"
			# Half a minute, until it is known that there is no answer: once.
			[[ $kind:$privilege != *-ioctl:nobody ]] || continue
			arena "${state[@]}" "$kind" -- denyinit -c "$LIVE/policy/reported.ini" -- attack_take getfd 1 "$LIVE/folder"
			judged "$kind, $privilege"
			# Without its timer whoever fills the pipe of stderr in the right moment would stop the one who answers.
			[[ $kind != *-setitimer ]] || expect "$kind, $privilege: not started" is "$status" 125
		done
	done
	# Several that belong together.
	arena outer --caps none --uid "$NOBODY" -- attack_outer fake-set-dumpable fake-get-dumpable -- \
		denyinit -c "$LIVE/policy/reported.ini" -- attack_take getfd 1 "$LIVE/folder"
	judged "dumpable, and it cannot be seen"
	arena attack_outer fake-drop-bounding fake-read-bounding -- denyinit -c "$LIVE/policy/reported-auto.ini" -- \
		outer --uid "$NOBODY" -- take_setuid getfd 1 "$LIVE/folder"
	judged "the bounding set stays, and it cannot be seen"
	figure "faking or refusing filters: ${ended[refused]} refused, ${ended[unreported]} enforced and not reported," \
		"${ended[reported]} reported, 0 unprotected"
	expect "each outcome is there" [ $((ended[refused] * ended[unreported] * ended[reported])) -gt 0 ]
	all_rows
}

@test "older filters of the runtimes' kind, and one with a listener that lets all through" {
	local filter
	for filter in docker eperm-mount enosys-mount errno0-mount listener-continue fake-seccomp refuse-seccomp fake-prctl \
		refuse-prctl refuse-fork fake-fork trace-mount log-mount; do
		arena outer --filter $filter -- denyinit -c "$LIVE/policy/reported.ini" -- attack_take getfd 1 "$LIVE/folder"
		judged "$filter"
	done
	arena outer --filter listener-continue -- attack_take nothing 1 "$LIVE/folder"
	expect "control: that listener lets it through" is "$mounts" 1
	figure "older filters: ${ended[refused]} refused, ${ended[unreported]} enforced and not reported," \
		"${ended[reported]} reported, 0 unprotected"
	all_rows
}

@test "few descriptors, processes, none of the standard descriptors" {
	local n closing run_it="exec denyinit -c $LIVE/policy/reported.ini -- attack_take getfd 1 $LIVE/folder"
	for ((n = 4; n <= 16; n++)); do
		arena bash -c "ulimit -n $n && $run_it"
		judged "$n descriptors"
	done
	expect "with enough of them it is reported" has "$out" 'denials=reported'
	for n in 1 2 3 4 6; do
		arena outer --nproc $n --caps none --uid 65531 -- denyinit -c "$LIVE/policy/reported.ini" -- true
		case $status in
		0) expect "$n processes" has "$out" 'denials=reported' ;;
		*) expect "$n processes: status" is "$status" 125 && expect "$n processes" has "$err" "$refusal" ;;
		esac
	done
	expect "with enough of them it starts" is "$status" 0
	# That something is closed costs no report: only what is said by it.
	for closing in '<&-' '>&-' '<&- >&-' '2>&-' '<&- >&- 2>&-'; do
		arena bash -c "${run_it/reported.ini/told.ini} $closing"
		expect "$closing: mounts" is "$mounts" 0
		expect "$closing: status" is "$status" 0
	done
	arena bash -c "$run_it <&-"
	judged "no stdin"
	expect "no stdin: reported" has "$out" 'denials=reported'
	all_rows
}

@test "a folder in the place of /proc, and what the command puts there, keeps nobody waiting" {
	observe sh -c 'mount -t tmpfs tmpfs /proc && exec "$@"' sh \
		denyinit -c "$LIVE/policy/told.ini" -- sh -c "mkdir /proc/\$\$ && mkfifo /proc/\$\$/comm && exec attack_tricks calls"
	expect "status" is "$status" 0
	expect "answered" has "$out" '^mount 1'
	expect "told" has "$err" 'DENIED mount EPERM '
	all_rows
}
