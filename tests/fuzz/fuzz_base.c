/* SPDX-License-Identifier: MIT */
/*
 * A profile from elsewhere, with a policy merged over it: what comes out is JSON that is read again, and nothing in it
 * lets through what the policy denies.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/merge.h"
#include "tests/fuzz/fuzz.h"

static const char policy_text[] = "[deny]\n"
				  "mount = deny\n"
				  "setns = 77 if arg1 & 0x6 and arg0 != 3\n"
				  "setns = kill-process if arg1 == 8\n"
				  "unshare = deny if arg0 & 0x20000\n";

static const struct {
	const char *name;
	int nr;
} known[] = {{"read", 0}, {"mount", 165}, {"unshare", 272}, {"setns", 308}};

#define KNOWN (sizeof known / sizeof *known)

static int number(const char *name)
{
	for (size_t i = 0; i < KNOWN; i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].nr;
	return CALL_UNKNOWN;
}

static const char *name_of(uint32_t nr)
{
	for (size_t i = 0; i < KNOWN; i++)
		if (known[i].nr == (int)nr)
			return known[i].name;
	return NULL;
}

static bool at(size_t i, char name[POLICY_NAME_MAX])
{
	snprintf(name, POLICY_NAME_MAX, "%s", i < KNOWN ? known[i].name : "");
	return i < KNOWN;
}

static const struct call_table calls = {.number = number, .name = name_of, .at = at};

static struct policy policy, observed;
static struct findings findings, base_findings;
static struct merge state;
static struct base merged;

static void check(const char *whole, size_t length)
{
	struct base_walk walk;
	struct base_entry entry;
	const bool read = base_read(&merged, whole, length);

	MUST(read || merged.json.count == JSON_TOKENS_MAX);
	if (!read)
		return;
	base_start(&merged, &walk);
	while (base_next(&merged, &walk, &entry)) {
		uint32_t name = entry.names;

		for (uint32_t i = 0; i < entry.nnames; i++, name = merged.json.token[name].next)
			MUST(!json_is(&merged.json, name, "mount") || entry.severity >= BASE_ERRNO);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size ? size : 1), *whole = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&whole, &length);
	bool right;

	MUST(text != NULL && out != NULL);
	memcpy(text, data, size);
	if (policy.nrules == 0)
		MUST(policy_parse(policy_text, sizeof policy_text - 1, &calls, &policy, &observed, &findings));
	memset(&findings, 0, sizeof findings);
	memset(&base_findings, 0, sizeof base_findings);
	state.policy = &policy;
	state.calls = &calls;
	state.policy_findings = &findings;
	state.base_findings = merged.findings = &base_findings;
	right = merge(&state, text, size, out);
	MUST(fclose(out) == 0);
	MUST(right == (findings.errors + base_findings.errors == 0));
	if (right)
		check(whole, length);
	free(whole);
	free(text);
	return 0;
}
