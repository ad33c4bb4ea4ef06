#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `make bench` in a smoke form: that it works, that every cell is there, and that what it compares is in force. No figure has
# a bound here: a busy machine would break it.
bats_require_minimum_version 1.5.0

setup_file() {
	tests/live/oci_fetch build/cache/profiles # not to be measured by the deadline
	export OUT=$BATS_FILE_TMPDIR
	status=0
	timeout 120 tests/bench/run --smoke "$OUT" >"$OUT/table" 2>"$OUT/told" || status=$?
	export RUN_STATUS=$status
}

# cells SECTION KEY NAME...: the section has these and no others, and each has a median, or what it is about, above 0.
cells() {
	local found
	found=$(jq -r --arg section "$1" --arg key "$2" '.[$section][] | select(.[$key] > 0) | .name + (if .call then " " + .call else "" end)' \
		"$OUT/bench.json" | sort)
	diff <(printf '%s\n' "${@:3}" | sort) - <<<"$found"
}

@test "bench: a smoke run ends well" {
	[ "$RUN_STATUS" = 0 ] || { cat "$OUT/told" && false; }
	[ "$(jq .schema,.smoke "$OUT/bench.json" | xargs)" = "1 true" ]
	for heading in Start: 'Start by' 'An allowed call:' nginx: Memory Programs: Noise; do
		grep -q "^$heading" "$OUT/table"
	done
}

@test "bench: every start is there" {
	names=(bare bare-again exec-only exec-only-again tini-static tini dumb-init catatonit setpriv bwrap-filter firejail-list version)
	for policy in mount default strict; do
		names+=("$policy-check")
		for mode in exec supervise denials; do names+=("$policy-$mode"-{off,text,json}); done
	done
	[ ${#names[@]} = 42 ]
	cells starts median "${names[@]}"
	cells starts_by_lines median bare tini-static rules-{1,11,25,50,100,200,300,400} conditions-{1,2,4,8,16,32,64}
}

@test "bench: every stage of each start is there, and a part takes no longer than the whole" {
	[ "$(jq -c '[.stages[].policy]' "$OUT/bench.json")" = '["mount.ini","default.ini","strict.ini"]' ]
	jq -e '[.stages[].stages | map(.name)] | unique | length == 1' "$OUT/bench.json"
	for stage in main policy_parse lint loaded_compile trial_open install_program 'seccomp(2)' trial_close bpf_walk; do
		jq -e --arg stage "$stage" '[.stages[].stages[] | select(.name == $stage and .us > 0)] | length >= 3' "$OUT/bench.json"
	done
	jq -e '[.stages[].stages | .[0].us * 1.5 > (map(select(.depth == 1).us) | add)] | all' "$OUT/bench.json"
}

@test "bench: every call is there" {
	names=()
	for who in bare one one-again denyinit denyinit-mount denyinit-strict docker docker-denyinit; do
		for call in getppid read openat ioctl clone; do names+=("$who $call"); done
	done
	cells calls median "${names[@]}"
	names=()
	for who in bare one rules-{1,11,25,50,100,200,300,400} conditions-{1,2,4,8,16,32,64}; do names+=("$who getppid" "$who ioctl"); done
	cells calls_by_lines median "${names[@]}"
}

@test "bench: nginx, memory, sizes, and how noisy it was" {
	cells nginx median bare bare-again default nginx
	cells memory rss denyinit-{mount,default,strict}-{supervise,denials} tini tini-static dumb-init catatonit
	cells sizes bytes denyinit tini tini-static dumb-init catatonit setpriv bwrap firejail through
	[ "$(jq '.noise | map_values(type) | to_entries | map(select(.value != "null")) | length' "$OUT/bench.json")" = 9 ]
	# The program of Docker's profile is an allow list of hundreds, and denyinit's not empty.
	[ "$(jq '.instructions.docker > 300 and .instructions.denyinit_default > 20' "$OUT/bench.json")" = true ]
}

@test "bench: the plots can be made" {
	for plot in starts lines calls; do
		grep -q '</svg>' "$OUT/$plot.svg"
	done
}

@test "bench: what is not in force is not measured" {
	# bwrap with a filter that denies nothing.
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\nfor last; do :; done\nshift $(($# - 3))\nexec "$@"\n' >"$BATS_TEST_TMPDIR/bin/bwrap"
	chmod 0755 "$BATS_TEST_TMPDIR/bin/bwrap"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH run -1 tests/bench/run --smoke "$BATS_TEST_TMPDIR"
	[[ $output == *"bwrap-filter: a mount under it: status 77, not 0"* ]]
}
