/* SPDX-License-Identifier: MIT */
#include "selftest/bpf_walk.h"

#include <string.h>

#include "selftest/arch.h"
#include "selftest/canary.h"

#define NR_END (UINT64_C(1) << 32)

/*
 * Steps in search of values, and runs, which weigh as much as so many of those: some 20 ns each. An honest program of
 * 600 rules takes some 100,000.
 */
#define WORK_MAX 1000000u
#define FIND_MAX 20000u /* of those, for one example */
#define RUN_WEIGHT(length) (4 + (length) / 16)

static bool is_same_action(uint32_t a, uint32_t b)
{
	if ((a & SECCOMP_RET_ACTION_FULL) != (b & SECCOMP_RET_ACTION_FULL))
		return false;
	return (a & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO || (a & SECCOMP_RET_DATA) == (b & SECCOMP_RET_DATA);
}

static void set_half(struct seccomp_data *data, uint8_t half, uint32_t value)
{
	unsigned shift = half % 2 ? 32 : 0;

	data->args[half / 2] &= ~(UINT64_C(0xffffffff) << shift);
	data->args[half / 2] |= (uint64_t)value << shift;
}

/* One number, all arguments. */
struct segment {
	const struct sock_filter *filter;
	size_t length;
	const struct expectation *expectation;
	struct walk *walk;

	struct seccomp_data data; /* of the present run */
	uint16_t empty;           /* with registers of 32 bits: upper halves that are 0, a bit for each half */
	size_t kept; /* so many decisions are the same as in the run before, but for the last one's outcome */
	bool mismatch;
	struct mismatch found; /* the first one */
	struct trace trace;    /* next_nr: of all runs. A decision is turned when its other outcome has been seen to */
};

/* Large, and used by one walk at a time. */
static _Alignas(2048) struct segment segment;

/* Of the lists nothing is looked at that was not written. */
static struct segment *begin(struct walk *walk)
{
	struct segment *s = &segment;

	s->walk = walk;
	s->data = (struct seccomp_data){0};
	s->empty = 0;
	s->kept = 0;
	s->mismatch = false;
	s->trace.count = 0;
	s->trace.next_nr = 0;
	s->trace.opaque = s->trace.full = false;
	return s;
}

static enum eval_error error_of(const struct segment *s, struct evaluation e)
{
	if (e.error != EVAL_OK)
		return e.error;
	return s->trace.opaque ? EVAL_OPAQUE : s->trace.full ? EVAL_TOO_COMPLEX : EVAL_OK;
}

static void start_run(struct segment *s)
{
	s->trace.count = 0;
	memset(s->trace.left, 0, sizeof s->trace.left);
	for (size_t half = 1; MACHINE_BITS == 32 && half < COMPARISON_HALVES; half += 2)
		if (s->empty >> half & 1)
			s->trace.left[half].cut = UINT32_MAX;
}

static void end_run(struct segment *s)
{
	for (size_t i = s->kept; i < s->trace.count; i++)
		s->trace.decision[i].turned = false;
}

/* False: an error. */
static bool run(struct segment *s)
{
	struct evaluation e;
	uint32_t expected;

	s->walk->runs++;
	s->walk->work += RUN_WEIGHT(s->length);
	if (s->walk->work > WORK_MAX) {
		s->walk->error = EVAL_TOO_COMPLEX;
		return false;
	}
	start_run(s);
	expected = s->expectation->action(s->expectation->context, &s->data, &s->trace);
	e = bpf_eval(s->filter, s->length, &s->data, &s->trace);
	s->walk->error = error_of(s, e);
	if (s->walk->error != EVAL_OK)
		return false;
	end_run(s);
	if (!s->mismatch && !is_same_action(e.action, expected)) {
		s->mismatch = true;
		s->found.got = e.action;
		s->found.expected = expected;
		s->found.example = s->data;
	}
	return true;
}

/*
 * From the last run, the next way that has not been taken, depth first: the last decision whose other outcome is not
 * seen to is turned over, if the halves can be such. The arguments of the last run came out right for all decisions
 * before it, so only its own half needs another value. False: there is no other way.
 */
static bool take_other_way(struct segment *s)
{
	struct walk *walk = s->walk;

	for (; s->trace.count > 0; s->trace.count--) {
		const size_t last = s->trace.count - 1;
		struct decision *d = &s->trace.decision[last];
		size_t budget = WORK_MAX - walk->work;
		enum solution solution;
		uint32_t value;

		if (d->turned)
			continue;
		d->turned = true;
		d->held = !d->held;
		solution = comparison_solve(s->trace.decision, s->trace.count, d->comparison.half, &budget, &value);
		walk->work = WORK_MAX - budget;
		if (solution == SOLUTION_FOUND) {
			set_half(&s->data, d->comparison.half, value);
			s->kept = s->trace.count;
			return true;
		}
		if (solution == SOLUTION_TOO_HARD) {
			walk->error = EVAL_TOO_COMPLEX;
			return false;
		}
	}
	return false;
}

static void record(struct walk *walk, const struct mismatch *found, uint32_t first, uint32_t last)
{
	struct mismatch *m;

	if (walk->mismatches > 0 && walk->mismatches <= WALK_MISMATCHES_MAX) {
		m = &walk->mismatch[walk->mismatches - 1];
		if (m->arch == found->example.arch && (uint64_t)m->last + 1 == first && m->got == found->got &&
		    m->expected == found->expected) {
			m->last = last;
			return;
		}
	}
	if (walk->mismatches++ >= WALK_MISMATCHES_MAX)
		return;
	m = &walk->mismatch[walk->mismatches - 1];
	*m = *found;
	m->arch = found->example.arch;
	m->first = first;
	m->last = last;
}

void bpf_walk(const struct sock_filter *filter, size_t length, uint32_t arch, const struct expectation *expectation,
              struct walk *walk)
{
	struct segment *s = begin(walk);

	s->filter = filter;
	s->length = length;
	s->expectation = expectation;
	/*
	 * Where registers have 32 bits, filters see 0 in the upper halves. But a 64-bit kernel may show an i386 program's as a
	 * far jump into 64-bit code has left them, so a program that looks at them has to do as expected all the same. Only
	 * of the magic it may make its own what it looks at.
	 */
	if (MACHINE_BITS == 32)
		s->empty = 1u << (2 * CANARY_ARGUMENT + 1);

	if (walk->error == EVAL_OK)
		walk->error = bpf_check(filter, length);
	for (uint64_t nr = 0; nr < NR_END && walk->error == EVAL_OK; nr = s->trace.next_nr) {
		const uint64_t next = expectation->next(expectation->context, arch, (uint32_t)nr);

		s->data = (struct seccomp_data){.nr = (int)(uint32_t)nr, .arch = arch};
		s->trace.next_nr = next > nr ? next : nr + 1;
		s->mismatch = false;
		s->kept = 0;
		while (run(s) && take_other_way(s))
			;
		walk->error_arch = arch;
		walk->error_nr = (uint32_t)nr;
		if (walk->error == EVAL_OK && s->mismatch)
			record(walk, &s->found, (uint32_t)nr, (uint32_t)(s->trace.next_nr - 1));
	}
}

bool bpf_find(bool (*wanted)(const void *context, const struct seccomp_data *data, struct trace *trace),
              const void *context, struct seccomp_data *data)
{
	struct walk walk;
	struct segment *s = begin(&walk);

	bpf_walk_clear(&walk);
	if (MACHINE_BITS == 32)
		s->empty = UINT16_MAX;
	s->data = *data;
	do {
		start_run(s);
		if (wanted(context, &s->data, &s->trace)) {
			*data = s->data;
			return true;
		}
		end_run(s);
		walk.work += 1 + s->trace.count;
	} while (walk.work < FIND_MAX && !s->trace.full && take_other_way(s));
	return false;
}

bool bpf_walk_holds(const struct walk *walk, uint32_t arch, uint32_t nr)
{
	if (walk->error != EVAL_OK || walk->mismatches > WALK_MISMATCHES_MAX)
		return false;
	for (size_t i = 0; i < walk->mismatches; i++)
		if (walk->mismatch[i].arch == arch && walk->mismatch[i].first <= nr && nr <= walk->mismatch[i].last)
			return false;
	return true;
}
