# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with `drive`
# A runner of builds, by nobody: no server, but a job after another.

prepare() {
	user=nobody
	export HOME=$dir GIT_CONFIG_GLOBAL=$dir/gitconfig
	cat >"$dir/compile" <<-'END'
		set -eu
		cd "$1"
		printf '#include <stdio.h>\n#include <pthread.h>\nstatic void *text(void *x) { return x; }\nint main(void)\n{\n' >main.c
		printf 'pthread_t t; void *p; pthread_create(&t, NULL, text, "built"); pthread_join(t, &p);\n' >>main.c
		printf 'puts(p); return 0;\n}\n' >>main.c
		printf 'main: main.o\n\tgcc -pthread -o $@ main.o\nmain.o: main.c\n\tgcc -O2 -pthread -c main.c\n' >Makefile
		make -j 2
		[ "$(./main)" = built ]
	END
	cat >"$dir/version" <<-'END'
		set -eu
		git config --global user.name nobody
		git config --global user.email nobody@localhost
		git init -q "$1/source"
		cd "$1/source"
		cp ../main.c ../Makefile .
		git add .
		git commit -q -m one
		git branch two
		git gc -q
		git clone -q "$1/source" "$1/clone"
		[ "$(git -C "$1/clone" log --format=%s)" = one ]
	END
	cat >"$dir/pack" <<-'END'
		set -eu
		cd "$1"
		tar -czf packed.tar.gz source main
		mkdir unpacked
		tar -xzf packed.tar.gz -C unpacked
		cmp main unpacked/main
	END
	# As rootless builds do: root by name, whose files are its own.
	cat >"$dir/rootless" <<-'END'
		set -eu
		cd "$1"
		[ "$(id -u)" != 0 ]
		unshare -Ur sh -c 'set -eu
			[ "$(id -u)" = 0 ]
			mkdir image
			install -o 0 -g 0 -m 0755 main image/main
			chown 0:0 image
			tar -cf image.tar image
			rm -r image
			tar -xpf image.tar
			[ "$(stat -c %u:%g image/main)" = 0:0 ]
			[ "$(image/main)" = built ]'
	END
}

work() {
	local job
	for job in compile version pack rootless; do
		once $job sh "$dir/$job" "$dir"
	done
	account 4 0
}

break_in() {
	once attack sh -c "(sh $dir/command) 2>&1 && echo done || echo failed" >/dev/null
	tail -n 2 "$dir/once.log" | tr '\n' ' '
}
