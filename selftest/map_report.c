/* SPDX-License-Identifier: MIT */
#include "selftest/map_report.h"

#include <errno.h>
#include <string.h>

#define WIDTH 100

static const char answers[MAP_ANSWERS][16] = {"unknown", "open", "errno", "killed", "absent", "not-filterable"};
static const char bys[][20] = {"nobody", "denyinit", "outer", "denyinit-or-outer"};
static const char *const summaries[] = {"nobody", "this denyinit", "an outer filter",
                                        "this denyinit or an outer filter"};
static const char means[][12] = {"listener", "trace", "errno"};

/* What filters answer with; others are shown as numbers. */
static const struct {
	uint8_t number;
	char name[7];
} errnos[] = {{EPERM, "EPERM"}, {EACCES, "EACCES"}, {EINVAL, "EINVAL"}, {ENOSYS, "ENOSYS"}};

unsigned map_report_unknown(const struct map *map)
{
	unsigned count = 0;

	for (int abi = 0; abi < MACHINE_CALLABLE; abi++)
		for (size_t i = 0; i < MAP_NUMBERS; i++)
			count += map->calls[abi][i].answer == MAP_UNKNOWN;
	return count;
}

static bool same(const struct map_call *one, const struct map_call *other)
{
	return one->answer == other->answer && one->by == other->by && one->errnum == other->errnum &&
	       one->partly == other->partly;
}

/* Where those end that are told together with calls[i]: numbers in a row, without a name, that get the same. */
static size_t end_of_range(const struct map_call *calls, size_t i)
{
	size_t end = i + 1;

	while (!calls[i].name && end < MAP_DENSE && !calls[end].name && same(&calls[i], &calls[end]))
		end++;
	return end;
}

/* "mount", "473-559", "1024" */
static int label(char text[32], const struct map_call *calls, size_t i, size_t end)
{
	unsigned first = map_number(ABI_NATIVE, i);

	if (calls[i].name)
		return snprintf(text, 32, "%s", calls[i].name);
	return end == i + 1 ? snprintf(text, 32, "%u", first)
	                    : snprintf(text, 32, "%u-%u", first, map_number(ABI_NATIVE, end - 1));
}

static bool is_stopped(const struct map_call *call)
{
	return call->answer == MAP_ERRNO || call->answer == MAP_KILLED;
}

#define RESULT_MAX 64

/* "EPERM      denyinit, for some arguments"; "open" */
static void result(char text[RESULT_MAX], const struct map_call *call)
{
	char number[12];
	const char *how = answers[call->answer];

	if (call->answer == MAP_ERRNO) {
		snprintf(number, sizeof number, "errno %u", call->errnum);
		how = number;
		for (size_t i = 0; i < sizeof errnos / sizeof *errnos; i++)
			if (call->errnum == errnos[i].number)
				how = errnos[i].name;
	}
	if (is_stopped(call))
		snprintf(text, RESULT_MAX, "%-10s %s%s", how, bys[call->by],
		         call->partly ? ", for some arguments" : "");
	else
		snprintf(text, RESULT_MAX, "%s", how);
}

static void put_stopped(FILE *out, const struct map_call *calls, size_t i, size_t end)
{
	char name[32], number[12] = "-", how[RESULT_MAX];

	label(name, calls, i, end);
	result(how, &calls[i]);
	if (calls[i].name)
		snprintf(number, sizeof number, "%u", (unsigned)i);
	fprintf(out, "  %-28s %5s  %s\n", name, number, how);
}

/* "  open: read write ..." */
static void put_list(FILE *out, const struct map_call *calls, enum map_answer answer)
{
	int column = 0;

	for (size_t i = 0, end; i < MAP_NUMBERS; i = end) {
		char text[32];
		int length;

		end = end_of_range(calls, i);
		if (calls[i].answer != answer)
			continue;
		if (column == 0)
			column = fprintf(out, "  %s:", answers[answer]);
		length = label(text, calls, i, end) + 1;
		if (column + length > WIDTH)
			column = fprintf(out, "\n   ") - 1;
		column += fprintf(out, " %s", text);
	}
	if (column > 0)
		fputc('\n', out);
}

struct counts {
	unsigned known, answer[MAP_ANSWERS], by[MAP_BY_EITHER + 1];
};

/* Of the calls that have a name. */
static struct counts count(const struct map_call *calls)
{
	struct counts counts = {0};

	for (size_t i = 0; i < MAP_NUMBERS; i++) {
		if (!calls[i].name)
			continue;
		counts.known++;
		counts.answer[calls[i].answer]++;
		counts.by[calls[i].by]++;
	}
	return counts;
}

static bool is_uniform(const struct map_call *calls)
{
	for (size_t i = 1; i < MAP_NUMBERS; i++)
		if (!same(&calls[0], &calls[i]))
			return false;
	return true;
}

static void put_abi(FILE *out, const struct map_call *calls, enum abi abi)
{
	struct counts counts = count(calls);
	const char *separator = " (";

	fprintf(out, "%s: %u calls known: %u denied", numbers_abi_name(abi), counts.known,
	        counts.answer[MAP_ERRNO] + counts.answer[MAP_KILLED]);
	for (size_t by = MAP_BY_DENYINIT; by <= MAP_BY_EITHER; by++) {
		if (counts.by[by] == 0)
			continue;
		fprintf(out, "%s%u by %s", separator, counts.by[by], summaries[by]);
		separator = ", ";
	}
	fprintf(out, "%s, %u open", separator[0] == ',' ? ")" : "", counts.answer[MAP_OPEN]);
	for (size_t answer = 0; answer < MAP_ANSWERS; answer++)
		if (counts.answer[answer] > 0 && answer != MAP_OPEN && answer != MAP_ERRNO && answer != MAP_KILLED)
			fprintf(out, ", %u %s", counts.answer[answer], answers[answer]);
	fputc('\n', out);
	if (is_uniform(calls)) {
		char how[RESULT_MAX];

		result(how, &calls[0]);
		fprintf(out, "  every number: %s\n", how);
		return;
	}
	for (size_t i = 0, end; i < MAP_NUMBERS; i = end) {
		end = end_of_range(calls, i);
		if (is_stopped(&calls[i]))
			put_stopped(out, calls, i, end);
	}
	for (size_t answer = 0; answer < MAP_ANSWERS; answer++)
		if (answer != MAP_ERRNO && answer != MAP_KILLED)
			put_list(out, calls, (enum map_answer)answer);
}

void map_report_text(FILE *out, const struct map *map)
{
	for (int abi = 0; abi < MACHINE_CALLABLE; abi++)
		put_abi(out, map->calls[abi], (enum abi)abi);
	for (int abi = MACHINE_CALLABLE; abi < ABI_COUNT; abi++)
		fprintf(out, "%s: not asked: only a program of that architecture can make its calls\n",
		        numbers_abi_name((enum abi)abi));
}

void map_report_json(FILE *out, const struct map *map)
{
	fprintf(out,
	        "{\"schema\":1,\"event\":\"map\",\"version\":\"" DENYINIT_VERSION "\",\"means\":\"%s\",\"denyinit\":%s",
	        means[map->means], map->canary ? "true" : "false");
	if (map->filters >= 0)
		fprintf(out, ",\"filters\":%d", map->filters);
	else
		fputs(",\"filters\":null", out);
	fputs(",\"abis\":", out);
	for (int abi = 0; abi < MACHINE_CALLABLE; abi++) {
		fprintf(out, "%c{\"abi\":\"%s\",\"calls\":", abi ? ',' : '[', numbers_abi_name((enum abi)abi));
		for (size_t i = 0; i < MAP_NUMBERS; i++) {
			const struct map_call *call = &map->calls[abi][i];

			fprintf(out, "%c{\"nr\":%u,", i ? ',' : '[', (unsigned)map_number((enum abi)abi, i));
			if (call->name)
				fprintf(out, "\"name\":\"%s\",", call->name);
			fprintf(out, "\"answer\":\"%s\"", answers[call->answer]);
			if (call->answer == MAP_ERRNO)
				fprintf(out, ",\"errno\":%u", call->errnum);
			if (is_stopped(call))
				fprintf(out, ",\"by\":\"%s\",\"some_arguments\":%s", bys[call->by],
				        call->partly ? "true" : "false");
			fputc('}', out);
		}
		fputs("]}", out);
	}
	fputc(']', out);
	for (int abi = MACHINE_CALLABLE; abi < ABI_COUNT; abi++)
		fprintf(out, "%s\"%s\"%s", abi == MACHINE_CALLABLE ? ",\"not_asked\":[" : ",",
		        numbers_abi_name((enum abi)abi), abi + 1 == ABI_COUNT ? "]" : "");
	fputs("}\n", out);
}
