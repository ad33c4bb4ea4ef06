#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# docs/comparison.md against a run: what other tools leave open that were asked to block mount.
# shellcheck disable=SC2154 # status and output are set by bats
bats_require_minimum_version 1.5.0
load common

page=docs/comparison.md

setup_file() {
	cd "$ROOT" || return
	{
		make -s compare-programs
		tests/live/build
		tests/live/oci_fetch build/cache/profiles
		tests/compare/fetch build/cache/minijail
	} >&2
	tests/compare/run >"$BATS_FILE_TMPDIR/run"
}

setup() { cd "$ROOT" || return; }

# The cells of a row of the page, and of the run: without what it is called and what it says.
of_run() { sed -n "s/^| $1 | .* | \(.* | .* | .* | .* | .* | .*\) | .* |\$/\1/p" "$BATS_FILE_TMPDIR/run"; }
named() { sed -n "s/^| $1 | \(.*\) | .* | .* | .* | .* | .* | .* | .* |\$/\1/p" "$BATS_FILE_TMPDIR/run"; }
# Rows in the order of the run: "the same with ..." is there more than once.
of_page() {
	sed -n '/^<!-- begin compare -->$/,/^<!-- end compare -->$/p' "$page" | grep '^| ' | sed 1,2d |
		sed -n "$1"p | sed 's/^| .* | \(.* | .* | .* | .* | .* | .*\) | .* |$/\1/'
}

version() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null || :; }

# Where this machine is a container itself, firejail takes that for its own sandbox, and does nothing.
firejail_works() {
	! unshare --mount sh -c 'mount -t tmpfs tmpfs /run && exec firejail --noprofile true' 2>&1 | grep -q 'existing sandbox'
}

# The page was written on a machine with these versions; a row of another version may well differ, and is left out.
same_version() { # ID
	local found
	case $1 in
	firejail*) firejail_works && found=$(version firejail) || return 1 ;;
	bwrap*) found=$(version bubblewrap) ;;
	minijail*) found=$(cat build/cache/minijail/version) ;;
	tini) found=$(version tini) ;;
	docker*) found=$(version docker.io) ;;
	*) return 0 ;;
	esac
	tr '\n' ' ' <"$page" | grep -qF "$found"
}

@test "the page has the rows of the run, and its cells are what is found" {
	local id row=0 compared=0 control
	control=$(of_run none)
	[ "$(grep -c '^| ' "$BATS_FILE_TMPDIR/run")" -ge 16 ]
	while read -r _ id _; do
		row=$((row + 1))
		grep -qF "| $(named "$id") |" "$page" || { echo "the page has no row '$(named "$id")'" && return 1; }
		same_version "$id" || continue
		# A kernel with x32, or without a call, has other figures: then only what is closed by the filter is compared.
		if [ "$control" = "$(of_page 1)" ]; then
			[ "$(of_run "$id")" = "$(of_page $row)" ] || {
				echo "$id: run:  $(of_run "$id")"
				echo "$id: page: $(of_page $row)"
				return 1
			}
		fi
		compared=$((compared + 1))
	done <"$BATS_FILE_TMPDIR/run"
	echo "# figure: compare: $compared of $row rows of docs/comparison.md compared with a run" >&3
	[ "$compared" -ge 6 ]
	[ "$row" = "$(sed -n '/^<!-- begin compare -->$/,/^<!-- end compare -->$/p' "$page" | grep '^| ' | sed 1,2d | wc -l)" ]
}

@test "the control has every route open, denyinit none" {
	[[ $(of_run none) =~ ^'open | open | '(open|absent)' | open | '(open|absent)' | '(open|absent|'let through')$ ]]
	local id
	for id in denyinit denyinit-mount bwrap-closed; do
		[ "$(of_run $id)" = 'closed | closed | closed | closed | closed | closed' ]
	done
}

@test "what the page says of firejail: unknown names and numbers are left out, in a PID namespace it does nothing" {
	observe firejail --noprofile --seccomp.drop=mount,brandnew true
	expect "in a PID namespace" has "$err$out" 'an existing sandbox was detected'
	[[ " $(version firejail)" == *' 0.9.72'* ]] && firejail_works || return 0
	status=0
	timeout 60 unshare --mount sh -c 'mount -t tmpfs tmpfs /run && exec firejail --noprofile "--seccomp.drop=mount,brandnew,\$467" true' \
		>"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" </dev/null || status=$?
	read_outputs
	expect "no error" is "$status" 0
	expect "left out" has "$err$out" 'prelist: mount,unknown,'
	all_rows
}

@test "what the page says of systemd's @mount" {
	local call found=0
	systemd-analyze syscall-filter @mount >"$BATS_TEST_TMPDIR/theirs" 2>/dev/null
	for call in "${MOUNT_CALLS[@]}"; do
		! grep -qx "    $call" "$BATS_TEST_TMPDIR/theirs" || found=$((found + 1))
	done
	case $(systemd-analyze --version | sed -n 's/^systemd \([0-9]*\).*/\1/p') in
	252 | 257) [ "$found" = 10 ] && ! grep -qx '    open_tree_attr' "$BATS_TEST_TMPDIR/theirs" ;;
	*) [ "$found" -ge 9 ] ;;
	esac
	tr '\n' ' ' <"$page" | grep -qF '`@mount` of systemd 252 has 10 of the 11 calls, without open_tree_attr'
}
