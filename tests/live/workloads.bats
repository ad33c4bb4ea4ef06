#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The policies of conf/ for real workloads: each server, of the machine's packages, is started twice at the same time,
# bare and as PID 1 under denyinit and its policy. Both get the same load and the same housekeeping (workloads/drive);
# what works bare works denied, without one error more. And nobody mounts: neither an application that was broken into,
# nor root with every capability.
# shellcheck disable=SC2154 # status, out, err and refusal are set by common.bash
# shellcheck disable=SC2016,SC2030,SC2031 # what is in single quotes is for another shell; each test has a shell
bats_require_minimum_version 1.5.0
load common

drive=$BATS_TEST_DIRNAME/workloads/drive

setup_file() {
	live_begin
	mkdir "$LIVE/done"
	# Where ordinary users may come to.
	chmod 0711 "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR"
}
teardown_file() { live_end; }

# Both runs of a workload: $bare and $denied are what they said.
beside() { # WORKLOAD
	local how folder pids=()
	for how in bare denied; do
		folder=$LIVE/$1-$how
		mkdir "$folder"
		"$drive" "$1" $how "$folder" >"$folder/said" 2>"$folder/complaints" </dev/null 3>&- &
		pids+=($!)
	done
	wait "${pids[0]}" || failed_rows=1
	wait "${pids[1]}" || failed_rows=1
	cat "$LIVE/$1"-*/complaints >&2
	bare=$(cat "$LIVE/$1-bare/said")
	denied=$(cat "$LIVE/$1-denied/said")
	out=$denied err=$(cat "$LIVE/$1-denied/complaints")
	rm -rf "$LIVE/$1-bare" "$LIVE/$1-denied"
}

number() { sed -n "s/^$2 //p" <<<"$1"; } # TEXT KEY
steps() { grep '^step ' <<<"$1"; }

# What every workload has to stand. STEPS: at least so many.
workload() { # WORKLOAD STEPS
	local bare denied
	beside "$1"
	expect "$1, bare: no complaint" is "$failed_rows" 0
	expect "$1: steps" [ "$(steps "$bare" | wc -l)" -ge "$2" ]
	expect "$1: what works bare works denied" is "$(steps "$denied")" "$(steps "$bare")"
	expect "$1, bare: errors" is "$(number "$bare" errors)" 0
	expect "$1, denied: errors" is "$(number "$denied" errors)" 0
	expect "$1, denied: requests" [ "$(number "$denied" requests)" -gt 0 ]
	if [ -n "$(number "$bare" attack)" ]; then
		expect "$1: broken into, bare: two mounts" has "$(number "$bare" attack)" '(done 2|2 done)'
		expect "$1: broken into, denied: none" has "$(number "$denied" attack)" 'unshare failed: Operation not permitted'
		expect "$1: broken into, denied: none" has_not "$(number "$denied" attack)" 'done'
	fi
	root_mounts_nothing "$1"
	number "$denied" requests >"$LIVE/done/$1"
	all_rows
}

# Each API once, and what is there then.
mounts='mount -t tmpfs old /mnt; newmount new /mnt; grep -cE " /mnt .* - tmpfs (old|new) " /proc/self/mountinfo'

root_mounts_nothing() { # WORKLOAD
	observe sh -c "$mounts"
	expect "control: root mounts by both APIs" is "$out" 2
	observe denyinit -c "$LIVE/policy/$1.ini" -- sh -c "$mounts"
	expect "$1.ini, root: PASS" has "$out" '^denyinit: PASS mount API blocked: 11 of 11 '
	expect "$1.ini, root: nothing is mounted" is "${out##*$'\n'}" 0
	expect "$1.ini, root: mount(2)" has "$err" 'mount: .*(permission denied|[Oo]peration not permitted)'
	expect "$1.ini, root: the new API" has "$err" 'newmount: /mnt: fsopen: Operation not permitted'
}

@test "nginx: pages, uploads, a cache; reload, log rotation, a killed worker, another binary" { workload nginx 7; }

@test "haproxy: pages, checks; reload, a server taken out, a killed worker" { workload haproxy 6; }

@test "redis: redis-benchmark; bgsave, bgrewriteaof, replication, restart" { workload redis 12; }

@test "postgres: initdb, pgbench; vacuum, checkpoint, archiving, backup, a killed backend, restart" { workload postgres 14; }

@test "node: a cluster, threads, child processes; reload, a killed worker" { workload node 12; }

@test "gunicorn: a Python application; reload, more workers, a killed one, upgrade" { workload gunicorn 14; }

@test "php-fpm: sessions, OPcache, child processes; reload, a killed worker" { workload php-fpm 10; }

@test "ci-runner: gcc, make, git, tar, and root of a user namespace" { workload ci-runner 4; }

# As nobody, in a user and a mount namespace of its own, made before denyinit: all of this is in the user's power there.
runner() { # COMMAND
	observe_here setpriv --reuid $NOBODY --regid $NOBODY --clear-groups unshare -Urm sh -c \
		'mount -t tmpfs tmpfs /mnt && mkdir /mnt/old && exec "$@"' sh "${under[@]}" sh -c "$1"
}

@test "ci-runner: in a user namespace nothing is mounted, and no other namespace is to be had; user namespaces are" {
	local bare denied command under
	local policy=$LIVE/policy/ci-runner.ini
	while IFS='|' read -r bare denied command; do
		under=()
		runner "$command"
		expect "bare: $command" is "$status" $bare
		under=(denyinit --report=off -c "$policy" --)
		runner "$command"
		expect "denied: $command" [ $((status != 0)) = $denied ]
		[ $denied = 0 ] || expect "denied: $command" has "$err" '([Oo]peration not permitted|[Pp]ermission denied|must be superuser)'
	done <<-'TABLE'
		0|0|true
		0|0|unshare -Ur true
		0|0|unshare -Ur unshare -Ur id
		0|0|perl -e 'exit(syscall(56, 0x10000011, 0, 0, 0, 0) < 0 ? 1 : 0)'
		0|1|mount -t tmpfs tmpfs /mnt/old
		0|1|newmount tmpfs /mnt/old
		0|1|mount --bind /mnt /mnt/old
		0|1|mount -o remount,bind,ro /mnt
		0|1|umount /mnt
		0|1|pivot_root /mnt /mnt/old
		0|1|chroot / true
		0|1|unshare -Urm true
		0|1|unshare -Urn true
		0|1|unshare -Urpf true
		0|1|unshare -Uri true
		0|1|unshare -Uru true
		0|1|unshare -UrC true
		0|1|unshare -UrT true
		0|1|perl -e '$! = 0; my $pid = syscall(56, 0x10020011, 0, 0, 0, 0); $pid >= 0 or die "$!\n"'
		0|1|perl -e '$! = 0; syscall(272, 0x10100000) == 0 or syscall(272, 0x10020000) == 0 or die "$!\n"'
	TABLE
	all_rows
}

@test "every policy of conf/ for a workload was put under load" {
	local file name requests=0 count=0
	for file in "$ROOT"/conf/*.ini; do
		name=$(basename "$file" .ini)
		case $name in
		default | mount | strict | naive | minimal | guide) continue ;;
		esac
		[ -s "$LIVE/done/$name" ] || { echo "conf/$name.ini: no test has run it" && return 1; }
		requests=$((requests + $(cat "$LIVE/done/$name")))
		count=$((count + 1))
	done
	[ $count -ge 8 ]
	echo "# figure: workloads: $count started, $requests requests, 0 errors more than without" >&3
}
