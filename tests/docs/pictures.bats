#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The pictures of README.md: made of what is beside them, and to be read on any page. What the terminal shows is compared
# with a run in tests/live/terminal.bats.
load common

# The texts of an SVG, a line each.
texts() { sed -n 's/.*<text[^>]*>\(.*\)<\/text>.*/\1/p' "$1" | sed 's/&#160;/ /g; s/&#45;/-/g; s/&quot;/"/g; s/&#39;/'"'"'/g; s/&amp;/\&/g'; }

@test "stages.svg has the words of stages.dot, and no others" {
	sed -n 's/.*\blabel="\([^"]*\)".*/\1/p' docs/pictures/stages.dot | sed 's/\\n/\n/g' | tr -s ' ' | sort >"$BATS_TEST_TMPDIR/dot"
	texts docs/pictures/stages.svg | tr -s ' ' | sort >"$BATS_TEST_TMPDIR/svg"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/svg")" -ge 15 ]
	diff "$BATS_TEST_TMPDIR/dot" "$BATS_TEST_TMPDIR/svg"
}

@test "each picture has a background of its own: it can be read on light pages and on dark ones" {
	local picture
	for picture in stages terminal; do
		grep -qF "(docs/pictures/$picture.svg)" README.md
		head -n 20 "docs/pictures/$picture.svg" | grep -qE '<(rect|polygon)[^>]* fill="#(f6f8fa|161b22)"'
		python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "docs/pictures/$picture.svg"
	done
}

# What somebody reads who stays for ten seconds.
@test "README.md begins with what it is, the line, three lines of a Dockerfile, a picture" {
	sed '/^## /,$d' README.md >"$BATS_TEST_TMPDIR/first"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/first")" -le 30 ]
	[[ $(tr '\n' '~' <"$BATS_TEST_TMPDIR/first") == *'runs as PID 1'*'denyinit: PASS'*'COPY --from=denyinit / /~ENTRYPOINT'*'terminal.svg)'* ]]
}
