/* SPDX-License-Identifier: MIT */
/*
 * merge: random policies over random bases, for every set of capabilities: what the merged profile gives a call is what
 * the base and the policy give it as two filters, one on top of the other. Both profiles are read here a second time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "init/merge.h"
#include "tests/unit/sample.h"

/*
 * Five calls, of which nothing is known but that the arguments of the first two are of 32 bits (the second one has one).
 * Their numbers are the places.
 */
static const char *const names[] = {"setns", "unshare", "c2", "c3", "c4"};

#define CALLS 5u

static bool is_narrow(unsigned call, unsigned arg)
{
	return call == 0 || (call == 1 && arg == 0);
}

static int number(const char *name)
{
	for (unsigned i = 0; i < CALLS; i++)
		if (strcmp(name, names[i]) == 0)
			return (int)i;
	return CALL_UNKNOWN;
}

static const char *name_of(uint32_t nr)
{
	return nr < CALLS ? names[nr] : NULL;
}

static bool at(size_t i, char name[POLICY_NAME_MAX])
{
	snprintf(name, POLICY_NAME_MAX, "%s", i < CALLS ? name_of((uint32_t)i) : "");
	return i < CALLS;
}

static const struct call_table calls = {.number = number, .name = name_of, .at = at};

/* ---- made at random ---- */

static uint64_t random_value(void)
{
	static const uint64_t usual[] = {0, 1, 2, 3, 7, 8, 9, 0x20000, 0x20001, UINT64_C(0x100000001)};

	return usual[below(sizeof usual / sizeof *usual)];
}

static void put_policy(FILE *out, bool newer_enosys)
{
	static const char *const ops[] = {"&", "==", "!=", "<", ">=", "in"};
	static const char *const answers[] = {"EACCES", "EPERM", "77", "kill-process"};

	fprintf(out, "[policy]\nnewer-syscalls = %s\n[deny]\n", newer_enosys ? "ENOSYS" : "allow");
	for (unsigned call = 0; call < CALLS; call++) {
		unsigned lines = one_in(2) ? 0 : 1 + below(2);

		if (call == 0 && lines == 0)
			lines = 1; /* something has to be denied */
		for (unsigned i = 0; i < lines; i++) {
			const unsigned conditions = lines == 1 && one_in(3) ? 0 : 1 + one_in(4);

			fprintf(out, "%s = %s", names[call], answers[below(4)]);
			for (unsigned k = 0; k < conditions; k++) {
				const char *op =
				    ops[one_in(2) ? 0 : below(6)]; /* else it would be too many cubes too often */
				const unsigned arg = call == 1 ? 0 : below(2);
				uint64_t value = is_narrow(call, arg) ? (uint32_t)random_value() : random_value();
				const bool wide = value > UINT32_MAX || (!is_narrow(call, arg) && one_in(4));

				if (op[0] == '&' && value == 0)
					value = 4;
				if (op[0] == '<' && value == 0)
					value = 5;
				fprintf(out, " %s arg%u%s %s 0x%llx", k ? "and" : "if", arg, wide ? ":64" : "", op,
				        (unsigned long long)value);
				if (op[0] == 'i')
					fprintf(out, " 0x%x", 64 + below(8));
			}
			fputc('\n', out);
		}
	}
}

static void put_caps(FILE *out, const char *key)
{
	const unsigned caps = 1 + below(3);

	fprintf(out, ",\"%s\":{\"caps\":[%s%s%s]}", key, caps & 1 ? "\"CAP_A\"" : "", caps == 3 ? "," : "",
	        caps & 2 ? "\"CAP_B\"" : "");
}

static void put_base(FILE *out, bool newer_enosys)
{
	static const char *const defaults[] = {"SCMP_ACT_ERRNO", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL_PROCESS",
	                                       "SCMP_ACT_ALLOW"};
	static const char *const actions[] = {"SCMP_ACT_ALLOW", "SCMP_ACT_ALLOW", "SCMP_ACT_ALLOW",
	                                      "SCMP_ACT_LOG",   "SCMP_ACT_ERRNO", "SCMP_ACT_KILL"};
	static const char *const ops[] = {"EQ", "NE", "LT", "LE", "GT", "GE", "MASKED_EQ"};
	const unsigned entries = below(9);

	fprintf(out, "{\"defaultAction\":\"%s\",\"syscalls\":[", defaults[below(newer_enosys ? 3 : 4)]);
	for (unsigned i = 0; i < entries; i++) {
		const unsigned first = below(CALLS), args = one_in(2) ? 0 : 1 + below(2), on = below(2);

		fprintf(out, "%s{\"names\":[\"%s\"", i ? "," : "", names[first]);
		if (one_in(2))
			fprintf(out, ",\"%s\"", names[(first + 1) % CALLS]);
		fprintf(out, "],\"action\":\"%s\"", actions[below(one_in(4) ? 6 : 3)]);
		if (one_in(3))
			fprintf(out, ",\"errnoRet\":%u", 1 + below(100));
		for (unsigned k = 0; k < args; k++)
			fprintf(out, "%s{\"index\":%u,\"value\":%llu,\"valueTwo\":%llu,\"op\":\"SCMP_CMP_%s\"}%s",
			        k ? "," : ",\"args\":[", one_in(3) ? on : (on + k) % 2,
			        (unsigned long long)random_value(),
			        (unsigned long long)(one_in(2) ? 0 : random_value()), ops[below(7)],
			        k == args - 1 ? "]" : "");
		if (one_in(3))
			put_caps(out, "includes");
		if (one_in(3))
			put_caps(out, "excludes");
		fputc('}', out);
	}
	fputs("]}", out);
}

/* ---- read a second time ---- */

/* A severity and an errno. */
struct answer {
	enum base_severity severity;
	unsigned errnum;
	bool ambiguous; /* several entries say different things */
};

static unsigned caps_of(const struct base *base, uint32_t filter)
{
	const uint32_t list = filter ? base_get(base, filter, "caps") : 0;
	unsigned caps = 0;

	for (uint32_t i = 0, t = list + 1; list && i < base->json.token[list].members;
	     i++, t = base->json.token[t].next)
		caps |= json_is(&base->json, t, "CAP_A") ? 1 : 2;
	return caps;
}

static bool compares(const struct cube_test *test, uint64_t value)
{
	const uint64_t v = test->values[0];

	switch (test->op) {
	case CUBE_IN: return value == v;
	case CUBE_NOT_IN: return value != v;
	case CUBE_LESS: return value < v;
	case CUBE_LESS_EQUAL: return value <= v;
	case CUBE_GREATER: return value > v;
	case CUBE_GREATER_EQUAL: return value >= v;
	default: return (value & test->mask) == v;
	}
}

/* As runc has it: all of them, but each for itself if two are about one argument. */
static bool matches(struct base *base, const struct base_entry *entry, const uint64_t *args)
{
	struct cube_test tests[BASE_ARGS_MAX];
	uint64_t values[BASE_ARGS_MAX];
	unsigned seen = 0, yes = 0;
	bool twice = false;

	base_tests(base, entry, tests, values);
	for (uint32_t i = 0; i < entry->nargs; i++) {
		twice |= (seen >> tests[i].arg & 1) != 0;
		seen |= 1u << tests[i].arg;
		yes += compares(&tests[i], args[tests[i].arg]);
	}
	return twice ? yes > 0 : yes == entry->nargs;
}

static struct answer answer_of(struct base *base, unsigned caps, unsigned call, const uint64_t *args)
{
	struct answer answer = {base->otherwise, 1, false};
	struct base_walk walk;
	struct base_entry entry;
	bool any = false;

	base_start(base, &walk);
	while (base_next(base, &walk, &entry)) {
		const unsigned wanted = caps_of(base, entry.includes), unwanted = caps_of(base, entry.excludes);
		uint64_t errnum = 1;
		bool named = false;

		for (uint32_t i = 0, t = entry.names; i < entry.nnames; i++, t = base->json.token[t].next)
			named |= json_is(&base->json, t, name_of(call));
		if (!named || (wanted & ~caps) || (unwanted & caps) || !matches(base, &entry, args))
			continue;
		if (entry.errnum)
			assert_true(json_unsigned(&base->json, entry.errnum, &errnum));
		if (entry.severity != BASE_ERRNO)
			errnum = 1;
		if (any && (entry.severity != answer.severity || errnum != answer.errnum))
			answer.ambiguous = true;
		answer.severity = entry.severity;
		answer.errnum = (unsigned)errnum;
		any = true;
	}
	return answer;
}

static struct answer stacked(struct answer answer, const struct rule *rule)
{
	const struct answer own = {rule && rule->action == ACTION_KILL ? BASE_KILL : BASE_ERRNO,
	                           rule && rule->action == ACTION_ERRNO ? rule->errnum : 1, false};

	return !rule || answer.severity > own.severity ? answer : own;
}

/* ---- the test ---- */

static struct policy policy, observed;
static struct findings findings, base_findings;
static struct merge state;
static struct base base, merged;

static char *text_of(void (*put)(FILE *, bool), bool newer_enosys)
{
	char *text;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	put(out, newer_enosys);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* With junk where the kernel looks at 32 bits only, the merged profile may deny more, and with the base's errno. */
static bool is_right(struct answer got, struct answer wanted, bool junk)
{
	if (got.ambiguous)
		return false;
	return (got.severity == wanted.severity && got.errnum == wanted.errnum) ||
	       (junk && got.severity >= BASE_ERRNO &&
	        (wanted.severity >= BASE_ERRNO || wanted.severity == BASE_ALLOW || wanted.severity == BASE_LOG));
}

static size_t try_calls(const char *ini, const char *text, const char *whole)
{
	size_t compared = 0;

	for (unsigned n = 0; n < 80; n++) {
		const unsigned call = below(CALLS);
		uint64_t args[6] = {0};
		const unsigned caps = below(4);
		struct answer wanted, got;
		bool junk = false;

		for (unsigned i = 0; i < 2; i++)
			args[i] = one_in(8) ? random_bits() : random_value() + below(3) - 1;
		for (unsigned i = 0; i < 2; i++)
			junk |= is_narrow(call, i) && args[i] > UINT32_MAX;
		wanted = answer_of(&base, caps, call, args);
		if (wanted.ambiguous)
			continue;
		wanted = stacked(wanted, policy_rule(&policy, call, args));
		got = answer_of(&merged, caps, call, args);
		if (!is_right(got, wanted, junk))
			fail_msg("%u(%llx, %llx), capabilities %u: %u/%u, wanted %u/%u\n%s\n%s\n%s", call,
			         (unsigned long long)args[0], (unsigned long long)args[1], caps, got.severity,
			         got.errnum, wanted.severity, wanted.errnum, ini, text, whole);
		compared++;
	}
	return compared;
}

static void random_policies_over_random_bases(void **state_of_test)
{
	size_t done = 0, refused = 0, too_long = 0, compared = 0;

	(void)state_of_test;
	seed = 815;
	for (unsigned n = 0; n < 600; n++) {
		const bool newer_enosys = one_in(2);
		char *ini = text_of(put_policy, newer_enosys), *text = text_of(put_base, newer_enosys), *whole;
		size_t length;
		FILE *out = open_memstream(&whole, &length);
		bool right;

		assert_non_null(out);
		memset(&policy, 0, sizeof policy);
		memset(&observed, 0, sizeof observed);
		memset(&findings, 0, sizeof findings);
		memset(&base_findings, 0, sizeof base_findings);
		right = policy_parse(ini, strlen(ini), &calls, &policy, &observed, &findings);
		if (right) {
			memset(&findings, 0, sizeof findings);
			state.policy = &policy;
			state.calls = &calls;
			state.policy_findings = &findings;
			state.base_findings = base.findings = merged.findings = &base_findings;
			right = merge(&state, text, strlen(text), out);
		}
		assert_int_equal(fclose(out), 0);
		assert_int_equal(right, findings.errors + base_findings.errors == 0);
		if (right && base_read(&base, text, strlen(text)) && !base_read(&merged, whole, strlen(whole))) {
			assert_true(merged.json.count == JSON_TOKENS_MAX); /* too much for this reader only */
			too_long++;
		} else if (right) {
			done++;
			compared += try_calls(ini, text, whole);
		} else {
			refused++;
		}
		free(ini);
		free(text);
		free(whole);
	}
	print_message("# figure: export merged: %zu random profiles, %zu refused, %zu calls compared, 0 differences\n",
	              done, refused, compared);
	assert_true(done > 200);
	assert_true(refused > 10);
}

int main(void)
{
	const struct CMUnitTest all[] = {cmocka_unit_test(random_policies_over_random_bases)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(all, NULL, NULL);
}
