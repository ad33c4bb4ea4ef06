# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Once for all files of this folder: the engine, the base images, and the images built by the project's Dockerfile.

setup_suite() {
	here=$BATS_TEST_DIRNAME
	top=$(cd "$here/../.." && pwd)
	dir=$top/build/container
	mkdir -p "$dir"

	# Two runs in one tree would end each other's engine. The engine does not inherit the lock: it ends with this run.
	exec 7>"$dir/lock"
	flock --nonblock 7 || {
		echo "another run of these tests uses $dir"
		return 1
	}
	"$here/engine" start "$dir"
	DOCKER=$("$here/engine" client "$dir")
	DOCKER_HOST=$(cat "$dir/address")
	DOCKER_CONFIG=$BATS_SUITE_TMPDIR # no settings of whoever runs this
	unset DOCKER_CONTEXT
	export DOCKER DOCKER_HOST DOCKER_CONFIG
	"$DOCKER" version
	"$here/engine" images "$dir"
	# The builder stage has a name of its own: its steps are kept for the next run.
	build denyinit-builder:test --target builder "$top"
	build nginx-deny:test --target nginx "$top"
	build denyinit:test "$top"
	"$DOCKER" container prune --force
	"$DOCKER" image prune --force
	"$top/tests/live/build" "$dir/live"
	export ROUTES=$dir/live/routes
}

# With the classic builder, which every engine has; what the Dockerfile needs from the network it gets from where the
# machine gets it.
build() { # TAG OPTIONS... FOLDER
	DOCKER_BUILDKIT=0 "$DOCKER" build --network host --tag "$@"
}

teardown_suite() {
	"${BATS_TEST_DIRNAME}/engine" stop "$BATS_TEST_DIRNAME/../../build/container"
}
