#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# denyinit.ini(5), "When something breaks": a program works without denyinit, breaks under the group's policy as the page
# says, and works under the page's own policy for it, under which nobody mounts all the same.
# shellcheck disable=SC2154 # status, out, err and refusal are set by common.bash
# shellcheck disable=SC2016,SC2030,SC2031 # what is in single quotes is for another shell; each test has a shell
bats_require_minimum_version 1.5.0
load common

setup_file() {
	live_begin
	policy strict '[deny]' '@strict = deny' '[selftest]' 'report = off'
	policy default '[deny]' '@default = deny' '[selftest]' 'report = off'
	policy told '[deny]' '@default = deny' '[selftest]' 'report = off' '[init]' 'report-denials = yes'
	# A program with file capabilities that says which ones it has got, and a sudo that asks for no password.
	install -m 0755 "$(command -v grep)" "$LIVE/bin/capable"
	setcap cap_net_raw+ep "$LIVE/bin/capable"
	mkdir "$LIVE/sudoers"
	echo 'ALL ALL=(ALL) NOPASSWD: ALL' >"$LIVE/sudoers/all"
	chmod 0440 "$LIVE/sudoers/all"
}
teardown_file() { live_end; }

# The page's policy for a program, as $LIVE/policy/fixed.ini.
page_policy() { # NAME
	rm -f "$LIVE/policy/fixed.ini"
	awk -v name=".\\\\\" for $1" '
		{ sub(/\\/, "\\") }
		$0 == name { wanted = 1 }
		wanted && /^\.Bd -literal/ { on = 1; next }
		on && /^\.Ed/ { exit }
		on { gsub(/\\&/, ""); print }' "$ROOT/man/denyinit.ini.5" >"$LIVE/policy/fixed.ini"
	chmod 0444 "$LIVE/policy/fixed.ini"
	[ -s "$LIVE/policy/fixed.ini" ]
}

# setpriv itself keeps its capabilities up to execve(2): what counts is started by another program yet.
nobody="setpriv --reuid $NOBODY --regid $NOBODY --clear-groups"

# Name in the page | policy that breaks it | what says that it works, on stdout | the command, of a shell
table() {
	cat <<-TABLE
		gdb | strict | exited normally | gdb -q -batch -ex run --args true
		strace | strict | ^execve\(.* = 0$ | strace -e trace=execve true 2>&1
		crash reporters | strict | ^\\\$1 = .*0x | sleep 100 & gdb -q -batch -p \$! -ex 'print \$pc' -ex kill
		sudo | default | ^0$ | mount --bind $LIVE/sudoers /etc/sudoers.d 2>/dev/null; $nobody sudo -n id -u
		file capabilities | default | ^CapEff:.*[1-9a-f] | $nobody sh -c 'capable CapEff: /proc/self/status; true'
		Chromium | strict | ^alone$ | $nobody unshare -Urpn --fork chroot / sh -c '[ \$\$ = 1 ] && echo alone'
		io_uring | default | ^set up$ | perl -e 'my \$b = "\0" x 120; print "set up\n" if syscall(425, 4, \$b) >= 0'
		s6-overlay | told | ^first$ | [ \$\$ = 1 ] && echo first
		rootless builds | strict | ^0$ | $nobody unshare -Ur id -u
	TABLE
}

@test "what the page says that breaks does, and works with the page's policy" {
	local name breaks works command count=0 prepared
	while IFS='|' read -r name breaks works command; do
		read -r name <<<"$name"
		read -r breaks <<<"$breaks"
		read -r works <<<"$works"
		read -r command <<<"$command"
		count=$((count + 1))
		# sudo's rules are a mount that denyinit would deny: made before.
		prepared="mount --bind '$LIVE/sudoers' /etc/sudoers.d; exec \"\$@\""
		observe sh -c "$prepared" sh sh -c "$command"
		expect "$name: control" has "$out" "$(multiline "$works")"
		observe sh -c "$prepared" sh denyinit -c "$LIVE/policy/$breaks.ini" -- sh -c "$command"
		expect "$name: breaks under $breaks" has_not "$out" "$(multiline "$works")"
		page_policy "$name"
		observe sh -c "$prepared" sh denyinit -c "$LIVE/policy/fixed.ini" -- sh -c "$command"
		expect "$name: works with the page's policy" has "$out" "$(multiline "$works")"
		expect "$name: PASS" has "$out" '^denyinit: PASS mount API blocked: 11 of 11 '
		observe denyinit -c "$LIVE/policy/fixed.ini" -- sh -c 'mount -t tmpfs x /mnt; newmount x /mnt; grep -c " /mnt " /proc/self/mountinfo'
		expect "$name: nobody mounts" is "${out##*$'\n'}" 0
	done < <(table)
	[ $count = "$(grep -c '^\.\\" for ' "$ROOT/man/denyinit.ini.5")" ]
	all_rows
}

# A pattern's ^ and $ for lines of a text.
multiline() {
	local pattern=$1
	[ "${pattern#^}" = "$pattern" ] || pattern="(^|"$'\n'")${pattern#^}"
	[ "${pattern%\$}" = "$pattern" ] || pattern="${pattern%\$}("$'\n'"|\$)"
	echo "$pattern"
}
