# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is for the tests
# Common to the live tests: the programs under test and the tests' own, in a folder that every uid can read (bats' own
# folders are for their owner only), and `observe`, which runs a command in namespaces of its own.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
MOUNT_CALLS=(mount umount2 pivot_root open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr open_tree_attr)
NOBODY=65534 # a number

# For setup_file.
live_begin() {
	[ "$(id -u)" = 0 ] || {
		echo "the live tests must be run by root: they make namespaces and give up capabilities" >&2
		return 1
	}
	"$ROOT/tests/live/build"
	LIVE=$(mktemp -d /tmp/denyinit-live.XXXXXX)
	export LIVE PATH="$LIVE/bin:$PATH"
	mkdir "$LIVE/bin" "$LIVE/policy"
	chmod 0755 "$LIVE" "$LIVE"/*
	# PROGRAMS: another folder with the programs under test, to see the tests fail.
	install -m 0755 "${PROGRAMS:-$ROOT/build}"/denyinit "${PROGRAMS:-$ROOT/build}"/denyinit-{selftest,export} \
		"$ROOT"/build/live/* "$LIVE/bin"
	install -m 0444 "$ROOT"/conf/*.ini "$LIVE/policy"
	local call
	for call in "${MOUNT_CALLS[@]}"; do
		policy "without-$call" "[deny]" "$(all_but "$call") = deny"
	done
}

# For teardown_file.
live_end() {
	[ -z "${LIVE:-}" ] || rm -rf "$LIVE"
}

# policy NAME LINE...: writes $LIVE/policy/NAME.ini.
policy() {
	local file=$LIVE/policy/$1.ini
	shift
	rm -f "$file"
	printf '%s\n' "$@" >"$file"
	chmod 0444 "$file"
}

# The mount calls but for one.
all_but() {
	local call
	for call in "${MOUNT_CALLS[@]}"; do
		[ "$call" = "$1" ] || printf '%s ' "$call"
	done
}

# What `observe` puts before a command: namespaces of its own, in which the command is PID 1, and a small tmpfs that
# whatever goes wrong may spoil.
IN_NAMESPACES=(timeout -k 5 60 unshare --mount --pid --fork --kill-child --mount-proc
	sh -c 'mount -t tmpfs -o size=1m tmpfs /dev/shm && exec "$@"' sh)

# observe COMMAND...: $status, and the text of both outputs in $out and $err.
observe() {
	status=0
	"${IN_NAMESPACES[@]}" "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" </dev/null || status=$?
	read_outputs
}

# The same outside of namespaces, where there is another process above and pids are the machine's.
observe_here() {
	status=0
	timeout -k 5 60 "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" </dev/null || status=$?
	read_outputs
}

read_outputs() {
	out=$(tr '\0' '\n' <"$BATS_TEST_TMPDIR/out")
	# Of timeout(1) itself, where the user's queued signals are many: by another test's flood of them, for one.
	err=$(tr '\0' '\n' <"$BATS_TEST_TMPDIR/err" | sed '/^timeout: warning: timer_create/d')
}

# expect WHAT CONDITION...: where a test goes through a table, each failing row is to be told, not only the first.
# Ends the row, not the test; `all_rows` ends the test.
failed_rows=0
expect() {
	local what=$1
	shift
	"$@" && return
	failed_rows=$((failed_rows + 1))
	{
		echo "FAILED: $what"
		echo "  wanted: $*"
		echo "  status: $status"
		echo "  stdout: ${out//$'\n'/$'\n'          }"
		echo "  stderr: ${err//$'\n'/$'\n'          }"
	} >&2
}

all_rows() {
	[ "$failed_rows" = 0 ]
}

has() { [[ $1 =~ $2 ]]; }
has_not() { ! [[ $1 =~ $2 ]]; }
is() { [ "$1" = "$2" ]; }

# The lines of a text that match.
lines() { grep -cE -- "$2" <<<"$1" || true; }

# What the JSON in $out has.
json() { jq -c "$1" <<<"$out"; }

# The three privileges of the matrix: options of `outer`. bare-root is uid 0 without any capability.
privilege() {
	case $1 in
	root) echo ;;
	bare-root) echo --caps none ;;
	nobody) echo --caps none --uid $NOBODY ;;
	esac
}
PRIVILEGES=(root bare-root nobody)

# One complete line on stderr, as design says of a refusal.
refusal='(^|'$'\n'')denyinit: [^'$'\n'']*Not starting \(125\)\.$'
