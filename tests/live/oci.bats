#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A profile under runc, and the policy that oci2denyinit makes of it under denyinit, in the same container: the map of all
# calls of all ABIs is the same, and so are the answers to calls with arguments. runc and its libseccomp are the truth; what
# is to differ, and why, stands here.
#
# runc runs a bundle of static programs: no engine, no image. What an engine does with a profile before runc sees it
# (archMap, includes and excludes) is done by runtime_form below, written once more.
# shellcheck disable=SC2154 # status, out, err are set by common.bash
bats_require_minimum_version 1.5.0
load common

setup_file() {
	live_begin
	PROFILES=$ROOT/build/cache/profiles
	"$ROOT/tests/live/oci_fetch" "$PROFILES"
	export PROFILES
}
teardown_file() { live_end; }

setup() {
	bundle=$LIVE/bundle-$BATS_TEST_NUMBER
	mkdir -p "$bundle/rootfs"
	cp "$LIVE"/bin/{denyinit,denyinit-selftest,answers} "$bundle/rootfs"
}

# Docker's default capabilities, as far as a profile asks for them.
DOCKER_CAPS=CAP_CHOWN,CAP_DAC_OVERRIDE,CAP_FSETID,CAP_FOWNER,CAP_MKNOD,CAP_NET_RAW,CAP_SETGID,CAP_SETUID,CAP_SETFCAP,CAP_SETPCAP,CAP_NET_BIND_SERVICE,CAP_SYS_CHROOT,CAP_KILL,CAP_AUDIT_WRITE

# runtime_form FILE CAP,... : what runc is given. Values stay text here: they may have more bits than jq has.
runtime_form() {
	long_numbers <"$1" | jq --arg caps ",$2," '
		def mine: (.includes.arches // [] | length == 0 or index("amd64") != null)
			and (.excludes.arches // [] | index("amd64") == null)
			and ([.includes.caps // [] | .[] | . as $c | $caps | contains("," + $c + ",")] | all)
			and ([.excludes.caps // [] | .[] | . as $c | $caps | contains("," + $c + ",")] | any | not);
		{defaultAction, defaultErrnoRet,
			architectures: (.architectures // [.archMap // [] | .[] | select(.architecture == "SCMP_ARCH_X86_64") | .architecture, .subArchitectures[]]),
			syscalls: [.syscalls[] | select(mine) | {names, action, errnoRet, args} | del(.[] | nulls)]} | del(.[] | nulls)' |
		sed 's/"#\([0-9]*\)"/\1/g'
}
# Long numbers in quotes; runtime_form takes them out again.
long_numbers() { sed -E 's/([:[] *)([0-9]{15,})/\1"#\2"/g'; }

# in_runc PROFILE-OR-NOTHING COMMAND...: $status, $out, $err; stdin is the command's.
in_runc() {
	local profile=$1 arguments
	shift
	arguments=$(printf '%s\n' "$@" | jq -R . | jq -sc .)
	{
		printf '{"ociVersion": "1.0.2", "process": {"user": {"uid": 0, "gid": 0}, "cwd": "/", "env": ["PATH=/"], "args": %s' "$arguments"
		printf ', "capabilities": {"bounding": ["CAP_SYS_ADMIN"], "effective": ["CAP_SYS_ADMIN"], "permitted": ["CAP_SYS_ADMIN"]}}'
		printf ', "root": {"path": "rootfs", "readonly": true}, "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}]'
		printf ', "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"}, {"type": "network"}]'
		[ -z "$profile" ] || printf ', "seccomp": %s' "$(cat "$profile")"
		printf '}}\n'
	} >"$bundle/config.json"
	status=0
	timeout -k 5 60 runc --root "$LIVE/runc" run --bundle "$bundle" "test-$BATS_TEST_NUMBER-$$" \
		>"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
	out=$(cat "$BATS_TEST_TMPDIR/out")
	err=$(cat "$BATS_TEST_TMPDIR/err")
}

# convert FILE OPTIONS...: the policy is the bundle's /policy.ini; $converted is the exit status, 0 or 3.
convert() {
	rm -f "$bundle/rootfs/policy.ini"
	converted=0
	"$ROOT/conf/oci2denyinit" "${@:2}" "$1" >"$bundle/rootfs/policy.ini" 2>"$BATS_TEST_TMPDIR/told" || converted=$?
	chmod 0444 "$bundle/rootfs/policy.ini"
	[ "$converted" = 0 ] || [ "$converted" = 3 ] || {
		cat "$BATS_TEST_TMPDIR/told"
		return 1
	}
}

under_denyinit() { in_runc '' /denyinit -c /policy.ini --report=off -- "$@"; }

# "ABI NAME ANSWER ERRNO", a line for each call that has a name. For calls that are newer than a profile runc has ENOSYS: by
# x32 not, where the newest call that the profile names has a number above all others (512 to 547). So this errno is not
# compared there. And x32 has no uprobe and uretprobe, which no policy can name.
named_map() {
	jq -r '.abis[] | .abi as $abi | .calls[] | select(.name)
		| select($abi != "x32" or (.name | IN("uprobe", "uretprobe") | not))
		| if $abi == "x32" and .nr % 1024 >= 424 and .nr % 1024 < 512 and (.errno == 1 or .errno == 38) then .errno = "1 or 38" else . end
		| "\($abi) \(.name) \(.answer) \(.errno // "-")\(if .some_arguments then " partly" else "" end)"' <<<"$1"
}

# same_map FILE CAPS PATTERN-OF-WHAT-MAY-DIFFER AT-LEAST-DENIED OPTIONS...
same_map() {
	local file=$1 caps=$2 explained=$3 least=$4 before after
	shift 4
	runtime_form "$file" "$caps" >"$BATS_TEST_TMPDIR/runtime.json"
	in_runc "$BATS_TEST_TMPDIR/runtime.json" /denyinit-selftest --all --json
	before=$(named_map "$out")
	[ "$status" = 0 ] || expect "$file: the map under runc" is "$status" 0
	convert "$file" ${caps:+--caps "$caps"} "$@"
	under_denyinit /denyinit-selftest --all --json
	expect "$file: the map under denyinit" is "$status" 0
	after=$(named_map "$out")
	# The control: there are all calls, and this many of them are denied.
	[ "$(wc -l <<<"$before")" -ge 1100 ] || expect "$file: all calls" false
	[ "$(grep -vc ' open ' <<<"$before")" -ge "$least" ] || expect "$file: $least are denied" false
	out=$(diff <(grep -vE "$explained" <<<"$before") <(grep -vE "$explained" <<<"$after")) || expect "$file ($caps): the maps differ" false
	compared=$((${compared:-0} + $(wc -l <<<"$after")))
}

# personality(0xffffffffffffffff), by which the map asks: runc compares 64 bits, denyinit the 32 that the kernel takes, and
# 0xffffffff is allowed.
PERSONALITY='^(x86_64|x32) personality '

@test "Docker's default profile: without capabilities, with Docker's, with more" {
	local caps
	for caps in '' $DOCKER_CAPS CAP_SYS_ADMIN,CAP_SYS_PTRACE,CAP_BPF,CAP_SYS_NICE,CAP_SYSLOG; do
		same_map "$PROFILES/docker.json" "$caps" "$PERSONALITY" 200
		expect "nothing is lost" is "$converted" 0
	done
	echo "# figure: oci docker: $compared answers compared, $failed_rows maps differ" >&3
	all_rows
}

@test "Podman's default profile" {
	local caps
	for caps in '' $DOCKER_CAPS; do
		same_map "$PROFILES/podman.json" "$caps" "$PERSONALITY" 150
		expect "nothing is lost" is "$converted" 0
	done
	echo "# figure: oci podman: $compared answers compared, $failed_rows maps differ" >&3
	all_rows
}

@test "the guide's profiles, and one that kills" {
	local name
	for name in naive minimal guide kills; do
		# Without architectures runc kills what comes by another ABI; by the thread, which is this process.
		same_map "$ROOT/tests/container/profiles/$name.json" '' '^none' 700
		expect "$name: nothing is lost" is "$converted" 0
	done
	all_rows
}

# --- Calls with arguments ----------------------------------------------------------------------------------------------

# The number of a call.
nr() { awk -v call="$1" '$1 == call { print $2 }' "$ROOT/conf/oci2denyinit.calls"; }

# both PROFILE FILE-OF-CALLS: what runc answers in $runc, what denyinit answers in $ours, a line a call.
both() {
	in_runc "$1" /answers <"$2"
	[ "$status" = 0 ] || expect "under runc" is "$status" 0
	runc=$out
	convert "$1"
	under_denyinit /answers <"$2"
	[ "$status" = 0 ] || expect "under denyinit" is "$status" 0
	ours=$out
	expect "as many answers as calls" is "$(wc -l <<<"$runc") $(wc -l <<<"$ours")" "$(wc -l <"$2") $(wc -l <"$2")"
}

@test "Docker's and Podman's conditions: clone, personality, socket" {
	local file
	cat >"$BATS_TEST_TMPDIR/calls" <<-END
		$(nr clone) 0 0 0 0 0
		$(nr clone) 17 0 0 0 0
		$(nr clone) 0x10000000 0 0 0 0
		$(nr clone) 0x02000011 0 0 0 0
		$(nr clone) 0x00010f00 0 0 0 0
		$(nr personality) 0 0 0 0 0
		$(nr personality) 8 0 0 0 0
		$(nr personality) 9 0 0 0 0
		$(nr personality) 0x20008 0 0 0 0
		$(nr personality) 0xffffffff 0 0 0 0
		$(nr personality) 0x400000 0 0 0 0
		$(nr socket) 1 1 0 0 0
		$(nr socket) 16 3 9 0 0
		$(nr socket) 16 3 0 0 0
		$(nr socket) 2 3 9 0 0
		$(nr socket) 40 1 0 0 0
		$(nr ptrace) 0 0 0 0 0
	END
	for file in docker podman; do
		runtime_form "$PROFILES/$file.json" '' >"$BATS_TEST_TMPDIR/$file.json"
		[ $file = docker ] || sed -i 's/"defaultErrnoRet": 38/"defaultErrnoRet": 95/' "$BATS_TEST_TMPDIR/$file.json" # `answers` cannot tell ENOSYS
		both "$BATS_TEST_TMPDIR/$file.json" "$BATS_TEST_TMPDIR/calls"
		expect "$file" is "$ours" "$runc"
		[ "$(grep -c open <<<"$runc")" -ge 6 ] && [ "$(grep -vc open <<<"$runc")" -ge 3 ] || expect "$file: both kinds" is "$runc" ''
	done
	all_rows
}

# A newer default of Docker's: no AF_VSOCK. A caller that puts a bit above the 32 that the kernel takes passes by runc's
# filter, which compares 64, and gets the socket; not by denyinit's.
@test "what a profile lets through by its upper bits, the policy does not" {
	printf '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["%s"], "action": "SCMP_ACT_ALLOW"}, %s]}\n' \
		"$(awk '!/^#/ && $1 != "errno" && $1 != "socket" { print $1 }' "$ROOT/conf/oci2denyinit.calls" | paste -sd, | sed 's/,/", "/g')" \
		'{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}]}' >"$BATS_TEST_TMPDIR/vsock.json"
	printf "$(nr socket) %s 1 0 0 0\n" 40 1 0x100000028 0x100000001 >"$BATS_TEST_TMPDIR/calls"
	both "$BATS_TEST_TMPDIR/vsock.json" "$BATS_TEST_TMPDIR/calls"
	expect "runc" is "${runc//$'\n'/ }" '1 open open open'
	expect "denyinit" is "${ours//$'\n'/ }" '1 open 1 open'
	expect "nothing is lost" is "$converted" 0
	all_rows
}

# Random profiles with one rule a call, or several that test the same argument for single values: with other sets
# libseccomp is known to answer some calls wrongly. Values at boundaries; no junk above 32 bits where the kernel takes 32.
random_profile() { # SEED CALLS-OUT
	awk -v seed="$1" -v calls="$2" '
		function pick(list, n,   a) { n = split(list, a, " "); return a[int(rand() * n) + 1] }
		function value(width) {
			return width == 32 ? pick("0 1 2 3 8 9 255 256 2147483647 2147483648 4294967294 4294967295") : \
				pick("0 1 2 3 8 9 256 4294967295 4294967296 9223372036854775807 9223372036854775808 18446744073709551614 18446744073709551615")
		}
		function condition(i, width,   op, v) {
			op = pick("EQ NE LT LE GT GE MASKED_EQ"); v = value(width)
			if (op != "MASKED_EQ")
				return sprintf("{\"index\": %d, \"value\": %s, \"op\": \"SCMP_CMP_%s\"}", i, v, op)
			return sprintf("{\"index\": %d, \"value\": %s, \"valueTwo\": %s, \"op\": \"SCMP_CMP_MASKED_EQ\"}", i, v, pick("0 " v " 1"))
		}
		function action() { return pick("ALLOW ERRNO,\"errnoRet\":13 ERRNO,\"errnoRet\":22 KILL_PROCESS") }
		function rule(name, what, args) {
			split(what, w, ",")
			return sprintf(",\n{\"names\": [\"%s\"], \"action\": \"SCMP_ACT_%s\"%s, \"args\": [%s]}", name, w[1], (2 in w ? "," w[2] : ""), args)
		}
		BEGIN { srand(seed); split("ioctl socket mremap kcmp personality keyctl ptrace setsockopt mbind splice fallocate fchmod", wanted, " ")
			for (i in wanted) is[wanted[i]] = 1 }
		/^#/ || $1 == "errno" { next }
		!($1 in is) { others = others (others ? "\", \"" : "") $1; next }
		{
			n = 0
			for (i = 5; i <= NF; i++)
				if ($i !~ /\*$/) { n++; at[n] = i - 5; width[n] = ($i ~ /:64$/) ? 64 : 32 }
			if (rand() < 0.3) {
				j = int(rand() * n) + 1; what = action()
				for (k = 0; k < 3; k++)
					rules = rules rule($1, what, sprintf("{\"index\": %d, \"value\": %s, \"op\": \"SCMP_CMP_EQ\"}", at[j], value(width[j])))
			} else {
				args = ""
				for (j = 1; j <= n; j++)
					if (rand() < 0.6) args = args (args ? ", " : "") condition(at[j], width[j])
				rules = rules rule($1, action(), args)
			}
			for (k = 0; k < 60; k++) {
				for (j = 0; j < 5; j++) v[j] = 0
				for (j = 1; j <= n; j++) v[at[j]] = value(width[j])
				print $2, v[0], v[1], v[2], v[3], v[4] >calls
			}
		}
		END { printf "{\"defaultAction\": \"SCMP_ACT_%s\", \"syscalls\": [{\"names\": [\"%s\"], \"action\": \"SCMP_ACT_ALLOW\"}%s]}\n",
			pick("ALLOW ERRNO"), others, rules }' "$ROOT/conf/oci2denyinit.calls"
}

# The calls that a policy says it does not carry as they are.
lost() {
	sed -e ':a' -e '$!N;s/\n#   / /;ta' -e 'P;D' "$bundle/rootfs/policy.ini" | sed -n 's/^# NOT CARRIED: .*: //p' | tr ' ' '\n'
}

@test "random profiles: the same answers, and where the policy says that it loses something, it denies more" {
	local seed number theirs mine name total=0 other=0
	for seed in {1..12}; do
		random_profile "$seed" "$BATS_TEST_TMPDIR/calls" >"$BATS_TEST_TMPDIR/random.json"
		both "$BATS_TEST_TMPDIR/random.json" "$BATS_TEST_TMPDIR/calls"
		lost=" $(lost | while read -r name; do nr "$name"; done | tr '\n' ' ')"
		while read -r theirs mine number arguments; do
			total=$((total + 1))
			[ "$theirs" != "$mine" ] || continue
			case $lost in
			*" $number "*)
				other=$((other + 1))
				[ "$mine" = killed ] || { [ "$mine" != open ] && [ "$theirs" != killed ]; } && continue
				;;
			esac
			expect "seed $seed: call $number $arguments: runc $theirs, denyinit $mine" false
		done < <(paste -d' ' <(echo "$runc") <(echo "$ours") "$BATS_TEST_TMPDIR/calls")
	done
	echo "# figure: oci random: $total answers of 12 profiles, $other of them severer as announced, $failed_rows differ" >&3
	[ "$total" -ge 5000 ]
	all_rows
}
