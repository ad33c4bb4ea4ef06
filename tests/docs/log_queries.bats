#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# docs/log-queries.md: its queries for jq, as they stand there, on the lines of real starts.
load common

page=docs/log-queries.md

# Four starts: the release's policy, one that leaves a call open, one that is refused, one that tells what it denies.
setup_file() {
	local folder=$BATS_FILE_TMPDIR name
	cd "$folder" || return
	local denyinit=$OLDPWD/$denyinit
	[ -x "$denyinit" ] || denyinit=${PROGRAMS:?}/denyinit
	printf '[deny]\n@default = deny\n' >release.ini
	printf '[deny]\n@default = deny\nfsopen = allow\n' >open.ini
	printf '[deny]\nmount = deny\n' >refused.ini
	printf '[deny]\n@mount mkdir mkdirat rmdir = deny\n[init]\nreport-denials = yes\n' >told.ini
	chmod 0444 ./*.ini
	for name in release open refused told; do
		# shellcheck disable=SC2016 # for the other shell
		"$denyinit" --report=json -c "$name.ini" -- sh -c 'echo "app: a line"; echo "{\"logger\": \"app\"}"; echo 7; echo "[1]"
			rmdir none; mkdir one; mkdir one; :' >"$name.log" 2>&1 || :
	done
	cat ./*.log | jq -cR 'fromjson? | objects' >reports.json
	cp release.ini denyinit.ini
	# As containerd and as Docker keep them.
	for name in release open refused told; do
		mkdir -p "pods/web_${name}_0123/web" "containers/${name}67890abcdef"
		sed 's/^/2026-11-24T00:00:00.123456789Z stdout F /' "$name.log" >"pods/web_${name}_0123/web/0.log"
		jq -cR '{log: (. + "\n"), stream: "stdout", time: "2026-11-24T00:00:00.1Z"}' "$name.log" \
			>"containers/${name}67890abcdef/${name}67890abcdef-json.log"
	done
}

# query NAME: what the page's query prints, on those files.
query() {
	local text
	text=$(name=$1 awk '$0 == "<!-- " ENVIRON["name"] " -->" { on = 1; next } on && /^```$/ { exit } on && !/^```sh$/' "$page")
	[ -n "$text" ] || { echo "no query $1" && return 1; }
	text=${text//\/var\/log\/pods/pods}
	text=${text//\/var\/lib\/docker\/containers/containers}
	run bash -c "set -o pipefail; docker() { cat \"\$2.log\"; }; cd '$BATS_FILE_TMPDIR'; ${text//docker logs web/docker logs release}"
	echo "$output"
	[ "$status" = 0 ]
}

digest() { sha256sum <"$BATS_FILE_TMPDIR/$1.ini" | cut -c1-12; }

@test "every query of the page is run here" {
	same queries 6 "$(sed -n 's/^<!-- \(.*\) -->$/\1/p' "$page")" "$(sed -n 's/^\tquery \([a-z]*\)$/\1/p' "$BATS_TEST_FILENAME")"
}

@test "the last start of a container" {
	query last
	[ "${#lines[@]}" = 1 ]
	[ "$(jq -r '[.verdict, .sha256[:12]] | @tsv' <<<"$output")" = $'PASS\t'"$(digest release)" ]
}

# The four starts, each once, with its place.
fleet() { # PREFIX SUFFIX
	local version name verdict
	version=$(sed -n 's/^VERSION = //p' Makefile)
	[ "${#lines[@]}" = 4 ]
	while read -r name verdict; do
		grep -qE "^ +1 $(digest "$name")"$'\t'"$verdict"$'\t'"$version"$'\t'"$1$name$2\$" <<<"$output"
	done <<-'TABLE'
		release PASS
		open    PARTIAL
		refused FAIL
		told    PASS
	TABLE
}

@test "a Kubernetes node: which policy runs in which pods" {
	query node
	fleet web/ ''
}

@test "a Docker host: which policy runs in which containers" {
	query host
	fleet '' '[0-9a-f]*'
}

@test "what is not as it should be" {
	query drift
	# Whether there is a filter of the runtime's depends on where this runs.
	local wrong
	wrong=$(jq -r '.wrong - ["no filter of the runtime"] | select(. != []) | join(", ")' <<<"$output" | sed 's/FAIL mount-[a-z-]*/FAIL/' | sort)
	[ "$wrong" = "$(printf '%s\n' "policy $(digest open), PARTIAL none" "policy $(digest refused), FAIL, not probed, not started" \
		"policy $(digest told)" | sort)" ]
}

@test "which mount calls are left open, by which policies" {
	query open
	[ "${#lines[@]}" = 11 ]
	grep -qE "^ +1 $(digest open)"$'\tfsopen$' <<<"$output"
	[ "$(grep -cE "^ +1 $(digest refused)"$'\t' <<<"$output")" = 10 ]
}

@test "what is denied, most often first" {
	query denied
	[ "${#lines[@]}" = 2 ]
	grep -qP '^2\tmkdir(at)?\tEPERM\tmkdir\(2\)$' <<<"${lines[0]}"
	[ "${lines[1]}" = $'1\trmdir\tEPERM\trmdir(1)' ]
}

@test "what is not run is called so" {
	grep -q '^\*\*Not run\*\*' "$page"
	[ "$(grep -cE '^(Loki|CloudWatch|Elasticsearch) ' "$page")" = 3 ]
}
