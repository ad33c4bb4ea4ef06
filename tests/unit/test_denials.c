/* SPDX-License-Identifier: MIT */
/* denials: what is told of denials and when, to the letter; and that nobody who is denied can make it more, or other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "init/denials.h"
#include "tests/unit/json.h"
#include "tests/unit/sample.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define PATH "/etc/denyinit.ini"

static const struct rule mount_rule = {.name = "mount", .nr = 165, .line = 2, .group = "@mount", .errnum = 1},
			 own_rule = {.name = "ptrace", .nr = 101, .line = 7, .errnum = 13},
			 number_rule = {.name = "", .nr = 500, .line = 9, .errnum = 1};

/* On the heap, for the address sanitizer. */
static struct denials *d;
static char *line;

static int set_up(void **state)
{
	(void)state;
	d = calloc(1, sizeof *d);
	line = malloc(DENIALS_LINE);
	return d && line ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(d);
	free(line);
	return 0;
}

static void start(const char *path, bool json)
{
	memset(d, 0, sizeof *d);
	d->path = path;
	d->json = json;
}

static struct denial denial_of(const struct rule *rule, const char *comm)
{
	struct denial denial = {.kind = DENIAL_DENIED, .rule = rule, .abi = "x86_64", .pid = 213};

	denial.setting = "newer-syscalls";
	denial.nr = rule ? rule->nr : 477;
	denial.errnum = rule ? rule->errnum : 38;
	snprintf(denial.comm, sizeof denial.comm, "%s", comm);
	return denial;
}

static void note(const struct rule *rule, const char *comm)
{
	const struct denial denial = denial_of(rule, comm);

	denials_note(d, &denial);
}

/* The next line; "" if none is due. Each ends in its only newline, and is as long as it says. */
static const char *next(int64_t now)
{
	size_t length;

	memset(line, 'x', DENIALS_LINE);
	length = denials_line(d, now, 0, line);
	if (length == 0)
		return "";
	assert_true(length < DENIALS_LINE);
	assert_int_equal(strlen(line), length);
	assert_ptr_equal(strchr(line, '\n'), line + length - 1);
	return line;
}

static const char *next_total(size_t *at)
{
	size_t length;

	memset(line, 'x', DENIALS_LINE);
	length = denials_total(d, at, line);
	if (length == 0)
		return "";
	assert_true(length < DENIALS_LINE);
	assert_int_equal(strlen(line), length);
	assert_ptr_equal(strchr(line, '\n'), line + length - 1);
	return line;
}

static void has(const char *text, const char *wanted)
{
	if (!strstr(text, wanted))
		fail_msg("`%s` is not in `%s`", wanted, text);
}

/* ---- what a line says ---- */

static const struct {
	struct denial denial;
	const char *text;
	const char *json; /* behind "logger":"denyinit", */
} lines[] = {
    {{DENIAL_DENIED, &mount_rule, "newer-syscalls", "x86_64", 165, 1, 213, "entrypoint.sh"},
     "denyinit: DENIED mount EPERM rule=" PATH ":2(@mount) pid=213 comm=entrypoint.sh abi=x86_64 count=1\n",
     "\"event\":\"denied\",\"schema\":1,\"call\":\"mount\",\"nr\":165,\"gets\":\"EPERM\",\"policy\":\"" PATH
     "\",\"line\":2,\"group\":\"@mount\",\"pid\":213,\"comm\":\"entrypoint.sh\",\"abi\":\"x86_64\",\"count\":1}\n"},
    {{DENIAL_OBSERVED, &own_rule, "newer-syscalls", "x86_64", 101, 13, 1, "nginx"},
     "denyinit: OBSERVE ptrace EACCES rule=" PATH ":7 pid=1 comm=nginx abi=x86_64 count=1\n",
     "\"event\":\"observed\",\"schema\":1,\"call\":\"ptrace\",\"nr\":101,\"gets\":\"EACCES\",\"policy\":\"" PATH
     "\",\"line\":7,\"group\":\"\",\"pid\":1,\"comm\":\"nginx\",\"abi\":\"x86_64\",\"count\":1}\n"},
    /* a call without a name, an errno without a name, a program without a name */
    {{DENIAL_DENIED, &number_rule, "newer-syscalls", "x86_64", 500, 4000, 4194304, ""},
     "denyinit: DENIED 500 4000 rule=" PATH ":9 pid=4194304 comm=? abi=x86_64 count=1\n",
     "\"event\":\"denied\",\"schema\":1,\"call\":\"500\",\"nr\":500,\"gets\":\"4000\",\"policy\":\"" PATH
     "\",\"line\":9,\"group\":\"\",\"pid\":4194304,\"comm\":\"\",\"abi\":\"x86_64\",\"count\":1}\n"},
    /* no line of the policy's: the setting that says so */
    {{DENIAL_DENIED, NULL, "newer-syscalls", "x86_64", 999, 38, 5, "future"},
     "denyinit: DENIED 999 ENOSYS rule=" PATH "(newer-syscalls) pid=5 comm=future abi=x86_64 count=1\n",
     "\"event\":\"denied\",\"schema\":1,\"call\":\"999\",\"nr\":999,\"gets\":\"ENOSYS\",\"policy\":\"" PATH
     "\",\"setting\":\"newer-syscalls\",\"pid\":5,\"comm\":\"future\",\"abi\":\"x86_64\",\"count\":1}\n"},
    {{DENIAL_OBSERVED, NULL, "other-abis", "i386", 21, 0, 6, "old"},
     "denyinit: OBSERVE 21 kill-process rule=" PATH "(other-abis) pid=6 comm=old abi=i386 count=1\n",
     "\"event\":\"observed\",\"schema\":1,\"call\":\"21\",\"nr\":21,\"gets\":\"kill-process\",\"policy\":\"" PATH
     "\",\"setting\":\"other-abis\",\"pid\":6,\"comm\":\"old\",\"abi\":\"i386\",\"count\":1}\n"},
    {{DENIAL_OBSERVED, &own_rule, "newer-syscalls", "x86_64", 101, 0, 7, "a b\"c\\d"},
     "denyinit: OBSERVE ptrace kill-process rule=" PATH ":7 pid=7 comm=a\\x20b\\x22c\\x5cd abi=x86_64 count=1\n",
     "\"event\":\"observed\",\"schema\":1,\"call\":\"ptrace\",\"nr\":101,\"gets\":\"kill-process\",\"policy\":\"" PATH
     "\",\"line\":7,\"group\":\"\",\"pid\":7,\"comm\":\"a b\\u0022c\\u005cd\",\"abi\":\"x86_64\",\"count\":1}\n"},
};

static void what_a_line_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		const bool observed = lines[i].denial.kind == DENIAL_OBSERVED;
		char head[80];

		start(PATH, false);
		denials_note(d, &lines[i].denial);
		assert_string_equal(next(0), lines[i].text);
		assert_string_equal(next(0), "");

		start(PATH, true);
		denials_note(d, &lines[i].denial);
		is_json(next(0));
		snprintf(head, sizeof head, "{\"level\":\"%s\",\"msg\":\"%s ", observed ? "info" : "warn",
		         observed ? "observed" : "denied");
		assert_memory_equal(line, head, strlen(head));
		has(line, ",\"logger\":\"denyinit\",");
		assert_string_equal(strstr(line, "\"event\":"), lines[i].json);
		assert_string_equal(next(0), "");
	}
}

static void times(void **state)
{
	static const struct {
		int64_t time;
		const char *wanted;
	} rows[] = {{1, "{\"time\":\"1970-01-01T00:00:01Z\",\"level\""},
	            {951782400, "{\"time\":\"2000-02-29T00:00:00Z\",\"level\""},
	            {INT64_C(4102444799), "{\"time\":\"2099-12-31T23:59:59Z\",\"level\""},
	            {0, "{\"level\""},
	            {-1, "{\"level\""},
	            {INT64_MAX, "{\"level\""}}; /* no such year */

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		start(PATH, true);
		note(&mount_rule, "a");
		assert_true(denials_line(d, 0, rows[i].time, line) > 0);
		is_json(line);
		assert_memory_equal(line, rows[i].wanted, strlen(rows[i].wanted));
	}
	start(PATH, false); /* the text has none */
	note(&mount_rule, "a");
	assert_true(denials_line(d, 0, 951782400, line) > 0);
	assert_memory_equal(line, "denyinit: DENIED ", 17);
}

/* ---- folding ---- */

static void what_is_folded(void **state)
{
	static const struct denial base = {DENIAL_DENIED, &mount_rule,    "newer-syscalls", "x86_64", 165, 1,
	                                   213,           "entrypoint.sh"};
	static const struct {
		struct denial other;
		bool folded;
	} rows[] = {
	    {{DENIAL_DENIED, &mount_rule, "newer-syscalls", "x86_64", 165, 1, 213, "entrypoint.sh"}, true},
	    {{DENIAL_DENIED, &mount_rule, "newer-syscalls", "x86_64", 165, 1, 9, "entrypoint.sh"}, true}, /* pid */
	    {{DENIAL_OBSERVED, &mount_rule, "newer-syscalls", "x86_64", 165, 1, 213, "entrypoint.sh"}, false},
	    {{DENIAL_DENIED, &own_rule, "newer-syscalls", "x86_64", 165, 1, 213, "entrypoint.sh"}, false},
	    {{DENIAL_DENIED, NULL, "newer-syscalls", "x86_64", 165, 1, 213, "entrypoint.sh"}, false},
	    {{DENIAL_DENIED, &mount_rule, "newer-syscalls", "x32", 165, 1, 213, "entrypoint.sh"}, false},
	    {{DENIAL_DENIED, &mount_rule, "newer-syscalls", "x86_64", 165, 1, 213, "entrypoint"}, false},
	    {{DENIAL_DENIED, &mount_rule, "newer-syscalls", "x86_64", 165, 1, 213, ""}, false},
	};
	static const struct denial newer = {DENIAL_DENIED, NULL, "newer-syscalls", "x86_64", 500, 38, 1, "a"},
				   newest = {DENIAL_DENIED, NULL, "newer-syscalls", "x86_64", 501, 38, 1, "a"};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		start(PATH, false);
		denials_note(d, &base);
		denials_note(d, &rows[i].other);
		assert_int_equal(d->used, rows[i].folded ? 1 : 2);
		has(next(0), rows[i].folded ? " count=2\n" : " count=1\n");
		if (rows[i].folded) /* the latest one is shown */
			assert_int_equal(d->keys[0].last.pid, rows[i].other.pid);
		else
			has(next(0), " count=1\n");
		assert_string_equal(next(0), "");
	}
	start(PATH, false); /* without a rule each number is one */
	denials_note(d, &newer);
	denials_note(d, &newer);
	denials_note(d, &newest);
	has(next(0), "DENIED 500 ENOSYS ");
	has(next(0), "DENIED 501 ENOSYS ");
	assert_string_equal(next(0), "");
}

/* A flood of one kind: the first at once, then after one second, two, four, ... at last every minute. */
static void intervals_double(void **state)
{
	static const int64_t told[] = {0, 1000, 3000, 7000, 15000, 31000, 63000, 123000, 183000, 243000};
	size_t lines_told = 0;

	(void)state;
	start(PATH, false);
	for (int64_t now = 0; now < 300000; now += 10) {
		char count[40];

		note(&mount_rule, "flood");
		if (next(now)[0] == '\0')
			continue;
		assert_true(lines_told < COUNT(told));
		assert_int_equal(now, told[lines_told++]);
		snprintf(count, sizeof count, " count=%d\n", (int)(now / 10) + 1); /* none is lost */
		has(line, count);
		assert_string_equal(next(now), "");
	}
	assert_int_equal(lines_told, COUNT(told));
}

/* What is over is not told again; after a long time without, the next one is told at once. */
static void silence(void **state)
{
	(void)state;
	start(PATH, false);
	note(&mount_rule, "a");
	has(next(5), " count=1\n");
	assert_int_equal(denials_wait(d, 5), -1);
	assert_string_equal(next(1000000), "");
	note(&mount_rule, "a");
	assert_int_equal(denials_wait(d, 1000000), 0);
	has(next(1000000), " count=2\n");
	note(&mount_rule, "a");
	assert_int_equal(denials_wait(d, 1000000), 2000);
	assert_string_equal(next(1001999), "");
	assert_int_equal(denials_wait(d, 1001999), 1);
	has(next(1002000), " count=3\n");
}

/* ---- the rate ---- */

static unsigned lines_at(int64_t now)
{
	unsigned count = 0;

	while (next(now)[0])
		count++;
	return count;
}

static void a_burst(void **state)
{
	(void)state;
	start(PATH, false);
	for (int i = 0; i < 50; i++) {
		char comm[DENIALS_COMM];

		snprintf(comm, sizeof comm, "p%d", i);
		note(&mount_rule, comm);
	}
	assert_int_equal(denials_wait(d, 70000), 0);
	assert_int_equal(lines_at(70000), DENIALS_BURST);
	assert_int_equal(denials_wait(d, 70000), 1000);
	assert_int_equal(denials_wait(d, 70400), 600);
	assert_int_equal(lines_at(70999), 0);
	assert_int_equal(denials_wait(d, 71000), 0);
	assert_int_equal(lines_at(71000), DENIALS_BURST);
	note(&own_rule, "late"); /* waits for its turn */
	assert_int_equal(lines_at(71500), 0);
	assert_int_equal(lines_at(72000), 50 - 2 * DENIALS_BURST + 1);
	assert_int_equal(denials_wait(d, 72000), -1);
}

/* Whatever comes, and whenever it is asked: the rate, that nothing is lost, and that the waiting time is right. */
static void any_flood(void **state)
{
	static const struct rule *const rules[] = {&mount_rule, &own_rule, &number_rule, NULL};

	(void)state;
	seed = 1;
	for (unsigned round = 0; round < 200; round++) {
		const uint32_t programs = 1 + below(round % 2 ? 400 : 5), step = 1 + below(3000);
		unsigned in_ten_seconds = 0;
		int64_t now = (int64_t)below(100000), window = now;
		uint64_t noted = 0;

		start(PATH, round % 3 == 0);
		for (unsigned turn = 0; turn < 200; turn++) {
			unsigned told;
			int wait;

			for (uint32_t n = below(40); n > 0; n--) {
				char comm[DENIALS_COMM];

				snprintf(comm, sizeof comm, "p%u", below(programs));
				note(rules[below(4)], comm);
				noted++;
			}
			wait = denials_wait(d, now);
			assert_int_equal(wait == 0, next(now)[0] != '\0');
			told = wait == 0 ? 1 + lines_at(now) : 0;
			assert_true(told <= DENIALS_BURST);
			if (now - window >= 10000) {
				window = now;
				in_ten_seconds = 0;
			}
			in_ten_seconds += told;
			assert_true(in_ten_seconds <= 11 * DENIALS_BURST);
			wait = denials_wait(d, now);
			assert_true(wait != 0 && wait <= 60000);
			if (wait > 0 && one_in(4)) { /* not a millisecond too early, nor too late */
				assert_string_equal(next(now + wait - 1), "");
				now += wait;
				has(next(now), "count");
			} else if (wait < 0 && one_in(20)) {
				assert_string_equal(next(now + 10000000), "");
			}
			now += below(step);
		}
		assert_true(d->used <= DENIALS_KEYS);
		{
			uint64_t kept = d->unkept;

			for (size_t i = 0; i < d->used; i++)
				kept += d->keys[i].count;
			assert_true(kept == noted);
		}
	}
}

/* ---- a full table ---- */

static void others(void **state)
{
	static struct rule rules[2 * DENIALS_KEYS];
	char comm[DENIALS_COMM];
	size_t at = 0;

	(void)state;
	start(PATH, false);
	for (unsigned i = 0; i < 1000; i++) { /* changes its name each time */
		snprintf(comm, sizeof comm, "p%u", i);
		note(&mount_rule, comm);
		note(&mount_rule, "p0");
	}
	assert_int_equal(d->used, DENIALS_PROGRAMS + 1);
	assert_string_equal(d->keys[0].last.comm, "p0"); /* who was here keeps its place */
	assert_int_equal(d->keys[0].count, 1 + 1000);
	assert_string_equal(d->keys[DENIALS_PROGRAMS].last.comm, "(others)");
	assert_int_equal(d->keys[DENIALS_PROGRAMS].count, 1000 - DENIALS_PROGRAMS);
	assert_true(d->unkept == 0);

	/* Other rules' programs are one each, from now on; and one of that name is among them. */
	note(&own_rule, "late");
	note(&own_rule, "later");
	note(&own_rule, "(others)");
	assert_int_equal(d->used, DENIALS_PROGRAMS + 2);
	assert_string_equal(d->keys[DENIALS_PROGRAMS + 1].last.comm, "(others)");
	assert_int_equal(d->keys[DENIALS_PROGRAMS + 1].count, 3);
	assert_ptr_equal(d->keys[DENIALS_PROGRAMS + 1].last.rule, &own_rule);

	/* More rules than there is room for: they are counted, and that is said. */
	for (size_t i = 0; i < COUNT(rules); i++) {
		rules[i] = (struct rule){.name = "kcmp", .nr = (uint32_t)i, .line = 20, .errnum = 1};
		note(&rules[i], "x");
		note(&rules[i], "y");
	}
	assert_int_equal(d->used, DENIALS_KEYS);
	assert_int_equal(d->unkept, 2 * (COUNT(rules) - (DENIALS_KEYS - DENIALS_PROGRAMS - 2)));
	assert_string_equal(next_total(&at), "denyinit: TOTALS denied=2127 observed=0 unkept=1156\n");
	note(&mount_rule, "p0"); /* what is there goes on */
	assert_int_equal(d->keys[0].count, 1002);
	/* All of it is told, in the end. */
	{
		unsigned told = 0;

		for (int64_t now = 0; now < 60000; now += 1000)
			told += lines_at(now);
		assert_int_equal(told, DENIALS_KEYS);
	}
}

/* ---- names that are not to be trusted ---- */

static void is_tame(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((*c < 0x20 && *c != '\n') || *c >= 0x7f)
			fail_msg("byte 0x%02x in `%s`", (unsigned char)*c, text);
}

/* Words of the form KEY=VALUE, of which no name can make more. */
static size_t words(const char *text)
{
	size_t count = 1;

	for (; *text; text++)
		count += *text == ' ';
	return count;
}

static void every_byte(void **state)
{
	(void)state;
	for (unsigned byte = 1; byte < 256; byte++) {
		const char name[] = {'x', (char)byte, 'y', '\0'};
		const bool plain = byte > 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
		char wanted[60];
		size_t at = 0;

		for (int json = 0; json < 2; json++) {
			char text[8];

			start(name, json);
			note(&mount_rule, name);
			is_tame(next(0));
			if (!json) {
				assert_int_equal(words(line), 9);
				snprintf(text, sizeof text, plain ? "%c" : "\\x%02x", byte);
				snprintf(wanted, sizeof wanted, " comm=x%sy ", text);
				has(line, wanted);
				snprintf(wanted, sizeof wanted, " rule=x%sy:2(", text);
				has(line, wanted);
			} else {
				is_json(line);
				snprintf(text, sizeof text, plain || byte == ' ' ? "%c" : "\\u%04x", byte);
				snprintf(wanted, sizeof wanted, "\"comm\":\"x%sy\"", text);
				has(line, wanted);
			}
			at = 0;
			is_tame(next_total(&at));
			is_tame(next_total(&at));
			if (json)
				is_json(line);
		}
	}
}

/* The longest names, of bytes that take the most room. */
static void long_names(void **state)
{
	static const struct rule long_rule = {.name = "a_call_with_the_longest_name_there_is__",
	                                      .nr = UINT32_MAX,
	                                      .line = UINT32_MAX,
	                                      .group = "@a_group_with_the_longest_name_there_is",
	                                      .errnum = 131};
	char comm[DENIALS_COMM];

	(void)state;
	assert_int_equal(strlen(long_rule.name), POLICY_NAME_MAX - 1);
	assert_int_equal(strlen(long_rule.group), POLICY_NAME_MAX - 1);
	for (int json = 0; json < 2; json++) {
		size_t at = 0;

		start("/etc/denyinit.ini", json);
		memset(comm, 1, sizeof comm - 1);
		comm[sizeof comm - 1] = '\0';
		for (char i = 1; i < 100; i++) { /* the list of programs is cut, the sum is not */
			comm[0] = i;
			note(&long_rule, comm);
		}
		d->keys[0].count = d->keys[0].told = UINT64_C(10000000000000000000);
		has(next(0), json ? ",\"count\":1}\n" : " count=1\n");
		next_total(&at);
		has(next_total(&at), json ? "\",\"count\":10000000000000000098}\n" : " count=10000000000000000098\n");
		if (json)
			is_json(line);
		is_tame(line);
		assert_string_equal(next_total(&at), "");
	}
}

/* However long the policy's path is: one line, and its end is a newline. */
static void a_long_path(void **state)
{
	static char path[4096];

	(void)state;
	for (size_t length = 0; length < sizeof path; length += length < 800 ? 1 : 97) {
		memset(path, length % 2 ? 'p' : ' ', length);
		path[length] = '\0';
		for (int json = 0; json < 2; json++) {
			size_t at = 0;

			start(path, json);
			note(&mount_rule, "a");
			note(NULL, "a");
			assert_string_not_equal(next(0), "");
			if (json && length < 200)
				is_json(line);
			assert_string_not_equal(next(0), "");
			assert_string_not_equal(next_total(&at), "");
			assert_string_not_equal(next_total(&at), "");
			if (json)
				is_json(line);
			assert_string_not_equal(next_total(&at), "");
			assert_string_equal(next_total(&at), "");
		}
	}
}

/* ---- sums ---- */

static void note_some(void)
{
	struct denial denial = denial_of(&own_rule, "strace");

	for (int i = 0; i < 12; i++)
		note(&mount_rule, "nginx");
	denial.kind = DENIAL_OBSERVED;
	denials_note(d, &denial);
	for (int i = 0; i < 3; i++)
		note(&mount_rule, "entrypoint.sh");
	note(NULL, "future");
	denials_note(d, &denial);
	note(&number_rule, "");
	denial = denial_of(&mount_rule, "nginx");
	denial.kind = DENIAL_OBSERVED;
	denials_note(d, &denial);
}

static void sums(void **state)
{
	static const char *const text[] = {
	    "denyinit: TOTALS denied=17 observed=3 unkept=0\n",
	    "denyinit:   mount            EPERM    rule=" PATH
	    ":2(@mount) abi=x86_64 by nginx(12) entrypoint.sh(3) count=15\n",
	    "denyinit:   ptrace           EACCES   rule=" PATH ":7 abi=x86_64 by strace(2) count=2\n",
	    "denyinit:   477              ENOSYS   rule=" PATH "(newer-syscalls) abi=x86_64 by future(1) count=1\n",
	    "denyinit:   500              EPERM    rule=" PATH ":9 abi=x86_64 by ?(1) count=1\n",
	    "denyinit:   mount            EPERM    rule=" PATH ":2(@mount) abi=x86_64 by nginx(1) count=1\n",
	};
	static const char *const json[] = {
	    "{\"level\":\"info\",\"msg\":\"denials in all\",\"logger\":\"denyinit\",\"event\":\"totals\",\"schema\":1,"
	    "\"denied\":17,\"observed\":3,\"unkept\":0}\n",
	    "{\"level\":\"info\",\"msg\":\"denied in all\",\"logger\":\"denyinit\",\"event\":\"denied-total\",\"schema\":1,"
	    "\"call\":\"mount\",\"gets\":\"EPERM\",\"line\":2,\"abi\":\"x86_64\",\"programs\":\"nginx(12) entrypoint.sh(3)\","
	    "\"count\":15}\n",
	    "{\"level\":\"info\",\"msg\":\"observed in all\",\"logger\":\"denyinit\",\"event\":\"observed-total\",\"schema\":1,"
	    "\"call\":\"ptrace\",\"gets\":\"EACCES\",\"line\":7,\"abi\":\"x86_64\",\"programs\":\"strace(2)\",\"count\":2}\n",
	    "{\"level\":\"info\",\"msg\":\"denied in all\",\"logger\":\"denyinit\",\"event\":\"denied-total\",\"schema\":1,"
	    "\"call\":\"477\",\"gets\":\"ENOSYS\",\"line\":0,\"abi\":\"x86_64\",\"programs\":\"future(1)\",\"count\":1}\n",
	    "{\"level\":\"info\",\"msg\":\"denied in all\",\"logger\":\"denyinit\",\"event\":\"denied-total\",\"schema\":1,"
	    "\"call\":\"500\",\"gets\":\"EPERM\",\"line\":9,\"abi\":\"x86_64\",\"programs\":\"?(1)\",\"count\":1}\n",
	    "{\"level\":\"info\",\"msg\":\"observed in all\",\"logger\":\"denyinit\",\"event\":\"observed-total\",\"schema\":1,"
	    "\"call\":\"mount\",\"gets\":\"EPERM\",\"line\":2,\"abi\":\"x86_64\",\"programs\":\"nginx(1)\",\"count\":1}\n",
	};
	size_t at;

	(void)state;
	start(PATH, false);
	note_some();
	for (int twice = 0; twice < 2; twice++) { /* the second time it is the same: nothing is used up */
		at = 0;
		for (size_t i = 0; i < COUNT(text); i++)
			assert_string_equal(next_total(&at), text[i]);
		for (int i = 0; i < 3; i++)
			assert_string_equal(next_total(&at), "");
	}
	start(PATH, true);
	note_some();
	at = 0;
	for (size_t i = 0; i < COUNT(json); i++) {
		assert_string_equal(next_total(&at), json[i]);
		is_json(line);
	}
	assert_string_equal(next_total(&at), "");

	/* Nothing was denied: that is told as well. */
	start(PATH, false);
	at = 0;
	assert_string_equal(next_total(&at), "denyinit: TOTALS denied=0 observed=0 unkept=0\n");
	assert_string_equal(next_total(&at), "");
}

/* The lines' counts and what found no place are all that there was. */
static void sums_add_up(void **state)
{
	static struct rule rules[100];

	(void)state;
	seed = 2;
	for (unsigned round = 0; round < 30; round++) {
		const uint32_t programs = 1 + below(300);
		uint64_t noted = 0, told = 0, denied = 0, observed = 0;
		size_t at = 0;

		start(PATH, round % 2);
		for (uint32_t n = below(20000); n > 0; n--) {
			const uint32_t rule = below(1 + below(COUNT(rules)));
			struct denial denial;
			char comm[DENIALS_COMM];

			snprintf(comm, sizeof comm, "p%u", below(programs));
			rules[rule] = (struct rule){.name = "kcmp", .nr = 1000 + rule, .errnum = 1};
			denial = denial_of(one_in(10) ? NULL : &rules[rule], comm);
			denial.nr = one_in(2) ? denial.nr : 477 + rule;
			denial.kind = one_in(3) ? DENIAL_OBSERVED : DENIAL_DENIED;
			denials_note(d, &denial);
			noted++;
		}
		next_total(&at);
		denied = strtoull(strstr(line, round % 2 ? "denied\":" : "denied=") + (round % 2 ? 8 : 7), NULL, 10);
		observed =
		    strtoull(strstr(line, round % 2 ? "observed\":" : "observed=") + (round % 2 ? 10 : 9), NULL, 10);
		while (next_total(&at)[0]) {
			const char *count = strstr(line, round % 2 ? "\"count\":" : " count=");

			assert_non_null(count);
			told += strtoull(count + strcspn(count, "0123456789"), NULL, 10);
		}
		assert_true(told == denied + observed);
		assert_true(told + d->unkept == noted);
	}
}

static void counts_of_a_rule(void **state)
{
	static const struct {
		enum denial_kind kind;
		const struct rule *rule;
		const char *setting;
		uint64_t count;
		const char *programs;
	} rows[] = {
	    {DENIAL_DENIED, &mount_rule, NULL, 15, "nginx entrypoint.sh"},
	    {DENIAL_OBSERVED, &mount_rule, NULL, 1, "nginx"},
	    {DENIAL_OBSERVED, &own_rule, NULL, 2, "strace"},
	    {DENIAL_DENIED, &own_rule, NULL, 0, ""},
	    {DENIAL_DENIED, &number_rule, NULL, 1, "?"},
	    {DENIAL_DENIED, NULL, "newer-syscalls", 1, "future"},
	    {DENIAL_DENIED, NULL, "other-abis", 0, ""},
	    {DENIAL_OBSERVED, NULL, "newer-syscalls", 0, ""},
	};

	(void)state;
	start(PATH, false);
	note_some();
	for (size_t i = 0; i < COUNT(rows); i++) {
		char programs[100];

		memset(programs, 'x', sizeof programs);
		assert_int_equal(
		    denials_count(d, rows[i].kind, rows[i].rule, rows[i].setting, programs, sizeof programs),
		    rows[i].count);
		assert_string_equal(programs, rows[i].programs);
		assert_int_equal(denials_count(d, rows[i].kind, rows[i].rule, rows[i].setting, NULL, 0), rows[i].count);
		for (size_t size = 1; size < 30; size++) { /* cut where size ends; never a byte more */
			char *small = malloc(size);

			assert_non_null(small);
			assert_int_equal(denials_count(d, rows[i].kind, rows[i].rule, rows[i].setting, small, size),
			                 rows[i].count);
			assert_true(strlen(small) < size);
			assert_memory_equal(small, rows[i].programs, strlen(small));
			free(small);
		}
	}
	note(&own_rule, "a;b\nc"); /* it may stand in a comment */
	{
		char programs[100];

		assert_int_equal(denials_count(d, DENIAL_DENIED, &own_rule, NULL, programs, sizeof programs), 1);
		assert_string_equal(programs, "a;b\\x0ac");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_a_line_says), cmocka_unit_test(times),
	    cmocka_unit_test(what_is_folded),   cmocka_unit_test(intervals_double),
	    cmocka_unit_test(silence),          cmocka_unit_test(a_burst),
	    cmocka_unit_test(any_flood),        cmocka_unit_test(others),
	    cmocka_unit_test(every_byte),       cmocka_unit_test(long_names),
	    cmocka_unit_test(a_long_path),      cmocka_unit_test(sums),
	    cmocka_unit_test(sums_add_up),      cmocka_unit_test(counts_of_a_rule),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
