#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# denyinit(8) against the report: keys, words, exit statuses, diagnostics, and the lines that documents show.
load common

page=man/denyinit.8

# Runs of all kinds with one form of the report, text or json, one after the other on stdout: PASS; the judge alone under
# denyinit and without; FAIL; OBSERVE; a proof that could not be held, as the policy takes all of the judge's markers.
all_runs() { # FORM
	local form=$1 marker text='[deny]\n@mount = deny\n' words=() calls=(acct swapon syslog vhangup)
	[ "$form" = text ] || words=("--$form")
	shipped default
	"$denyinit" -c "$policy" --report="$form" -- true
	"$denyinit" -c "$policy" --report=off -- "$selftest" "${words[@]}"
	"$selftest" "${words[@]}" || [ $? = 1 ]
	shipped guide
	"$denyinit" -c "$policy" --report="$form" -- true || [ $? = 125 ]
	policy '[deny]\n@mount = deny\n[observe]\nptrace = deny\n[init]\nreport-denials = yes\n'
	"$denyinit" -c "$policy" --report="$form" -- true
	for marker in $(sed -n 's/.*canary_markers\[CANARY_MARKERS\] = {\(.*\)};/\1/p' selftest/canary.c | tr -d ,); do
		text+="${calls[0]} = $marker\n"
		calls=("${calls[@]:1}")
	done
	[ "${#calls[@]}" = 0 ]
	policy "$text"
	"$denyinit" -c "$policy" --report="$form" -- true || [ $? = 125 ]
}

# Words of the report that the code has in a table of names.
words() { # DECLARATION PATTERN
	table selftest/report.c "$1" "$2"
}

@test "verdicts of calls" {
	same verdicts 10 "$(words '} verdict_words[VERDICT_COUNT] = {' '\[VERDICT_[A-Z_]+\] = \{"[a-z-]+"')" \
		"$(part "$page" verdicts | item_names)"
}

@test "verdicts of calls by another ABI" {
	same verdicts 10 "$(words 'foreigns[] = {' '"[a-z-]+"')" "$(part "$page" 'foreign verdicts' | item_names)"
}

@test "witnesses" {
	same witnesses 3 "$(words 'witnesses[] = {' '"[a-z-]+"')" \
		"$(part "$page" witnesses | grep '^\.Cm' | cut -d' ' -f2)"
}

@test "outcomes" {
	same outcomes 4 "$(words 'outcomes[] = {' '"[A-Z]+"')" "$(part "$page" outcomes | item_names)"
	for word in PASS PARTIAL OBSERVE FAIL; do
		grep -q "^| \`$word\` |" README.md
	done
}

@test "reasons" {
	same reasons 13 "$(words '} reasons[REASON_COUNT] = {' '\[REASON_[A-Z_]+\] = \{"[a-z-]+"')" \
		"$(part "$page" reasons | item_names)"
}

@test "keys of the text form: all that the code can print" {
	same keys 26 "$(part "$page" 'text keys' | item_names)" "$(
		sed -n '/^static void put_pairs/,/^}/p; /^static void put_proof/,/^}/p' selftest/report.c |
			grep -vE 'names\[\] = |foreign_summary' | grep -oE '"( [a-z]+=|[a-z0-9-]+)"' | tr -d '" ='
		# The other ABIs, of all machines.
		sed -n 's/^#define MACHINE_COMPAT_NAME "\(.*\)"$/\1/p; s/^#define MACHINE_X32$/x32/p' selftest/arch.h
		# Written without a helper.
		sed -n '/^static void put_pairs/,/^}/p' selftest/report.c | grep -oE '" [a-z]+=%' | tr -d '" =%'
	)"
}

@test "keys of the text form: all that real runs print" {
	local key
	keys=$(all_runs text 2>/dev/null | sed -n 's/.* | //p' | tr ' ' '\n' | sed -n 's/=.*//p' | sort -u)
	[ "$(wc -w <<<"$keys")" -ge 16 ]
	documented=$(part "$page" 'text keys' | item_names)
	for key in $keys; do
		grep -qx -e "$key" <<<"$documented" || { echo "not documented: $key" && return 1; }
	done
}

@test "keys of the JSON form: the documented ones are those of real runs" {
	all_runs json 2>/dev/null >"$BATS_TEST_TMPDIR/reports"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/reports")" = 6 ]
	same keys 45 "$(part "$page" 'json keys' | item_names)" \
		"$(jq -r 'paths(type != "object") | map(select(type == "string")) | join(".")' "$BATS_TEST_TMPDIR/reports")"
}

@test "the values that denyinit(8) gives for some keys are those of real runs" {
	all_runs json 2>/dev/null >"$BATS_TEST_TMPDIR/reports"
	[ "$(jq -r '[.verdict, .level, .logger, .event, .schema, .reason, .exit] | map(tostring) | join(" ")' \
		"$BATS_TEST_TMPDIR/reports")" = "$(
		cat <<-'LINES'
			PASS info denyinit selftest 1 none 0
			PASS info denyinit-selftest selftest 1 none 0
			FAIL error denyinit-selftest selftest 1 no-denyinit 1
			FAIL error denyinit selftest 1 mount-reachable 125
			OBSERVE warn denyinit selftest 1 none 0
			FAIL error denyinit selftest 1 self-test-not-held 125
		LINES
	)" ]
	policy '[deny]\n@mount = deny\nfsopen = allow\n'
	[ "$("$denyinit" --report=json -c "$policy" -- true | jq -r '.verdict + " " + .level')" = 'PARTIAL warn' ]
}

@test "keys of --check --json" {
	local key
	policy '[deny]\n@mount = deny\nmuont = deny\n'
	run "$denyinit" --check --json -c "$policy"
	[ "$status" = 1 ]
	keys=$(jq -r 'paths | map(select(type == "string")) | last' <<<"$output" | sort -u)
	[ "$(wc -w <<<"$keys")" = 12 ]
	for key in $keys; do
		part "$page" options | grep -qE "^\.Ic $key( |$)" || { echo "not documented: $key" && return 1; }
	done
}

# expect STATUS COMMAND...
expect() {
	local wanted=$1
	shift
	status=0
	output=$("$@" 2>&1) || status=$?
	[ "$status" = "$wanted" ] || { echo "$*: $status, not $wanted; $output" && return 1; }
}

@test "exit statuses: denyinit(8), README.md, --help" {
	shipped mount
	expect 7 "$denyinit" -c "$policy" -- sh -c 'exit 7'
	expect 125 "$denyinit" -c /nowhere.ini -- true
	[[ $output == *'Not starting (125).' ]]
	expect 126 "$denyinit" -c "$policy" -- /
	expect 127 "$denyinit" -c "$policy" -- /nowhere
	expect 0 "$denyinit" --check -c "$policy"
	expect 0 "$denyinit" --print -c "$policy"
	expect 125 "$denyinit" --check nonsense
	expect 125 "$denyinit" --print nonsense
	bad=$BATS_TEST_TMPDIR/bad.ini
	echo '[deny' >"$bad"
	expect 1 "$denyinit" --check -c "$bad"
	expect 1 "$denyinit" --print -c "$bad"
	[ "$(part "$page" 'exit statuses' | sed -n 's/^\.It Li //p' | tr '\n' ' ')" = '125 126 127 0 1 125 ' ]
	grep -q '^| 125 |' README.md
	grep -q '^| 126, 127 |' README.md
	for number in 125 126 127; do
		"$denyinit" --help | grep -q "Exit status:.* $number "
	done
}

@test "exit statuses: denyinit-selftest(8)" {
	shipped mount
	expect 0 "$denyinit" -c "$policy" --report=off -- "$selftest"
	expect 1 "$selftest"
	expect 125 "$selftest" nonsense
	expect 1 "$denyinit" --selftest
	[ "$(part man/denyinit-selftest.8 'exit statuses' | sed -n 's/^\.It Li //p' | tr '\n' ' ')" = '0 1 125 ' ]
	for number in 0 1 125; do
		"$selftest" --help | grep -qE "Exit status:.* $number "
	done
}

@test "diagnostics: the words are those of the program" {
	local words count=0
	strings=$(cat init/*.c | tr -d '\n' | tr '\t' ' ' | sed 's/" *"//g')
	while read -r words; do
		count=$((count + 1))
		grep -qF -e "$words" <<<"$strings" || { echo "not in the program: $words" && return 1; }
	done < <(part "$page" diagnostics | sed -n 's/^\.It Li //p')
	[ "$count" -ge 12 ]
}

# sentence and keys of a report's line, without the keys that depend on who called.
shape() { sed -E 's/ (closed-fds|warnings)=[^ ]*//g; s/=[^ ]*//g' <<<"$1"; }

# A document's line has what a real one has: sentence, keys and their order, and the values that do not depend on where.
same_line() { # WHAT DOCUMENT'S REAL
	local key
	[ -n "$2" ]
	printf '%s\n' "$1:" "  $2" "  $3"
	[ "$(shape "$2")" = "$(shape "$3")" ]
	for key in rules proof version arch i386 x32 nnp own-filters; do
		[ "$(grep -oE " $key=[^ ]*" <<<"$2")" = "$(grep -oE " $key=[^ ]*" <<<"$3")" ]
	done
}

@test "the lines that README.md and denyinit(8) show are what is printed" {
	shipped default
	real=$("$denyinit" -c "$policy" --report=text -- true)
	same_line README.md "$(sed -n '/^<!-- report -->$/,+1s/^    denyinit: /denyinit: /p' README.md)" "$real"
	same_line "$page" "$(sed -n '/^denyinit: PASS/,/^\.Ed/p' "$page" | grep -v '^\.Ed' | tr '\n' ' ' | sed 's/ $//')" "$real"
}

@test "the lines that denyinit-selftest(8) shows are what is printed" {
	local page=man/denyinit-selftest.8
	shipped default
	same_line inside "$(sed -n '/^denyinit-selftest: PASS/,/^[0-9]$/p' $page | grep -v '^[0-9]$' | tr '\n' ' ' | sed 's/ $//')" \
		"$("$denyinit" -c "$policy" --report=off -- "$selftest")"
	real=$("$selftest") || true
	same_line outside "$(sed -n '/^denyinit-selftest: FAIL this/,/^\\&/p' $page | grep -v '^\\&' | tr '\n' ' ' | sed 's/ $//')" \
		"$(head -n 1 <<<"$real")"
}
