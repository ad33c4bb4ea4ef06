/* SPDX-License-Identifier: MIT */
#include "tests/mutation/oracle.h"

#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

#define LOAD (BPF_LD | BPF_W | BPF_ABS)
#define JUMP (BPF_JMP | BPF_JA)
#define IF_EQUAL (BPF_JMP | BPF_JEQ | BPF_K)
#define IF_ABOVE (BPF_JMP | BPF_JGT | BPF_K)
#define IF_LEAST (BPF_JMP | BPF_JGE | BPF_K)
#define IF_ANY_BIT (BPF_JMP | BPF_JSET | BPF_K)
#define RETURN (BPF_RET | BPF_K)

#define ARCHITECTURE 1 /* the word */

#define CALLS_MAX UINT64_C(50000000) /* a few seconds; denyinit's programs have some thousands */

static bool is_branch(const struct sock_filter *f)
{
	return f->code == IF_EQUAL || f->code == IF_ABOVE || f->code == IF_LEAST || f->code == IF_ANY_BIT;
}

bool oracle_knows(const struct sock_filter *filter, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (filter[i].code != LOAD && filter[i].code != JUMP && filter[i].code != RETURN &&
		    !is_branch(&filter[i]))
			return false;
	return true;
}

bool oracle_loadable(const struct sock_filter *filter, size_t length)
{
	if (length == 0 || length > BPF_MAXINSNS || filter[length - 1].code != RETURN)
		return false;
	for (size_t i = 0; i < length; i++) {
		const struct sock_filter *f = &filter[i];
		const size_t behind = length - i - 1;

		if (f->code == LOAD && (f->k % 4 != 0 || f->k >= sizeof(struct seccomp_data)))
			return false;
		if (f->code == JUMP && f->k >= behind)
			return false;
		if (is_branch(f) && (f->jt >= behind || f->jf >= behind))
			return false;
	}
	return true;
}

static bool holds(const struct sock_filter *f, uint32_t a)
{
	if (f->code == IF_EQUAL)
		return a == f->k;
	if (f->code == IF_ABOVE)
		return a > f->k;
	if (f->code == IF_LEAST)
		return a >= f->k;
	return (a & f->k) != 0;
}

uint32_t oracle_run(const struct sock_filter *filter, size_t length, const uint32_t words[ORACLE_WORDS])
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < length; pc++) {
		const struct sock_filter *f = &filter[pc];

		if (f->code == RETURN)
			return f->k;
		if (f->code == LOAD)
			a = words[f->k / 4];
		else if (f->code == JUMP)
			pc += f->k;
		else
			pc += holds(f, a) ? f->jt : f->jf;
	}
	abort(); /* not of a loadable program */
}

bool oracle_same(uint32_t a, uint32_t b)
{
	if ((a & SECCOMP_RET_ACTION_FULL) != (b & SECCOMP_RET_ACTION_FULL))
		return false;
	return (a & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO || (a & SECCOMP_RET_DATA) == (b & SECCOMP_RET_DATA);
}

int oracle_seen(uint32_t answer, uint16_t marker)
{
	const int32_t action = (int32_t)(answer & SECCOMP_RET_ACTION_FULL);
	const int32_t older = (int32_t)SECCOMP_RET_ERRNO;

	if (action > older)
		return marker;
	if (action < older) /* KILL_*, TRAP (nobody handles SIGSYS), and actions that the kernel does not know: death */
		return ORACLE_DEATH;
	return (answer & SECCOMP_RET_DATA) > 4095 ? 4095 : (int)(answer & SECCOMP_RET_DATA);
}

/* --- The domain -------------------------------------------------------------------------------------------------- */

/* What one word is compared with. */
struct comparisons {
	uint32_t cut[4 * BPF_MAXINSNS + 1]; /* an interval begins here */
	size_t cuts;
	uint32_t mask[2 * BPF_MAXINSNS];
	size_t masks;
};

static int by_value(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static size_t sort_unique(uint32_t *values, size_t count)
{
	size_t kept = 0;

	qsort(values, count, sizeof *values, by_value);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || values[i] != values[kept - 1])
			values[kept++] = values[i];
	return kept;
}

static void compared(struct comparisons *c, const struct sock_filter *f)
{
	if (f->code == IF_ANY_BIT) {
		c->mask[c->masks++] = f->k;
		return;
	}
	if (f->code != IF_ABOVE)
		c->cut[c->cuts++] = f->k;
	if (f->code != IF_LEAST && f->k != UINT32_MAX)
		c->cut[c->cuts++] = f->k + 1;
}

/* Which words can be in A before each instruction: jumps only go forward, so one pass sees all. */
static void collect(const struct sock_filter *filter, size_t length, struct comparisons of[ORACLE_WORDS])
{
	uint16_t loaded[BPF_MAXINSNS + 1] = {0};

	for (size_t pc = 0; pc < length; pc++) {
		const struct sock_filter *f = &filter[pc];

		if (f->code == RETURN)
			continue;
		if (f->code == LOAD) {
			loaded[pc + 1] |= (uint16_t)(1u << f->k / 4);
		} else if (f->code == JUMP) {
			loaded[pc + 1 + f->k] |= loaded[pc];
		} else {
			loaded[pc + 1 + f->jt] |= loaded[pc];
			loaded[pc + 1 + f->jf] |= loaded[pc];
			for (unsigned word = 0; word < ORACLE_WORDS; word++)
				if (loaded[pc] & (1u << word))
					compared(&of[word], f);
		}
	}
}

/* Sets of bits that every mask has as a whole or not at all. */
#define ATOMS_MAX 12u

static bool atoms_of(const struct comparisons *c, uint32_t atom[ATOMS_MAX], size_t *atoms)
{
	*atoms = 0;
	for (unsigned bit = 0; bit < 32; bit++) {
		const uint32_t here = UINT32_C(1) << bit;
		bool in_any = false;
		size_t same = 0;

		for (size_t m = 0; m < c->masks; m++)
			in_any = in_any || (c->mask[m] & here);
		if (!in_any)
			continue;
		for (; same < *atoms; same++) {
			size_t m = 0;

			while (m < c->masks && !(c->mask[m] & here) == !(c->mask[m] & atom[same]))
				m++;
			if (m == c->masks)
				break;
		}
		if (same == *atoms) {
			if (*atoms == ATOMS_MAX)
				return false;
			atom[(*atoms)++] = 0;
		}
		atom[same] |= here;
	}
	return true;
}

/* Of the atoms, exactly those in `set` have a bit in v. */
static bool has_exactly(uint32_t v, const uint32_t atom[], size_t atoms, unsigned set)
{
	for (size_t i = 0; i < atoms; i++)
		if (!(v & atom[i]) == !!(set & (1u << i)))
			return false;
	return true;
}

/* v with the lowest bits below `below` that it lacks for the set; the caller looks whether it has them now. */
static uint32_t filled(uint32_t v, uint32_t below, const uint32_t atom[], size_t atoms, unsigned set)
{
	for (size_t i = 0; i < atoms; i++) {
		uint32_t usable = atom[i] & (below - 1);

		if ((set & (1u << i)) && !(v & atom[i]))
			v |= usable & (0u - usable);
	}
	return v;
}

/*
 * The least value of first .. last that has exactly this set. A value above first has its higher bits up to some bit
 * that first lacks, then that bit, then whatever is needed: the lowest such bit gives the least.
 */
static bool least(uint32_t first, uint32_t last, const uint32_t atom[], size_t atoms, unsigned set, uint32_t *v)
{
	if (has_exactly(first, atom, atoms, set)) {
		*v = first;
		return true;
	}
	for (unsigned bit = 0; bit < 32; bit++) {
		const uint32_t here = UINT32_C(1) << bit;

		if (first & here)
			continue;
		*v = filled((first & ~(here - 1)) | here, here, atom, atoms, set);
		if (has_exactly(*v, atom, atoms, set))
			return *v <= last;
	}
	return false;
}

static bool classes_of(struct comparisons *c, uint32_t **value, size_t *count)
{
	uint32_t atom[ATOMS_MAX];
	size_t atoms;

	c->cut[c->cuts++] = 0;
	c->cuts = sort_unique(c->cut, c->cuts);
	c->masks = sort_unique(c->mask, c->masks);
	if (!atoms_of(c, atom, &atoms))
		return false;
	*count = 0;
	*value = malloc((c->cuts << atoms) * sizeof **value);
	if (!*value)
		return false;
	for (size_t i = 0; i < c->cuts; i++) {
		const uint32_t last = i + 1 < c->cuts ? c->cut[i + 1] - 1 : UINT32_MAX;

		for (unsigned set = 0; set < 1u << atoms; set++)
			if (least(c->cut[i], last, atom, atoms, set, &(*value)[*count]))
				++*count;
	}
	return true;
}

bool domain_of(struct domain *domain, const struct sock_filter *a, size_t a_length, const struct sock_filter *b,
               size_t b_length)
{
	static struct comparisons of[ORACLE_WORDS]; /* large */
	bool enumerable = true;

	for (unsigned word = 0; word < ORACLE_WORDS; word++)
		of[word].cuts = of[word].masks = 0;
	collect(a, a_length, of);
	collect(b, b_length, of);
	memset(domain, 0, sizeof *domain);
	domain->calls = 1;
	for (unsigned word = 0; word < ORACLE_WORDS && enumerable; word++) {
		enumerable = classes_of(&of[word], &domain->value[word], &domain->count[word]);
		domain->calls *= enumerable ? domain->count[word] : 1;
		enumerable = enumerable && domain->calls <= CALLS_MAX;
	}
	return enumerable;
}

/* syscall_get_arch() in arch/x86/include/asm/syscall.h. x32 is a bit in the number. */
static const uint32_t architectures[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386};

bool domain_real(struct domain *domain)
{
	const size_t count = sizeof architectures / sizeof *architectures;
	uint32_t *value = malloc(sizeof architectures);

	if (!value)
		return false;
	memcpy(value, architectures, sizeof architectures);
	free(domain->value[ARCHITECTURE]);
	domain->calls = domain->calls / domain->count[ARCHITECTURE] * count;
	domain->value[ARCHITECTURE] = value;
	domain->count[ARCHITECTURE] = count;
	return true;
}

void domain_free(struct domain *domain)
{
	for (unsigned word = 0; word < ORACLE_WORDS; word++)
		free(domain->value[word]);
}

void domain_first(const struct domain *domain, struct domain_walk *walk)
{
	for (unsigned word = 0; word < ORACLE_WORDS; word++) {
		walk->at[word] = 0;
		walk->words[word] = domain->value[word][0];
	}
}

bool domain_next(const struct domain *domain, struct domain_walk *walk)
{
	for (unsigned word = 0; word < ORACLE_WORDS; word++) {
		const bool carry = ++walk->at[word] == domain->count[word];

		if (carry)
			walk->at[word] = 0;
		walk->words[word] = domain->value[word][walk->at[word]];
		if (!carry)
			return true;
	}
	return false;
}

bool oracle_equivalent(const struct domain *domain, const struct sock_filter *a, size_t a_length,
                       const struct sock_filter *b, size_t b_length, uint32_t call[ORACLE_WORDS])
{
	struct domain_walk walk;

	domain_first(domain, &walk);
	do {
		if (oracle_same(oracle_run(a, a_length, walk.words), oracle_run(b, b_length, walk.words)))
			continue;
		memcpy(call, walk.words, sizeof walk.words);
		return false;
	} while (domain_next(domain, &walk));
	return true;
}
