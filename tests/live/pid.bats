#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Other processes, --pid: what /proc says of their filters, and 125 wherever that says nothing.
# shellcheck disable=SC2154,SC2016 # status, out, err are set by common.bash; what is in quotes is for another shell
bats_require_minimum_version 1.5.0
load common

setup_file() { live_begin; }
teardown_file() { live_end; }

# beside TARGET... : AUDITOR...: both in the same namespaces; `--pid TARGET` is put behind the auditor's
# command. The target is PID 1's child, and has loaded its filters when it sleeps.
beside() {
	local target=()
	while [ "$1" != : ]; do
		target+=("$1")
		shift
	done
	shift
	observe env TARGET_COMMAND="${target[*]}" sh -c '
		$TARGET_COMMAND sleep 55 & target=$!
		for i in $(seq 200); do
			read -r name <"/proc/$target/comm"
			[ "$name" = sleep ] && break
			sleep 0.02
		done
		"$@" --pid "$target"' sh "$@"
}

@test "a process without a filter: no" {
	beside : denyinit-selftest
	expect "status" is "$status" 1
	expect "names it" has "$out" '^denyinit-selftest: NO pid [0-9]+ \(sleep\): it has no seccomp filter \| seccomp=0 filters=0 own-filters=0 nnp=0 exe=/[a-z/]*sleep$'
	beside : denyinit-selftest --json
	expect "json: status" is "$status" 1
	expect "json" is "$(json '[.schema, .event, .answer, .reason, .comm, .seccomp, .filters, .own_filters]')" \
		'[1,"presence","no","no-filter","sleep",0,0,0]'
	all_rows
}

@test "a process under denyinit: yes, and that this is presence, not content" {
	local privilege state
	for privilege in "${PRIVILEGES[@]}"; do
		read -ra state <<<"$(privilege "$privilege")"
		beside denyinit --report=off -c "$LIVE/policy/default.ini" -- : outer "${state[@]}" -- denyinit-selftest
		expect "$privilege: status" is "$status" 0
		expect "$privilege: names it" has "$out" '^denyinit-selftest: YES pid [0-9]+ \(sleep\): [^|]* \| seccomp=2 filters=2 own-filters=0 nnp=1'
		expect "$privilege: says what it is worth" has "$out" 'presence, not content: .*start-up report.*`denyinit -- denyinit-selftest`'
	done
	beside denyinit --report=off -c "$LIVE/policy/default.ini" -- : denyinit-selftest --json
	expect "json: status" is "$status" 0
	expect "json" is "$(json '[.answer, .reason, .proves, .seccomp, .filters, .own_filters, .no_new_privs]')" \
		'["yes","above","presence",2,2,0,1]'
	all_rows
}

@test "filters of the runtime, on both or on one, are not denyinit's" {
	beside outer --filter eperm-mount -- : denyinit-selftest --json
	expect "runtime's only: status" is "$status" 1
	expect "runtime's only" is "$(json '[.answer, .reason, .filters, .own_filters]')" '["no","too-few",1,0]'
	beside outer --filter eperm-mount -- : outer --filter eperm-mount -- denyinit-selftest --json
	expect "on both: status" is "$status" 1
	expect "on both" is "$(json '[.answer, .reason, .filters, .own_filters]')" '["no","too-few",1,1]'
	# As docker exec: the runtime's on both, denyinit's on one.
	beside outer --filter eperm-mount -- denyinit --report=off -c "$LIVE/policy/default.ini" -- : \
		outer --filter eperm-mount -- denyinit-selftest --json
	expect "exec: status" is "$status" 0
	expect "exec" is "$(json '[.answer, .reason, .filters, .own_filters]')" '["yes","above",3,1]'
	# And no filter on the one, the runtime's on the other.
	beside : outer --filter eperm-mount -- denyinit-selftest --json
	expect "on ours only: status" is "$status" 1
	expect "on ours only" is "$(json '[.answer, .reason]')" '["no","no-filter"]'
	all_rows
}

@test "from under denyinit there is nothing to compare with: 125, unless there is no filter at all" {
	observe denyinit --report=off -c "$LIVE/policy/default.ini" -- sh -c 'denyinit-selftest --json --pid 1'
	expect "status" is "$status" 125
	expect "why" is "$(json '[.answer, .reason]')" '["unknown","under-denyinit"]'
	beside : denyinit --report=off -c "$LIVE/policy/default.ini" -- denyinit-selftest --json
	expect "no filter: status" is "$status" 1
	expect "no filter" is "$(json '[.answer, .reason]')" '["no","no-filter"]'
	all_rows
}

@test "no such process, no /proc, a kernel thread, a zombie: 125, and why" {
	observe denyinit-selftest --pid 4000000
	expect "no process: status" is "$status" 125
	expect "no process" has "$out" '^denyinit-selftest: UNKNOWN pid 4000000: there is no such process'
	observe outer --no-proc -- denyinit-selftest --pid 1
	expect "no /proc: status" is "$status" 125
	expect "no /proc" has "$out" 'UNKNOWN pid 1: there is no procfs at /proc'
	observe sh -c 'mount -t tmpfs tmpfs /proc && mkdir /proc/7 &&
		printf "Name:\tx\nState:\tS\nVmSize:\t1 kB\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t3\n" >/proc/7/status &&
		denyinit-selftest --pid=7'
	expect "a /proc that is none: status" is "$status" 125
	expect "a /proc that is none" has "$out" 'no procfs'
	observe sh -c 'sh -c "sleep 0 & exec sleep 55" & sleep 0.5
		for status in /proc/[0-9]*/status; do
			! grep -q "^State:.Z" "$status" || { status=${status%/status}; denyinit-selftest --pid "${status#/proc/}"; exit; }
		done; exit 99'
	expect "a zombie: status" is "$status" 125
	expect "a zombie" has "$out" 'UNKNOWN pid [0-9]+ \(sleep\): the process has ended'
	# Not to be had in a container; the unit tests have its text.
	if [ "$(cat /proc/2/comm)" = kthreadd ]; then
		observe_here denyinit-selftest --pid 2 --json
		expect "a kernel thread: status" is "$status" 125
		expect "a kernel thread" is "$(json '[.answer, .reason, .comm]')" '["unknown","kernel-thread","kthreadd"]'
	fi
	all_rows
}

@test "names that a process has chosen itself are escaped" {
	local name=$'a"\e[1m\\ |ö'
	cp "$(command -v sleep)" "$LIVE/bin/$name"
	chmod 0755 "$LIVE/bin/$name"
	beside_names='"$0" 55 & target=$!; sleep 0.3; denyinit-selftest $JSON --pid $target'
	observe env JSON=--json sh -c "$beside_names" "$LIVE/bin/$name"
	expect "json: status" is "$status" 1
	expect "json parses, and has it" has "$(json '[.comm, .exe]')" 'a..*1m.*'
	observe env JSON= sh -c "$beside_names" "$LIVE/bin/$name"
	expect "text: status" is "$status" 1
	expect "text" has "$out" '\(a"\\x1b\[1m'
	expect "no control byte" is "$(tr -d '[:print:]\n' <<<"$out")" ""
	expect "one line" is "$(wc -l <<<"$out")" 1
	all_rows
}

# Three containers in a small world of its own: one under denyinit, one under a runtime's filter only, one under none;
# and a process of the world itself, which is in no container.
world='sleep 51 &
	unshare --pid --mount --fork --kill-child denyinit --report=off -c "$LIVE/policy/default.ini" -- sleep 52 &
	unshare --pid --mount --fork --kill-child outer --filter eperm-mount -- sleep 53 &
	[ -n "$FILTERED" ] || unshare --pid --mount --fork --kill-child sleep 54 &
	[ -n "$FILTERED" ] || unshare --mount sleep 55 &
	for i in $(seq 200); do
		[ "$(cat /proc/[0-9]*/comm 2>/dev/null | grep -c "^sleep$")" -ge "$WAIT" ] && break
		sleep 0.02
	done
	"$@"'

@test "--pid all: what is in a container and has no filter" {
	observe env FILTERED= WAIT=5 sh -c "$world" sh denyinit-selftest --json --pid all
	expect "status" is "$status" 1
	# unshare(1) itself waits outside of the PID namespace, but in the mount namespace.
	expect "what has none" is "$(json '[.without_filter[] | select(.comm == "sleep") | .nspid] | sort_by(. == null)')" '[1,null]'
	expect "and is no other program" is "$(json '[.without_filter[].comm] | unique')" '["sleep","unshare"]'
	expect "it says so" is "$(json '[.schema, .event, .answer, .unknown]')" '[1,"census","no",0]'
	observe env FILTERED= WAIT=5 sh -c "$world" sh denyinit-selftest --pid all
	expect "text: status" is "$status" 1
	expect "text: the first of its namespace" has "$out" 'NO pid [0-9]+ \(sleep\): it has no seccomp filter \| seccomp=0 filters=0 own-filters=0 nnp=0 nspid=1 exe='
	expect "text: the last line counts" has "$(tail -n 1 <<<"$out")" '^denyinit-selftest: NO [0-9]+ processes in containers, [0-9]+ of them without a seccomp filter, 0 of which it cannot be told$'
	all_rows
}

@test "--pid all: 0 if there is nothing, and if all have a filter" {
	observe denyinit-selftest --pid all
	expect "nothing: status" is "$status" 0
	expect "nothing" has "$out" '^denyinit-selftest: YES 0 processes in containers, 0 of them'
	observe env FILTERED=yes WAIT=3 sh -c "outer --filter eperm-mount -- sh -c '
		unshare --pid --mount --fork --kill-child --propagation unchanged sleep 52 &
		sleep 0.5; exec \"\$@\"' sh \"\$@\"" sh denyinit-selftest --json --pid all
	expect "filtered: status" is "$status" 0
	expect "filtered" is "$(json '[.answer, (.without_filter | length), .looked_at > 0]')" '["yes",0,true]'
	all_rows
}

@test "--pid all: 125 without /proc, and for who may not look, unless one is found all the same" {
	observe outer --no-proc -- denyinit-selftest --pid all
	expect "no /proc: status" is "$status" 125
	expect "no /proc" has "$out" 'UNKNOWN there is no procfs'
	observe outer --no-proc -- denyinit-selftest --json --pid all
	expect "no /proc, json" is "$(json '[.answer, .looked_at, .without_filter]')" '["unknown",null,[]]'
	observe sh -c 'sleep 50 & outer --caps none --uid '$NOBODY' -- denyinit-selftest --json --pid all'
	expect "nobody: status" is "$status" 125
	expect "nobody" is "$(json '[.answer, .unknown > 0, (.without_filter | length)]')" '["unknown",true,0]'
	# A PID namespace's first process can be told by everybody.
	observe env FILTERED= WAIT=5 sh -c "$world" sh outer --caps none --uid $NOBODY -- denyinit-selftest --json --pid all
	expect "nobody, containers: status" is "$status" 1
	expect "nobody, containers" is "$(json '[.without_filter[] | [.comm, .nspid]]')" '[["sleep",1]]'
	all_rows
}

@test "what is no pid is refused with 125, and nothing is said on stdout" {
	local word
	for word in "" 0 -1 1x x 99999999 99999999999999999999999 +1 " 1" All; do
		observe denyinit-selftest --pid "$word"
		expect "'$word': status" is "$status" 125
		expect "'$word': said" has "$err" '^denyinit-selftest: .*Nothing tested \(125\)\.$'
		expect "'$word': stdout" is "$out" ""
	done
	for word in "--pid 1 --all" "--all --pid=all" "--all --full" "--pid 1 --full" "--pid" "--all x" "--all --jsno"; do
		# shellcheck disable=SC2086
		observe denyinit-selftest $word
		expect "$word: status" is "$status" 125
		expect "$word: said" has "$err" '^denyinit-selftest: .*Nothing tested \(125\)\.$'
		expect "$word: stdout" is "$out" ""
	done
	observe denyinit --selftest --all
	expect "the other program: status" is "$status" 125
	expect "the other program" has "$err" 'only the program denyinit-selftest has the option `--all`'
	all_rows
}
