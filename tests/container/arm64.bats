#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2030,SC2031 # bats runs each test in a shell of its own
# The image for linux/arm64. Its programs run under qemu-user, which the containers are given: there they say what needs no
# seccomp (tests/kernel boots them). With DENYINIT_FULL=1 the Dockerfile builds it as well, by BuildKit.
load common

top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

setup_file() {
	unset MAKEFLAGS MFLAGS MAKELEVEL
	"$top/deps/install" emulation
	make -s -j "$(nproc)" -C "$top" ARCH=aarch64
}

arm64() { # OPTIONS... IMAGE ARGUMENT...
	guest --platform linux/arm64 --volume "$(command -v qemu-aarch64-static):/qemu:ro" --entrypoint /qemu "$@"
}

# What there is to see of IMAGE without such a machine.
expect_arm64() { # IMAGE
	[ "$(docker image inspect --format '{{.Os}}/{{.Architecture}}' "$1")" = linux/arm64 ]
	[ "$(docker image inspect --format '{{json .Config.Entrypoint}}' "$1")" = '["/usr/bin/denyinit","--"]' ]
	id=$(docker create --platform linux/arm64 --network none "$1")
	docker export "$id" | tar -C "$BATS_TEST_TMPDIR" -xf - usr etc/denyinit.ini
	docker rm "$id" >/dev/null
	for program in denyinit denyinit-selftest denyinit-export; do
		file=$BATS_TEST_TMPDIR/usr/bin/$program
		readelf -hW "$file" | grep -q 'Machine: *AArch64'
		jq -e --arg name $program --arg sum "$(sha256sum "$file" | cut -d' ' -f1)" '[.metadata.component.properties[]
			| select(.name == "denyinit:architecture").value] == ["aarch64"]
			and any(.components[]; .name == $name and .hashes[0].content == $sum)' \
			"$BATS_TEST_TMPDIR/usr/share/denyinit/sbom.cdx.json"
		run --separate-stderr arm64 "$1" /usr/bin/$program --version
		expect_status 0
		expect_line "^$program [0-9]"
	done
	run --separate-stderr arm64 "$1" /usr/bin/denyinit --check
	expect_status 0
	expect_line '^/etc/denyinit.ini: sound: '
}

# The image of one layer, $BATS_TEST_TMPDIR/layer.tar: `docker import` of some engines forgets the architecture.
load_image() { # TAG
	(
		cd "$BATS_TEST_TMPDIR" || exit 1
		jq -n --arg layer "sha256:$(sha256sum layer.tar | cut -d' ' -f1)" '{architecture: "arm64", os: "linux",
			config: {Entrypoint: ["/usr/bin/denyinit", "--"]}, rootfs: {type: "layers", diff_ids: [$layer]}}' >config.json
		jq -n --arg tag "$1" '[{Config: "config.json", RepoTags: [$tag], Layers: ["layer.tar"]}]' >manifest.json
		tar -c manifest.json config.json layer.tar | docker load
	)
}

# Debian 12's client has BuildKit in it, a newer one takes a plugin; not every client on PATH has that.
build_with_buildkit() { # TAG
	local client attempt
	for attempt in 1 2; do
		while read -r client; do
			DOCKER_BUILDKIT=1 "$client" build --network host --platform linux/arm64 --tag "$1" "$top" && return 0
		done < <(type -ap docker)
		[ $attempt = 2 ] || "$top/deps/install" container-buildx
	done
	return 1
}

@test "of what make ARCH=aarch64 made: the programs are arm64's, and the SBOM's" {
	root=$BATS_TEST_TMPDIR/root
	(
		unset MAKEFLAGS MFLAGS MAKELEVEL
		make -s -C "$top" ARCH=aarch64 install DESTDIR="$root"
	)
	tar -C "$root" --owner=0 --group=0 -cf "$BATS_TEST_TMPDIR/layer.tar" .
	load_image denyinit-arm64:test
	expect_arm64 denyinit-arm64:test
	# control: they are no programs of this machine
	[ "$(uname -m)" = aarch64 ] || [ -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ] || {
		run guest --platform linux/arm64 denyinit-arm64:test /usr/bin/denyinit --version
		[ "$status" != 0 ]
		[[ $output == *"exec format error"* ]]
	}
	[ "${DENYINIT_FULL:-}" = 1 ] || return 0
	build_with_buildkit denyinit-buildkit:test
	expect_arm64 denyinit-buildkit:test
	docker image inspect --format '{{index .Config.Labels "org.opencontainers.image.title"}}' denyinit-buildkit:test | grep -qx denyinit
}
