#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The policies for real workloads and docs/workloads.md: each policy is in the page, is sound without a warning, says why of
# every line, and denies nothing that its workload was seen to call.
load common

page=docs/workloads.md

# What is no workload's: three basic ones, three teaching examples.
workloads() { basename -s .ini conf/*.ini | grep -vxE 'default|mount|strict|naive|minimal|guide'; }

@test "each of them is in the page's list, and its table has a column for each" {
	same policies 8 "$(workloads)" "$(sed -nE 's/^\| `([a-z-]+)\.ini` \|.*/\1/p' "$page")"
	same columns 8 "$(workloads)" "$(sed -nE 's/^\| call \| (.*) \|$/\1/p' "$page" | tr -d ' ' | tr '|' '\n')"
	# Each has a driver, by which it was watched.
	same drivers 8 "$(workloads)" "$(basename -s .bash tests/live/workloads/*.bash)"
}

@test "each is sound, without a warning, and denies the whole mount API" {
	local name
	for name in $(workloads); do
		shipped "$name"
		sound "$name" "$policy"
		[[ $output != *warning* ]] || { echo "$output" && return 1; }
		[ "$("$denyinit" --print -c "$policy" | grep -cE '^(mount|umount2|pivot_root|open_tree|move_mount|fsopen|fsconfig|fsmount|fspick|mount_setattr|open_tree_attr) +[0-9]+ +EPERM +[^ ]+ \(@[a-z]+\)$')" = 11 ]
	done
}

@test "every line has its reason: a comment stands over it, or over those that it stands with" {
	local name
	for name in $(workloads); do
		awk -v name="$name" '
			/^;/ { reason = 1; next }
			/^$/ { reason = 0; next }
			/^\[/ { reason = 0; next }
			!reason { print "conf/" name ".ini:" FNR ": no reason: " $0; bad = 1 }
			{ lines++ }
			END { exit bad || lines < 8 }' "conf/$name.ini"
	done
}

# CALL COUNT: what a workload was seen to call.
column() { # NAME
	sed -n '/^<!-- begin calls -->$/,/^<!-- end calls -->$/p' "$page" | awk -F'|' -v name="$1" '
		{ for (i = 1; i <= NF; i++) gsub(/ /, "", $i) }
		$2 == "call" { for (i = 3; i <= NF; i++) if ($i == name) wanted = i; next }
		wanted && $wanted ~ /^[0-9]+$/ { print $2, $wanted }'
}

@test "no policy denies as a whole what its workload was seen to call, but for clone3" {
	local name call seen
	for name in $(workloads); do
		seen=$(column "$name" | cut -d' ' -f1 | sort)
		[ "$(wc -l <<<"$seen")" -ge 50 ]
		# The list above the table says how many.
		grep -q "^- $name: $(wc -l <<<"$seen") different calls (" "$page"
		shipped "$name"
		"$denyinit" --print -c "$policy" | awk '$2 ~ /^[0-9]+$/ && $3 != "allow" && !/ if / { print $1 }' | sort >"$BATS_TEST_TMPDIR/denied"
		[ "$(wc -l <"$BATS_TEST_TMPDIR/denied")" -ge 80 ]
		for call in $(comm -12 <(echo "$seen") "$BATS_TEST_TMPDIR/denied"); do
			[ "$call" = clone3 ] || { echo "$name calls $call, which conf/$name.ini denies" && return 1; }
		done
	done
}

@test "the page's policies are sound" {
	awk '/^```ini$/ { on = 1; next } /^```/ { on = 0 } on' "$page" >"$BATS_TEST_TMPDIR/example.ini"
	chmod 0444 "$BATS_TEST_TMPDIR/example.ini"
	[ -s "$BATS_TEST_TMPDIR/example.ini" ]
	sound "$page" "$BATS_TEST_TMPDIR/example.ini"
}
