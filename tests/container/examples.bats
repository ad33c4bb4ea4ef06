#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2030,SC2031,SC2153 # bats runs each test in a shell of its own
# The Dockerfiles of docs/, built and run; what they are made from is not to be had here, and has stand-ins. And the pod
# of docs/kubernetes/deployment.yaml, as far as an engine without Kubernetes can be one.
load common

docs=$BATS_TEST_DIRNAME/../../docs

setup_file() {
	docker tag denyinit:test denyinit:latest
	local base=$BATS_FILE_TMPDIR/base
	mkdir "$base"
	# An official image's script; setpriv in gosu's place.
	cat >"$base/docker-entrypoint.sh" <<-'END'
		#!/bin/sh
		set -e
		if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then
			chown www-data /data
			exec setpriv --reuid=www-data --regid=www-data --clear-groups "$0" "$@"
		fi
		exec "$@"
	END
	# shellcheck disable=SC2016 # the container's shell expands it
	printf '#!/bin/sh\necho "$(id -un) $(stat -c %%U /data)"\n' >"$base/redis-server"
	# shellcheck disable=SC2016
	printf '#!/bin/sh\n[ $$ = 1 ] || { echo can only run as pid 1; exit 100; }\necho init "$@"\n' >"$base/init"
	# shellcheck disable=SC2016
	printf '#!/bin/sh\nshift\nexec "$@"\n' >"$base/tini"
	printf '#!/bin/sh\necho jenkins\n' >"$base/jenkins.sh"
	chmod 0755 "$base"/*
	printf '%s\n' 'FROM nginx:stable' 'RUN mkdir /data' 'COPY docker-entrypoint.sh redis-server /usr/local/bin/' \
		'COPY init /' 'COPY tini /usr/bin/' 'COPY jenkins.sh /usr/local/bin/' >"$base/Dockerfile"
	DOCKER_BUILDKIT=0 docker build --quiet --tag official:test "$base"
	# No shell in the one, only busybox in the other.
	local id
	id=$(docker create nginx:stable)
	docker cp --follow-link "$id:/usr/bin/busybox" "$base/busybox"
	docker rm "$id"
	printf '%s\n' 'FROM scratch' 'COPY --chown=0:0 jenkins.sh /etc/anything' 'USER 65532' |
		DOCKER_BUILDKIT=0 docker build --quiet --tag distroless:test --file - "$base"
	printf '%s\n' 'FROM scratch' 'COPY busybox /bin/busybox' 'RUN ["/bin/busybox", "--install", "-s", "/bin"]' \
		'CMD ["/bin/sh"]' | DOCKER_BUILDKIT=0 docker build --quiet --tag alpine:test --file - "$base"
	# The app of those that want one: static, and says whether it is under denyinit.
	id=$(docker create denyinit:test)
	docker cp "$id:/usr/bin/denyinit-selftest" "$base/app"
	docker rm "$id"
}

teardown() { remove_guests; }

# example NAME [BASE]: builds docs/images/NAME.Dockerfile.
example() {
	DOCKER_BUILDKIT=0 docker build --quiet ${2:+--build-arg "BASE=$2"} --tag "example-$1:test" \
		--file "$docs/images/$1.Dockerfile" "$BATS_FILE_TMPDIR/base"
}

# says NAME REGEX COMMAND...: the example runs, passes, and says so.
says() {
	run --separate-stderr guest "example-$1:test" "${@:3}"
	expect_status 0
	[[ ${lines[0]} == 'denyinit: PASS '* ]] || fail "the report comes first"
	expect_line "$2"
}

@test "gosu.Dockerfile: the script starts as root and goes on as another user" {
	example gosu official:test
	says gosu '^www-data www-data$'
}

@test "distroless.Dockerfile and scratch.Dockerfile: no shell, not root" {
	example distroless distroless:test
	says distroless '^denyinit-selftest: PASS '
	run --separate-stderr docker image inspect --format '{{.Config.User}}' example-distroless:test
	expect_line '^65532$'
	example scratch
	says scratch '^denyinit-selftest: PASS '
}

@test "alpine.Dockerfile: busybox for a shell" {
	example alpine alpine:test
	says alpine '^serving$' sh -c 'echo serving'
	id=$(guest_in_background example-alpine:test)
	await_log "$id" '^serving$'
}

@test "s6-overlay.Dockerfile: its init is PID 1, and is not where denyinit stays" {
	example s6-overlay official:test
	says s6-overlay '^init$'
	run --separate-stderr guest --entrypoint denyinit example-s6-overlay:test --supervise -- /init
	expect_status 100
	expect_line '^can only run as pid 1$'
}

@test "tini.Dockerfile: what the base begins with goes behind denyinit" {
	example tini official:test
	says tini '^jenkins$'
}

@test "Kubernetes: what the init container copies starts an image as it is, on read-only mounts" {
	local words args probe volume=$BATS_TEST_TMPDIR/denyinit policy=$BATS_TEST_TMPDIR/policy
	DOCKER_BUILDKIT=0 docker build --quiet --build-arg BASE=nginx:stable --tag copier:test "$docs/kubernetes"
	mkdir -m 0777 "$volume"
	mkdir "$policy"
	guest --read-only --cap-drop ALL -v "$volume:/denyinit" copier:test
	yq -r 'select(.kind == "ConfigMap").data["denyinit.ini"]' "$docs/kubernetes/deployment.yaml" >"$policy/denyinit.ini"
	chmod 0666 "$policy/denyinit.ini" # whatever its mode
	container() { yq -c 'select(.kind == "Deployment").spec.template.spec.containers[0]' "$docs/kubernetes/deployment.yaml"; }
	mapfile -t words < <(container | jq -r '.command[]')
	mapfile -t args < <(container | jq -r '.args[]')
	mapfile -t probe < <(container | jq -r '.startupProbe.exec.command[]')
	: >"$BATS_TEST_TMPDIR/termination-log"
	chmod 0666 "$BATS_TEST_TMPDIR/termination-log"
	local pod=(--read-only --cap-drop ALL --security-opt no-new-privileges --user 101:101 --tmpfs /tmp
		-v "$volume:/denyinit:ro" -v "$policy:/etc/denyinit:ro" -v "$BATS_TEST_TMPDIR/termination-log:/dev/termination-log"
		--entrypoint "${words[0]}")
	id=$(guest_in_background "${pod[@]}" nginx:stable "${words[@]:1}" "${args[@]}")
	await_log "$id" '"verdict":"PASS"'
	await_log "$id" 'start worker process'
	run --separate-stderr docker exec "$id" "${probe[@]}"
	expect_status 0
	expect_line ' YES pid 1 '
	# A policy that is refused: the reason is where the kubelet looks.
	printf '[deny]\nmuont = deny\n' >"$policy/denyinit.ini"
	run --separate-stderr guest "${pod[@]}" nginx:stable "${words[@]:1}" "${args[@]}"
	expect_refusal muont
	[ "$(cat "$BATS_TEST_TMPDIR/termination-log")" = "$stderr" ] || fail "another termination message"
}
