#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Random policies, sound and unsound ones, against the program that tries every route to a mount (routes.c): whatever is
# accepted without PARTIAL leaves none of them open.
# shellcheck disable=SC2154 # status, out, err and refusal are set by common.bash
bats_require_minimum_version 1.5.0
load common

setup_file() { live_begin; }
teardown_file() { live_end; }

# One policy: one line `accepted`, `partial`, `refused`, or what is a surprise, with its seed.
try_policy() { # SEED
	local file=$LIVE/policy/random-$1.ini said=$BATS_TEST_TMPDIR/said-$1 code=0 verdict routes
	awk -v seed="$1" -f "$ROOT/tests/live/random_policy.awk" >"$file"
	chmod 0444 "$file"
	"${IN_NAMESPACES[@]}" denyinit -c "$file" -- routes >"$said" 2>&1 </dev/null || code=$?
	verdict=$(sed -n 's/^denyinit: \(PASS\|PARTIAL\|FAIL\) .*/\1/p; T; q' "$said")
	routes=$(tail -n 1 "$said")
	case $verdict:$code in
	PASS:0)
		# Of none: where all of them get ENOSYS, they are as good as absent.
		if [[ $routes =~ ^0\ open\ of\ [0-9]+$ ]]; then echo accepted; else echo "seed $1: PASS, and $routes"; fi
		;;
	PARTIAL:0)
		# What is open is said by name.
		if grep -q '^denyinit: PARTIAL .*; left open: [a-z]' "$said"; then echo partial; else echo "seed $1: PARTIAL, and no call is named"; fi
		;;
	*:125)
		if ! grep -q '^open ' "$said" && [[ $routes =~ Not\ starting\ \(125\)\.$ ]]; then echo refused; else echo "seed $1: refused, and $routes"; fi
		;;
	*) echo "seed $1: $verdict, exit status $code, $routes" ;;
	esac
	rm -f "$file" "$said"
}

# Every second seed from FIRST to LAST.
try_policies() { # FIRST LAST
	local seed
	for ((seed = $1; seed <= $2; seed += 2)); do
		try_policy "$seed"
	done
}

@test "1,000 random policies: none that is accepted without PARTIAL leaves a route to a mount open" {
	local policies=1000 results=$BATS_TEST_TMPDIR/results accepted partial refused
	[ -z "${DENYINIT_FULL:-}" ] || policies=10000
	try_policies 1 $policies >"$results.odd" &
	try_policies 2 $policies >"$results.even"
	wait $!
	cat "$results".* >"$results"
	accepted=$(grep -cx accepted "$results")
	partial=$(grep -cx partial "$results")
	refused=$(grep -cx refused "$results")
	out=$(grep -vxE 'accepted|partial|refused' "$results") || true
	err='' status=''
	echo "# figure: random policies: $policies, accepted $accepted, PARTIAL $partial, refused $refused, surprises $((policies - accepted - partial - refused))" >&3
	expect "no surprise" is "$out" ""
	expect "all were tried" is "$((accepted + partial + refused))" "$policies"
	# A generator that only makes nonsense would prove nothing.
	expect "many are accepted" [ "$accepted" -ge $((policies / 5)) ]
	expect "some are PARTIAL" [ "$partial" -ge $((policies / 40)) ]
	expect "some are refused" [ "$refused" -ge $((policies / 20)) ]
	all_rows
}

@test "control: under the same policies, with a mount call let through all the same, routes are open" {
	local call route
	while read -r call route; do
		printf '%s\n' '[deny]' "$(all_but "$call") = deny" >"$LIVE/policy/hole.ini"
		chmod 0444 "$LIVE/policy/hole.ini"
		observe denyinit --on-failure=warn -c "$LIVE/policy/hole.ini" -- routes
		expect "without $call" has "$out" "(^|"$'\n'")open $route"$'\n'
		rm -f "$LIVE/policy/hole.ini"
	done <<-'TABLE'
		mount          mount-tmpfs
		open_tree_attr open_tree_attr-remount
	TABLE
	all_rows
}
