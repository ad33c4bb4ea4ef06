#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2030,SC2031,SC2153 # bats runs each test in a shell of its own
# Under whatever the container runtime adds, or takes away: denyinit says PASS, and how many filters were there before
# it; the judge says so again from inside. The control, each time: the same options without denyinit, and the judge
# says no.
load common

# proves OUTER OPTIONS...: with so many filters of the runtime's. $inside: what the judge says there, if not the same.
proves() {
	local outer=$1
	shift
	run --separate-stderr guest "$@" nginx-deny:test denyinit-selftest
	expect_status 0
	expect_line "^denyinit: PASS .*11 of 11 calls denied by this policy.* outer-filters=$outer .* exec=/docker-entrypoint.sh"
	expect_line "^denyinit-selftest: PASS .*${inside:-11 of 11 calls denied by this policy} "
	refuse_line 'FAIL'

	run --separate-stderr guest "$@" --entrypoint denyinit-selftest nginx-deny:test
	expect_status 1
	expect_line '^denyinit-selftest: FAIL '
	refuse_line 'PASS'
}

# shellcheck disable=SC2034 # LOCKED: it is used in tests, which shellcheck does not see
LOCKED=(--read-only --cap-drop ALL)
PROFILES=$BATS_TEST_DIRNAME/profiles

@test "Docker's default profile" { proves 1; }
@test "--cap-add SYS_ADMIN" { proves 1 --cap-add SYS_ADMIN; }
@test "--cap-add SYS_ADMIN, seccomp=unconfined" { proves 0 "${OPEN[@]}"; }
@test "seccomp=naive.json (mount)" { proves 1 --cap-add SYS_ADMIN --security-opt "seccomp=$PROFILES/naive.json"; }
@test "seccomp=minimal.json (move_mount)" { proves 1 --cap-add SYS_ADMIN --security-opt "seccomp=$PROFILES/minimal.json"; }
@test "seccomp=guide.json (seven calls)" { proves 1 --cap-add SYS_ADMIN --security-opt "seccomp=$PROFILES/guide.json"; }
@test "seccomp=kills.json (ten calls, by SIGSYS): from inside nobody can tell whose rule kills" {
	inside='1 of 11 calls denied by this policy, 10 killed by it or by an outer filter'
	proves 1 --security-opt "seccomp=$PROFILES/kills.json"
}
@test "--user 65534" { proves 1 --user 65534; }
@test "--user 65534, seccomp=unconfined" { proves 0 --user 65534 --security-opt seccomp=unconfined; }
@test "--read-only --cap-drop ALL" { proves 1 "${LOCKED[@]}"; }
@test "--read-only --cap-drop ALL --user 65534, seccomp=unconfined" {
	proves 0 "${LOCKED[@]}" --user 65534 --security-opt seccomp=unconfined
}
@test "a random uid with gid 0 (OpenShift)" { proves 1 --user 1234567:0; }
@test "--security-opt no-new-privileges" { proves 1 --security-opt no-new-privileges; }
@test "throttled: --cpus 0.01" { proves 1 --cpus 0.01; }
