/* SPDX-License-Identifier: MIT */
#include "init/staying.h"

#include <stdio.h>
#include <string.h>

#include "init/nearest.h"
#include "init/words.h"

/* From 1 on; the same on every architecture that there is a denyinit for. */
static const char names[] =
    "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP "
    "TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS";

enum { ILL = 4, TRAP, ABRT, BUS, FPE, KILL, SEGV = 11, TERM = 15, CHLD = 17, STOP = 19, SYS = 31 };

#define RTMIN 34 /* as libc has it, which keeps 32 and 33 to itself */
#define RTMAX STAYING_SIGNALS
#define DURATION_MAX 86400000u /* a day, in ms */

static const uint64_t not_passed = SIGNAL_BIT(ILL) | SIGNAL_BIT(TRAP) | SIGNAL_BIT(ABRT) | SIGNAL_BIT(BUS) |
                                   SIGNAL_BIT(FPE) | SIGNAL_BIT(KILL) | SIGNAL_BIT(SEGV) | SIGNAL_BIT(CHLD) |
                                   SIGNAL_BIT(STOP) | SIGNAL_BIT(SYS);

void staying_start(struct staying *staying)
{
	*staying = (struct staying){.stops = SIGNAL_BIT(TERM)};
}

/* ---- signals ---- */

bool staying_passes(int signal)
{
	return !(not_passed & SIGNAL_BIT(signal));
}

int staying_signal(const char *word)
{
	uint64_t number = 0;
	int place, sign = 0;

	if (words_number(word, &number) == NUMBER_OK)
		return number >= 1 && number <= RTMAX ? (int)number : -1;
	if (strncmp(word, "SIG", 3) == 0)
		word += 3;
	place = words_place(names, word);
	if (place >= 0)
		return place + 1;
	if (strncmp(word, "RTMIN", 5) == 0)
		sign = 1;
	else if (strncmp(word, "RTMAX", 5) == 0)
		sign = -1;
	place = sign > 0 ? RTMIN : RTMAX;
	if (sign && word[5] == '\0')
		return place;
	if (!sign || word[5] != (sign > 0 ? '+' : '-') || words_number(word + 6, &number) != NUMBER_OK ||
	    number > RTMAX - RTMIN)
		return -1;
	return place + sign * (int)number;
}

const char *staying_signal_name(int signal, char name[16])
{
	const char *at = names;
	char word[8];

	if (signal > SYS) {
		snprintf(name, 16, "signal %u", (unsigned)signal % 100);
		return name;
	}
	for (int i = 0; i < signal; i++)
		(void)words_next(&at, word, sizeof word);
	snprintf(name, 16, "SIG%s", word);
	return name;
}

/* -1: why says why not. */
static int signal_or_why(const char *word, char why[STAYING_WHY])
{
	const int signal = staying_signal(word);
	char hint[NEAREST_HINT];
	struct nearest nearest;

	if (signal > 0)
		return signal;
	nearest_start(&nearest, strncmp(word, "SIG", 3) == 0 ? word + 3 : word);
	nearest_offer_words(&nearest, names);
	nearest_hint(&nearest, hint);
	snprintf(why, STAYING_WHY, "unknown signal `%.40s`%s", word,
	         hint[0] ? hint : ": a name (TERM, RTMIN+1) or a number from 1 to 64");
	return -1;
}

/* The same, but only one that denyinit hears of. */
static int heard_or_why(const char *word, char why[STAYING_WHY])
{
	const int signal = signal_or_why(word, why);

	if (signal < 0 || staying_passes(signal))
		return signal;
	snprintf(why, STAYING_WHY, "`%.40s` is never passed on, and so nothing can be made of it: remove it", word);
	return -1;
}

/* ---- words ---- */

static bool take_stop(const char *word, struct staying *staying, char why[STAYING_WHY])
{
	const int signal = heard_or_why(word, why);

	if (signal > 0)
		staying->stops |= SIGNAL_BIT(signal);
	return signal > 0;
}

/* "TERM:QUIT", "WINCH:0" */
static bool take_rewriting(const char *word, struct staying *staying, char why[STAYING_WHY])
{
	const char *colon = strchr(word, ':');
	char from[24];
	int signal, other;

	if (!colon || colon == word || colon[1] == '\0') {
		snprintf(why, STAYING_WHY,
		         "`%.40s` is no rewriting: write TERM:QUIT, or TERM:0 for one that is not to be passed on",
		         word);
		return false;
	}
	snprintf(from, sizeof from, "%.*s", (int)(colon - word), word);
	signal = heard_or_why(from, why);
	other = strcmp(colon + 1, "0") == 0 ? 0 : signal < 0 ? -1 : signal_or_why(colon + 1, why);
	if (signal < 0 || other < 0)
		return false;
	if (staying->rewritten[signal] || staying->dropped & SIGNAL_BIT(signal)) {
		snprintf(why, STAYING_WHY, "`%s` is rewritten twice: remove one of the two", from);
		return false;
	}
	staying->rewritten[signal] = (uint8_t)other;
	staying->dropped |= other ? 0 : SIGNAL_BIT(signal);
	return true;
}

static bool take_status(const char *word, struct staying *staying, char why[STAYING_WHY])
{
	uint64_t status = 0;

	if (words_number(word, &status) == NUMBER_OK && status >= 1 && status <= 255) {
		staying->exit_zero[status / 64] |= UINT64_C(1) << status % 64;
		return true;
	}
	snprintf(why, STAYING_WHY, "`%.40s` is no exit status that could become 0: 1 to 255, 143 for death by SIGTERM",
	         word);
	return false;
}

static bool take_each(const char *value, struct staying *staying, char why[STAYING_WHY],
                      bool (*take)(const char *, struct staying *, char *))
{
	char word[64];

	while (words_next(&value, word, sizeof word))
		if (!take(word, staying, why))
			return false;
	return true;
}

/* ---- one value ---- */

static bool take_duration(const char *value, uint32_t *ms, char why[STAYING_WHY])
{
	static const struct {
		char unit[3];
		uint32_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}};
	const size_t digits = strspn(value, "0123456789");
	uint64_t number = 0;
	char text[12];

	if (digits > 0 && digits < sizeof text) {
		snprintf(text, sizeof text, "%.*s", (int)digits, value);
		for (size_t i = 0; i < sizeof units / sizeof *units; i++)
			if (strcmp(value + digits, units[i].unit) == 0 && words_number(text, &number) == NUMBER_OK &&
			    number > 0 && number * units[i].ms <= DURATION_MAX) {
				*ms = (uint32_t)(number * units[i].ms);
				return true;
			}
	}
	snprintf(why, STAYING_WHY, "`%.40s` is no duration: write 10s, 500ms or 2m, a day at most, or none", value);
	return false;
}

/* "app", "app:www-data", "1000:1000". Who that is, only the image knows. */
static bool take_user(const char *value, struct staying *staying, char why[STAYING_WHY])
{
	const char *colon = strchr(value, ':');
	const size_t length = colon ? (size_t)(colon - value) : strlen(value);

	if (strlen(value) >= sizeof staying->user || length == 0 || (colon && (!colon[1] || strchr(colon + 1, ':'))) ||
	    strpbrk(value, " \t/"))
		snprintf(why, STAYING_WHY, "`%.40s` is no user: write a name of /etc/passwd, name:group, or uid:gid",
		         value);
	else if (!colon && strspn(value, "0123456789") == length)
		snprintf(why, STAYING_WHY, "`%.40s` is a uid, and needs a group: write %.40s:GID", value, value);
	else {
		snprintf(staying->user, sizeof staying->user, "%s", value);
		return true;
	}
	return false;
}

bool staying_take(enum staying_setting setting, const char *value, struct staying *staying, char why[STAYING_WHY])
{
	const bool none = strcmp(value, "none") == 0;
	int signal;

	switch (setting) {
	case STAY_PARENT_DEATH:
		signal = none ? 0 : staying_signal(value) == KILL ? KILL : heard_or_why(value, why);
		staying->parent_death = (uint8_t)(signal < 0 ? 0 : signal);
		return signal >= 0;
	case STAY_REWRITE:
		memset(staying->rewritten, 0, sizeof staying->rewritten);
		staying->dropped = 0;
		return none || take_each(value, staying, why, take_rewriting);
	case STAY_EXIT_ZERO:
		memset(staying->exit_zero, 0, sizeof staying->exit_zero);
		return none || take_each(value, staying, why, take_status);
	case STAY_STOP_SIGNALS: staying->stops = 0; return take_each(value, staying, why, take_stop);
	case STAY_GRACE: staying->grace_ms = 0; return none || take_duration(value, &staying->grace_ms, why);
	case STAY_TERM_DELAY: staying->delay_ms = 0; return none || take_duration(value, &staying->delay_ms, why);
	case STAY_USER: staying->user[0] = '\0'; return none || take_user(value, staying, why);
	default: return true; /* a word's place: policy.c */
	}
}
