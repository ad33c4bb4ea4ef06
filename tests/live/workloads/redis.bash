# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with `drive`
# redis, by its own user, with an append-only file and threads for input and output; and a replica of it.

prepare() {
	user=redis
	port=6379
	mkdir "$dir/data" "$dir/replica"
	server=(redis-server --bind 127.0.0.1 --port "$port" --unixsocket "$dir/redis.sock" --dir "$dir/data"
		--appendonly yes --save 3600 1 --enable-debug-command yes --daemonize no)
}

ready() { says PING PONG; }

ask() { redis-cli -s "$dir/redis.sock" "$@"; }
says() { # COMMAND ANSWER...
	local words
	read -ra words <<<"$1"
	ask "${words[@]}" | tr -d '\r' | grep -qxE "$2"
}

bench() { # OPTION...
	# -e: an error in an answer is told, and counts.
	redis-benchmark -s "$dir/redis.sock" -e -n 1000 -c 16 --csv "$@" >"$dir/bench.out" 2>&1 || fail "redis-benchmark failed"
	account $((1000 * $(grep -c '^"[A-Z]' "$dir/bench.out"))) "$(grep -ciE '^error|ERR ' "$dir/bench.out" || true)"
}

work() {
	bench -t ping,set,get,incr,lpush,rpop,sadd,hset,zadd,lrange_100,mset
	bench -t set,get -P 16
	step script says "EVAL return(redis.call('incr','scripted')) 0" 1
	step "one more key" says "SET kept yes" OK

	step bgsave says "BGSAVE" 'Background saving started'
	await bgsave says "INFO persistence" 'rdb_bgsave_in_progress:0'
	step bgsave says "INFO persistence" 'rdb_last_bgsave_status:ok'
	step bgrewriteaof says "BGREWRITEAOF" 'Background append only file rewriting started'
	await bgrewriteaof says "INFO persistence" 'aof_rewrite_in_progress:0'
	step bgrewriteaof says "INFO persistence" 'aof_last_bgrewrite_status:ok'
	step settings says "CONFIG SET maxmemory 100mb" OK
	step "lazy freeing" says "UNLINK mylist key:__rand_int__" '[0-9]'
	step "reading it all again" says "DEBUG RELOAD" OK

	# A second one, behind the same, is fed by the first one.
	(
		server=(redis-server --bind 127.0.0.1 --port 6380 --unixsocket "$dir/replica.sock" --dir "$dir/replica"
			--replicaof 127.0.0.1 "$port" --daemonize no)
		ready() { redis-cli -s "$dir/replica.sock" GET kept | grep -qx yes; }
		start
		finish TERM
	) || fail "the replica"
	step replication says "INFO replication" 'role:master'

	# What it has written it reads again.
	finish TERM
	server+=(--io-threads 2)
	start
	step "data kept over a restart" says "GET kept" yes
	bench -t set,get
}

stop() { finish TERM; }
