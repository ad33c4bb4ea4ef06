#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# docs/images.md: its Dockerfiles and its compose file. tests/container builds and runs the former.
load common

page=docs/images.md
compose=docs/images/compose.yaml

# Debian 12 has it as a program, newer versions are a plugin too.
compose() {
	if command -v docker-compose >/dev/null; then docker-compose "$@"; else docker compose "$@"; fi
}

@test "the page has each Dockerfile, and each is built by a test" {
	local names
	names=$(basename -s .Dockerfile docs/images/*.Dockerfile)
	same Dockerfiles 6 "$names" "$(grep -oE '\(images/[a-z0-9-]+\.Dockerfile\)' "$page" | sed 's,.*/,,; s,\..*,,')"
	same built 6 "$names" "$(sed -nE 's/^\texample ([a-z0-9-]+).*/\1/p' tests/container/examples.bats)"
}

@test "each Dockerfile copies denyinit and begins with it, in the form without a shell" {
	local file
	for file in docs/images/*.Dockerfile; do
		grep -qxF 'COPY --from=denyinit / /' "$file"
		sed -n 's/^ENTRYPOINT //p' "$file" | jq -e '.[0:2] == ["/usr/bin/denyinit", "--"]' >/dev/null
		[ "$(grep -cvE '^(#.*|ARG BASE=.+|FROM (scratch|\$\{BASE\})|COPY .*|USER [0-9:]+|(ENTRYPOINT|CMD) \[.*\])$' "$file")" = 0 ]
	done
}

@test "compose takes the file, and not one with a slip" {
	compose -f "$compose" config --quiet
	sed 's/cap_drop/cap_dorp/' "$compose" >"$BATS_TEST_TMPDIR/compose.yaml"
	run compose -f "$BATS_TEST_TMPDIR/compose.yaml" config --quiet
	[ "$status" != 0 ] && [[ $output == *cap_dorp* ]]
}

@test "the compose file's words are denyinit's" {
	local words
	[ "$(yq -r .services.web.build.target "$compose")" = nginx ]
	yq -c .services.web.command "$compose" | grep -qxF "$(sed -n '/ AS nginx$/,/^FROM scratch/s/^CMD //p' Dockerfile | jq -c .)"
	mapfile -t words < <(yq -r '.services.cache.entrypoint[]' "$compose")
	[ "${words[*]}" = '/denyinit/denyinit -c /denyinit/redis.ini -- docker-entrypoint.sh' ]
	shipped redis
	run "$denyinit" -c "$policy" "${words[3]}" echo started
	[ "$status" = 0 ]
	mapfile -t words < <(yq -r '.services.web.healthcheck.test[1:][]' "$compose")
	run "$selftest" "${words[@]:1}"
	[ "$status" = 1 ] && [[ $output == *'NO '* ]]
	# Each volume of the service that is not its data is read-only, and is what the entrypoint names.
	same volumes 2 "$(yq -r '.services.cache.volumes[] | select(test("^/"))' "$compose" | sed -n 's/^[^:]*:\(.*\):ro$/\1/p')" \
		$'/denyinit/denyinit\n/denyinit/redis.ini'
}
