#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the terminal of README.md shows is what the program prints.
load common

# What differs from run to run, and from machine to machine: times, digests, pids, kernels, other filters; and what other
# versions of mount(8) add.
same_everywhere() {
	sed -E 's/ (took|sha256|pid|kernel|version|outer-filters|closed-fds|x32|i386)=[^ ]*/ \1=/g; /^ +dmesg\(1\) may have more information/d'
}

@test "the commands of docs/pictures/session.sh print what docs/pictures/terminal.svg shows" {
	cd "$ROOT"
	docs/pictures/terminal --text | same_everywhere >"$BATS_TEST_TMPDIR/run"
	awk '
		/<text / {
			more = / class="[a-z]* more"/
			sub(/^<text [^>]*>/, "")
			sub(/<\/text>$/, "")
			gsub(/&lt;/, "<")
			gsub(/&gt;/, ">")
			gsub(/&amp;/, "\\&")
			if (more) line = line $0
			else {
				if (NR > 1 && line != "") print line
				line = $0
			}
		}
		END { print line }' docs/pictures/terminal.svg | same_everywhere >"$BATS_TEST_TMPDIR/picture"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/run")" -ge 13 ]
	grep -q '^denyinit: PASS mount API blocked: 11 of 11' "$BATS_TEST_TMPDIR/run"
	diff "$BATS_TEST_TMPDIR/picture" "$BATS_TEST_TMPDIR/run"
}
