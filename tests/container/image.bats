#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2030,SC2031,SC2153 # bats runs each test in a shell of its own
# The images that the Dockerfile makes, and what `COPY --from=denyinit / /` does to a base.
load common

@test "the scratch image shows the proof and ends" {
	run --separate-stderr guest denyinit:test
	expect_status 0
	expect_line '^denyinit: PASS '
	expect_line '^denyinit-selftest: PASS '
	[ -z "$stderr" ] || fail "nothing on stderr expected"
}

@test "the scratch image says its version, which is the label's" {
	run --separate-stderr guest --entrypoint /usr/bin/denyinit denyinit:test --version
	expect_status 0
	version=$(docker image inspect --format '{{index .Config.Labels "org.opencontainers.image.version"}}' denyinit:test)
	expect_line "^denyinit $version( |$)"
}

@test "the scratch image: what is in it, and no mode that could trip anybody" {
	id=$(docker create --network none denyinit:test)
	docker export "$id" >"$BATS_TEST_TMPDIR/image.tar"
	docker rm "$id" >/dev/null
	# Docker adds mount points of its own to an exported container.
	run tar --numeric-owner -tvf "$BATS_TEST_TMPDIR/image.tar" --exclude 'dev*' --exclude 'proc*' --exclude 'sys*' \
		--exclude .dockerenv --exclude etc/hostname --exclude etc/hosts --exclude etc/resolv.conf --exclude etc/mtab
	expect_status 0
	expect_line '^-r-?[-wx]*x.* usr/bin/denyinit$'
	expect_line '^-r-?[-wx]*x.* usr/bin/denyinit-selftest$'
	expect_line '^-r-?[-wx]*x.* usr/bin/denyinit-export$'
	expect_line '^-r--r--r-- 0/0 .* etc/denyinit.ini$'
	for file in default.ini mount.ini strict.ini LICENSE VERSIONS sbom.cdx.json; do
		expect_line "^-r--r--r-- 0/0 .* usr/share/denyinit/$file$"
	done
	expect_line '^-r-xr-xr-x 0/0 .* usr/share/denyinit/oci2denyinit$'
	for file in oci2denyinit.calls oci2denyinit.jq oci2denyinit-{conditions,numbers,profile}.jq; do
		expect_line "^-r--r--r-- 0/0 .* usr/share/denyinit/$file$"
	done
	refuse_line '^-.{7}w'   # a file that others may write
	refuse_line '^-.{4}w'   # ... or the group
	refuse_line '^[^-d]'    # neither links nor devices
	refuse_line ' (sbin|bin|lib|lib64)/'
	[ "$(grep '^d' <<<"$output" | grep -vc '^drwxr-xr-x 0/0')" = 0 ] || fail "a folder that is not root's with 0755"
	[ "$(grep -vE ' (usr|etc|usr/bin|usr/share|usr/share/denyinit)/$' <<<"$output" |
		grep -vcE ' (usr/bin/denyinit(-selftest|-export)?|etc/denyinit.ini|usr/share/denyinit/[^/]*)$')" = 0 ] || fail "something else"
}

@test "COPY --from=denyinit / / leaves another base as it was, and works there" {
	printf '%s\n' 'FROM debian:bookworm-slim' 'COPY --from=denyinit:test / /' \
		'ENTRYPOINT ["/usr/bin/denyinit", "--"]' 'CMD ["sh", "-c", "cat /etc/debian_version"]' >"$BATS_TEST_TMPDIR/Dockerfile"
	DOCKER_BUILDKIT=0 docker build --tag bookworm-deny:test "$BATS_TEST_TMPDIR"
	run --separate-stderr guest bookworm-deny:test
	expect_status 0
	expect_line '^denyinit: PASS '
	expect_line '^12\.'
	# The modes of the folders and what / has in it.
	list=(sh -c 'stat -c "%A %u %g %N" /* /usr/* /etc | sort')
	run guest debian:bookworm-slim "${list[@]}"
	expect_status 0
	before=$output
	run guest --entrypoint "${list[0]}" bookworm-deny:test "${list[@]:1}"
	expect_status 0
	diff <(echo "$before") <(echo "$output")
}

@test "make works on Debian 12 as well" {
	DOCKER_BUILDKIT=0 docker build --network host --build-arg DEBIAN=debian:bookworm-slim --target builder \
		--tag denyinit-builder-bookworm:test "$BATS_TEST_DIRNAME/../.."
	run --separate-stderr guest --entrypoint /image/usr/bin/denyinit denyinit-builder-bookworm:test \
		-c /image/etc/denyinit.ini -- /image/usr/bin/denyinit-selftest
	expect_status 0
	expect_line '^denyinit: PASS '
	expect_line '^denyinit-selftest: PASS '
}
