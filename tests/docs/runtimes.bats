#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# docs/runtimes.md: its tables are whole. tests/container/runtimes.bats holds them against runs.
# shellcheck disable=SC2030,SC2031 # each test has a shell
load common

page=docs/runtimes.md
rows() { sed -n "/^<!-- begin $1 -->$/,/^<!-- end $1 -->$/s/^| \([A-Za-z].*\) |$/\1/p" "$page" | sed 1d; }

@test "both tables have each runtime that the script starts, and no other" {
	local names
	names=$(sed -n "/^names='/,/'$/p" tests/container/runtimes/rows | sed "s/^names='//; s/'$//" | cut -d' ' -f2-)
	same scripts 14 "$(sed -n 's/^all=(\(.*\))$/\1/p' tests/container/runtimes/see | tr ' ' '\n')" \
		"$(sed -n "/^names='/,/'$/p" tests/container/runtimes/rows | sed "s/^names='//" | cut -d' ' -f1)"
	same seen 14 "$names" "$(rows seen | sed 's/ | .*//')"
	same versions 14 "$names" "$(rows versions | sed 's/ | .*//')"
}

@test "each row has its control, and no mount; whatever did not pass was not started, and is explained" {
	local count=0 row
	while IFS= read -r row; do
		count=$((count + 1))
		case $row in
		*'| PASS, evaluated, probed, kernel | '*' | 42, 125 | '*' | both | neither, PASS') ;;
		*'| FAIL '*' | 125, 125 | '*' | both | not started, FAIL') grep -qF "**${row%%,*}" "$page" ;;
		*) echo "$row" && return 1 ;;
		esac
	done < <(rows seen)
	[ "$count" = 14 ]
}

@test "what the issue asks for is either seen or said not to be" {
	local name
	for name in Docker Podman runc crun containerd systemd-nspawn LXC bwrap gVisor 'Docker Desktop' CRI-O Kata Fargate 'Cloud Run'; do
		grep -q "^| .*$name" "$page"
	done
}
