# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with `drive`
# php-fpm: a master of root's and workers of www-data's, with OPcache, behind a Unix socket of Debian's kind. The nginx
# in front of it is a client only, and not under denyinit.

fpm=$(find /usr/sbin -name 'php-fpm[0-9]*' | sort -V | tail -n 1)

prepare() {
	mkdir "$dir/sessions"
	chmod 0777 "$dir/sessions"
	cat >"$dir/fpm.conf" <<-END
		[global]
		error_log = $dir/error.log
		pid = $dir/fpm.pid
		[www]
		user = www-data
		group = www-data
		listen = $dir/fpm.sock
		listen.owner = www-data
		listen.group = www-data
		listen.backlog = 511
		pm = dynamic
		pm.max_children = 6
		pm.start_servers = 2
		pm.min_spare_servers = 1
		pm.max_spare_servers = 3
		pm.max_requests = 500
		access.log = $dir/access
		php_admin_value[session.save_path] = $dir/sessions
		php_admin_flag[opcache.enable] = on
	END
	cat >"$dir/index.php" <<-'END'
		<?php
		$page = $_SERVER['PATH_INFO'];
		switch ($page) {
		case '/':
			echo 'hello';
			break;
		case '/session':
			session_start();
			$_SESSION['visits'] = ($_SESSION['visits'] ?? 0) + 1;
			echo 'session';
			break;
		case '/file':
			$name = tempnam($_SERVER['FOLDER'], 'page');
			file_put_contents($name, 'x', LOCK_EX);
			chmod($name, 0600);
			rename($name, "$name.new");
			unlink("$name.new");
			echo 'file';
			break;
		case '/hash':
			echo password_verify('secret', password_hash('secret', PASSWORD_BCRYPT, ['cost' => 4])) ? 'hash' : 'wrong';
			break;
		case '/name':
			echo gethostbyname('localhost') === '127.0.0.1' ? 'name' : 'wrong';
			break;
		case '/self':
			echo file_get_contents("http://127.0.0.1:{$_SERVER['SERVER_PORT']}/");
			break;
		case '/child':
			echo exec('echo child');
			break;
		case '/regex':
			echo preg_match('/^(r)(eg|ex)+$/', 'regex') ? 'regex' : 'no';
			break;
		case '/opcache':
			echo opcache_get_status()['opcache_enabled'] ? 'opcache' : 'off';
			break;
		case '/shell':
			exec('(' . file_get_contents("{$_SERVER['DIR']}/command") . ') 2>&1', $lines, $status);
			echo ($status ? "failed: $status " : 'done ') . implode("\n", $lines);
			break;
		default:
			http_response_code(404);
		}
	END
	cat >"$dir/front.conf" <<-END
		daemon off;
		user www-data;
		pid $dir/front.pid;
		error_log $dir/front.log;
		events { }
		http {
			access_log off;
			client_body_temp_path $dir/body;
			proxy_temp_path $dir/proxy;
			fastcgi_temp_path $dir/fastcgi;
			uwsgi_temp_path $dir/uwsgi;
			scgi_temp_path $dir/scgi;
			server {
				listen 127.0.0.1:$port;
				location / {
					include /etc/nginx/fastcgi_params;
					fastcgi_param SCRIPT_FILENAME $dir/index.php;
					fastcgi_param PATH_INFO \$uri;
					fastcgi_param FOLDER $dir/sessions;
					fastcgi_param DIR $dir;
					fastcgi_pass unix:$dir/fpm.sock;
				}
			}
		}
	END
	server=("$fpm" -F -y "$dir/fpm.conf" -d opcache.enable=1)
	nginx -c "$dir/front.conf" >"$dir/front.log" 2>&1 </dev/null &
}

ready() { answers / hello; }

two_workers() { [ "$(children "$pid" | wc -l)" -ge 2 ] && ready; }

work() {
	local old page
	await workers two_workers
	pages 1 / /session /file
	for page in session file hash name self child regex opcache; do
		step "$page" answers /$page "$([ $page = self ] && echo hello || echo $page)"
	done
	pages 1 / /hash /child /name

	mapfile -t old < <(children "$pid")
	kill -s USR2 "$pid"
	await reload no_more "${old[@]}"
	await reload two_workers
	echo "step reload"

	# That replaces the workers, too.
	mapfile -t old < <(children "$pid")
	mv "$dir/access" "$dir/access.1"
	kill -s USR1 "$pid"
	await "log rotation" test -e "$dir/access"
	await "log rotation" no_more "${old[@]}"
	await "log rotation" two_workers
	echo "step log rotation"

	kill_one children "$pid"
	await "worker killed" two_workers
	echo "step worker killed and replaced"
	pages 1 / /session /opcache
}

break_in() { fetch /shell; }

stop() { finish QUIT; }
