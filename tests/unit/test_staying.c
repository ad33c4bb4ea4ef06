/* SPDX-License-Identifier: MIT */
/* staying: values of [init] to what they mean, or to what is said about them. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "init/staying.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void signals_by_name_and_number(void **state)
{
	static const struct {
		const char *word;
		int signal;
	} rows[] = {
	    {"HUP", SIGHUP},    {"TERM", SIGTERM}, {"SIGTERM", SIGTERM},
	    {"SYS", SIGSYS},    {"15", 15},        {"0x0f", 15},
	    {"64", 64},         {"RTMIN", 34},     {"RTMIN+0", 34},
	    {"RTMIN+30", 64},   {"SIGRTMAX", 64},  {"RTMAX-30", 34},
	    {"SIGRTMIN+3", 37}, {"0", -1},         {"65", -1},
	    {"term", -1},       {"SIG", -1},       {"", -1},
	    {"TER", -1},        {"TERMX", -1},     {"RTMIN+31", -1},
	    {"RTMIN-1", -1},    {"RTMAX+1", -1},   {"RTMIN+", -1},
	    {"RTMIN+x", -1},    {"015", -1},       {"99999999999999", -1},
	    {"-1", -1},         {"RTMINI", -1},    {"HUP INT", -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (staying_signal(rows[i].word) != rows[i].signal)
			fail_msg("%s: %d, not %d", rows[i].word, staying_signal(rows[i].word), rows[i].signal);
	/* Every name that this libc has, but for the synonyms. */
	for (int signal = 1; signal <= SIGSYS; signal++) {
		const char *abbreviation = signal == SIGIO ? "IO" : sigabbrev_np(signal); /* glibc says POLL */
		char name[16];

		assert_int_equal(staying_signal(abbreviation), signal);
		assert_string_equal(staying_signal_name(signal, name) + 3, abbreviation);
	}
}

static void what_can_be_passed_on(void **state)
{
	static const int not [] = {SIGKILL, SIGSTOP, SIGCHLD, SIGSEGV, SIGBUS,
	                           SIGILL,  SIGFPE,  SIGSYS,  SIGTRAP, SIGABRT};
	unsigned count = 0;

	(void)state;
	for (int signal = 1; signal <= 64; signal++)
		count += staying_passes(signal);
	assert_int_equal(count, 64 - COUNT(not ));
	for (size_t i = 0; i < COUNT(not ); i++)
		assert_false(staying_passes(not [i]));
}

/* All that is not as at the start, as text. */
static const char *shown(const struct staying *s)
{
	static char text[400];
	size_t used = 0;

	text[0] = '\0';
#define ADD(...) used += (size_t)snprintf(text + used, sizeof text - used, __VA_ARGS__)
	if (s->parent_death)
		ADD(" death=%d", s->parent_death);
	for (int i = 1; i <= 64; i++) {
		if (s->rewritten[i])
			ADD(" %d:%d", i, s->rewritten[i]);
		if (s->dropped & SIGNAL_BIT(i))
			ADD(" %d:0", i);
		if (s->stops & SIGNAL_BIT(i) && s->stops != SIGNAL_BIT(15))
			ADD(" stop=%d", i);
	}
	for (unsigned i = 0; i < 256; i++)
		if (s->exit_zero[i / 64] >> i % 64 & 1)
			ADD(" zero=%u", i);
	if (s->grace_ms)
		ADD(" grace=%u", s->grace_ms);
	if (s->delay_ms)
		ADD(" delay=%u", s->delay_ms);
	if (s->user[0])
		ADD(" user=%s", s->user);
	return text;
}

static void values(void **state)
{
	static const struct {
		enum staying_setting setting;
		const char *value;
		const char *result; /* with a blank at first; else a part of what is said */
	} rows[] = {
	    {STAY_PARENT_DEATH, "none", ""},
	    {STAY_PARENT_DEATH, "SIGKILL", " death=9"},
	    {STAY_PARENT_DEATH, "15", " death=15"},
	    {STAY_PARENT_DEATH, "KIL", "unknown signal `KIL`: did you mean `KILL`?"},
	    {STAY_PARENT_DEATH, "KILL", " death=9"},
	    {STAY_PARENT_DEATH, "9", " death=9"},
	    {STAY_PARENT_DEATH, "SEGV", "`SEGV` is never passed on"},
	    {STAY_PARENT_DEATH, "CHLD", "`CHLD` is never passed on"},
	    {STAY_PARENT_DEATH, "STOP", "`STOP` is never passed on"},
	    {STAY_PARENT_DEATH, "zzz", "a number from 1 to 64"},
	    {STAY_REWRITE, "none", ""},
	    {STAY_REWRITE, "TERM:QUIT WINCH:0", " 15:3 28:0"},
	    {STAY_REWRITE, "15:3", " 15:3"},
	    {STAY_REWRITE, "TERM:KILL  HUP:RTMIN+1", " 1:35 15:9"},
	    {STAY_REWRITE, "TERM", "`TERM` is no rewriting: write TERM:QUIT"},
	    {STAY_REWRITE, "TERM:", "is no rewriting"},
	    {STAY_REWRITE, ":TERM", "is no rewriting"},
	    {STAY_REWRITE, "TREM:QUIT", "unknown signal `TREM`: did you mean `TERM`?"},
	    {STAY_REWRITE, "TERM:SIGQUTI", "unknown signal `SIGQUTI`: did you mean `QUIT`?"},
	    {STAY_REWRITE, "KILL:TERM", "`KILL` is never passed on"},
	    {STAY_REWRITE, "CHLD:TERM", "`CHLD` is never passed on"},
	    {STAY_REWRITE, "TERM:QUIT 15:1", "`15` is rewritten twice"},
	    {STAY_REWRITE, "TERM:0 15:1", "`15` is rewritten twice"},
	    {STAY_REWRITE, "TERM:QUIT:HUP", "unknown signal `QUIT:HUP`"},
	    {STAY_EXIT_ZERO, "none", ""},
	    {STAY_EXIT_ZERO, "143 1 255", " zero=1 zero=143 zero=255"},
	    {STAY_EXIT_ZERO, "0", "`0` is no exit status that could become 0"},
	    {STAY_EXIT_ZERO, "256", "`256` is no exit status"},
	    {STAY_EXIT_ZERO, "TERM", "`TERM` is no exit status"},
	    {STAY_STOP_SIGNALS, "QUIT", " stop=3"},
	    {STAY_STOP_SIGNALS, "TERM INT", " stop=2 stop=15"},
	    {STAY_STOP_SIGNALS, "KILL", "`KILL` is never passed on"},
	    {STAY_GRACE, "none", ""},
	    {STAY_GRACE, "10s", " grace=10000"},
	    {STAY_GRACE, "500ms", " grace=500"},
	    {STAY_GRACE, "2m", " grace=120000"},
	    {STAY_GRACE, "1440m", " grace=86400000"},
	    {STAY_GRACE, "1441m", "is no duration"},
	    {STAY_GRACE, "0s", "is no duration"},
	    {STAY_GRACE, "10", "`10` is no duration: write 10s"},
	    {STAY_GRACE, "10 s", "is no duration"},
	    {STAY_GRACE, "-1s", "is no duration"},
	    {STAY_GRACE, "1.5s", "is no duration"},
	    {STAY_GRACE, "s", "is no duration"},
	    {STAY_GRACE, "99999999999s", "is no duration"},
	    {STAY_TERM_DELAY, "5s", " delay=5000"},
	    {STAY_USER, "none", ""},
	    {STAY_USER, "app", " user=app"},
	    {STAY_USER, "app:www-data", " user=app:www-data"},
	    {STAY_USER, "1000:1000", " user=1000:1000"},
	    {STAY_USER, "1000", "`1000` is a uid, and needs a group: write 1000:GID"},
	    {STAY_USER, ":app", "is no user"},
	    {STAY_USER, "app:", "is no user"},
	    {STAY_USER, "a:b:c", "is no user"},
	    {STAY_USER, "a b", "is no user"},
	    {STAY_USER, "a234567890123456789012345678901234567890123456789012345678901234", "is no user"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char why[STAYING_WHY] = "";
		struct staying s;
		bool taken;

		staying_start(&s);
		taken = staying_take(rows[i].setting, rows[i].value, &s, why);
		if (taken ? strcmp(shown(&s), rows[i].result) != 0
		          : !strstr(why, rows[i].result) || strcmp(rows[i].result, "") == 0 || rows[i].result[0] == ' ')
			fail_msg("%s: \"%s\", \"%s\"; not \"%s\"", rows[i].value, shown(&s), why, rows[i].result);
		/* What an option says takes the place of what was there. */
		if (taken) {
			(void)staying_take(rows[i].setting, rows[i].value, &s, why);
			assert_string_equal(shown(&s), rows[i].result);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(signals_by_name_and_number),
	    cmocka_unit_test(what_can_be_passed_on),
	    cmocka_unit_test(values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
