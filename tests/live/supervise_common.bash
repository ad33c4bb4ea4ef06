# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # what is set here is for the tests, and LIVE is set by common.bash
# Common to the tests of mode = supervise: policies, and a command in the background.

# stays: nothing is told; told: denials are; stays-open: refused; keep: descriptor 3 stays open.
supervise_policies() {
	local quiet=('[selftest]' 'report = off' '[init]' 'mode = supervise')
	policy stays '[deny]' '@mount = deny' "${quiet[@]}"
	policy told '[deny]' '@mount = deny' "${quiet[@]}" 'report-denials = yes'
	policy stays-open '[deny]' "$(all_but fsopen) = deny" "${quiet[@]}"
	policy keep '[deny]' '@mount = deny' "${quiet[@]}" 'keep-fds = 1' 'report-denials = yes'
	policy keep-untold '[deny]' '@mount = deny' "${quiet[@]}" 'keep-fds = 1'
}

# begin COMMAND...: in the background, not in namespaces of its own. $pid, and its first line of output in $first; its
# stdin is descriptor 8, its stdout 9. With THIRD, a file, its descriptor 3 is that.
begin() {
	local in=$BATS_TEST_TMPDIR/in out=$BATS_TEST_TMPDIR/pipe
	rm -f "$in" "$out"
	mkfifo "$in" "$out"
	(
		exec 3>&- # bats' own
		[ -z "${THIRD:-}" ] || exec 3<>"$THIRD"
		exec "$@"
	) <"$in" >"$out" 2>"$BATS_TEST_TMPDIR/err" &
	pid=$!
	exec 8>"$in" 9<"$out"
	read -r -t 20 first <&9
}

# end: closes its stdin, awaits its end: $status, $err, and what it still said in $out.
end() {
	exec 8>&-
	out=$(timeout 20 cat <&9) || true
	status=0
	wait "$pid" || status=$?
	pid=
	exec 9<&-
	err=$(<"$BATS_TEST_TMPDIR/err")
}

# For teardown: of a test that failed nobody is to be left.
end_all() {
	local children
	[ -n "${pid:-}" ] || return 0
	children=$(pgrep -P "$pid") || true
	# The command by its own word, too: its parent may be gone.
	# shellcheck disable=SC2046,SC2086 # lists
	kill -KILL "$pid" $children $([[ ! ${first:-} =~ ^ready\ ([0-9]+) ]] || echo "${BASH_REMATCH[1]}") 2>/dev/null || true
}

# await_line PATTERN: on its stdout.
await_line() {
	local line
	while read -r -t 20 line <&9; do
		[[ ! $line =~ $1 ]] || return 0
	done
	echo "no line '$1' from the command" >&2
	return 1
}

# await WHAT COMMAND...: until it succeeds.
await() {
	local what=$1 tries
	shift
	for ((tries = 0; tries < 1000; tries++)); do
		! "$@" || return 0
		sleep 0.02
	done
	echo "not in 20 s: $what" >&2
	return 1
}
