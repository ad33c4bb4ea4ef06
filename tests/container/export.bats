#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2030,SC2031,SC2153 # bats runs each test in a shell of its own
# What --export=oci writes, under a real container runtime, is what denyinit does: the map of every call's answer, and
# calls about the edges of conditions. By itself; and over Docker's own profile, against both stacked.
#
# What cannot be the same, and is looked at:
#
#   numbers without a name   a profile has names only. An allow list denies them; of the kernel they get ENOSYS anyway.
#   newer calls              the runtime passes over names that its libseccomp does not know: the allow list denies those
#                            calls, with ENOSYS, what the policy lets through and what it denies.
load common

setup_file() {
	dir=$BATS_FILE_TMPDIR
	export dir
	# Docker's own profile, of the version that runs here, is in the source of it.
	cd "$dir" || return
	# shellcheck disable=SC2012
	apt-get download golang-github-docker-docker-dev >apt.log 2>&1 || { cat apt.log && return 1; }
	dpkg-deb --fsys-tarfile ./*.deb | tar -xO --wildcards '*/profiles/seccomp/default.json' >docker.json
	[ "$(jq '.syscalls | length' docker.json)" -gt 10 ]
	version=$(dpkg-query -W -f '${Version}' docker.io)
	echo "docker.io $version, profile of $(ls ./*.deb)"
	[[ $(ls ./*.deb) == *"${version%%+*}"* ]]
	printf '%s\n' '[deny]' '@mount = deny' \
		'socket = EAFNOSUPPORT if arg0 not in 1 2 10 16' \
		'lseek = 77 if arg1:64 > 0x100000000' 'lseek = 80 if arg1:64 & 0x80000001 and arg2 & 0x11' \
		'getpriority = kill-process if arg0 >= 3' 'getpriority = 78 if arg0 & 2' \
		'personality = EACCES if arg0 != 0xffffffff and arg0 != 8' \
		'ioctl = 79 if arg1 in 0x5412 0x541c' \
		'clone = EPERM if flags & CLONE_NEWUSER' 'clone3 = ENOSYS' >conditions.ini
	printf '%s\n' '[policy]' 'newer-syscalls = allow' "$(<conditions.ini)" >conditions-deny-list.ini
	cp "$BATS_TEST_DIRNAME/../../conf/"{default,strict}.ini .
	chmod 0444 ./*.ini
	calls >calls
	[ "$(wc -l <calls)" -gt 300 ]
}

# Edges of the conditions, with junk above 32 bits; none of these calls could do anything: descriptors are -1, and what
# getpriority, personality(0xffffffff), and a socket of a wrong domain do ends with the process that asked.
calls() {
	local junk value
	for junk in 0 1 0x80000000 0xffffffff; do
		for value in 0 1 2 3 4 5 9 10 11 15 16 17 18 40 0x10000 0x7fffffff 0x80000000 0xffffffff; do
			wide=$(printf '0x%x%08x' "$junk" "$value")
			echo "41 $wide 0 0"
			echo "140 $wide 0"
			echo "8 -1 $wide 1"
			echo "8 -1 0 $wide"
		done
		for value in 0 7 8 9 0xfffffffe 0xffffffff; do
			echo "135 $(printf '0x%x%08x' "$junk" "$value")"
		done
		for value in 0x5411 0x5412 0x5413 0x541b 0x541c 0x541d 0; do
			echo "16 -1 $(printf '0x%x%08x' "$junk" "$value") 0"
		done
	done
	for value in 0xffffffff 0x100000000 0x100000001 0x1ffffffff 0x200000000 0x8000000000000000 0xffffffffffffffff; do
		for junk in 0x1 0x100000001 0x2 0x0; do
			echo "8 -1 $value $junk"
		done
	done
}

# under OPTIONS... -- COMMAND...: in a container, with denyinit's programs and this file's policies; $output
under() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	run --separate-stderr guest --interactive --volume "$dir:/policies:ro" --volume "${ROUTES%/*}/ask:/ask:ro" \
		"${options[@]}" --entrypoint "$1" nginx-deny:test "${@:2}"
}

# export_profile POLICY [BASE]: $profile
export_profile() {
	profile=$BATS_TEST_TMPDIR/profile.json
	run --separate-stderr "$BATS_TEST_DIRNAME/../../build/denyinit" --export=oci -c "$dir/$1.ini" ${2:+--base "$2"}
	[ "$status" = 0 ] || fail "no profile of $1"
	printf '%s\n' "$output" >"$profile"
}

teardown() { remove_guests; }

# The lines `ABI NUMBER NAME ANSWER ERRNO` of a map on stdin.
lines_of_map='.abis[] | .abi as $abi | .calls[] |
	"\($abi) \(.nr) \(.name // "-") \(.answer) \(.errno // "-") \(.some_arguments // false)"'

# under_denyinit POLICY OPTIONS...: its map becomes the one to compare with.
under_denyinit() {
	under "${@:2}" -- denyinit -c "/policies/$1.ini" --report=off -- denyinit-selftest --all --json
	expect_status 0
	jq -r "$lines_of_map" <<<"$output" >"$BATS_TEST_TMPDIR/denyinit"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/denyinit")" -gt 1500 ]
}

# compare_maps WHAT: the map in $output, of the profile, with that.
compare_maps() {
	local abi nr name answer errno partly abi2 nr2 name2 answer2 errno2 partly2
	local unexplained=0 newer=0 unnamed=0 same=0
	expect_status 0
	jq -r "$lines_of_map" <<<"$output" >"$BATS_TEST_TMPDIR/profile"
	while read -r abi nr name answer errno partly && read -r -u 4 abi2 nr2 name2 answer2 errno2 partly2; do
		[ "$abi $nr $name" = "$abi2 $nr2 $name2" ]
		if [ "$answer $errno $partly" = "$answer2 $errno2 $partly2" ]; then
			same=$((same + 1))
		elif [ "$abi $name $answer" = "x86_64 - errno" ] && [[ $errno =~ ^$rest$ ]] && [ "$nr" -lt 424 ]; then
			unnamed=$((unnamed + 1))
		elif [ "$abi $answer $errno" = "x86_64 errno 38" ] && ! scmp_sys_resolver "$name" | grep -q '^[0-9]'; then
			newer=$((newer + 1))
		else
			echo "$abi $nr $name: $answer $errno $partly under the profile, $answer2 $errno2 $partly2 under denyinit"
			unexplained=$((unexplained + 1))
		fi
	done <"$BATS_TEST_TMPDIR/profile" 4<"$BATS_TEST_TMPDIR/denyinit"
	echo "# figure: export map of $1: $same same, $unnamed without a name, $newer newer than the runtime" >&3
	[ "$unexplained" = 0 ]
	[ "$same" -gt 1500 ]
	# Each explanation is about what it says.
	[ "$unnamed" -le 90 ] && [ "$newer" -le 25 ]
}

# What an allow list answers where it names nothing: older versions of Docker do not know `defaultErrnoRet`.
rest='(1|38)'

# same_map POLICY BASE OPTIONS...: BASE: a file, or ''. The options of the runtime are for both.
same_map() {
	local policy=$1 base=$2 unconfined=(--security-opt seccomp=unconfined)
	[ -z "$base" ] || unconfined=() # Docker's own profile is what a container gets without any
	shift 2
	export_profile "$policy" "$base"
	under_denyinit "$policy" "$@" "${unconfined[@]}"
	under "$@" --security-opt "seccomp=$profile" -- denyinit-selftest --all --json
	compare_maps "$policy${base:+ over Docker}"
}

@test "the map under the profile of conf/default.ini" { same_map default ''; }
@test "the map under the profile of conf/strict.ini" { same_map strict ''; }
@test "the map over Docker's own, conf/default.ini" { same_map default "$dir/docker.json"; }
@test "the map over Docker's own, with capabilities that open much of it" {
	same_map default "$dir/docker.json" --cap-add SYS_ADMIN --cap-add SYS_PTRACE --cap-add SYS_MODULE --cap-add SYSLOG
}
@test "the map over Docker's own, without capabilities, conf/strict.ini" {
	same_map strict "$dir/docker.json" --cap-drop ALL
}

@test "the map under runc itself, which takes the profile as it is: the rest gets ENOSYS" {
	export_profile default
	under_denyinit default --security-opt seccomp=unconfined
	bundle=$BATS_TEST_TMPDIR/bundle
	mkdir -p "$bundle/root/proc" "$bundle/root/dev"
	cp "$BATS_TEST_DIRNAME/../../build/denyinit-selftest" "$bundle/root/denyinit-selftest"
	(cd "$bundle" && runc spec)
	jq --slurpfile profile "$profile" '.linux.seccomp = $profile[0] | .root.path = "root" | .process.terminal = false |
		.process.args = ["/denyinit-selftest", "--all", "--json"]' "$bundle/config.json" >"$bundle/config"
	mv "$bundle/config" "$bundle/config.json"
	rest=38
	run --separate-stderr timeout 60 runc --root "$BATS_TEST_TMPDIR/runc" run --bundle "$bundle" "export-$$"
	compare_maps 'default under runc'
}

# same_answers POLICY BASE DENIED: at least so many of the calls are denied by the policy
same_answers() {
	local policy=$1 base=$2 wanted=$3 unconfined=(--security-opt seccomp=unconfined)
	[ -z "$base" ] || unconfined=()
	export_profile "$policy" "$base"
	under --security-opt "seccomp=$profile" -- /ask <"$dir/calls"
	expect_status 0
	local profiled=$output
	under "${unconfined[@]}" -- denyinit -c "/policies/$policy.ini" --report=off -- /ask <"$dir/calls"
	expect_status 0
	local denied=$output
	# The control: without either the calls are answered by the kernel, or by Docker's own profile.
	under "${unconfined[@]}" -- /ask <"$dir/calls"
	expect_status 0
	count=$(diff <(printf '%s\n' "$output") <(printf '%s\n' "$denied") | grep -c '^>')
	echo "# figure: export calls of $policy${base:+ over Docker}: $(wc -l <"$dir/calls") calls, $count denied by the policy" >&3
	[ "$count" -ge "$wanted" ]
	# Docker's own compares all 64 bits of personality's argument, of which the kernel takes 32, and denies what has junk
	# above them; where the policy denies it too, its errno stays the base's (denyinit(8), --base).
	[ -z "$base" ] || junk='/^135 0x[0-9a-f]{9,} /s/ errno (1|13)$/ errno 1 or 13/'
	diff <(sed -E "${junk-}" <<<"$profiled") <(sed -E "${junk-}" <<<"$denied")
}

@test "calls about the edges of conditions: an allow list" { same_answers conditions '' 180; }
@test "calls about the edges of conditions: a deny list" { same_answers conditions-deny-list '' 180; }
@test "calls about the edges of conditions: over Docker's own" { same_answers conditions "$dir/docker.json" 150; }

@test "docker exec is under the profile, as PID 1 is; it is not under PID 1's denyinit" {
	export_profile default
	# Both, of one policy: denyinit proves its own filter below the profile as ever.
	id=$(guest_in_background --cap-add SYS_ADMIN --security-opt "seccomp=$profile" nginx-deny:test busybox sleep 600)
	await_log "$id" '^denyinit: PASS .*11 of 11 calls denied by this policy.* outer-filters=1 '
	run docker exec "$id" busybox mount -t tmpfs tmpfs /mnt
	[ "$status" != 0 ]
	[[ $output =~ denied|'not permitted' ]]
	run docker exec "$id" busybox grep -c ' /mnt tmpfs ' /proc/mounts
	[ "$output" = 0 ]
	# The control: denyinit as PID 1, and no profile.
	id=$(guest_in_background "${OPEN[@]}" nginx-deny:test busybox sleep 600)
	await_log "$id" '^denyinit: PASS '
	docker exec "$id" busybox mount -t tmpfs tmpfs /mnt
	docker exec "$id" busybox grep -q ' /mnt tmpfs ' /proc/mounts
}
