#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The tables of names against where they are from: the machine's headers, the text that they were packed from, and the
# documents that name what is in them.
# shellcheck disable=SC2016,SC2031 # backquotes are the documents'; each test has a shell
load common

page=man/denyinit.ini.5

setup_file() {
	names=$BATS_FILE_TMPDIR/names
	export names
	gcc -std=c11 -O1 -Wall -Wextra -Werror -I. -D_GNU_SOURCE= -o "$names" tests/docs/names.c init/names_constants.c \
		init/names_arguments.c init/names_groups.c init/packed.c init/words.c
	"$names" constants | LC_ALL=C sort >"$BATS_FILE_TMPDIR/constants"
}

@test "every constant has the kind and value that the machine's headers say" {
	local list=$BATS_TEST_TMPDIR/list found
	init/gen-constants.sh --list /usr/include 2>/dev/null | LC_ALL=C sort >"$list"
	# Older headers have less, newer ones more: what both have is the same.
	found=$(LC_ALL=C join -1 2 -2 2 "$list" "$BATS_FILE_TMPDIR/constants" | tee "$BATS_TEST_TMPDIR/both" |
		awk '$2 != $4 || $3 != $5')
	echo "$found"
	[ "$found" = "" ]
	echo "# figure: names constants: $(wc -l <"$BATS_TEST_TMPDIR/both") of $(wc -l <"$BATS_FILE_TMPDIR/constants") compared with the headers" >&3
	[ "$(wc -l <"$BATS_TEST_TMPDIR/both")" -ge 950 ]
	run grep '^not found' "$BATS_FILE_TMPDIR/constants"
	[ "$status" = 1 ]
}

# The text that a packed table has as its comment, read by other rules than the program's.
text() { sed -n '/^ \*$/,/^ \*\/$/{s/^ \* *//p}' "$1" | grep -v '^/$'; }

@test "what is packed is what the comment above it says" {
	text init/names_constants_x86_64.inc | tr '\n' ' ' | sed 's/ \([&=]\)\([A-Z_ ]\)/\n\1\2/g' | awk '
		function number(hex,    i, n, sign) {
			sign = sub(/^-/, "", hex) ? -1 : 1
			for (i = 1; i <= length(hex); i++)
				n = n * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
			return sign * n
		}
		/^[&=]/ {
			bits = substr($0, 1, 1) == "&"
			prefix = $0 ~ /^[&=] / ? "" : substr($1, 2)
			value = 0
			for (i = 2; i <= NF; i++) {
				equals = index($i, "=")
				if (equals == 0)
					value = bits ? value * 2 : value + 1
				else if (equals < length($i))
					value = number(substr($i, equals + 1))
				printf "%s %s%s %.0f\n", bits ? "bits" : "values", prefix, equals ? substr($i, 1, equals - 1) : $i, value
			}
		}' | LC_ALL=C sort >"$BATS_TEST_TMPDIR/said"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/said")" -ge 1000 ]
	diff "$BATS_TEST_TMPDIR/said" "$BATS_FILE_TMPDIR/constants"
}

@test "names_arguments.inc is made of arguments.txt" {
	init/pack.sh "pack.sh from arguments.txt; do not edit" <init/arguments.txt >"$BATS_TEST_TMPDIR/arguments.inc"
	cmp "$BATS_TEST_TMPDIR/arguments.inc" init/names_arguments.inc
}

# Words that look like a constant of a family and are none.
none='SECCOMP_RET_TRACE'

@test "every constant that a document names is one" {
	local known=$BATS_TEST_TMPDIR/known name families count=0
	cut -d' ' -f2 "$BATS_FILE_TMPDIR/constants" >"$known"
	sed -n 's/^AF_/PF_/p' "$known" >>"$known.pf" && cat "$known.pf" >>"$known"
	families=$(sed -n 's/^\([A-Z][A-Z]*_\).*/\1/p' "$known" | sort -u | paste -sd'|')
	for name in $(cat README.md SECURITY.md man/*.[58] conf/*.ini | grep -oE "\b($families)[A-Z0-9_]*[A-Z0-9]\b" | sort -u); do
		grep -qx "$name" "$known" || grep -qwF "$name" <<<"$none" || { echo "no constant: $name" && return 1; }
		count=$((count + 1))
	done
	[ "$count" -ge 10 ]
}

@test "the page lists every family of constants, and no other" {
	local family families count=0
	part "$page" constants >"$BATS_TEST_TMPDIR/part"
	families=$(sed -n 's/^\.Dv //p' "$BATS_TEST_TMPDIR/part" | tr -s ' ,.' '\n' | sed '/^$/d')
	cut -d' ' -f2 "$BATS_FILE_TMPDIR/constants" >"$BATS_TEST_TMPDIR/known"
	for family in $families; do
		grep -qE "^${family//\*/[A-Z0-9_]+}$" "$BATS_TEST_TMPDIR/known" || { echo "nothing in $family" && return 1; }
		count=$((count + 1))
	done
	[ "$count" -ge 80 ]
	run grep -vxE "$(tr '\n' '|' <<<"${families//\*/[A-Z0-9_]+}" | sed 's/|$//')" "$BATS_TEST_TMPDIR/known"
	[ "$output" = "" ] || { echo "in no family of the page: $output" && return 1; }
}
