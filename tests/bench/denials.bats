#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What it costs to have denials told, and to be supervised. Figures, and what must be so on any machine: a denied call
# gets its errno, a flood hangs nobody and costs no memory, nothing is done while nothing happens.
bats_require_minimum_version 1.5.0

setup_file() {
	DIR=$BATS_FILE_TMPDIR
	cp build/denyinit build/bench/work "$DIR/"
	export DIR PATH="$DIR:$PATH"
	write exec '[deny]' '@mount = deny'
	write supervise '[deny]' '@mount = deny' '[init]' 'mode = supervise'
	write reported '[deny]' '@mount = deny' '[init]' 'report-denials = yes'
}

write() { # NAME LINE...
	printf '%s\n' "${@:2}" >"$DIR/$1.ini"
	chmod 0444 "$DIR/$1.ini"
}

figure() { echo "# figure: denials: $*" >&3; }

# measure MODE WORD...: of work
measure() { denyinit --report=off -c "$DIR/$1.ini" -- "$DIR/work" "${@:2}" 2>/dev/null; }

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

@test "a denied call: by the filter alone, and told" {
	alone=$(measure exec denied 20000)
	supervised=$(measure supervise denied 20000)
	told=$(measure reported denied 5000)
	figure "a denied call takes $alone ns in exec mode, $supervised ns supervised, $told ns told ($(ratio "$told" "$alone") times)"
	[ "$told" -lt 5000000 ]
}

@test "an allowed call costs the same" {
	bare=$("$DIR/work" allowed 200000)
	alone=$(measure exec allowed 200000)
	told=$(measure reported allowed 200000)
	figure "an allowed call takes $bare ns bare, $alone ns in exec mode, $told ns where denials are told" \
		"($(ratio "$told" "$alone") times)"
	# Wide: other work on the machine.
	[ "$(awk -v a="$told" -v b="$alone" 'BEGIN { print (a < 2 * b) }')" = 1 ]
}

# stays COMMAND...: in the background, until it says that it is ready; $pid.
stays() {
	rm -f "$DIR/out"
	mkfifo "$DIR/out"
	"$@" >"$DIR/out" 2>/dev/null &
	pid=$!
	exec 7<"$DIR/out"
	while read -r line <&7 && [ "$line" != ready ]; do :; done
	[ "$line" = ready ]
}

ends() {
	kill "$pid"
	wait "$pid" || :
	exec 7<&-
}

# Kilobytes: resident, and of these its own.
memory() { awk '/^Rss:/ { rss = $2 } /^Private_Dirty:/ { own = $2 } END { print rss, own }' "/proc/$1/smaps_rollup"; }

@test "memory of who stays, beside tini-static's; and no wake-up in a second" {
	stays denyinit --report=off -c "$DIR/reported.ini" -- "$DIR/work" stay
	read -r rss own < <(memory "$pid")
	before=$(grep -E '^(non)?voluntary_ctxt_switches' "/proc/$pid/status")
	sleep 1 # nothing is awaited: that nothing happens is the test
	[ "$(grep -E '^(non)?voluntary_ctxt_switches' "/proc/$pid/status")" = "$before" ]
	ends
	tini=$(command -v tini-static)
	stays "$tini" -- "$DIR/work" stay
	read -r tini_rss tini_own < <(memory "$pid")
	ends
	figure "supervising with denials told: $rss KiB resident, $own KiB of its own; tini-static $tini_rss and $tini_own"
	[ "$rss" -le "$tini_rss" ]
}

@test "a flood from 50 processes with stderr blocked: nobody hangs, no memory grows, every call is counted" {
	mkfifo "$DIR/blocked"
	exec 8<>"$DIR/blocked"
	head -c 65536 /dev/zero >&8 # full: nobody reads it
	rm -f "$DIR/out"
	mkfifo "$DIR/out"
	# The last line is the flood's, and work stays until it is told to go.
	# shellcheck disable=SC2016 # for the inner shell
	denyinit --report=off -c "$DIR/reported.ini" -- sh -c '"$0" stay & trap "kill $!" TERM; "$0" flood 50 3000; wait' "$DIR/work" \
		>"$DIR/out" 2>&8 &
	pid=$!
	exec 7<"$DIR/out"
	read -r line <&7
	[ "$line" = ready ]
	read -r before _ < <(memory "$pid")
	read -r calls longest <&7
	read -r after _ < <(memory "$pid")
	kill "$pid"
	wait "$pid" || :
	exec 7<&- 8<&-
	figure "a flood from 50 processes, stderr blocked: $((calls / 3)) denials a second, the longest call $((longest / 1000)) ms," \
		"$before KiB resident before and $after after"
	[ "$calls" -gt 1000 ]
	[ "$longest" -lt 10000000 ]
	[ "$after" -le $((before + 16)) ]
}

@test "what is told of a flood adds up" {
	run --separate-stderr denyinit --report=off -c "$DIR/reported.ini" -- "$DIR/work" flood 10 1000
	[ "$status" = 0 ]
	read -r calls _ <<<"$output"
	# shellcheck disable=SC2154 # bats sets it
	[ "$(sed -nE 's/^denyinit: TOTALS denied=([0-9]+) .*/\1/p' <<<"$stderr")" = "$calls" ]
	[ "$(grep -c '^denyinit: DENIED' <<<"$stderr")" -le 4 ]
}
