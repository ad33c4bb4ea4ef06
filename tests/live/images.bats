#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What docs/images.md says of programs that images begin with: gosu, setpriv and setuid programs, s6, tini.
# shellcheck disable=SC2154 # status, out, err and refusal are set by common.bash
# shellcheck disable=SC2016 # what is in single quotes is for another shell
bats_require_minimum_version 1.5.0
load common

setup_file() {
	live_begin
	policy gosu '[deny]' '@strict = deny' '@privileged @setuid = deny' 'chown fchownat setuid setgid setgroups = allow' \
		'[selftest]' 'report = off'
	policy quiet '[deny]' '@default = deny' '[selftest]' 'report = off'
	policy no-setuid '[deny]' '@default @setuid = deny' '[selftest]' 'report = off'
	# An entrypoint script as official images have it.
	printf '%s\n' '#!/bin/sh' 'set -e' 'if [ "$(id -u)" = 0 ]; then chown nobody "$1"; shift; exec gosu nobody "$0" "$@"; fi' \
		'exec "$@"' >"$LIVE/bin/docker-entrypoint.sh"
	install -m 4755 "$(command -v id)" "$LIVE/bin/setuid-id"
	printf '%s\n' '#!/bin/sh' '[ $$ = 1 ] || exit 100' 'exec s6-svscan "$1"' >"$LIVE/bin/s6-init"
	mkdir -p "$LIVE/services/one"
	printf '%s\n' '#!/bin/sh' 'grep Seccomp_filters /proc/self/status' "s6-svscanctl -t $LIVE/services" >"$LIVE/services/one/run"
	chmod 0755 "$LIVE/bin"/{docker-entrypoint.sh,s6-init} "$LIVE/services/one/run"
	mkdir "$LIVE/data"
}
teardown_file() { live_end; }

under() { # POLICY COMMAND...
	observe denyinit -c "$LIVE/policy/$1.ini" -- "${@:2}"
}

@test "an entrypoint script that becomes another user by gosu: with @default, and with the lines for it" {
	local script=("$LIVE/bin/docker-entrypoint.sh" "$LIVE/data" id -un) policy
	observe "${script[@]}"
	expect control is "$status:$out" 0:nobody
	for policy in quiet gosu; do
		chown root "$LIVE/data"
		under "$policy" "${script[@]}"
		expect "$policy" is "$status:$out" 0:nobody
		expect "$policy: chown" is "$(stat -c %U "$LIVE/data")" nobody
	done
	under no-setuid "${script[@]}"
	expect "a policy that denies it" is "$status:$out" 1:
	expect "a policy that denies it: says so" has "$err" 'operation not permitted'
	all_rows
}

@test "setpriv works as root, a setuid program gives nothing" {
	local switch=(setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups)
	observe "${switch[@]}" id -u
	expect "control: setpriv" is "$out" $NOBODY
	under quiet "${switch[@]}" id -u
	expect setpriv is "$out" $NOBODY
	observe "${switch[@]}" setuid-id -u
	expect "control: a setuid program" is "$out" 0
	under quiet "${switch[@]}" setuid-id -u
	expect "a setuid program" is "$out" $NOBODY
	all_rows
}

@test "s6 is PID 1, and its services have the filter; not if denyinit stays" {
	observe s6-init "$LIVE/services"
	expect control is "$status" 0
	expect "control: its service runs" has "$out" 'Seccomp_filters:[[:space:]]*0$'
	under quiet s6-init "$LIVE/services"
	expect s6 is "$status" 0
	expect "s6: its service has the filter" has "$out" 'Seccomp_filters:[[:space:]]*2$'
	observe denyinit --supervise -c "$LIVE/policy/quiet.ini" -- s6-init "$LIVE/services"
	expect "supervised: s6 is not PID 1" is "$status" 100
	all_rows
}

@test "tini behind denyinit has the filter, before it it has none; the program has it either way" {
	local show='cat /proc/1/comm; cat /proc/1/status /proc/self/status | sed -n "s/^Seccomp_filters:\t//p"'
	observe tini -- sh -c "$show"
	expect control is "$out" $'tini\n0\n0'
	under quiet tini -- sh -c "$show"
	expect "behind" is "$out" $'tini\n2\n2'
	observe tini -- denyinit -c "$LIVE/policy/quiet.ini" -- sh -c "$show"
	expect "before" is "$out" $'tini\n0\n2'
	all_rows
}
