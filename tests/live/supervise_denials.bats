#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# report-denials, [observe] and --observe: what is told of which call, in which form, and to whom if nobody reads it.
# shellcheck disable=SC2154 # status, out, err and refusal are set by common.bash
# shellcheck disable=SC2016 # what is in single quotes is for another shell
# shellcheck disable=SC2030,SC2031 # each test is a subshell and sets its own
bats_require_minimum_version 1.5.0
load common
load supervise_common

# Calls as supervise_work takes them, and what the policy `kinds` answers.
PTRACE=101 CHMOD=90 NEWER=500 SYSLOG=103
# What ptrace does and others do: a policy that denies it alone gets a warning, and stderr is to be denyinit's lines only.
FAMILY='ptrace process_vm_readv process_vm_writev pidfd_getfd'
EPERM=1 ESRCH=3 EACCES=13 EINVAL=22 EROFS=30 ENOSYS=38 EOPNOTSUPP=95

setup_file() {
	live_begin
	supervise_policies
	policy kinds '[deny]' '@mount = deny' "$FAMILY = EACCES" 'chmod fchmod fchmodat fchmodat2 = EROFS if mode & S_ISUID' \
		'[init]' 'report-denials = yes'
	policy untold '[deny]' '@mount = deny' "$FAMILY = EACCES" 'chmod fchmod fchmodat fchmodat2 = EROFS if mode & S_ISUID' \
		'[init]' 'mode = supervise'
	policy observe '[deny]' '@mount = deny' '[observe]' 'ptrace = deny' '@keyring = deny' \
		'[selftest]' 'report = off' '[init]' 'report-denials = yes'
	policy trial '[deny]' '@mount = deny' "$FAMILY syslog = EACCES" '@keyring = deny' \
		'chmod fchmod fchmodat fchmodat2 = EROFS if mode & S_ISUID' '[selftest]' 'report = off'
}
teardown_file() { live_end; }
teardown() { end_all; }

# denied COMMAND...: under the policy `kinds`, as PID 1.
denied() { observe denyinit -c "$LIVE/policy/${policy:-kinds}.ini" "${options[@]}" -- "$@"; }
options=()

# The lines of $err with this word behind the name.
said() { grep "^denyinit: $1 " <<<"$err" || true; }
# The count= of a line.
count_of() { sed -n 's/.* count=\([0-9]*\).*/\1/p' <<<"$1"; }

# ---- lines ----

@test "a line for each rule: a group's, a call's own, a condition's, and for calls that are too new" {
	local call errno wanted word
	while read -r call errno wanted; do
		denied sh -c "supervise_work deny --calls $call $errno; echo pid \$\$"
		expect "$call: its errno" has "$out" 'made 1, wrong 0'
		expect "$call: status" is "$status" 0
		wanted="^denyinit: DENIED ${wanted//POLICY/$LIVE/policy/kinds.ini} pid=[0-9]+ comm=supervise_work abi=x86_64 count=1$"
		expect "$call: told" has "$(said DENIED)" "$wanted"
		expect "$call: one line" is "$(wc -l <<<"$(said DENIED)")" 1
		policy=untold denied supervise_work deny --calls "$call" "$errno"
		expect "$call: control: not told" is "$status:$err" 0:
	done <<-TABLE
		mount    $EPERM  mount EPERM rule=POLICY:2\\(@mount\\)
		fsopen   $EPERM  fsopen EPERM rule=POLICY:2\\(@mount\\)
		$PTRACE  $EACCES ptrace EACCES rule=POLICY:3
		$CHMOD   $EROFS  chmod EROFS rule=POLICY:4
		$NEWER   $ENOSYS $NEWER ENOSYS rule=POLICY\\(newer-syscalls\\)
	TABLE
	all_rows
}

@test "the pid is the caller's, and the name the one that it had" {
	denied sh -c 'supervise_work deny --as first,second 1 & echo pid $!; wait'
	local pid
	pid=$(sed -n 's/^pid //p' <<<"$out")
	expect "first" has "$err" "DENIED mount EPERM [^ ]* pid=$pid comm=first abi=x86_64 count=1"
	expect "second" has "$err" "DENIED mount EPERM [^ ]* pid=$pid comm=second abi=x86_64 count=1"
	all_rows
}

@test "where /proc is of another PID namespace nobody is named by it" {
	observe_here unshare --pid --fork --kill-child denyinit -c "$LIVE/policy/told.ini" -- supervise_work deny --calls mount 1
	expect "no name" has "$err" 'DENIED mount EPERM [^ ]* pid=[0-9]+ comm=\? abi=x86_64'
	observe_here unshare --pid --fork --kill-child --mount-proc denyinit -c "$LIVE/policy/told.ini" -- \
		supervise_work deny --calls mount 1
	expect "control" has "$err" 'DENIED mount EPERM [^ ]* pid=[0-9]+ comm=supervise_work abi=x86_64'
	all_rows
}

@test "what is not denied is not told: calls without a rule, and for whose arguments there is none" {
	denied sh -c 'chmod 0700 /dev/shm && kill -0 $$ && exec cat /proc/self/comm'
	expect "status" is "$status:$err" 0:
	expect "ran" has "$out" $'\ncat$'
	all_rows
}

@test "as JSON: each line parses, and has what the text has" {
	options=(--report=json)
	denied sh -c "supervise_work deny --calls $PTRACE $EACCES; supervise_work deny --as 'a\"b\\c,d e,"$'\xff\n'"x' 1
		supervise_work deny --calls $NEWER $ENOSYS" 
	local lines
	lines=$(grep -c . <<<"$err")
	expect "all parse" is "$(jq -c . <<<"$err" | wc -l)" "$lines"
	expect "ptrace" is "$(jq -c 'select(.call == "ptrace" and .event == "denied")
		| [.level, .logger, .schema, .nr, .gets, .line, .group, .abi, .count, .comm]' <<<"$err")" \
		'["warn","denyinit",1,'$PTRACE',"EACCES",3,"","x86_64",1,"supervise_work"]'
	expect "mount" is "$(jq -c 'select(.call == "mount" and .event == "denied") | [.line, .group, .gets]' <<<"$err" |
		sort -u)" '[2,"@mount","EPERM"]'
	expect "names" is "$(jq -c 'select(.call == "mount" and .event == "denied") | .comm' <<<"$err" | sort | tr '\n' ' ')" \
		"$(printf '%s\n' '"a\"b\\c"' '"d e"' '"ÿ\nx"' | sort | tr '\n' ' ')"
	expect "too new" is "$(jq -c 'select(.call == "'$NEWER'" and .event == "denied") | [.setting, .gets, .line]' \
		<<<"$err")" '["newer-syscalls","ENOSYS",null]'
	expect "policy" is "$(jq -r 'select(.event == "denied") | .policy' <<<"$err" | sort -u)" "$LIVE/policy/kinds.ini"
	expect "time" has "$(jq -r 'select(.event == "denied") | .time' <<<"$err" | sort -u)" \
		'^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z'
	expect "pid" is "$(jq 'select(.event == "denied") | .pid > 1' <<<"$err" | sort -u)" true
	expect "sum" is "$(jq -c 'select(.event == "totals") | [.denied, .observed, .unkept]' <<<"$err")" '[5,0,0]'
	expect "sum of a rule" is "$(jq -c 'select(.event == "denied-total" and .call == "ptrace") | .count' <<<"$err")" 1
	all_rows
}

@test "a name forges no line, and drives no terminal" {
	denied supervise_work deny --as $'x\ndenyinit: ok,a b=c\e[1m,\xff' 1
	expect "newline" has "$err" 'comm=x\\x0adenyinit:\\x20ok abi'
	expect "escape" has "$err" 'comm=a\\x20b=c\\x1b\[1m abi'
	expect "no ASCII" has "$err" 'comm=\\xff abi'
	expect "no other line" is "$(lines "$err" '^denyinit: ok')" 0
	all_rows
}

# ---- folding ----

@test "many denials are few lines, and the sums are exact" {
	local began=$SECONDS steps=1
	denied supervise_work deny --times 5000 --calls mount,$PTRACE 1
	expect "the second call's errno is another" has "$out" 'made 10000, wrong 5000'
	expect "all" has "$err" $'\ndenyinit: TOTALS denied=10000 observed=0 unkept=0\n'
	expect "of a rule" has "$err" 'mount +EPERM +rule=[^ ]*:2\(@mount\) abi=x86_64 by supervise_work\(5000\) count=5000'
	expect "of the other" has "$err" 'ptrace +EACCES +rule=[^ ]*:3 abi=x86_64 by supervise_work\(5000\) count=5000'
	# At 0, 1, 3, 7 ... seconds at the earliest.
	while (((1 << steps) - 1 <= SECONDS - began + 1)); do steps=$((steps + 1)); done
	expect "few lines" [ "$(lines "$err" 'DENIED ')" -le $((2 * steps)) ]
	expect "the last one has the most" [ "$(count_of "$(said DENIED | tail -n 1)")" -le 5000 ]
	all_rows
}

@test "a call that is denied again is told again, later" {
	# Three seconds' denials: at 0, 1 and 3 s there is a line.
	denied sh -c 'end=$(($(date +%s) + 4)); while [ $(date +%s) -lt $end ]; do supervise_work deny 1 >/dev/null; done'
	expect "at least" [ "$(lines "$err" 'DENIED mount')" -ge 2 ]
	expect "at most" [ "$(lines "$err" 'DENIED mount')" -le 4 ]
	expect "its sum is the total" is "$(sed -n 's/.*TOTALS denied=\([0-9]*\).*/\1/p' <<<"$err")" \
		"$(count_of "$(grep '^denyinit:   mount' <<<"$err")")"
	all_rows
}

@test "more programs than it can tell apart: the sums stay exact, lines stay bounded" {
	local names
	names=$(seq -s , 1 400)
	denied supervise_work deny --times 3 --as "$names" 1
	expect "made" has "$out" 'made 1200, wrong 0'
	expect "all" has "$err" 'TOTALS denied=1200 observed=0 unkept=0'
	expect "the rule" has "$err" 'mount +EPERM .* count=1200'
	expect "at most 20 a second" [ "$(lines "$err" 'DENIED ')" -le 100 ]
	all_rows
}

# ---- sums ----

@test "SIGRTMAX asks for the sums, and is not passed on" {
	begin denyinit -c "$LIVE/policy/told.ini" -- \
		sh -c 'supervise_work deny --times 7 1 >/dev/null; exec supervise_work receive'
	kill -64 "$pid"
	await "the sums" grep -q '^denyinit:   mount .* count=7$' "$BATS_TEST_TMPDIR/err"
	expect "before its end" has "$(<"$BATS_TEST_TMPDIR/err")" $'\ndenyinit: TOTALS denied=7 observed=0 unkept=0\n'
	kill -USR1 "$pid"
	await_line '^signal 10$'
	end
	expect "twice in all" is "$(lines "$err" 'TOTALS denied=7')" 2
	expect "not passed on" has_not "$out" 'signal 64'
	begin denyinit -c "$LIVE/policy/told.ini" -- supervise_work receive
	kill -64 "$pid"
	await "the sums" grep -q '^denyinit: TOTALS denied=0 observed=0 unkept=0$' "$BATS_TEST_TMPDIR/err"
	end
	expect "none, and none at the end" is "$(lines "$err" TOTALS)" 1
	begin denyinit -c "$LIVE/policy/stays.ini" -- supervise_work receive
	kill -64 "$pid"
	await_line '^signal 64$' # control: where nothing is told
	end
	all_rows
}

# ---- the report ----

@test "the report is on stdout before the command's first word, in each form, and says the mode" {
	local form
	for form in text full json off; do
		options=("--report=$form")
		denied sh -c 'echo COMMAND; supervise_work deny 1'
		expect "$form: status" is "$status" 0
		case $form in
		off) expect "off" is "$(head -n 1 <<<"$out")" COMMAND ;;
		json) expect "json" is "$(head -n 1 <<<"$out" | jq -c '[.verdict, .mode, .denials]')" '["PASS","supervise","reported"]' ;;
		*) expect "$form" has "$(head -n 1 <<<"$out")" '^denyinit: PASS .* mode=supervise denials=reported ' ;;
		esac
		expect "$form: then the command" has "$out" $'(^|\n)COMMAND\nmade 1'
		expect "$form: denials are told in any form" has "$err" "$([ $form = json ] && echo '"event":"denied"' || echo DENIED)"
	done
	options=()
	policy=untold denied echo COMMAND
	expect "untold" has "$out" '^denyinit: PASS .* mode=supervise i386='
	observe denyinit -c "$LIVE/policy/mount.ini" --supervise -- echo COMMAND
	expect "--supervise" has "$out" '^denyinit: PASS .* mode=supervise '
	observe denyinit -c "$LIVE/policy/mount.ini" -- echo COMMAND
	expect "control: mode = exec" has_not "$out" ' mode='
	all_rows
}

@test "on-failure = warn: starts, says FAIL, stays, and tells" {
	policy open '[deny]' "$(all_but fsopen) = deny" '[selftest]' 'on-failure = warn' '[init]' 'report-denials = yes'
	policy=open denied supervise_work deny 1
	expect "runs" has "$out" $'\nmade 1, wrong 0'
	expect "status" is "$status" 0
	expect "report" has "$out" '^denyinit: FAIL .* mode=supervise .*denials='
	expect "warning" has "$err" 'UNPROTECTED'
	expect "told" has "$err" 'DENIED mount EPERM'
	all_rows
}

# ---- observed calls ----

@test "observed calls are let through, and told" {
	# Errnos of the kernel's own, of calls that were carried out; 250: keyctl.
	local made="supervise_work deny --calls $PTRACE $ESRCH; supervise_work deny --calls 250 $EOPNOTSUPP"
	observe sh -c "$made"
	local control=$out
	expect "control: without denyinit" is "$(lines "$control" 'made 1, wrong 0')" 2
	policy=observe denied sh -c "$made; supervise_work deny 1"
	expect "the same, and what is denied" is "$(lines "$out" 'made 1, wrong 0')" 3
	expect "ptrace" has "$err" "OBSERVE ptrace EPERM rule=[^ ]*:4 pid=[0-9]+ comm=supervise_work abi=x86_64 count=1"
	expect "a group's" has "$err" "OBSERVE keyctl EPERM rule=[^ ]*:5\\(@keyring\\) "
	expect "denied beside" has "$err" "DENIED mount EPERM rule=[^ ]*:2\\(@mount\\) "
	expect "sums" has "$err" 'TOTALS denied=1 observed=2 unkept=0'
	options=(--report=json)
	policy=observe denied supervise_work deny --calls $PTRACE $ESRCH
	expect "json" is "$(jq -c 'select(.event == "observed") | [.level, .call, .gets, .line]' <<<"$err")" \
		'["info","ptrace","EPERM",4]'
	all_rows
}

@test "what a condition of [deny] leaves to [observe] is in the report" {
	local told
	for told in no yes; do
		policy part '[deny]' '@mount = deny' 'ptrace = deny if request == PTRACE_ATTACH' '[observe]' 'ptrace = deny' \
			'[init]' "report-denials = $told"
		policy=part denied supervise_work deny --calls $PTRACE $ESRCH
		expect "$told: let through" has "$out" 'made 1, wrong 0'
		expect "$told: report" has "$out" '^denyinit: OBSERVE .*only observed: ptrace \(in part\) '
		expect "$told: told" has "$err" 'OBSERVE ptrace EPERM rule=[^ ]*:5 '
	done
	all_rows
}

@test "--observe: nothing is denied, and the policy at the end denies nothing that was done" {
	local made='supervise_work deny --calls mount,'$CHMOD' 14; supervise_work deny --calls '$SYSLOG' 22; exit 5'
	observe denyinit -c "$LIVE/policy/trial.ini" -- sh -c "$made"
	expect "control: denied" has "$out" 'errno 1'
	observe denyinit --observe -c "$LIVE/policy/trial.ini" -- sh -c "$made"
	expect "status" is "$status" 5
	expect "let through" has "$out" 'made 2, wrong 0'
	expect "let through" has "$out" 'made 1, wrong 0'
	expect "told" has "$err" 'OBSERVE mount EPERM'
	expect "sums" has "$err" 'TOTALS denied=0 observed=3 unkept=0'
	local promoted
	promoted=$(sed '1,/^denyinit: OBSERVED this run is over/d' <<<"$err")
	expect "a policy" has "$promoted" '^\[deny\]'
	policy promoted "$promoted"
	observe denyinit --check -c "$LIVE/policy/promoted.ini"
	expect "sound" is "$status" 0
	observe denyinit -c "$LIVE/policy/promoted.ini" --supervise --report=off -- sh -c "$made"
	expect "not hit: status" is "$status" 5
	expect "not hit" has_not "$out" 'wrong [1-9]'
	observe denyinit -c "$LIVE/policy/promoted.ini" -- supervise_work deny --calls $PTRACE $EACCES
	expect "what was not done is still denied" has "$out" 'made 1, wrong 0'
	observe denyinit --observe -c "$LIVE/policy/promoted.ini" -- sh -c "$made"
	expect "and nothing is observed" has "$err" 'TOTALS denied=0 observed=0 unkept=0'
	all_rows
}

@test "--observe: calls by another ABI are told as such" {
	options=(--observe)
	policy=trial denied sh -c 'elf32; echo "status $?"'
	expect "it runs" has "$out" 'status 0'
	expect "told" has "$err" 'OBSERVE [0-9]+ kill-process rule=[^ ]*\(other-abis\) pid=[0-9]+ comm=elf32 abi=i386 '
	expect "and said at the end" has "$err" 'other-abis = kill will kill'
	policy=trial denied elf32
	expect "as the command: it runs" is "$status" 0
	expect "as the command: told" has "$err" 'OBSERVE [0-9]+ kill-process rule=[^ ]*\(other-abis\) pid=[0-9]+ comm=elf32 abi=i386 '
	options=()
	policy=trial denied elf32
	expect "control: as the command: refused" is "$status" 125
	expect "control: as the command: says why" has "$err" 'of the i386 ABI'
	policy=trial denied sh -c 'elf32; echo "status $?"'
	expect "control: killed" has "$out" 'status 159'
	all_rows
}

# ---- under somebody else's filter ----

@test "what an outer filter denies first is not told, and that is said" {
	observe outer --filter eperm-mount --call mount -- denyinit -c "$LIVE/policy/kinds.ini" -- \
		supervise_work deny --calls mount,fsopen 1
	expect "both denied" is "$status" 0
	expect "report" has "$out" '^denyinit: PASS .* denials=in-part '
	expect "warning" has "$err" '^denyinit: 1 of [0-9]+ denied calls are not reported: a filter that was here before'
	expect "told" has "$err" 'DENIED fsopen EPERM'
	expect "not told" has_not "$err" 'DENIED mount '
	expect "sum" has "$err" 'TOTALS denied=1 '
	observe outer --filter log-mount -- denyinit -c "$LIVE/policy/kinds.ini" -- supervise_work deny --calls mount,fsopen 1
	expect "control: a filter that denies nothing" has "$out" ' denials=reported '
	expect "control: no warning" has_not "$err" 'not reported'
	expect "control: told" has "$err" 'DENIED mount '
	all_rows
}

@test "where nobody can listen, denials are enforced and that is said" {
	observe outer --filter listener-continue -- denyinit -c "$LIVE/policy/kinds.ini" -- \
		supervise_work deny --calls mount,fsopen 1
	expect "denied" is "$status" 0
	expect "report" has "$out" '^denyinit: PASS .* mode=supervise denials=not-reported '
	expect "warning" has "$err" '^denyinit: denials are enforced, and not reported: a filter that was here before has a listener'
	expect "no line" has_not "$err" DENIED
	all_rows
}

@test "observed calls that an outer filter denies are denied, and not told" {
	policy observe-mount '[deny]' 'ptrace = deny' '[observe]' '@mount = deny' '[selftest]' 'report = off'
	observe outer --filter eperm-mount --call mount -- denyinit -c "$LIVE/policy/observe-mount.ini" -- \
		sh -c 'supervise_work deny 1; supervise_work deny --calls fsopen '$EINVAL
	expect "the outer one's errno" has "$out" '^made 1, wrong 0'
	expect "not told" has_not "$err" 'OBSERVE mount'
	expect "the other one is let through" has "$out" $'\nmade 1, wrong 0'
	expect "and told" has "$err" 'OBSERVE fsopen EPERM'
	all_rows
}

# ---- who does not read ----

@test "nobody waits for stderr: full, stopped, gone or closed" {
	local kind text
	err=''
	for kind in pipe room socket tty gone full closed; do
		status=0
		out=$(timeout -k 5 60 supervise_drive stderr $kind -- denyinit -c "$LIVE/policy/told.ini" -- \
			supervise_work deny --as "$(seq -s , 1 60)" --times 20 1 2>&1) || status=$?
		expect "$kind: status" is "$status" 0
		expect "$kind: all denied" has "$out" '^made 1200, wrong 0, slowest [0-9]+'
		# A busy machine may take its time; whoever waited for a reader would wait for ever.
		expect "$kind: soon" [ "$(sed -n 's/.*slowest //p' <<<"$out")" -lt 2000 ]
		text=$(sed '1,/^stderr:/d' <<<"$out")
		case $kind in
		pipe | socket) expect "$kind: nothing could be written" is "$text" "" ;;
		room) expect "$kind: what there was room for" has "$text" '^denyinit: DENIED mount ' ;;
		esac
	done
	all_rows
}

@test "a pipe that is read again gets the next lines, and the sums" {
	mkfifo "$LIVE/slow"
	exec 6<>"$LIVE/slow"
	# What fills it is seen by its length; dd ends when it is full.
	timeout 20 dd if=/dev/zero of="$LIVE/slow" bs=4096 oflag=nonblock 2>/dev/null || true
	status=0
	timeout 60 denyinit -c "$LIVE/policy/told.ini" -- sh -c \
		'supervise_work deny --times 10 1; head -c 65536 <'"$LIVE/slow"' >/dev/null; supervise_work deny --as next 1' \
		>"$BATS_TEST_TMPDIR/out" 2>"$LIVE/slow" </dev/null || status=$?
	out=$(<"$BATS_TEST_TMPDIR/out")
	err=$(timeout 1 cat <&6 | tr -d '\0') || true
	exec 6<&-
	expect "status" is "$status" 0
	expect "the next line" has "$err" 'DENIED mount EPERM [^ ]* pid=[0-9]+ comm=next abi=x86_64 count=1'
	expect "the sums have all" has "$err" 'TOTALS denied=11 '
	all_rows
}
