#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2030,SC2031,SC2153 # bats runs each test in a shell of its own
# denyinit refuses to start what it cannot prove safe: 125, and the reason. Each time the entrypoint would have said
# "started", which the first test shows to work.
load common

# Containers get their policies from here.
policies=$BATS_FILE_TMPDIR

setup_file() {
	local call
	for call in $MOUNT_API; do
		policy_without "$call" >"$policies/without-$call.ini"
	done
	policy_without nothing >"$policies/whole.ini"
	chmod 0444 "$policies"/*.ini
}

# A policy that denies the mount API but for one call, and says nothing of that one.
policy_without() {
	local call
	echo '[deny]'
	for call in $MOUNT_API; do
		[ "$call" = "$1" ] || echo "$call = EPERM"
	done
}

# starts POLICY OPTIONS...: a container with this file as its /etc/denyinit.ini, read-only.
starts() {
	local policy=$1
	shift
	run --separate-stderr guest -v "$policy:/etc/denyinit.ini:ro" "$@" nginx-deny:test echo started
}

# starts_writable MODE OPTIONS...: the whole policy with this mode, on a mount that may be written.
starts_writable() {
	local mode=$1
	shift
	install -m "$mode" "$policies/whole.ini" "$BATS_TEST_TMPDIR/denyinit.ini"
	run --separate-stderr guest -v "$BATS_TEST_TMPDIR/denyinit.ini:/etc/denyinit.ini" "$@" nginx-deny:test echo started
}

expect_start() {
	expect_status 0
	expect_line '^denyinit: PASS '
	expect_line '^started$'
}

@test "the control: with all eleven calls in the policy it starts, whatever the runtime's filter" {
	starts "$policies/whole.ini"
	expect_start
	starts "$policies/whole.ini" "${OPEN[@]}"
	expect_start
}

# leaves_out VERDICT OPTIONS...: of all calls only the one left out is named, with this verdict.
leaves_out() {
	local verdict=$1 call
	shift
	for call in $MOUNT_API; do
		starts "$policies/without-$call.ini" "$@"
		expect_refusal "$call"
		expect_line '^denyinit: FAIL mount API NOT blocked( by this policy)?: 10 of 11 calls denied by this policy'
		expect_line "^denyinit: FAIL  *$call  *$verdict "
		[ "$(grep -c '^denyinit: FAIL' <<<"$output")" = 2 ] || fail "more than $call is named"
	done
}

@test "each of the eleven left out, root with SYS_ADMIN and no filter of the runtime's: reachable" {
	leaves_out reachable "${OPEN[@]}"
}

@test "each of the eleven left out, uid 65534 without capabilities, no filter of the runtime's: reachable" {
	leaves_out reachable --user 65534 --cap-drop ALL --security-opt seccomp=unconfined
}

@test "each of the eleven left out, Docker's default profile: denied by the runtime alone" {
	leaves_out denied-by-runtime
}

@test "each of the eleven left out, a profile that kills ten of them: denied by the runtime alone, reachable the last" {
	local call
	for call in $MOUNT_API; do
		starts "$policies/without-$call.ini" --security-opt "seccomp=$BATS_TEST_DIRNAME/profiles/kills.json"
		expect_refusal "$call"
		case $call in
		open_tree_attr) expect_line "^denyinit: FAIL  *$call  *reachable " ;;
		*) expect_line "^denyinit: FAIL  *$call  *denied-by-runtime " ;;
		esac
	done
}

@test "a runtime that forbids seccomp(2), or says that a filter is loaded when none is" {
	local profile
	for profile in forbids fakes; do
		starts "$policies/whole.ini" --security-opt "seccomp=$BATS_TEST_DIRNAME/profiles/$profile-seccomp.json"
		expect_refusal 'seccomp\(2\)'
		expect_line '^denyinit: FAIL '
		refuse_line PASS
	done
}

@test "a throttled container (--cpus 0.05) with one call left out: reachable, not unproven" {
	starts "$policies/without-fsopen.ini" "${OPEN[@]}" --cpus 0.05
	expect_refusal fsopen
	expect_line '^denyinit: FAIL  *fsopen  *reachable '
}

# The teaching examples in /usr/share/denyinit: how many of the eleven each leaves open.
@test "the guide's three profiles as policies are refused" {
	local name left
	while read -r name left; do
		run --separate-stderr guest "${OPEN[@]}" --entrypoint denyinit nginx-deny:test \
			-c "/usr/share/denyinit/$name.ini" -- echo started
		expect_refusal "$name.ini"
		expect_line "^denyinit: FAIL .*: $((11 - left)) of 11 calls denied by this policy"
		[ "$(grep -c '^denyinit: FAIL  .* reachable ' <<<"$output")" = "$left" ] || fail "$name.ini leaves $left open"
	done <<-END
		naive   10
		minimal 10
		guide   4
	END
}

@test "a broken policy: every error with file:line, in one run" {
	printf '[deny]\n@mount = deny\nmuont = EPERM\n\n[dney]\n' >"$BATS_TEST_TMPDIR/broken.ini"
	starts "$BATS_TEST_TMPDIR/broken.ini"
	expect_status 125
	expect_error '/etc/denyinit.ini:3: .*muont.*mount'
	expect_error '/etc/denyinit.ini:5: .*dney.*deny'
	expect_error '^denyinit: .*Not starting \(125\)\.$'
	refuse_line '^started$'
}

@test "no policy, an empty one, a folder" {
	run --separate-stderr guest --entrypoint denyinit nginx-deny:test -c /nowhere.ini -- echo started
	expect_refusal /nowhere.ini
	: >"$BATS_TEST_TMPDIR/empty.ini"
	starts "$BATS_TEST_TMPDIR/empty.ini"
	expect_status 125
	refuse_line '^started$'
	run --separate-stderr guest --entrypoint denyinit nginx-deny:test -c /etc -- echo started
	expect_refusal /etc
}

@test "a policy that others may write is refused, with the remedy" {
	starts_writable 0666
	expect_refusal 'COPY --chmod=0444'
	starts_writable 0646
	expect_refusal 'COPY --chmod=0444'
	starts_writable 0644
	expect_start
}

# Cloned with umask 0, copied without --chmod (GitLab's runner).
@test "an image whose policy has mode 0666: refused, but not on a read-only root" {
	install -m 0666 "$policies/whole.ini" "$BATS_TEST_TMPDIR/denyinit.ini"
	printf 'FROM nginx-deny:test\nCOPY denyinit.ini /etc/\n' >"$BATS_TEST_TMPDIR/Dockerfile"
	DOCKER_BUILDKIT=0 docker build --tag umask:test "$BATS_TEST_TMPDIR"
	run --separate-stderr guest umask:test echo started
	expect_refusal 'COPY --chmod=0444'
	run --separate-stderr guest --read-only umask:test echo started
	expect_start
}

@test "a random uid with gid 0 that may write the policy: refused, but not on a read-only mount" {
	starts_writable 0664 --user 1234567:0
	expect_refusal 'COPY --chmod=0444'
	starts_writable 0664 --user 1234567:1234567
	expect_start
	install -m 0664 "$policies/whole.ini" "$BATS_TEST_TMPDIR/group.ini"
	starts "$BATS_TEST_TMPDIR/group.ini" --user 1234567:0
	expect_start
}

@test "a command that is not there: 127; one that cannot run: 126; its own status otherwise" {
	local expected command error
	while IFS='|' read -r expected command error; do
		# shellcheck disable=SC2086 # a list of words
		run "-$expected" --separate-stderr guest --entrypoint denyinit nginx-deny:test -- $command
		expect_error "$error"
	done <<-'END'
		127|/nowhere|^denyinit: .*/nowhere.*\(127\)
		126|/etc/hostname|^denyinit: .*/etc/hostname.*\(126\)
		0|true|^$
		1|false|^$
	END
}
