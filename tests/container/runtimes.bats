#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2030,SC2031,SC2153 # bats runs each test in a shell of its own
# One image under other runtimes than Docker, and what docs/runtimes.md says of each. DENYINIT_FULL=1: all that Debian
# has, which takes some 20 MB of packages more.
load common

here=$BATS_TEST_DIRNAME/runtimes
page=$BATS_TEST_DIRNAME/../../docs/runtimes.md

setup_file() {
	local install=$BATS_TEST_DIRNAME/../../deps/install
	runtimes='docker runc runc_rootless crun ctr ctr_seccomp nspawn bwrap bwrap_rootless unshare'
	if [ "${DENYINIT_FULL:-}" = 1 ]; then
		"$install" container-full
		runtimes+=' podman podman_rootless lxc'
		# Debian 12 has it, 13 does not.
		if apt-cache show runsc >/dev/null 2>&1; then
			"$install" container-gvisor
			runtimes+=' runsc'
		fi
	fi
	export seen=$BATS_FILE_TMPDIR/seen runtimes
	# shellcheck disable=SC2086 # words
	timeout 600 "$here/see" "$seen" $runtimes
}

@test "what the document has of each runtime is what it does here" {
	local rows row
	# shellcheck disable=SC2086
	rows=$("$here/rows" seen "$seen" $runtimes)
	[ "$(wc -l <<<"$rows")" = "$(wc -w <<<"$runtimes")" ]
	while read -r row; do
		grep -qxF "$row" "$page" || { echo "the document has no row: $row" && return 1; }
	done <<<"$rows"
	# shellcheck disable=SC2086
	"$here/rows" versions "$seen" $runtimes
}

@test "where it is refused, the reason arrives on stderr as its last line, and nothing is started" {
	local runtime
	for runtime in $runtimes; do
		[[ $(tail -n 1 "$seen/$runtime.refused.err") == 'denyinit: /refused.ini:2: '*muont*'Not starting (125).'* ]]
		run ! grep -q '^entrypoint:' "$seen/$runtime.refused.out"
	done
}

@test "what only the policy denies is told, whatever filters the runtime has" {
	local runtime count=0
	for runtime in $runtimes; do
		[ "$runtime" != runsc ] || continue
		grep -q '"msg":"denied mkdir"' "$seen/$runtime.denials.err"
		grep -q '"msg":"denied fsopen"' "$seen/$runtime.told.err"
		grep -q '"msg":"denied mount"' "$seen/$runtime.told.err"
		count=$((count + 1))
	done
	[ "$count" -ge 10 ]
}

@test "nothing of it stays: no process, no mount, no cgroup, and the machine's devices as they were" {
	run ! grep -qE 'runtimes\.|/lxc|libpod' /proc/self/mountinfo
	[ -z "$(find /sys/fs/cgroup -maxdepth 2 -type d -name 'runtimes.*')" ]
	[ "$(stat -c '%U %a' /dev/null)" = 'root 666' ]
	run ! grep -q denyinit-rootless /etc/passwd /etc/subuid
	run ! pgrep -f "$seen"
}
