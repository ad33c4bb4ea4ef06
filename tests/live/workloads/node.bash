# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with `drive`
# Node.js, by nobody: a cluster of two workers that replaces them on SIGHUP, and one that died at once.

prepare() {
	user=nobody
	cat >"$dir/server.js" <<-'END'
		const cluster = require('node:cluster'), http = require('node:http'), fs = require('node:fs');
		const child_process = require('node:child_process'), crypto = require('node:crypto'), dns = require('node:dns');
		const { Worker } = require('node:worker_threads'), zlib = require('node:zlib'), os = require('node:os');
		const [port, folder] = process.argv.slice(2);

		if (cluster.isPrimary) {
			let ending = false;
			for (let i = 0; i < 2; i++) cluster.fork();
			cluster.on('exit', () => ending || cluster.fork());
			process.on('SIGHUP', () => { for (const worker of Object.values(cluster.workers)) worker.disconnect(); });
			process.on('SIGTERM', () => { ending = true; cluster.disconnect(() => process.exit(0)); });
		} else {
			const pages = {
				'/': done => done(null, 'hello'),
				'/file': done => fs.readFile(__filename, 'utf8', (error) => done(error, 'file')),
				'/write': done => {
					const name = `${folder}/${crypto.randomUUID()}`;
					fs.writeFile(name, 'x', error => error ? done(error) : fs.rename(name, name + '.new', error => error ?
						done(error) : fs.unlink(name + '.new', error => done(error, 'written'))));
				},
				'/hash': done => crypto.pbkdf2('secret', 'salt', 100, 32, 'sha256', (error) => done(error, 'hash')),
				'/gzip': done => zlib.gzip('x'.repeat(10000), (error) => done(error, 'gzip')),
				'/name': done => dns.lookup('localhost', (error) => done(error, 'name')),
				'/self': done => http.get({ port, path: '/' }, r => r.resume().on('end', () => done(null, 'self'))).on('error', done),
				'/child': done => child_process.execFile('echo', ['child'], (error, out) => done(error, out.trim())),
				'/shell': done => child_process.exec(fs.readFileSync(`${folder}/command`, 'utf8'), (error, out, err) =>
					done(null, error ? `failed: ${error.code} ${err}` : `done ${out}`)),
				'/thread': done => new Worker("require('node:worker_threads').parentPort.postMessage('thread')",
					{ eval: true }).on('message', text => done(null, text)).on('error', done),
				'/machine': done => done(null, os.cpus().length && os.networkInterfaces() && os.loadavg() && 'machine'),
			};
			const server = http.createServer((request, answer) => {
				const page = pages[request.url];
				if (!page) return answer.writeHead(404).end();
				page((error, text) => answer.writeHead(error ? 500 : 200).end(error ? String(error) : text));
			});
			server.listen(port, '127.0.0.1');
		}
	END
	server=(node "$dir/server.js" "$port" "$dir")
}

ready() { answers / hello; }

two_workers() { [ "$(children "$pid" | wc -l)" = 2 ] && ready; }

work() {
	local old page
	await workers two_workers
	pages 1 / /file /hash /gzip
	for page in file write hash gzip name self child thread machine; do
		step "$page" fetch /$page
	done
	pages 1 / /write /name /self /child /thread

	kill -s USR1 "$pid"
	await inspector curl -sf --noproxy '*' http://127.0.0.1:9229/json
	echo "step inspector"

	mapfile -t old < <(children "$pid")
	kill -s HUP "$pid"
	await reload no_more "${old[@]}"
	await reload two_workers
	echo "step reload"

	kill_one children "$pid"
	await "worker killed" two_workers
	echo "step worker killed and replaced"
	pages 1 / /file
}

break_in() { fetch /shell; }

stop() { finish TERM; }
