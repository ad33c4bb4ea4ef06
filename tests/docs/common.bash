# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is for the tests
# Common to the tests of the documents: what a document says and what the program says, as lists to be compared. What is
# read out of a file by a pattern is counted: a pattern that matches nothing any more must not pass.

bats_require_minimum_version 1.5.0

cd "$BATS_TEST_DIRNAME/../.." || exit 1
denyinit=${PROGRAMS:-build}/denyinit # PROGRAMS: another folder with the programs, to see the tests fail
selftest=${PROGRAMS:-build}/denyinit-selftest

# part FILE NAME: the lines of a man page between `.\" begin NAME` and `.\" end NAME`, continued ones joined.
part() {
	part=$2 awk '
		$0 == ".\\\" end " ENVIRON["part"] { on = 0; ended = 1 }
		on { if (sub(/\\$/, "")) printf "%s", $0; else print; lines++ }
		$0 == ".\\\" begin " ENVIRON["part"] { on = 1 }
		END {
			if (!lines || !ended) {
				print FILENAME " has no part \"" ENVIRON["part"] "\"" >"/dev/stderr"
				exit 1
			}
		}' "$1"
}

# The names of a list's items: `.It Ic one , two` has two.
item_names() { sed -n 's/^\.It [A-Z][a-z] //p' | tr -s ' ,' '\n' | sed '/^$/d'; }

# A static table of strings in a C file, from the line that declares it on, in its order; $3: the pattern of an entry.
table() { # FILE DECLARATION PATTERN
	awk -v declaration="$2" 'index($0, declaration) { on = 1 } on { print } on && /};/ { exit }' "$1" |
		grep -oE "$3" | grep -oE '"[^"]+"' | tr -d '"'
}

# same WHAT AT-LEAST ONE OTHER: two lists, a word a line, have the same words, and at least so many.
same() {
	local one other
	one=$(sort -u <<<"$3")
	other=$(sort -u <<<"$4")
	echo "$1: $(wc -l <<<"$one") and $(wc -l <<<"$other")"
	[ "$(wc -l <<<"$one")" -ge "$2" ] || {
		echo "$1: fewer than $2: does the pattern still match?"
		return 1
	}
	diff <(echo "$one") <(echo "$other")
}

# policy TEXT: a file with it, its path in $policy. Read-only: its own user may be root or not.
policy() {
	policy=$BATS_TEST_TMPDIR/policy.ini
	rm -f "$policy"
	printf '%b' "$1" >"$policy"
	chmod 0444 "$policy"
}

# sound WHAT FILE: --check has nothing against it.
sound() {
	run "$denyinit" --check -c "$2"
	[ "$status" = 0 ] || {
		printf '%s:\n%s\n%s\n' "$1" "$(cat "$2")" "$output"
		return 1
	}
}

# A read-only copy of a policy that comes with the project, in $policy.
shipped() {
	policy=$BATS_TEST_TMPDIR/$1.ini
	install -m 0444 "conf/$1.ini" "$policy"
}
