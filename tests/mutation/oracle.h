/* SPDX-License-Identifier: MIT */
/*
 * oracle: what a program answers, by plain means that share nothing with the judge's: an interpreter of the six
 * instructions that denyinit's programs are made of, the kernel's own rules for what it takes, and an enumeration of
 * all calls that two programs could tell apart. It knows nothing of policies.
 *
 * Why the enumeration is exhaustive: a program without arithmetic and scratch memory does with a word of the call's data
 * nothing but compare it with constants. Two values of a word for which every comparison with that word, in both
 * programs, comes out the same way are the same to both. ==, > and >= cut the 2^32 values into intervals (at k and
 * k + 1); & divides each interval by which of the masks' bits are there. One value of each such class, for every word
 * (number, architecture, the two halves of the caller's address and of six arguments), and of those all combinations,
 * is every call there is. The classes are counted, not sampled; a word that no comparison can see has one class.
 *
 * The architecture is such a word, and a kernel has two of them, not 2^32. What tells two programs apart by another one
 * only tells them apart for no caller: domain_real() is for finding those.
 */
#ifndef TESTS_MUTATION_ORACLE_H
#define TESTS_MUTATION_ORACLE_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* struct seccomp_data as 32-bit words: number, architecture, address (2), arguments (12). */
#define ORACLE_WORDS 16u
_Static_assert(sizeof(struct seccomp_data) == 4 * ORACLE_WORDS, "ORACLE_WORDS");

/* Whether the program has only instructions that the oracle knows. Anything else must not be given to it. */
bool oracle_knows(const struct sock_filter *filter, size_t length);

/* Whether seccomp(2) takes it: seccomp_check_filter() and bpf_check_classic() of the kernel, for those instructions. */
bool oracle_loadable(const struct sock_filter *filter, size_t length);

/* Of a loadable program. */
uint32_t oracle_run(const struct sock_filter *filter, size_t length, const uint32_t words[ORACLE_WORDS]);

/* The same answer: action and, for ERRNO, errno. */
bool oracle_same(uint32_t a, uint32_t b);

/*
 * What a caller sees of an answer while an older filter gives this very call ERRNO(marker), by the kernel's rule: the
 * lowest action as a signed number wins, at equal action the newer filter's data. Its errno, or ORACLE_DEATH.
 */
#define ORACLE_DEATH (-1)
int oracle_seen(uint32_t answer, uint16_t marker);

/* One value of each class of each word, for two loadable programs together. */
struct domain {
	uint32_t *value[ORACLE_WORDS];
	size_t count[ORACLE_WORDS];
	uint64_t calls; /* all combinations */
};

/* False: too many classes to be enumerated (or no memory), which is an error of the test. */
bool domain_of(struct domain *domain, const struct sock_filter *a, size_t a_length, const struct sock_filter *b,
               size_t b_length);
void domain_free(struct domain *domain);

/* The same with the architectures that a kernel for x86_64 has, and no other. False: no memory. */
bool domain_real(struct domain *domain);

/* The next combination; false after the last one. state and words start zeroed, with domain_first(). */
struct domain_walk {
	size_t at[ORACLE_WORDS];
	uint32_t words[ORACLE_WORDS];
};

void domain_first(const struct domain *domain, struct domain_walk *walk);
bool domain_next(const struct domain *domain, struct domain_walk *walk);

/* Whether two loadable programs give every call of their domain the same answer; *call: else one that tells them apart. */
bool oracle_equivalent(const struct domain *domain, const struct sock_filter *a, size_t a_length,
                       const struct sock_filter *b, size_t b_length, uint32_t call[ORACLE_WORDS]);

#endif
