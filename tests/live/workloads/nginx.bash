# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with `drive`
# nginx: a master of root's and workers of www-data's; files, compression, uploads, a cache, and itself as upstream.

nginx=$(command -v nginx) # of a full path: it starts itself again

prepare() {
	mkdir "$dir/www" "$dir/cache"
	echo hello >"$dir/www/index.html"
	head -c 300000 /dev/zero | tr '\0' x >"$dir/www/large.txt"
	cat >"$dir/nginx.conf" <<-END
		user www-data;
		worker_processes 2;
		pid $dir/nginx.pid;
		error_log $dir/error.log;
		events { }
		http {
			access_log $dir/access;
			client_body_temp_path $dir/body;
			proxy_temp_path $dir/proxy;
			fastcgi_temp_path $dir/fastcgi;
			uwsgi_temp_path $dir/uwsgi;
			scgi_temp_path $dir/scgi;
			proxy_cache_path $dir/cache keys_zone=pages:1m;
			sendfile on;
			gzip on;
			gzip_types text/plain;
			server {
				listen 127.0.0.1:$port;
				root $dir/www;
				types { text/html html; text/plain txt; }
				location /threads/ { alias $dir/www/; aio threads; output_buffers 2 64k; sendfile off; }
				location ~ ^/number/([0-9]+)$ { return 200 "\$1\n"; }
				location /cached/ {
					proxy_cache pages;
					proxy_cache_valid 200 1s;
					proxy_pass http://unix:$dir/upstream.sock:/;
				}
				location /post { client_body_in_file_only clean; proxy_pass http://unix:$dir/upstream.sock:/; }
			}
			server { listen unix:$dir/upstream.sock; location / { return 200 "upstream\n"; } }
		}
	END
	server=("$nginx" -c "$dir/nginx.conf" -g 'daemon off;')
}

ready() { answers / hello; }

# The number of workers that are not on their way out.
workers() { pgrep -P "$pid" -f '^nginx: worker process$'; }
two_workers() { [ "$(workers | wc -l)" = 2 ] && ready; }
masters() { pgrep -f '^nginx: master'; }
one_master() { [ "$(masters | wc -l)" = 1 ] && ready; }
new_master() { pgrep -P "$1" -f '^nginx: master' && ready; }

work() {
	local old page
	pages 1 / /large.txt /cached/ "/cached/?other" /number/42 /threads/large.txt
	step "compressed page" curl -sf --compressed -o /dev/null "http://127.0.0.1:$port/large.txt"
	step upload curl -sf -o /dev/null --data-binary "@$dir/www/large.txt" "http://127.0.0.1:$port/post" -H 'Expect:'

	await workers two_workers
	mapfile -t old < <(workers)
	kill -s HUP "$pid"
	await reload no_more "${old[@]}"
	await reload two_workers
	echo "step reload"

	mv "$dir/access" "$dir/access.1"
	kill -s USR1 "$pid"
	await "log rotation" test -e "$dir/access"
	echo "step log rotation"

	kill_one workers
	await "worker killed" two_workers
	echo "step worker killed and replaced"

	pages 1 / /large.txt /cached/
	finish QUIT

	# Another binary takes over. nginx does that as a daemon only: whose parent has changed since it began.
	server=(sh -c "$nginx -c $dir/nginx.conf -g 'daemon on;' && exec sleep infinity")
	start
	await daemon one_master
	page=$(masters)
	kill -s USR2 "$page"
	await "binary upgrade" new_master "$page"
	kill -s QUIT "$page"
	await "binary upgrade" no_more "$page"
	await "binary upgrade" ready
	echo "step binary upgrade"
	pages 1 / /large.txt /cached/
	page=$(masters)
	kill -s QUIT "$page"
	await "stop" no_more "$page"
}

stop() {
	kill -s KILL "$pid" # sleep
	wait "$outer" 2>/dev/null || true
}
