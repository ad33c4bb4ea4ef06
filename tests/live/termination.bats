#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Why nothing was started, in /dev/termination-log: Kubernetes shows what it finds there when a container has ended.
# shellcheck disable=SC2154 # status, out, err and refusal are set by common.bash
# shellcheck disable=SC2016 # what is in single quotes is for another shell
# shellcheck disable=SC2046 # words without blanks
bats_require_minimum_version 1.5.0
load common

setup_file() {
	live_begin
	policy slips '[deny]' 'muont = deny' '@mount = deny' 'fsopne = deny'
	policy many '[deny]' $(printf 'mount=deny\n%.0s' {1..60})
	policy warns '[deny]' '@mount = deny' $(printf '%s=deny\n' chmod chown unlink rename link symlink mkdir rmdir access \
		stat lstat select poll epoll_wait dup pipe accept signalfd eventfd utime getdents fork vfork)
	policy supervised '[deny]' "$(all_but fsopen) = deny" '[init]' 'mode = supervise'
	policy told '[deny]' '@mount = deny' '[init]' 'report-denials = yes'
	# What is opened for writing after the filter is there kills.
	policy kills '[deny]' "$(all_but fsopen) = deny" 'openat = kill-process if flags & O_WRONLY'
	policy kills-mount '[deny]' '@mount = deny' 'openat = kill-process if flags & O_WRONLY'
	printf '#!/no/such/interpreter\n' >"$LIVE/bin/uninterpreted"
	chmod 0755 "$LIVE/bin/uninterpreted"
	# The container's /dev: a tmpfs with some of the machine's devices, and the file, as $1 says. Then the command, and
	# what is in the file at the end.
	cat >"$LIVE/bin/in-container" <<-'END'
		#!/bin/bash
		kind=$1 dev=/mnt log=/dev/termination-log
		shift
		mount -t tmpfs tmpfs $dev || exit 99
		for device in null full; do
			touch $dev/$device
			mount --bind /dev/$device $dev/$device || exit 99
		done
		mount --rbind $dev /dev || exit 99
		echo elsewhere >/dev/elsewhere
		chmod 0666 /dev/elsewhere
		case $kind in
		file | closed-stdin) (umask 0; : >$log) ;;
		mounted) (umask 0; : >/dev/of-the-kubelet); : >$log; mount --bind /dev/of-the-kubelet $log ;;
		read-only) : >/dev/of-the-kubelet; : >$log; mount --bind -o ro /dev/of-the-kubelet $log ;;
		mode) : >$log; chmod 0444 $log ;;
		link) ln -s elsewhere $log ;;
		fifo) mkfifo -m 0666 $log ;;
		read-fifo) mkfifo -m 0666 $log; exec 9<>$log ;;
		device) touch $log; mount --bind /dev/full $log ;;
		folder) mkdir -m 0777 $log ;;
		none) ;;
		*) exit 99 ;;
		esac || exit 99
		if [ "$kind" = closed-stdin ]; then "$@" <&-; else "$@"; fi
		status=$?
		echo "<$(cat /dev/elsewhere)>"
		[ "$kind" != none ] || [ ! -e $log ] || echo CREATED
		if [ "$kind" = read-fifo ]; then echo end >&9; read -r line <&9; echo "read: $line"; fi
		[ ! -f $log ] || [ -h $log ] || sed 's/^/left: /' $log
		exit $status
	END
	chmod 0755 "$LIVE/bin/in-container"
}
teardown_file() { live_end; }

# contained KIND COMMAND...: what was left in the file in $left.
contained() {
	observe in-container "$@"
	left=$(sed -n 's/^left: //p' <<<"$out")
}

@test "whatever keeps it from starting is left there, with all that stderr has, as root and as nobody" {
	local what words privilege state
	while IFS='|' read -r what words; do
		for privilege in root nobody; do
			read -ra state <<<"$(privilege "$privilege") --"
			read -ra words <<<"$words"
			contained mounted outer "${state[@]}" denyinit "${words[@]//POLICY/$LIVE/policy}"
			expect "$what, $privilege: status" has "$status" '^12[567]$'
			expect "$what, $privilege: not started" has_not "$out" $'(^|\n)ENTRYPOINT'
			expect "$what, $privilege: told" has "$err" "^denyinit: .*\(12[567]\)"
			expect "$what, $privilege: left" is "$left" "$err"
		done
	done <<-'TABLE'
		an option              |--no-such-option -- echo ENTRYPOINT
		no command             |-c POLICY/mount.ini
		no policy              |-c POLICY/none.ini -- echo ENTRYPOINT
		two findings           |-c POLICY/slips.ini -- echo ENTRYPOINT
		no such command        |-c POLICY/mount.ini -- no-such-command
		not a program          |-c POLICY/mount.ini -- /etc/passwd
		execve fails           |-c POLICY/mount.ini -- uninterpreted
		the proof              |-c POLICY/without-fsopen.ini -- echo ENTRYPOINT
		the proof, supervised  |-c POLICY/supervised.ini -- echo ENTRYPOINT
		a policy that kills    |-c POLICY/kills.ini -- echo ENTRYPOINT
	TABLE
	expect "each finding of a policy that has two" is \
		"$(contained file denyinit -c "$LIVE/policy/slips.ini" -- true; lines "$left" 'slips.ini:[24]: ')" 2
	# More than there is room for: the first ones, and the last one.
	local name
	for name in many warns; do
		contained file denyinit -c "$LIVE/policy/$name.ini" -- no-such-command
		expect "$name: told" [ "${#err}" -gt 2100 ]
		expect "$name: at most 4096 bytes" [ "${#left}" -lt 4096 ]
		expect "$name: the first line" is "${left%%$'\n'*}" "${err%%$'\n'*}"
		expect "$name: the last line" is "${left##*$'\n'}" "${err##*$'\n'}"
	done
	expect "many: not all" [ "${#left}" -lt "${#err}" ]
	# The control of the table's last row: that policy does kill who opens it later.
	contained file denyinit -c "$LIVE/policy/kills-mount.ini" -- sh -c 'echo ENTRYPOINT; : >>/dev/termination-log'
	expect "control: starts" has "$out" ENTRYPOINT
	expect "control: killed" is "$status" 159
	all_rows
}

@test "nothing is left by what starts, not even a descriptor, however it ends" {
	local policy show='ls -l /proc/[0-9]*/fd 2>/dev/null | grep -c termination-log; ls /proc/1/fd | wc -w >&2; exit 7'
	contained file sh -c 'exec 5>>/dev/termination-log; '"$show"
	expect "control: a descriptor is seen" has "$out" '^[1-9]'
	contained file sh -c 'echo word >>/dev/termination-log'
	expect "control: what is written is seen" is "$left" word
	for policy in mount told; do
		contained file denyinit -c "$LIVE/policy/$policy.ini" --report=off -- sh -c "$show"
		expect "$policy: status" is "$status" 7
		expect "$policy: no descriptor" has "$out" '^0'
		expect "$policy: nothing left" is "$left" ""
	done
	contained file denyinit -c "$LIVE/policy/without-fsopen.ini" --on-failure=warn -- true
	expect "on-failure = warn: starts" is "$status" 0
	expect "on-failure = warn: nothing left" is "$left" ""
	contained file denyinit --check -c "$LIVE/policy/slips.ini"
	expect "--check: nothing left" is "$status:$left" 1:
	all_rows
}

@test "it is written only if it is a file and writable: never created, never followed, never waited for" {
	local kind when
	for when in slips without-fsopen; do
		for kind in none link fifo read-fifo device folder read-only mode closed-stdin; do
			contained "$kind" outer --caps none --uid $NOBODY denyinit -c "$LIVE/policy/$when.ini" -- echo ENTRYPOINT
			expect "$when, $kind: status" is "$status" 125
			expect "$when, $kind: told as ever" has "$err" "$refusal"
			expect "$when, $kind: nothing of it is told" has_not "$err" 'termination-log'
			expect "$when, $kind: not followed" has "$out" '<elsewhere>'
			expect "$when, $kind: not created" has_not "$out" CREATED
			[ "$kind" != read-fifo ] || expect "$when, $kind: nothing in it" has "$out" 'read: end'
			expect "$when, $kind: nothing left" is "$left" ""
		done
	done
	all_rows
}
