# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with `drive`
# gunicorn, by nobody: Python in two workers of two threads, of which each is replaced after some thousand requests.

prepare() {
	user=nobody
	export HOME=$dir PYTHONDONTWRITEBYTECODE=1
	cat >"$dir/app.py" <<-'END'
		import ctypes, hashlib, multiprocessing, os, socket, sqlite3, ssl, subprocess, tempfile, threading, urllib.request

		folder = os.path.dirname(os.path.abspath(__file__))
		port = os.environ["APP_PORT"]

		def file():
		    with tempfile.NamedTemporaryFile("w", dir=folder) as temporary:
		        temporary.write("x")
		        temporary.flush()
		        os.fsync(temporary.fileno())
		    return open(__file__).read() and "file"

		def thread():
		    thread = threading.Thread(target=hashlib.pbkdf2_hmac, args=("sha256", b"secret", b"salt", 100))
		    thread.start()
		    thread.join()
		    return "thread"

		def database():
		    with sqlite3.connect(folder + "/app.sqlite", timeout=30) as connection:
		        connection.execute("CREATE TABLE IF NOT EXISTS visits (page TEXT)")
		        connection.execute("INSERT INTO visits VALUES ('/')")
		    return "database"

		def double(number):
		    return 2 * number

		def processes():
		    pool = multiprocessing.Pool(2)
		    result = pool.map(double, [1, 2])
		    pool.close() # not terminate(): the processes have gunicorn's handler of SIGTERM
		    pool.join()
		    return "processes" if result == [2, 4] else "wrong"

		def callback():
		    compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
		    numbers = (ctypes.c_int * 2)(2, 1)
		    ctypes.CDLL(None).qsort(numbers, 2, ctypes.sizeof(ctypes.c_int), compare(lambda a, b: a[0] - b[0]))
		    return "callback" if list(numbers) == [1, 2] else "wrong"

		def shell():
		    done = subprocess.run(open(folder + "/command").read(), shell=True, capture_output=True, text=True)
		    return "done " + done.stdout if done.returncode == 0 else f"failed: {done.returncode} {done.stderr}"

		pages = {
		    "/": lambda: "hello",
		    "/file": file,
		    "/thread": thread,
		    "/database": database,
		    "/processes": processes,
		    "/callback": callback,
		    "/name": lambda: socket.getaddrinfo("localhost", 80) and "name",
		    "/tls": lambda: ssl.create_default_context() and "tls",
		    "/self": lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/").read().decode(),
		    "/child": lambda: subprocess.run(["echo", "child"], capture_output=True, check=True, text=True).stdout,
		    "/shell": shell,
		}

		def app(environ, start_response):
		    page = pages.get(environ["PATH_INFO"])
		    text = page().encode() if page else b""
		    start_response("200 OK" if page else "404 Not Found", [("Content-Length", str(len(text)))])
		    return [text]
	END
	export APP_PORT=$port
	server=(gunicorn --chdir "$dir" --bind "127.0.0.1:$port" --workers 2 --threads 2 --max-requests 5000
		--max-requests-jitter 500 --graceful-timeout 5 --access-logfile "$dir/access" --worker-tmp-dir /dev/shm app:app)
}

ready() { answers / hello; }

workers() { [ "$(children "$pid" | wc -l)" = "$1" ] && ready; }
# A gunicorn that another one started, which has workers of its own.
other() { local child; for child in $(children "$pid"); do [ -z "$(children "$child")" ] || echo "$child"; done; }
has_other() { [ -n "$(other)" ] && ready; }

work() {
	local old page
	await workers workers 2
	pages 1 / /file /name
	for page in file thread database processes callback name tls self child; do
		step "$page" fetch /$page
	done
	pages 1 / /thread /child /tls

	mapfile -t old < <(children "$pid")
	kill -s HUP "$pid"
	await reload no_more "${old[@]}"
	await reload workers 2
	echo "step reload"
	kill -s TTIN "$pid"
	await "one worker more" workers 3
	kill -s TTOU "$pid"
	await "one worker less" workers 2
	echo "step one worker more, one less"

	mv "$dir/access" "$dir/access.1"
	kill -s USR1 "$pid"
	await "log rotation" test -e "$dir/access"
	echo "step log rotation"

	kill_one children "$pid"
	await "worker killed" workers 2
	echo "step worker killed and replaced"

	# Another gunicorn over the same socket, and back.
	kill -s USR2 "$pid"
	await upgrade has_other
	page=$(other)
	kill -s TERM "$page"
	await rollback no_more "$page"
	await rollback workers 2
	echo "step upgrade and rollback"
	pages 1 / /file
}

break_in() { fetch /shell; }

stop() { finish TERM; }
