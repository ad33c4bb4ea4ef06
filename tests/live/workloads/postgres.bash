# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with `drive`
# PostgreSQL, by its own user, from initdb on.

postgres=$(dirname "$(find /usr/lib/postgresql -name initdb | sort -V | tail -n 1)")
export PGHOST=$dir PGUSER=postgres PGDATABASE=postgres

prepare() {
	user=postgres
	chmod 0777 "$dir" # before there is a chown of it
	once initdb "$postgres/initdb" -D "$dir/data" -A trust --no-sync --locale=C.UTF-8
	chmod 0755 "$dir"
	server=("$postgres/postgres" -D "$dir/data" -k "$dir" -c listen_addresses=127.0.0.1 -c port=5432 -c shared_buffers=32MB
		-c wal_level=replica -c archive_mode=on -c "archive_command=cp %p $dir/archive/%f" -c max_wal_senders=2
		-c autovacuum_naptime=1s -c min_parallel_table_scan_size=0 -c parallel_setup_cost=0 -c parallel_tuple_cost=0)
	mkdir "$dir/archive"
}

ready() { "$postgres/pg_isready" -q; }

sql() { psql -X -q -v ON_ERROR_STOP=1 "${@/#/-c}"; }
says() { [ "$(psql -X -q -A -t -v ON_ERROR_STOP=1 -c "$1")" = "$2" ]; }

bench() { # OPTION...
	"$postgres/pgbench" -n -c 4 "$@" >"$dir/bench.out" 2>&1 || fail "pgbench failed"
	account "$(sed -nE 's/^number of transactions actually processed: ([0-9]+).*/\1/p' "$dir/bench.out")" \
		"$(sed -nE 's/^number of failed transactions: ([0-9]+).*/\1/p' "$dir/bench.out")"
}

archived() { [ -n "$(ls "$dir/archive")" ]; }

work() {
	step tables "$postgres/pgbench" -i -q
	bench -t 100
	bench -t 200 -S -M prepared

	step vacuum sql "VACUUM (FULL, ANALYZE)" "VACUUM (PARALLEL 2) pgbench_accounts"
	step reindex sql "REINDEX TABLE pgbench_accounts" "CREATE INDEX CONCURRENTLY ON pgbench_accounts (bid)"
	step "parallel query" says "SELECT count(*) FROM pgbench_accounts a JOIN pgbench_accounts b USING (aid)" 100000
	step "compiled query" sql "SET jit_above_cost = 0" "SET jit_inline_above_cost = 0" "SET jit_optimize_above_cost = 0" \
		"SELECT sum(abalance + bid) FROM pgbench_accounts WHERE aid % 3 = 1"
	step checkpoint sql CHECKPOINT
	step archiving sql "SELECT pg_switch_wal()"
	await archiving archived
	step "files in and out" sql "COPY pgbench_branches TO '$dir/data/out'" "COPY pgbench_history FROM PROGRAM 'true'"
	step database sql "CREATE DATABASE other"
	step backup "$postgres/pg_basebackup" -D "$dir/backup" -c fast
	step settings sql "ALTER SYSTEM SET work_mem = '8MB'"
	kill -s HUP "$pid"
	await settings says "SHOW work_mem" 8MB

	# A backend that is killed: the server ends all of them, and recovers.
	psql -X -q -c "SELECT pg_sleep(100)" >/dev/null 2>&1 &
	await "backend killed" says "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'" 1
	kill -s KILL "$(pgrep -P "$pid" -f 'postgres: postgres postgres .* SELECT')"
	await "backend killed" says "SELECT 1" 1
	echo "step backend killed, recovery"

	finish INT
	start
	step "data kept over a restart" says "SELECT count(*) FROM pgbench_accounts" 100000
	bench -t 50
}

# COPY hands the program's output to the table, and tells its exit status as an error.
break_in() {
	sql "CREATE TABLE outcome (text text)"
	psql -X -q -A -t -c "COPY outcome FROM PROGRAM '(sh $dir/command) 2>&1 && echo done || echo failed'" \
		-c "SELECT string_agg(text, ' ') FROM outcome"
}

stop() { finish INT; }
