#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# How a denyinit stays: the settings of [init] that users of other inits know, and those that they miss.
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

init_policy() { # NAME LINE...: a policy that stays
	policy "$1" '[deny]' '@mount = deny' '[selftest]' 'report = off' '[init]' "${@:2}"
}

parent_of() { awk '/^PPid:/ { print $2 }' "/proc/$1/status"; }
is_gone() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status"; }
milliseconds() { echo $(($(date +%s%N) / 1000000)); }

# ---- who gets which signals ----

@test "signals: to the command alone, or to its process group" {
	local with command
	# The shell ignores it, what it has started does not.
	command='trap "" USR1; supervise_work handle & wait $!; echo "child $?"'
	for with in child group; do
		begin denyinit -c "$LIVE/policy/stays.ini" --signals=$with -- sh -c "$command"
		kill -USR1 "$pid"
		if [ $with = child ]; then
			kill -TERM "$pid"
			kill -KILL "$(cut -d' ' -f2 <<<"$first")" # so that its output ends
		fi
		end
		expect "$with" is "$status:$out" "$([ $with = child ] && echo 143: || echo '0:child 42')"
	done
	# Nobody is in the group.
	begin denyinit -c "$LIVE/policy/stays.ini" --signals=group -- perl -e \
		'setpgrp(0, getppid); $SIG{USR1} = sub { print "got it\n"; exit 3 }; $| = 1; print "ready $$\n"; sleep 20'
	kill -USR1 "$pid"
	end
	expect "who has left its group" is "$status:$out" "3:got it"
	all_rows
}

@test "rewrite: another signal, or none; by the policy and by an option" {
	local how
	init_policy rewrite 'rewrite = USR1:USR2 28:0 SIGHUP:RTMIN+1'
	for how in policy option; do
		if [ $how = policy ]; then
			begin denyinit -c "$LIVE/policy/rewrite.ini" -- supervise_work receive
		else
			begin denyinit -c "$LIVE/policy/stays.ini" --rewrite='10:12 WINCH:0 1:35' -- supervise_work receive
		fi
		kill -WINCH "$pid"
		kill -USR1 "$pid"
		await_line '^signal 12$'
		kill -HUP "$pid"
		await_line '^signal 35$'
		kill -TERM "$pid"
		end
		expect "$how: not rewritten, and none else" is "$status:$out" "0:signal 15"
	done
	all_rows
}

@test "exit-zero: these statuses of the command become 0; a refusal does not" {
	local words wanted with
	while read -r wanted with words; do
		# shellcheck disable=SC2086 # words
		{ observe denyinit -c "$LIVE/policy/stays.ini" --exit-zero="${with//,/ }" -- supervise_work $words; } 2>/dev/null
		expect "$with: $words" is "$status" "$wanted"
	done <<-'TABLE'
		0 143 die 15
		0 143,3 exit 3
		0 143,3 exit 143
		4 143,3 exit 4
		0 1,255 exit 255
		137 143 die 9
	TABLE
	observe denyinit -c "$LIVE/policy/stays-open.ini" --exit-zero=125 -- true
	expect "refused" is "$status" 125
	observe denyinit -c "$LIVE/policy/stays.ini" --exit-zero=127 -- no-such-command
	expect "not found" is "$status" 127
	init_policy zero 'exit-zero = 9'
	observe denyinit -c "$LIVE/policy/zero.ini" -- supervise_work exit 9
	expect "by the policy" is "$status" 0
	all_rows
}

@test "subreaper: orphans come to it also where it is not process 1" {
	local orphan with
	for with in yes no; do
		begin denyinit -c "$LIVE/policy/stays.ini" --subreaper=$with -- sh -c 'sh -c "sleep 60 >&2 & echo \$!"; read x'
		orphan=$first
		if [ $with = yes ]; then
			await "it comes" grep -q "^PPid:.$pid\$" "/proc/$orphan/status"
		else
			await "it has gone elsewhere" grep -qE '^PPid:.[0-9]+$' "/proc/$orphan/status"
			expect "$with" [ "$(parent_of "$orphan")" != "$pid" ]
		fi
		kill "$orphan"
		[ $with = no ] || await "it is reaped" test ! -e "/proc/$orphan"
		end
	done
	all_rows
}

@test "parent-death: a signal when its own parent dies; KILL is for the command, too" {
	local sig command parent
	for sig in TERM KILL none; do
		begin sh -c "denyinit -c $LIVE/policy/stays.ini --parent-death=$sig -- supervise_work receive; :"
		read -r _ command parent _ <<<"$first"
		kill -KILL "$pid"
		wait "$pid" || true
		case $sig in
		TERM) await_line '^signal 15$' ;;
		KILL)
			await "the command is gone" is_gone "$command"
			await "so is denyinit" is_gone "$parent"
			;;
		none) expect "control: it goes on" kill -0 "$command" "$parent" ;;
		esac
		exec 8>&-
		[ $sig = KILL ] || await "its end" is_gone "$command"
		exec 9<&-
		out='' err='' status=0 pid=
	done
	all_rows
}

@test "verbose: who is reaped, what becomes of signals" {
	local with
	for with in no reaped all; do
		begin denyinit -c "$LIVE/policy/stays.ini" --verbose=$with --rewrite='USR1:USR2 WINCH:0' -- \
			sh -c 'sh -c "true & true"; exec supervise_work receive'
		kill -WINCH "$pid"
		kill -USR1 "$pid"
		await_line '^signal 12$'
		end
		expect "$with: status" is "$status" 0
		expect "$with: reaped" is "$(($(lines "$err" '^denyinit: reaped process [0-9]+ \(0\)$') > 0))" \
			$(($([ $with = no ] && echo 0 || echo 1)))
		expect "$with: passed on" is "$(lines "$err" '^denyinit: SIGUSR1 is passed on as SIGUSR2$')" \
			"$([ $with = all ] && echo 1 || echo 0)"
		expect "$with: dropped" is "$(lines "$err" '^denyinit: SIGWINCH is not passed on$')" \
			"$([ $with = all ] && echo 1 || echo 0)"
	done
	all_rows
}

# ---- what others do not have ----

deaf='trap "" TERM QUIT; echo ready; while :; do sleep 0.05; done'

# took COMMAND...: its time in ms in $took.
took() {
	local before
	before=$(milliseconds)
	"$@"
	took=$(($(milliseconds) - before))
}

@test "grace: who does not end at SIGTERM is killed then, and not before" {
	local how=''
	# Is ended, by the second signal, and by none.
	for how in ends ignores; do
		begin denyinit -c "$LIVE/policy/stays.ini" --grace=700ms -- \
			sh -c "trap '[ $how = ignores ] || exit 5' TERM; echo ready; while :; do sleep 0.05; done"
		kill -TERM "$pid"
		took end
		out="$out took $took ms"
		case $how in
		ends) expect "$how" is "$status:$((took < 700))" 5:1 ;;
		ignores) expect "$how" is "$status:$((took >= 690 && took < 5000))" 137:1 ;;
		esac
	done
	# Another signal than these is no reason.
	begin denyinit -c "$LIVE/policy/stays.ini" --grace=100ms --stop-signals=QUIT -- sh -c "$deaf"
	kill -TERM "$pid"
	sleep 0.3 # nothing is to happen
	expect "TERM is none of them" kill -0 "$pid"
	kill -QUIT "$pid"
	end
	expect "QUIT is" is "$status" 137
	all_rows
}

@test "grace: without CAP_KILL the command is left, and that is told" {
	local command
	accounts
	begin setpriv --bounding-set -kill denyinit -c "$LIVE/policy/stays.ini" --grace=50ms --user=daemon -- \
		sh -c "echo \$\$; exec sleep 60"
	command=$first
	kill -TERM "$pid"
	exec 9<&- # which the command keeps open
	exec 8>&-
	status=0
	wait "$pid" || status=$?
	pid=
	err=$(<"$BATS_TEST_TMPDIR/err")
	expect "control: it is there" kill -0 "$command"
	kill -KILL "$command"
	expect "status" is "$status" 137
	expect "remedy" is "$(lines "$err" "^denyinit: cannot pass signal 15 on to process $command: .*: it takes CAP_KILL$")" 1
	expect "told" is "$(lines "$err" "^denyinit: process $command could not be killed, and is left$")" 1
	all_rows
}

@test "grace: orphans are asked to end when the command has ended, and killed then" {
	local as orphans=$LIVE/orphans script
	script='for how in ends ignores; do
		HOW=$how setsid sh -c "[ \$HOW = ignores ] && trap \"\" TERM || trap \"echo asked >>'"$orphans"'; exit\" TERM
			echo \$\$ >>'"$orphans"'; while :; do sleep 0.05; done" >/dev/null 2>&1 </dev/null &
		done
		while [ "$(wc -l <'"$orphans"')" -lt 2 ]; do sleep 0.01; done; exit 6'
	for as in "" pid1; do
		: >"$orphans"
		out='' err='' status=0
		if [ -z "$as" ]; then
			took observe_here denyinit -c "$LIVE/policy/stays.ini" --grace=500ms -- sh -c "$script"
			for pid in $(grep -v asked "$orphans"); do
				expect "$pid is gone" is_gone "$pid"
			done
			pid=
		else
			took observe denyinit -c "$LIVE/policy/stays.ini" --grace=500ms -- sh -c "$script"
		fi
		out="$(<"$orphans") took $took"
		expect "$as: the command's status, after the grace period" is "$status:$((took >= 490 && took < 6000))" 6:1
		expect "$as: asked" is "$(lines "$out" '^asked')" 1
	done
	# All of them end in time.
	took observe denyinit -c "$LIVE/policy/stays.ini" --grace=30s -- sh -c 'setsid sleep 100 & exit 6'
	expect "at once" is "$status:$((took < 10000))" 6:1
	all_rows
}

@test "term-delay: SIGTERM waits, others do not; a second one ends that" {
	local before after one other
	begin denyinit -c "$LIVE/policy/stays.ini" --term-delay=600ms -- supervise_work receive
	before=$(milliseconds)
	kill -TERM "$pid"
	kill -USR1 "$pid"
	await_line '^signal 10$'
	await_line '^signal 15$'
	after=$(milliseconds)
	end
	out="$out; $((after - before)) ms"
	expect "not before" [ $((after - before)) -ge 590 ]
	begin denyinit -c "$LIVE/policy/stays.ini" --term-delay=100s -- supervise_work receive
	kill -TERM "$pid"
	kill -USR1 "$pid"
	await_line '^signal 10$'
	kill -TERM "$pid"
	await_line '^signal 15$'
	end
	expect "and once" is "$status:$out" 0:
	# Another one is not lost, and none waits then.
	begin denyinit -c "$LIVE/policy/stays.ini" --term-delay=100s --stop-signals='TERM QUIT' -- supervise_work receive
	kill -TERM "$pid"
	kill -USR1 "$pid"
	await_line '^signal 10$'
	kill -QUIT "$pid"
	read -r -t 20 one <&9
	read -r -t 20 other <&9
	expect "both" is "$(printf '%s\n' "$one" "$other" | sort | xargs)" "signal 15 signal 3"
	kill -QUIT "$pid"
	await_line '^signal 3$'
	end
	expect "and once, too" is "$status:$out" 0:
	# The grace period begins when it is passed on.
	begin denyinit -c "$LIVE/policy/stays.ini" --term-delay=400ms --grace=400ms -- sh -c "$deaf"
	kill -TERM "$pid"
	took end
	expect "both" is "$status:$((took >= 790))" 137:1
	all_rows
}

@test "wait-all: the end of all, with the command's status" {
	local with as
	for as in observe observe_here; do
		for with in no yes; do
			rm -f "$LIVE/done"
			$as denyinit -c "$LIVE/policy/stays.ini" --wait-all=$with -- sh -c \
				'(setsid sh -c "sleep 0.5; echo >'"$LIVE"'/done" >/dev/null 2>&1 &); exit 7'
			expect "$as, $with" is "$status:$([ -e "$LIVE/done" ] && echo "done")" "7:$([ $with = no ] || echo "done")"
			[ $with = yes ] || [ $as = observe ] || await "control: it goes on" [ -e "$LIVE/done" ]
		done
	done
	# Then signals are for them.
	begin denyinit -c "$LIVE/policy/stays.ini" --wait-all=yes -- sh -c 'echo $$; (supervise_work handle >&2 &); exit 7'
	await "the command is gone" is_gone "$first"
	kill -TERM "$pid"
	end
	expect "a signal after the command's end" is "$status" 7
	all_rows
}

@test "with time limits that do not run it does not wake up" {
	local before
	begin denyinit -c "$LIVE/policy/stays.ini" --grace=1s --term-delay=1s --wait-all=yes -- supervise_work receive
	activity() { sed -n 's/^voluntary_ctxt_switches:.//p' "/proc/$pid/status"; }
	await "it sleeps" grep -q '^State:.S' "/proc/$pid/status"
	before=$(activity)
	sleep 2 # what is measured
	expect "none" is "$(activity)" "$before"
	end
	all_rows
}

@test "an option is refused as in the policy, and outweighs it" {
	observe denyinit -c "$LIVE/policy/stays.ini" --rewrite=TREM:QUIT -- true
	expect "misspelt" is "$status" 125
	expect "told" has "$err" '^denyinit: --rewrite=TREM:QUIT: `rewrite`: unknown signal `TREM`: did you mean `TERM`\?\. Not starting'
	init_policy nine 'exit-zero = 9'
	observe denyinit -c "$LIVE/policy/nine.ini" --exit-zero=8 -- supervise_work exit 9
	expect "outweighed" is "$status" 9
	observe denyinit -c "$LIVE/policy/mount.ini" --report=text --grace=1s -- true
	expect "stays" has "$out" ' mode=supervise '
	all_rows
}

# ---- another user ----

# with_accounts COMMAND...: in namespaces of its own, where /etc/passwd and /etc/group are the test's.
with_accounts() {
	observe sh -c 'mount --bind "$0/passwd" /etc/passwd && mount --bind "$0/group" /etc/group && exec "$@"' "$LIVE" "$@"
}

accounts() {
	printf '%s\n' root:x:0:0:root:/root:/bin/sh daemon:x:1:1:daemon:/usr/sbin:/bin/sh \
		'app:x:1000:1001:The App:/srv/app:/bin/sh' bare:x:1002:1002::/: >"$LIVE/passwd"
	printf '%s\n' root:x:0: www:x:33:app,bare apps:x:1001: more:x:44:app >"$LIVE/group"
	chmod 0644 "$LIVE/passwd" "$LIVE/group"
}

who='echo "$(id -u):$(id -g) $(id -G) $HOME $(grep -cE "^Cap(Eff|Prm|Amb):.0{16}$" /proc/self/status)"'

@test "user: IDs, groups and HOME as gosu's, although the policy denies, or kills for, a change of user" {
	local wanted form control
	accounts
	policy exec '[deny]' '@mount @setuid = deny' '[selftest]' 'report = off'
	policy kills '[deny]' '@mount = deny' '@setuid = kill-process' '[selftest]' 'report = off' '[init]' 'mode = supervise'
	policy tells '[deny]' '@mount @setuid = deny' '[selftest]' 'report = off' '[init]' 'report-denials = yes'
	policy auto '[policy]' 'no-new-privs = auto' '[deny]' '@mount @setuid = deny' '[selftest]' 'report = off'
	for wanted in app app:www bare 1000:1001 1000:44 4711:4712 daemon; do
		with_accounts gosu "$wanted" sh -c "$who"
		expect "$wanted: control" is "$status" 0
		# The one thing that is other than there: a group that is named is the only one.
		control=$out
		for form in exec kills tells auto; do
			with_accounts denyinit -c "$LIVE/policy/$form.ini" --user="$wanted" -- sh -c "$who"
			expect "$wanted, $form" is "$status:$out" "0:$control"
		done
	done
	with_accounts denyinit -c "$LIVE/policy/exec.ini" --user=app -- setpriv --reuid 1 true
	expect "it is denied then" has "$status:$err" '^1.*setpriv: '
	init_policy user 'user = app:more'
	with_accounts denyinit -c "$LIVE/policy/user.ini" -- sh -c "$who"
	expect "by the policy" is "$status:$out" "0:1000:44 44 /srv/app 3"
	with_accounts denyinit -c "$LIVE/policy/mount.ini" --report=json --user=app -- true
	expect "the report's uid" is "$(json .uid)" 1000
	with_accounts denyinit -c "$LIVE/policy/mount.ini" --report=json --supervise --user=app -- true
	expect "supervised, too" is "$(json .uid)" 1000
	all_rows
}

@test "user: what refuses the start" {
	accounts
	init_policy owned
	chown 1000 "$LIVE/policy/owned.ini"
	chmod 0644 "$LIVE/policy/owned.ini"
	init_policy grouped
	chgrp 44 "$LIVE/policy/grouped.ini"
	chmod 0664 "$LIVE/policy/grouped.ini"
	install -m 0700 /bin/true "$LIVE/for-root-only"
	local user file command wanted text
	while IFS='|' read -r user file command wanted text; do
		with_accounts denyinit -c "$LIVE/policy/$file.ini" --user="$user" -- "$command"
		expect "$user, $file, $command: status" is "$status" "$wanted"
		[ -z "$text" ] || expect "$user, $file, $command: told" has "$err" "$text"
		[ "$wanted" != 125 ] || expect "$user, $file: refused" has "$err" "$refusal"
	done <<-'TABLE'
		nobody|stays|true|125|`user = nobody`: the user is not in /etc/passwd
		app:none|stays|true|125|has a group that is not in /etc/group
		app|owned|true|125|owned.ini: `user = app` may write it
		app|grouped|true|125|grouped.ini: `user = app` may write it
		app:www|grouped|true|0|
		bare|owned|true|0|
		app|stays|for-root-only|126|for-root-only
		app:1:2|stays|true|125|--user=app:1:2: `user`: `app:1:2` is no user
	TABLE
	cp "$LIVE/for-root-only" "$LIVE/bin"
	with_accounts denyinit -c "$LIVE/policy/stays.ini" --user=app -- for-root-only
	expect "not for this user" is "$status" 126
	rm "$LIVE/bin/for-root-only"
	# Without the right to: but who is that user already needs none.
	for wanted in $NOBODY 1000; do
		with_accounts setpriv --reuid "$wanted" --regid 1001 --clear-groups \
			denyinit -c "$LIVE/policy/stays.ini" --user=app -- sh -c "$who"
		if [ "$wanted" = 1000 ]; then
			expect "it is" is "$status:$out" "0:1000:1001 1001 /srv/app 3"
		else
			expect "it may not" is "$status" 125
			expect "told" has "$err" 'it takes CAP_SETUID and CAP_SETGID.*Not starting'
		fi
	done
	# Who is another user already, and has been given capabilities, keeps them only as that very user.
	local caps=+setuid,+setgid,+net_raw as
	as=(--regid 1001 --groups "1001,44" --inh-caps "$caps" --ambient-caps "$caps")
	with_accounts setpriv --reuid 1000 "${as[@]}" sh -c "$who"
	expect "control: has some" is "$status:$out" "0:1000:1001 1001 44 $HOME 0"
	with_accounts setpriv --reuid 1000 "${as[@]}" denyinit -c "$LIVE/policy/stays.ini" --user=daemon -- sh -c "$who"
	expect "another: none is left" is "$status:$out" "0:1:1 1 /usr/sbin 3"
	with_accounts setpriv --reuid 1000 "${as[@]}" denyinit -c "$LIVE/policy/stays.ini" --user=app:apps -- sh -c "$who"
	expect "the same: its own groups" is "$status:$out" "0:1000:1001 1001 /srv/app 0"
	as=(--securebits +no_setuid_fixup --inh-caps "$caps" --ambient-caps "$caps")
	with_accounts setpriv "${as[@]}" gosu daemon sh -c "$who"
	expect "control: kept across the change" is "$status:$out" "0:1:1 1 /usr/sbin 0"
	with_accounts setpriv "${as[@]}" \
		denyinit -c "$LIVE/policy/stays.ini" --user=daemon -- sh -c "$who"
	expect "no_setuid_fixup: none is left" is "$status:$out" "0:1:1 1 /usr/sbin 3"
	with_accounts setpriv "${as[@]}" spoil 126 0 denyinit -c "$LIVE/policy/stays.ini" --user=daemon -- true
	expect "capset(2) is faked" is "$status" 125
	# Who may say who it is the next time.
	for file in passwd group; do
		chown 1000 "$LIVE/$file"
		with_accounts denyinit -c "$LIVE/policy/stays.ini" --user=app -- true
		expect "its own $file: status" is "$status" 125
		expect "its own $file: told" has "$err" "/etc/$file: .user = app. may write it"
		with_accounts denyinit -c "$LIVE/policy/stays.ini" --user=1000:1001 -- true
		expect "its own $file, numbers" is "$status" 0
		with_accounts denyinit -c "$LIVE/policy/stays.ini" --user=bare -- true
		expect "another's $file" is "$status" 0
		chown 0 "$LIVE/$file"
	done
	# An outer listener's answer that is no error, and not 0.
	with_accounts outer --filter listener-positive-ids -- denyinit -c "$LIVE/policy/stays.ini" --user=daemon -- sh -c "$who"
	expect "a positive answer" is "$status:$out" 125:
	expect "a positive answer: told" has "$err" "cannot become .user = daemon. .*Not starting"
	# Seen, not believed: an outer filter that only says that it is done.
	local call
	for call in 105 106 114 116 117 119; do # setuid, setgid, setreuid, setgroups, setresuid, setresgid
		observe_here spoil $call 0 denyinit -c "$LIVE/policy/stays.ini" --user=daemon -- sh -c "$who"
		case $call in
		116 | 117 | 119) expect "$call is faked" is "$status" 125 ;;
		*) expect "$call is not used" is "$status" 0 ;;
		esac
	done
	all_rows
}

# ---- from inside ----

@test "process 1 as its command sees it, also with what it has to do later" {
	local options
	for options in --supervise "--signals=group --grace=60s --wait-all=yes"; do
		# shellcheck disable=SC2086 # words
		observe denyinit -c "$LIVE/policy/stays.ini" $options -- supervise_work inside
		expect "$options" is "$status" 42
		expect "$options: all" has "$out" 'inside: 8 things, 0 wrong'
	done
	observe catatonit -- supervise_work inside 100
	expect "control: wrong things are seen" is "$status" 1
	all_rows
}

# ---- beside others ----

# The rows of docs/inits.md, without the last one: figures.
page_rows() { sed -n '/<!-- begin inits -->/,/<!-- end inits -->/p' "$ROOT/docs/inits.md" | grep '^|' | head -n -1; }
page_figures() { sed -n '/<!-- begin inits -->/,/<!-- end inits -->/p' "$ROOT/docs/inits.md" | grep '^| resident'; }

@test "docs/inits.md: denyinit is right in every row, and as small as the page says; the others with DENYINIT_FULL=1" {
	local table columns=(denyinit) storm=200 own page_own tini
	if [ "${DENYINIT_FULL:-}" = 1 ]; then
		columns+=(tini dumb-init catatonit) storm=600
	fi
	table=$(STORM=$storm "$ROOT/tests/live/inits_table" "${columns[@]}")
	echo "$table"
	[ "$(page_rows | wc -l)" -ge 30 ]
	diff <(page_rows | cut -d'|' -f "2-$((2 + ${#columns[@]}))") <(head -n -1 <<<"$table" | cut -d'|' -f "2-$((2 + ${#columns[@]}))")
	[ "$(page_rows | tail -n +3 | cut -d'|' -f3 | sort -u)" = ' yes ' ]
	# A quarter more or less: pages that happen to be there.
	own=$(tail -n 1 <<<"$table" | cut -d'|' -f3)
	read -r page_own tini < <(page_figures | cut -d'|' -f3,4 | tr '|' ' ')
	[ $((own)) -ge $((page_own * 3 / 4)) ]
	[ $((own)) -le $((page_own * 5 / 4)) ]
	[ $((own)) -le $((tini)) ]
}
