#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Options: what --help says, what the man page says, and what the program takes are the same.
load common

# -c, --report: from `.It Fl c Ar file`, `.It Fl -report Ns = Ns Ar form`.
in_man() { part "$1" options | grep '^\.It ' | grep -oE 'Fl -?[A-Za-z][a-z-]*' | sed 's/^Fl /-/'; }

# The lines of options in a text of --help begin with two blanks.
in_help() { "$@" --help | grep -E '^  ' | grep -oE '(^|[ ,[])--?[A-Za-z][a-z-]*' | tr -d ' ,['; }

@test "denyinit --help and denyinit(8) have the same options" {
	same options 10 "$(in_help "$denyinit")" "$(in_man man/denyinit.8)"
}

@test "denyinit-selftest --help and denyinit-selftest(8) have the same options" {
	same options 6 "$(in_help "$selftest")" "$(in_man man/denyinit-selftest.8)"
}

@test "so has the program itself" {
	local word
	for word in $(in_man man/denyinit.8); do
		case $word in
		-c) run "$denyinit" -c /nowhere.ini -- true ;;
		--report) run "$denyinit" --report=text -c /nowhere.ini -- true ;;
		--on-failure) run "$denyinit" --on-failure=warn -c /nowhere.ini -- true ;;
		--json) run "$denyinit" --check --json -c /nowhere.ini ;;
		--selftest) run "$denyinit" --selftest --version ;;
		--export) run "$denyinit" --export=oci -c /nowhere.ini ;;
		--base) run "$denyinit" --export=oci --base /dev/null -c /nowhere.ini ;;
		--explain) run "$denyinit" --explain mount -c /nowhere.ini ;;
		--user | --signals | --rewrite | --stop-signals | --term-delay | --grace | --wait-all | --exit-zero | --subreaper | \
			--parent-death | --verbose) run "$denyinit" "$word=x" -c /nowhere.ini -- true ;;
		--supervise | --observe) run "$denyinit" "$word" -c /nowhere.ini -- true ;;
		*) run "$denyinit" "$word" -c /nowhere.ini ;;
		esac
		echo "$word: $output"
		[[ $output != *'unknown option'* && $output != *'does not have'* ]]
	done
	for word in $(in_man man/denyinit-selftest.8); do
		run "$selftest" "$word"
		[[ $output != *'unknown option'* && $output != *'does not have'* ]]
	done
	# The control.
	run "$denyinit" --chekc
	[[ $output == *'unknown option'* ]]
	run "$selftest" --jsno
	[[ $output == *'unknown option'* ]]
}

@test "an option that the program knows by name is in denyinit(8)" {
	same options 8 "$(in_man man/denyinit.8 | grep -vxE -e '-h|-V')" \
		"$(sed -n '/^static const char staying_options/,/;$/p; /^static const char known_options/,/;$/p' init/options.c | grep -oE -e '--?[a-z-]+')"
}

@test "the synopsis has each option" {
	local page word
	for page in denyinit.8 denyinit-selftest.8; do
		synopsis=$(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' "man/$page")
		for word in $(in_man "man/$page"); do
			case $word in
			--help | --version) continue ;; # by their letters
			-?) word="(Fl|\|) ${word#-}" ;;
			*) word="Fl ${word#-}|\| ${word#-}|Fl -json \| ${word#-}" ;;
			esac
			grep -qE -e "$word( |$)" <<<"$synopsis" || { echo "$page: the synopsis has no $word" && return 1; }
		done
	done
}

@test "the forms of the report and the words of on-failure, in --help and in denyinit(8)" {
	local form
	for form in text full json off; do
		part man/denyinit.8 options | grep -qE "^\.Cm $form( |$)"
		"$denyinit" --help | grep -- --report= | grep -qw $form
		run "$denyinit" --report=$form -c /nowhere.ini -- true
		[[ $output == *'no such file'* ]]
	done
	for form in refuse warn; do
		part man/denyinit.8 options | grep -qE "^\.Cm $form( |$)"
		"$denyinit" --help | grep -- --on-failure= | grep -qw $form
		run "$denyinit" --on-failure=$form -c /nowhere.ini -- true
		[[ $output == *'no such file'* ]]
	done
	run "$denyinit" --report=loud -c /nowhere.ini -- true
	[[ $output == *'text, full, json or off'* ]]
}

@test "the environment variables that the program reads are in denyinit(8)" {
	same variables 4 "$(sed -n '/^\.Sh ENVIRONMENT/,/^\.Sh FILES/p' man/denyinit.8 | grep '^\.It Ev' | item_names)" \
		"$(grep -ohE 'getenv\("[A-Z_]+"\)' init/*.c selftest/*.c | grep -oE '[A-Z_]{2,}')"
}

@test "--export and --explain are denyinit-export's: beside denyinit it is found by any path, and missing it is told" {
	local tmp=$BATS_TEST_TMPDIR here=$PWD
	mkdir "$tmp/bin" "$tmp/alone"
	cp "$denyinit" "${denyinit%/*}/denyinit-export" "$tmp/bin"
	cp "$denyinit" "$tmp/alone"
	"$tmp/bin/denyinit" --export=bpf -c conf/mount.ini >"$tmp/absolute"
	(cd "$tmp" && bin/denyinit --export=bpf -c "$here/conf/mount.ini") >"$tmp/relative"
	(cd "$tmp/bin" && ./denyinit --export=bpf -c "$here/conf/mount.ini") >"$tmp/here"
	PATH=$tmp/bin:$PATH denyinit --export=bpf -c conf/mount.ini >"$tmp/path"
	"$tmp/bin/denyinit-export" --export=bpf -c conf/mount.ini >"$tmp/itself"
	[ -s "$tmp/absolute" ]
	for how in relative here path itself; do
		cmp "$tmp/absolute" "$tmp/$how"
	done
	run --separate-stderr "$tmp/alone/denyinit" --export=oci -c conf/mount.ini
	[ "$status" = 125 ]
	[ -z "$output" ]
	[[ $stderr == "denyinit: cannot start $tmp/alone/denyinit-export: "*"in denyinit's folder"*"Nothing exported (125)." ]]
	run --separate-stderr "$tmp/alone/denyinit" --explain mount -c conf/mount.ini
	[ "$status" = 125 ]
	[ -z "$output" ]
	[[ $stderr == "denyinit: cannot start $tmp/alone/denyinit-export: "*"in denyinit's folder"*"Nothing explained (125)." ]]
	[ -n "$("$tmp/bin/denyinit" --explain mount -c conf/mount.ini)" ]
	# It does nothing else.
	run --separate-stderr "$tmp/bin/denyinit-export" -c conf/mount.ini -- true
	[ "$status" = 125 ]
	[[ $stderr == *"use denyinit. Nothing done (125)." ]]
}
