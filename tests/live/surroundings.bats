#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Where denyinit has to work, or to say that it cannot: no /proc, nothing writable, no reader for the report, emulation.
# shellcheck disable=SC2154 # status, out, err and refusal are set by common.bash
# shellcheck disable=SC2030,SC2031 # each test is a subshell and sets its own
bats_require_minimum_version 1.5.0
load common

setup_file() {
	live_begin
	policy required '[deny]' '@mount = deny' '[selftest]' 'report-required = yes'
	policy to-stderr '[deny]' '@mount = deny' '[selftest]' 'output = stderr'
}
teardown_file() { live_end; }

# The entrypoints here tell by a file that they ran: stdout may be of no use.
mark() { printf 'touch %q' "$BATS_TEST_TMPDIR/ran"; }
ran() { [ -e "$BATS_TEST_TMPDIR/ran" ]; }
not_ran() { ! ran; }

# Descriptor 8: the writing end of a pipe that has no reader any more.
open_unread_pipe() {
	local fifo=$BATS_TEST_TMPDIR/fifo
	mkfifo "$fifo"
	exec 7<>"$fifo"
	exec 8>"$fifo"
	exec 7<&-
	rm "$fifo"
}

# with_stdout KIND POLICY: an entrypoint under denyinit whose stdout is closed, full, or a pipe that nobody reads.
with_stdout() {
	local command=("$LIVE/bin/denyinit" -c "$LIVE/policy/$2.ini" -- sh -c "$(mark)")
	[ "$2" != - ] || command=(sh -c "$(mark)")
	rm -f "$BATS_TEST_TMPDIR/ran"
	status=0 out=
	case $1 in
	closed) timeout 60 "${command[@]}" >&- 2>"$BATS_TEST_TMPDIR/err" || status=$? ;;
	full) timeout 60 "${command[@]}" >/dev/full 2>"$BATS_TEST_TMPDIR/err" || status=$? ;;
	unread)
		open_unread_pipe
		timeout 60 "${command[@]}" >&8 8>&- 2>"$BATS_TEST_TMPDIR/err" || status=$?
		exec 8>&-
		;;
	esac
	err=$(cat "$BATS_TEST_TMPDIR/err")
}

@test "a report that cannot be written does not keep the entrypoint from starting, and is told" {
	local kind
	for kind in closed full unread; do
		with_stdout $kind -
		expect "$kind: control" is "$status" 0
		expect "$kind: control runs" ran
		with_stdout $kind mount
		expect "$kind: status" is "$status" 0
		expect "$kind: runs" ran
		expect "$kind: told" has "$err" '^denyinit: the report could not be written'
	done
	all_rows
}

@test "report-required = yes refuses then" {
	local kind
	for kind in closed full unread; do
		with_stdout $kind required
		expect "$kind: status" is "$status" 125
		expect "$kind: does not run" not_ran
		expect "$kind: told" has "$err" "$refusal"
	done
	# Control: it can be written.
	rm -f "$BATS_TEST_TMPDIR/ran"
	observe denyinit -c "$LIVE/policy/required.ini" -- sh -c "$(mark)"
	expect "control: status" is "$status" 0
	expect "control: runs" ran
	all_rows
}

@test "a pipe without reader leaves SIGPIPE as it was" {
	open_unread_pipe
	denyinit -c "$LIVE/policy/mount.ini" -- sh -c 'grep SigIgn /proc/self/status >&2' >&8 8>&- 2>"$BATS_TEST_TMPDIR/err"
	exec 8>&-
	err=$(cat "$BATS_TEST_TMPDIR/err")
	echo "$err"
	has "$err" 'SigIgn:[[:space:]]*0000000000000000'
}

@test "all three standard descriptors closed" {
	rm -f "$BATS_TEST_TMPDIR/ran"
	status=0
	timeout 60 "$LIVE/bin/denyinit" -c "$LIVE/policy/mount.ini" -- sh -c "$(mark)" <&- >&- 2>&- || status=$?
	[ "$status" = 0 ] && ran
}

@test "the report goes where the policy says, in one write" {
	observe denyinit -c "$LIVE/policy/to-stderr.ini" -- echo ENTRYPOINT
	expect "stdout is the entrypoint's alone" is "$out" ENTRYPOINT
	expect "report on stderr" has "$err" '^denyinit: PASS '
	all_rows
}

@test "without /proc, on a read-only root, both, at every privilege: PASS" {
	local privilege where state
	for where in "--no-proc" "--read-only" "--no-proc --read-only" "--no-new-privs"; do
		for privilege in "${PRIVILEGES[@]}"; do
			read -ra state <<<"$where $(privilege "$privilege") --"
			observe outer "${state[@]}" sh -c 'test -e /proc/self/status || echo NO-PROC; test -w /etc || echo READ-ONLY'
			expect "control: $where, $privilege: no /proc" is "$(lines "$out" NO-PROC)" "$(lines "$where" no-proc)"
			[[ $where != *read-only* ]] || expect "control: $where, $privilege: read-only" has "$out" READ-ONLY
			observe outer "${state[@]}" denyinit -c "$LIVE/policy/default.ini" -- echo ENTRYPOINT
			expect "$where, $privilege: status" is "$status" 0
			expect "$where, $privilege: passes" has "$out" '^denyinit: PASS mount API blocked: 11 of 11 calls'
			expect "$where, $privilege: entrypoint" has "$out" $'\n'ENTRYPOINT
			expect "$where, $privilege: stderr" is "$err" ""
		done
	done
	all_rows
}

@test "without /proc the faked seccomp(2) and a call left out are still found" {
	local privilege state call
	for privilege in "${PRIVILEGES[@]}"; do
		read -ra state <<<"--no-proc $(privilege "$privilege")"
		observe outer "${state[@]}" --filter fake-seccomp -- denyinit -c "$LIVE/policy/default.ini" -- echo ENTRYPOINT
		expect "$privilege: faked" is "$status" 125
		for call in mount fsopen open_tree_attr; do
			observe outer "${state[@]}" -- denyinit -c "$LIVE/policy/without-$call.ini" -- echo ENTRYPOINT
			expect "$privilege: without $call" is "$status" 125
			expect "$privilege: without $call" has "$out" "FAIL +$call +reachable"
		done
	done
	all_rows
}

@test "the sha256 is the one that sha256sum prints" {
	observe denyinit -c "$LIVE/policy/default.ini" --report=json -- true
	[ "$(jq -r .policy.sha256 <<<"$out")" = "$(sha256sum <"$LIVE/policy/default.ini" | cut -d' ' -f1)" ]
}

@test "forms of the report: text is one line, json parses, full is a table, off is nothing" {
	observe denyinit -c "$LIVE/policy/mount.ini" --report=text -- true
	expect "text" is "$(lines "$out" .)" 1
	observe denyinit -c "$LIVE/policy/mount.ini" --report=json -- true
	expect "json: one line" is "$(lines "$out" .)" 1
	expect "json" is "$(json '[.verdict, .mount_api.total, .mount_api.denied, .proof.evaluation, .proof.canary,
		.proof.kernel, .exec, .exit, .pid, .uid, (.time | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T"))]')" \
		'["PASS",11,11,"ok","ok","ok","true",0,1,0,true]'
	observe denyinit -c "$LIVE/policy/without-fsopen.ini" --report=json -- true
	expect "json of a refusal" is "$(json '[.verdict, .reason, .mount_api.denied, .mount_api.reachable, .exit]')" \
		'["FAIL","mount-reachable",10,["fsopen"],125]'
	observe denyinit -c "$LIVE/policy/mount.ini" --report=full -- true
	expect "full: each call" is "$(lines "$out" ' denied .*mount API')" 11
	observe denyinit -c "$LIVE/policy/mount.ini" --report=off -- true
	expect "off" is "$status:$out:$err" "0::"
	observe env DENYINIT_REPORT=json denyinit -c "$LIVE/policy/mount.ini" -- true
	expect "by the environment" is "$(jq -r .verdict <<<"$out")" PASS
	observe env DENYINIT_REPORT=off denyinit -c "$LIVE/policy/mount.ini" -- true
	expect "the environment cannot silence it" has "$out$err" 'denyinit: '
	all_rows
}

@test "the command line's secrets are not in the report, control bytes are escaped" {
	ln -s /bin/true "$LIVE/bin/"$'tr\e[31mue'
	local form
	for form in text full json; do
		observe denyinit -c "$LIVE/policy/mount.ini" --report=$form -- $'tr\e[31mue' --password=SECRET
		expect "$form: status" is "$status" 0
		expect "$form: no secret" has_not "$out" SECRET
		expect "$form: no escape" has_not "$out" $'\e'
	done
	observe denyinit -c "$LIVE/policy/mount.ini" -- $'no\e[31m' --password=SECRET
	expect "an error: no secret" has_not "$err" SECRET
	expect "an error: no escape" has_not "$err" $'\e'
	all_rows
}

# qemu-user answers seccomp(2) itself and enforces nothing.
@test "under qemu-user it refuses and says that this is emulation" {
	[ "$(uname -m)" = x86_64 ]
	observe_here qemu-x86_64-static "$LIVE/bin/denyinit" --version
	expect "control: runs under qemu-user" has "$status:$out" '^0:denyinit '
	observe_here qemu-x86_64-static "$LIVE/bin/denyinit" -c "$LIVE/policy/default.ini" -- /bin/echo ENTRYPOINT
	expect "status" is "$status" 125
	expect "does not start" has_not "$out" ENTRYPOINT
	expect "says so" has "$err" '[Ee]mulat'
	expect "message" has "$err" "$refusal"
	all_rows
}

@test "no process can be made: refuses and names the limit" {
	local state
	while read -r state; do
		# shellcheck disable=SC2086 # words
		observe outer $state -- denyinit -c "$LIVE/policy/mount.ini" -- echo ENTRYPOINT
		expect "$state: status" is "$status" 125
		expect "$state: does not start" has_not "$out" ENTRYPOINT
		expect "$state: message" has "$err" "$refusal"
		expect "$state: names the limit" has "$err" 'limit'
	done <<-'TABLE'
		--filter refuse-fork
		--caps none --uid 65531 --nproc 0
	TABLE
	all_rows
}

@test "a fork that only seems to succeed is no success" {
	observe outer --filter fake-fork -- denyinit -c "$LIVE/policy/mount.ini" -- echo ENTRYPOINT
	expect "status" is "$status" 125
	expect "message" has "$err" "$refusal"
	all_rows
}

@test "limits: few descriptors, no file size, little memory and stack" {
	local limit
	while read -r limit; do
		# Through a pipe: with `-f 0` no file could take the message.
		observe bash -o pipefail -c \
			"(ulimit $limit && exec denyinit -c $LIVE/policy/default.ini -- denyinit --version) 2>&1 | cat"
		case $status in
		0) expect "$limit: passes" has "$out" '^denyinit: PASS ' ;;
		125) expect "$limit: says why not" has "$out" "$refusal" ;;
		*) expect "$limit: status" is "$status" "0 or 125" ;;
		esac
	done <<-'TABLE'
		-n 3
		-n 4
		-n 5
		-f 0
		-v 5200
		-s 64
		-l 0
	TABLE
	all_rows
}

@test "the policy may be a chain of links, as Kubernetes mounts it" {
	mkdir -p "$LIVE/configmap/..1"
	cp "$LIVE/policy/mount.ini" "$LIVE/configmap/..1/denyinit.ini"
	ln -s ..1 "$LIVE/configmap/..data"
	ln -s ..data/denyinit.ini "$LIVE/configmap/denyinit.ini"
	observe denyinit -c "$LIVE/configmap/denyinit.ini" -- echo ENTRYPOINT
	expect "status" is "$status" 0
	expect "report" has "$out" '^denyinit: PASS '
	all_rows
}

@test "a tracer is told, and the proof holds" {
	observe strace -f -qq -o /dev/null denyinit -c "$LIVE/policy/mount.ini" -- echo ENTRYPOINT
	expect "status" is "$status" 0
	expect "told" has "$out" '^denyinit: PASS .* tracer=[0-9]+ '
	observe denyinit -c "$LIVE/policy/mount.ini" -- echo ENTRYPOINT
	expect "control: no tracer" has_not "$out" 'tracer='
	all_rows
}

@test "non-blocking stdout that is full does not keep the entrypoint from starting" {
	# shellcheck disable=SC2016 # perl
	local fill='fcntl(STDOUT, F_SETFL, O_WRONLY | O_NONBLOCK); 1 while syswrite(STDOUT, "x" x 4096); exec @ARGV'
	rm -f "$BATS_TEST_TMPDIR/ran"
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	# A reader that does not read.
	exec 7<>"$BATS_TEST_TMPDIR/fifo"
	status=0 out=
	timeout 60 perl -MFcntl -e "$fill" "$LIVE/bin/denyinit" -c "$LIVE/policy/mount.ini" -- sh -c "$(mark)" \
		>"$BATS_TEST_TMPDIR/fifo" 2>"$BATS_TEST_TMPDIR/err" || status=$?
	exec 7<&-
	err=$(cat "$BATS_TEST_TMPDIR/err")
	expect "status" is "$status" 0
	expect "runs" ran
	expect "told" has "$err" '^denyinit: the report could not be written'
	all_rows
}

@test "it may be nested: the inner one passes, the outer one's denials count as the runtime's" {
	observe denyinit -c "$LIVE/policy/mount.ini" -- denyinit -c "$LIVE/policy/default.ini" -- echo ENTRYPOINT
	expect "status" is "$status" 0
	expect "both pass" is "$(lines "$out" '^denyinit: PASS ')" 2
	observe denyinit -c "$LIVE/policy/mount.ini" -- denyinit -c "$LIVE/policy/without-fsopen.ini" -- echo ENTRYPOINT
	expect "inner one refuses" is "$status" 125
	expect "for the right reason" has "$out" $'\n''denyinit: FAIL +fsopen +denied-by-runtime'
	all_rows
}
