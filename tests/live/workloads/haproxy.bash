# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with `drive`
# haproxy: master and worker, chroot, user and stats socket as in Debian's haproxy.cfg; its own second frontend is the
# server behind it.

prepare() {
	mkdir "$dir/empty"
	cat >"$dir/haproxy.cfg" <<-END
		global
			log stdout format raw local0 notice
			chroot $dir/empty
			user haproxy
			group haproxy
			stats socket $dir/admin.sock mode 660 level admin expose-fd listeners
			hard-stop-after 5s
		defaults
			mode http
			timeout connect 5s
			timeout client 5s
			timeout server 5s
		frontend outside
			bind 127.0.0.1:$port
			compression algo gzip
			http-request set-header X-Number yes if { path_reg ^/[0-9]+$ }
			compression type text/plain
			default_backend inside
		backend inside
			option httpchk GET /
			server one 127.0.0.1:8081 check inter 200ms
			server two 127.0.0.1:8082 check inter 200ms
		frontend inside
			bind 127.0.0.1:8081
			bind 127.0.0.1:8082
			http-request return status 200 content-type text/plain string inside
	END
	server=(haproxy -W -db -f "$dir/haproxy.cfg" -p "$dir/haproxy.pid")
}

ready() { answers / inside; }

ask() { curl -s --max-time 5 --unix-socket "$dir/admin.sock" telnet://localhost <<<"$1" >"$dir/answer"; }
says() { ask "$1" && grep -qE "$2" "$dir/answer"; }

work() {
	local old
	pages 1 / /a /42
	step "compressed page" curl -sf --compressed -o /dev/null "http://127.0.0.1:$port/"
	step "show info" says "show info" '^Name: HAProxy'
	step "server disabled" ask "disable server inside/one"
	await "server disabled" says "show stat" '^inside,one,.*MAINT'
	step "page by the other" ready
	step "server enabled" ask "enable server inside/one"
	await "server enabled" says "show stat" '^inside,one,.*UP'

	mapfile -t old < <(children "$pid")
	kill -s USR2 "$pid"
	await reload no_more "${old[@]}"
	await reload ready
	echo "step reload"
	pages 1 / /a /b

	# A worker that dies takes the master along: whoever started it starts it again.
	kill_one children "$pid"
	await "worker killed" ended
	echo "step worker killed, all stopped"
	start
	pages 1 / /a /b
}

# Not by USR1: the worker of HAProxy 2.6 died of SIGSEGV in one soft stop of five, bare too.
stop() { finish TERM; }
