#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# docs/threat-model.md: each test that it names as evidence is one, and no claim is without.
# shellcheck disable=SC2016 # backquotes are the document's
load common

page=docs/threat-model.md

@test "each test that is named as evidence exists" {
	local file name count=0
	while IFS=$'\t' read -r file name; do
		count=$((count + 1))
		[ -f "$file" ] || { echo "no $file" && return 1; }
		case $name in
		'"'*) grep -qxF "@test $name {" "$file" ;;
		'all of it: `tests/run '*) grep -qE "(^| )${name//[^a-z\/ ]/}\b" <<<"all of it tests/run $(cut -d/ -f2 <<<"$file")" ;;
		*) grep -qF "cmocka_unit_test($name)" "$file" ;;
		esac || { echo "$file has no test $name" && return 1; }
	done < <(sed -n 's/^- `\([^`]*\)`: \(.*\)$/\1\t\2/p' "$page")
	[ "$count" = "$(grep -c '^- ' "$page")" ]
	[ "$count" -ge 55 ]
}

# A claim is a paragraph that begins in bold; its evidence is the list below.
@test "each claim has evidence, or says that there is none" {
	local found
	found=$(awk '
		function ended() { if (claim != "" && !evidence) print claim }
		/^#/ { ended(); claim = "" }
		/^\*\*/ && before == "" { ended(); claim = $0; evidence = 0; claims++ }
		/^- `tests\// || /No test; / { evidence = 1 }
		{ before = $0 }
		END { ended(); if (claims < 25) print "only " claims " claims" }' "$page")
	echo "$found"
	[ "$found" = "" ]
}

@test "each risk that SECURITY.md does not promise against is in the page" {
	local word count=0
	for word in 'docker exec' '--entrypoint' core_pattern '/proc/PID/mem' 'rewrite the policy' automounts keep-fds \
		'newer-syscalls = allow' io_uring 'for audit' observe CAP_SYS_PTRACE Emulators; do
		count=$((count + 1))
		tr '\n' ' ' <"$page" | grep -qiF -e "$word" || { echo "nothing of $word" && return 1; }
	done
	[ "$count" = 13 ]
	grep -qF '(docs/threat-model.md)' SECURITY.md
}
