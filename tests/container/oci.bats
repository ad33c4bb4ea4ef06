#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2030,SC2031,SC2153 # bats runs each test in a shell of its own
# docs/moving-from-a-docker-profile.md with a real engine, which reads the profile itself: Docker's default profile as a
# file, and the policy that oci2denyinit makes of it. tests/live/oci.bats has all else.
load common

TOP=$BATS_TEST_DIRNAME/../..
CAPS=CAP_CHOWN,CAP_DAC_OVERRIDE,CAP_FOWNER,CAP_FSETID,CAP_KILL,CAP_SETGID,CAP_SETUID,CAP_SETPCAP,CAP_NET_BIND_SERVICE,CAP_SYS_CHROOT,CAP_SETFCAP,CAP_NET_RAW,CAP_MKNOD,CAP_AUDIT_WRITE

# "ABI NAME ANSWER ERRNO" of all calls that have a name. personality is asked with 64 bits that are 1; of the last call that
# a profile names, and what is newer, runc has by x32 another errno (see tests/live/oci.bats).
named_map() {
	jq -r '.abis[] | .abi as $abi | .calls[] | select(.name and .name != "personality")
		| select($abi != "x32" or ((.name | IN("uprobe", "uretprobe") | not) and (.nr % 1024 < 424 or .nr % 1024 >= 512)))
		| "\($abi) \(.name) \(.answer) \(.errno // "-")"' <<<"$1"
}

@test "Docker's default profile by Docker, and its policy by denyinit: the same map; the container's capabilities are those of the page" {
	"$TOP/tests/live/oci_fetch" "$TOP/build/cache/profiles"
	profile=$TOP/build/cache/profiles/docker.json
	policy=$BATS_TEST_TMPDIR/denyinit.ini
	"$TOP/conf/oci2denyinit" --caps "$CAPS" "$profile" >"$policy"
	chmod 0444 "$policy"

	# The page's list is the container's: 14 capabilities, and these are their bits.
	run --separate-stderr guest --entrypoint grep nginx-deny:test CapBnd /proc/self/status
	expect_line '^CapBnd:.00000000a80425fb$'
	[ "$(tr , '\n' <<<"$CAPS" | sort)" = "$(sed -n 's/^    \(Docker also: \)\{0,1\}\(CAP_.*\)/\2/p' "$TOP/docs/moving-from-a-docker-profile.md" |
		tr -d ' ' | tr , '\n' | sort)" ] || fail "the page has other capabilities"

	run --separate-stderr guest --security-opt "seccomp=$profile" --entrypoint denyinit-selftest nginx-deny:test --all --json
	expect_status 0
	by_docker=$(named_map "$output")
	run --separate-stderr guest --security-opt seccomp=unconfined -v "$policy:/etc/denyinit.ini:ro" --entrypoint denyinit \
		nginx-deny:test --report=off -- denyinit-selftest --all --json
	expect_status 0
	by_denyinit=$(named_map "$output")
	[ "$(wc -l <<<"$by_docker")" -ge 1000 ] || fail "where are the calls?"
	[ "$(grep -vc ' open ' <<<"$by_docker")" -ge 150 ] || fail "where are the denials?"
	diff <(echo "$by_docker") <(echo "$by_denyinit")
}
