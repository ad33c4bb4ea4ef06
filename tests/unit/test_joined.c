/* SPDX-License-Identifier: MIT */
/*
 * meaning and bpf_walk for programs of two, as leaves.h joins them: what is denied and told, and what is only observed.
 * For random pairs of policies the walk must find nothing; and every leaf of a joined program is exchanged in turn, and
 * every word of an ending that tells, which it must find.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/audit.h>

#include "init/leaves.h"
#include "selftest/bpf_eval.h"
#include "selftest/meaning.h"
#include "tests/unit/sample.h"

/* What is enforced and what is observed; watches: whether anything is. */
static struct sample denied, watched;
static bool watches;
static struct trial_input input;
static struct meaning meaning;
static struct program joined;

#define SECCOMP 317 /* asm/unistd_64.h */

static const uint32_t observed_actions[] = {SECCOMP_RET_USER_NOTIF, SECCOMP_RET_LOG, SECCOMP_RET_ALLOW};

/* A third reading: with the secret, what is observed, and whether anything is enforced. */
static uint32_t joined_says(const struct seccomp_data *data)
{
	uint32_t action = input.enforces_nothing ? SECCOMP_RET_ALLOW : policy_says(&denied.policy, data);

	if (input.magic != 0 && !input.enforces_nothing && data->arch == AUDIT_ARCH_X86_64 && data->nr == SECCOMP &&
	    data->args[1] & SECCOMP_FILTER_FLAG_NEW_LISTENER)
		return SECCOMP_RET_ERRNO | EBUSY;
	if ((action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO && input.magic != 0 && data->args[5] != input.magic)
		return SECCOMP_RET_USER_NOTIF;
	if (action != SECCOMP_RET_ALLOW || !watches || policy_says(&watched.policy, data) == SECCOMP_RET_ALLOW)
		return action;
	return input.observed_action;
}

static uint64_t random_magic(void)
{
	return random_bits() | UINT64_C(0x0000000100000001); /* no half is 0 */
}

static void join(uint64_t magic, uint32_t observed_action, bool enforces_nothing)
{
	const struct leaves leaves = {.magic = magic, .observed_action = observed_action};

	input = denied.input;
	input.magic = magic;
	input.observed = watches ? &watched.input : NULL;
	input.observed_action = observed_action;
	input.enforces_nothing = enforces_nothing;
	assert_true(meaning_read(&meaning, &input));
	assert_true(leaves_join(enforces_nothing ? NULL : &denied.program, watches ? &watched.program : NULL, &leaves,
	                        &joined));
	assert_int_equal(bpf_check(joined.filter, joined.length), EVAL_OK);
}

static void random_joined(size_t most)
{
	watches = !one_in(4);
	sample_random(&denied, most);
	sample_random(&watched, most);
	join(one_in(4) ? 0 : random_magic(), observed_actions[below(3)], watches && one_in(4));
}

static struct walk walk_joined(void)
{
	struct expectation expectation = meaning_expectation(&meaning);
	struct walk walk;

	memset(&walk, 0, sizeof walk);
	for (size_t i = 0; i < SAMPLE_ARCHS; i++)
		bpf_walk(joined.filter, joined.length, sample_archs[i], &expectation, &walk);
	return walk;
}

/* About either policy; the sixth argument is the magic mostly, a half of it, or nearly all. */
static struct seccomp_data interesting_call(void)
{
	struct seccomp_data data = sample_call(watches && one_in(2) ? &watched.policy : &denied.policy);

	switch (below(12)) {
	case 0: data.args[5] = input.magic & UINT32_MAX; break;
	case 1: data.args[5] = input.magic & ~(uint64_t)UINT32_MAX; break;
	case 2: data.args[5] = input.magic ^ UINT64_C(1) << below(64); break;
	case 3: data.args[5] = input.magic << 32 | input.magic >> 32; break;
	case 4:
	case 5:
	case 6:
	case 7: data.args[5] = input.magic; break;
	default: break; /* what a rule asks for */
	}
	return data;
}

/* ---- random pairs ---- */

static void joined_programs_do_what_is_meant(void **state)
{
	size_t told = 0, observed = 0, by_magic = 0;

	(void)state;
	seed = 7;
	for (size_t n = 0; n < 2000; n++) {
		uint64_t seeded = seed;
		struct walk walk;

		random_joined(n % 20 == 0 ? 60 : 10);
		walk = walk_joined();
		if (walk.error != EVAL_OK || walk.mismatches > 0)
			fail_msg("seed %llx: %s, %zu mismatches, the first at arch %x number %u: %x, not %x",
			         (unsigned long long)seeded, bpf_eval_error_text(walk.error), walk.mismatches,
			         walk.mismatch[0].arch, walk.mismatch[0].first, walk.mismatch[0].got,
			         walk.mismatch[0].expected);
		for (size_t i = 0; i < 100; i++) {
			const struct seccomp_data data = interesting_call();
			struct evaluation e = bpf_eval(joined.filter, joined.length, &data, NULL);
			const uint32_t wanted = joined_says(&data);

			assert_int_equal(e.error, EVAL_OK);
			if (!same_action(e.action, wanted) || !same_action(meaning_action(&meaning, &data), wanted))
				fail_msg("seed %llx: arch %x number %u: program %x, meaning %x, policy %x",
				         (unsigned long long)seeded, data.arch, (unsigned)data.nr, e.action,
				         meaning_action(&meaning, &data), wanted);
			told += wanted == SECCOMP_RET_USER_NOTIF;
			observed += watches && wanted != SECCOMP_RET_ALLOW && wanted == input.observed_action;
			by_magic += (wanted & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO && input.magic != 0;
		}
	}
	assert_true(told > 20000 && observed > 20000 && by_magic > 5000);
}

/* next() may leave nothing out: between a number and the next one it gives, nothing changes. */
static void next_leaves_nothing_out(void **state)
{
	(void)state;
	seed = 8;
	for (size_t n = 0; n < 300; n++) {
		struct expectation expectation;

		random_joined(12);
		expectation = meaning_expectation(&meaning);
		for (size_t i = 0; i < 100; i++) {
			struct seccomp_data data = interesting_call();
			uint64_t next = expectation.next(expectation.context, data.arch, (uint32_t)data.nr);
			uint32_t here = joined_says(&data);
			uint32_t first = (uint32_t)data.nr;

			assert_true(next > first);
			for (uint32_t tries = 0; tries < 20; tries++) {
				data.nr = (int)(first + (uint32_t)(random_bits() % (next - first)));
				assert_true(same_action(joined_says(&data), here));
			}
		}
	}
}

/* ---- one policy with each kind of rule ---- */

static void one_of_each_kind(void)
{
	sample_start(&watched);
	sample_add(&watched, 39, 1, -1, false, 0);
	sample_add(&watched, 40, 0, -1, false, 0);
	sample_add(&watched, 56, 13, -1, false, 0); /* denied for some arguments, observed for the others */
	sample_add(&watched, 57, 1, 1, false, 0x10);
	sample_add(&watched, 58, 0, 2, true, UINT64_C(0x100000001));
	sample_add(&watched, 430, 38, -1, false, 0);
	watched.known[40] = watched.known[430] = true;
	sample_finish(&watched);

	sample_start(&denied);
	denied.policy.newer_enosys = true;
	sample_add(&denied, 56, 1, 0, false, 0x7e020000);
	sample_add(&denied, 101, 0, -1, false, 0);
	sample_add(&denied, 165, 1, -1, false, 0);
	sample_add(&denied, 166, 13, -1, false, 0);
	sample_add(&denied, 272, 0, 0, false, 0x20000);
	sample_add(&denied, 272, 1, 0, false, 0x7e000000);
	sample_add(&denied, 303, 13, 4, true, UINT64_C(0x8000000100000001));
	sample_add(&denied, 428, 1, 5, false, 1);
	sample_add(&denied, 467, 38, -1, false, 0);
	sample_add(&denied, 500, 7, -1, false, 0);
	denied.known[166] = denied.known[101] = true;
	sample_finish(&denied);
}

#define ERRNOS_OF_EACH_KIND 4u /* EPERM, EACCES, ENOSYS, 7 */

/* Each number with a rule and its neighbours, and where the ABI's end. */
static size_t numbers_that_matter(uint32_t numbers[100])
{
	static const uint32_t edges[] = {
	    0,           SECCOMP - 1, SECCOMP,       SECCOMP + 1,    POLICY_CEILING, POLICY_CEILING + 1,
	    X32_BIT - 1, X32_BIT,     X32_BIT | 165, UINT32_MAX - 1, UINT32_MAX};
	const struct policy *const both[] = {&denied.policy, &watched.policy};
	size_t count = 0;

	for (size_t i = 0; i < 2; i++)
		for (size_t rule = 0; rule < both[i]->nrules; rule++)
			for (uint32_t nr = both[i]->rules[rule].nr - 1; nr <= both[i]->rules[rule].nr + 1; nr++)
				numbers[count++] = nr;
	for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
		numbers[count++] = edges[i];
	return count;
}

/* Enough calls to take every way through the program: with each argument that a rule or an ending asks for. */
static size_t every_way(const struct seccomp_data **calls)
{
	static const uint64_t asked[] = {
	    0, 1, 8, ~UINT64_C(8), 0x10, 0x20000, 0x7e000000, UINT64_C(0x100000000), UINT64_C(0x8000000000000000)};
	const uint64_t upper = input.magic & ~(uint64_t)UINT32_MAX, lower = input.magic & UINT32_MAX;
	const uint64_t sixth[] = {input.magic,     lower,      upper,
	                          upper | 1,       0,          upper | UINT32_MAX,
	                          input.magic + 1, 1,          lower | UINT64_C(0xffffffff00000000),
	                          ~input.magic,    UINT64_MAX, input.magic + UINT64_C(0x100000000)};
	static struct seccomp_data all[16000];
	uint32_t numbers[100];
	size_t count = 0;

	for (size_t n = numbers_that_matter(numbers); n > 0; n--) {
		for (size_t a = 0; a < sizeof asked / sizeof *asked; a++) {
			for (size_t b = 0; b < sizeof sixth / sizeof *sixth; b++) {
				struct seccomp_data *data = &all[count++];

				*data = (struct seccomp_data){.nr = (int)numbers[n - 1], .arch = AUDIT_ARCH_X86_64};
				for (int arg = 0; arg < 5; arg++)
					data->args[arg] = asked[a];
				data->args[5] = sixth[b];
			}
		}
	}
	for (size_t i = 1; i < SAMPLE_ARCHS; i++)
		for (int nr = 0; nr < 500; nr++)
			all[count++] = (struct seccomp_data){.nr = nr, .arch = sample_archs[i]};
	assert_true(count <= sizeof all / sizeof *all);
	*calls = all;
	return count;
}

/* Whether any call gets something else than it should. */
static bool any_gets_another(void)
{
	const struct seccomp_data *calls;
	const size_t count = every_way(&calls);

	for (size_t i = 0; i < count; i++) {
		struct evaluation e = bpf_eval(joined.filter, joined.length, &calls[i], NULL);

		if (e.error != EVAL_OK || !same_action(e.action, joined_says(&calls[i])))
			return true;
	}
	return false;
}

/* One instruction is another one. True: some call gets something else by it, and the walk has found that. */
static bool exchange(size_t at, struct sock_filter other)
{
	const struct sock_filter before = joined.filter[at];
	struct walk walk;
	bool wrong, found;

	joined.filter[at] = other;
	wrong = bpf_check(joined.filter, joined.length) != EVAL_OK || any_gets_another();
	walk = walk_joined();
	found = walk.error != EVAL_OK || walk.mismatches > 0;
	if (wrong && !found)
		fail_msg("instruction %zu is {%x, %u, %u, %x} instead of {%x, %u, %u, %x}: not found", at, other.code,
		         other.jt, other.jf, other.k, before.code, before.jt, before.jf, before.k);
	if (walk.error == EVAL_OK && found) { /* what it says is so */
		const struct mismatch *m = &walk.mismatch[0];

		assert_true(same_action(bpf_eval(joined.filter, joined.length, &m->example, NULL).action, m->got));
		assert_true(same_action(joined_says(&m->example), m->expected));
		assert_false(same_action(m->got, m->expected));
		assert_true(wrong); /* every_way() has them all */
	}
	joined.filter[at] = before;
	return wrong;
}

/* How many of the other answers are seen. */
static size_t exchange_leaf(size_t at)
{
	static const uint32_t others[] = {SECCOMP_RET_ALLOW,        SECCOMP_RET_LOG,       SECCOMP_RET_USER_NOTIF,
	                                  SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ERRNO | 1, SECCOMP_RET_ERRNO | 2,
	                                  SECCOMP_RET_ERRNO | 13,   SECCOMP_RET_ERRNO | 38};
	size_t seen = 0;

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		seen += exchange(at, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, others[i]));
	return seen;
}

/* Where the program that denies begins: behind the guard against other listeners, if denials are told. */
static size_t beginning(void)
{
	return input.magic != 0 && !input.enforces_nothing ? 7 : 0;
}

/* Where a leaf of the program that denies stood, whatever stands there now. */
static bool was_leaf(size_t at)
{
	return !input.enforces_nothing && at >= beginning() && at - beginning() < denied.program.length &&
	       BPF_CLASS(denied.program.filter[at - beginning()].code) == BPF_RET;
}

static void every_leaf_counts(void **state)
{
	static const struct {
		bool secret, watches;
		uint32_t observed_action;
		bool enforces_nothing;
		size_t leaves; /* that any call comes to; others are in every program */
	} rows[] = {
	    {false, false, SECCOMP_RET_ALLOW, false, 14},     {true, false, SECCOMP_RET_ALLOW, false, 23},
	    {false, true, SECCOMP_RET_USER_NOTIF, false, 21}, {true, true, SECCOMP_RET_USER_NOTIF, false, 30},
	    {true, true, SECCOMP_RET_LOG, false, 30},         {true, true, SECCOMP_RET_ALLOW, false, 30},
	    {false, true, SECCOMP_RET_USER_NOTIF, true, 9},   {true, true, SECCOMP_RET_LOG, true, 9},
	};

	(void)state;
	seed = 10;
	one_of_each_kind();
	for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
		size_t leaves = 0;

		watches = rows[row].watches;
		join(rows[row].secret ? random_magic() : 0, rows[row].observed_action, rows[row].enforces_nothing);
		assert_int_equal(walk_joined().mismatches, 0);
		assert_false(any_gets_another());
		for (size_t at = 0; at < joined.length; at++)
			if (BPF_CLASS(joined.filter[at].code) == BPF_RET || was_leaf(at))
				leaves += exchange_leaf(at) >= 6; /* of eight, and one may be what is there */
		if (leaves != rows[row].leaves)
			fail_msg("row %zu: %zu leaves", row, leaves);
	}
}

/* What stands between the leaves: the way to an ending that tells, and the secret in it, by every bit. */
static void every_word_of_an_ending_counts(void **state)
{
	size_t jumps = 0, endings = 0, behind;

	(void)state;
	seed = 11;
	one_of_each_kind();
	watches = true;
	join(random_magic(), SECCOMP_RET_USER_NOTIF, false);
	behind =
	    beginning() + denied.program.length + 6 * (size_t)ERRNOS_OF_EACH_KIND; /* where what is observed begins */
	assert_int_equal(joined.length, behind + watched.program.length);
	for (size_t at = 0; at < behind; at++) {
		const struct sock_filter before = joined.filter[at];
		struct sock_filter f = before;

		if (was_leaf(at) && f.code == (BPF_JMP | BPF_JA)) {
			size_t seen = 0;

			for (uint32_t by = 1; by <= 2; by++) {
				f.k = before.k + by;
				seen += exchange(at, f);
				f.k = before.k - by;
				seen += exchange(at, f);
			}
			/* One that stands behind a look at the sixth argument need not load it again. */
			jumps += seen >= 3;
		}
		if (at < beginning() + denied.program.length)
			continue;
		if (f.code == (BPF_LD | BPF_W | BPF_ABS)) {
			for (f.k = 0; f.k < sizeof(struct seccomp_data); f.k += 4)
				assert_int_equal(exchange(at, f), f.k != before.k);
		} else if (f.code == (BPF_JMP | BPF_JEQ | BPF_K)) {
			for (unsigned bit = 0; bit < 32; bit++) {
				f.k = before.k ^ UINT32_C(1) << bit;
				assert_true(exchange(at, f));
			}
			f = before;
			f.jt++;
			assert_true(exchange(at, f));
			f = before;
			f.jf--;
			assert_true(exchange(at, f));
			f = before;
			f.code = BPF_JMP | BPF_JGE | BPF_K;
			assert_true(exchange(at, f));
			f.code = BPF_JMP | BPF_JSET | BPF_K;
			assert_true(exchange(at, f));
			endings++;
		}
	}
	assert_int_equal(jumps, 9 + 1); /* to the endings, and to what is observed */
	assert_int_equal(endings, 2 * ERRNOS_OF_EACH_KIND);
}

/* Who may have a listener besides: each bit of the words that decide about that. */
static void every_bit_of_the_guard_counts(void **state)
{
	(void)state;
	seed = 11;
	one_of_each_kind();
	watches = false;
	join(random_magic(), SECCOMP_RET_USER_NOTIF, false);
	for (size_t at = 0; at < beginning(); at++) {
		const struct sock_filter before = joined.filter[at];

		for (unsigned bit = 0; bit < 32; bit++) {
			struct walk walk;

			joined.filter[at].k = before.k ^ UINT32_C(1) << bit;
			walk = walk_joined();
			assert_true(walk.error != EVAL_OK || walk.mismatches > 0);
		}
		joined.filter[at] = before;
	}
}

/* ---- another reading of the same program ---- */

static bool found(void)
{
	struct walk walk;

	assert_true(meaning_read(&meaning, &input));
	walk = walk_joined();
	return walk.error == EVAL_OK && walk.mismatches > 0;
}

static void another_reading_is_found(void **state)
{
	const struct trial_input *observed;
	uint64_t magic;

	(void)state;
	seed = 9;
	one_of_each_kind();
	watches = true;
	join(random_magic(), SECCOMP_RET_USER_NOTIF, false);
	assert_false(found());
	magic = input.magic;
	for (unsigned bit = 0; bit < 64; bit++) { /* another secret */
		input.magic = magic ^ UINT64_C(1) << bit;
		assert_true(found());
	}
	input.magic = 0; /* none */
	assert_true(found());
	input.magic = magic;

	input.enforces_nothing = true;
	assert_true(found());
	input.enforces_nothing = false;
	for (size_t i = 0; i < sizeof observed_actions / sizeof *observed_actions; i++) {
		input.observed_action = observed_actions[i];
		assert_int_equal(found(), observed_actions[i] != SECCOMP_RET_USER_NOTIF);
	}
	input.observed_action = SECCOMP_RET_USER_NOTIF;
	observed = input.observed;
	input.observed = NULL;
	assert_true(found());
	input.observed = observed;

	/* One rule less, of either; put back in another order, which means the same. */
	for (size_t i = 0; i < watched.input.nrules; i++) {
		const struct trial_rule rule = watched.rules[0];

		memmove(&watched.rules[0], &watched.rules[1], (watched.input.nrules - 1) * sizeof rule);
		watched.input.nrules--;
		assert_true(found());
		watched.rules[watched.input.nrules++] = rule;
		assert_false(found());
	}
	for (size_t i = 0; i < input.nrules; i++) {
		const struct trial_rule rule = denied.rules[0];

		memmove(&denied.rules[0], &denied.rules[1], (input.nrules - 1) * sizeof rule);
		input.nrules--;
		assert_true(found());
		denied.rules[input.nrules++] = rule;
		assert_false(found());
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(joined_programs_do_what_is_meant),
	    cmocka_unit_test(next_leaves_nothing_out),
	    cmocka_unit_test(every_leaf_counts),
	    cmocka_unit_test(every_word_of_an_ending_counts),
	    cmocka_unit_test(every_bit_of_the_guard_counts),
	    cmocka_unit_test(another_reading_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
