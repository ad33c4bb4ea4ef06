#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# docs/benchmarks.md and README.md say of the run in docs/bench what docs/bench/bench.json has, and nothing else.
load common

json=docs/bench/bench.json

between() { sed -n '/^<!-- begin bench -->$/,/^<!-- end bench -->$/p' "$1" | sed '1,2d; $d' | sed '$d'; }

@test "the run is a whole one, and its cells are in the page as they were measured" {
	[ "$(jq .smoke $json)" = false ]
	[ "$(jq '.starts[0].rounds >= 100' $json)" = true ]
	between docs/benchmarks.md >"$BATS_TEST_TMPDIR/page"
	[ "$(grep -c '^|' "$BATS_TEST_TMPDIR/page")" -ge 90 ]
	diff "$BATS_TEST_TMPDIR/page" <(jq -r --arg part page -f tests/bench/page.jq $json)
}

@test "README.md quotes the same run" {
	between README.md >"$BATS_TEST_TMPDIR/readme"
	grep -q tini-static "$BATS_TEST_TMPDIR/readme"
	diff "$BATS_TEST_TMPDIR/readme" <(jq -r --arg part readme -f tests/bench/page.jq $json)
}

@test "each target that the run misses is spoken of below it" {
	local missed
	missed=$(grep -c '| \*\*no\*\* |$' docs/benchmarks.md) || :
	[ "$missed" = 0 ] || [ "$(sed '1,/^## What is not met/d' docs/benchmarks.md | wc -w)" -ge $((40 * missed)) ]
}

@test "the plots are there, and of the page" {
	local plot
	for plot in starts lines calls; do
		grep -q '</svg>' "docs/bench/$plot.svg"
		grep -q "(bench/$plot.svg)" docs/benchmarks.md
	done
}
