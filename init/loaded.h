/* SPDX-License-Identifier: MIT */
/* loaded: a policy from its file to the program that the kernel gets, with all that was found on the way. */
#ifndef INIT_LOADED_H
#define INIT_LOADED_H

#include <stdbool.h>
#include <stddef.h>

#include "init/filter.h"
#include "init/findings.h"
#include "init/policy.h"
#include "init/refusal.h"
#include "init/sha256.h"

/* Large (2 MiB, of which little is used): static, not on the stack. */
struct loaded {
	const char *path;        /* as the user gave it */
	size_t length;           /* of text */
	char sha256[SHA256_HEX]; /* loaded_digest() */
	bool parsed;             /* policy and observed are complete: no error in the text */
	bool enforces_nothing;   /* --observe: all rules are observed ones */
	struct findings findings;
	/* Aligned so that what most policies use of each lies in one page. */
	_Alignas(2048) char text[POLICY_BYTES_MAX];
	_Alignas(2048) struct policy policy;
	_Alignas(2048) struct policy observed; /* its rules: what is not enforced and only told */
	struct policy other[OTHER_ABIS],
	    observed_other[OTHER_ABIS];        /* what those two point to, with other-abis = deny */
	_Alignas(2048) struct program program; /* of policy; its denials are errnos. length 0: nothing is denied */
	struct program observed_program;       /* of observed, in the same form. length 0: nothing is observed */
};

/*
 * Reads, checks and parses. The caller has zeroed *loaded (it is static). own: policy_file.h. True: loaded->policy is complete; false:
 * loaded->findings say what is wrong. They are sorted.
 */
bool loaded_read(struct loaded *loaded, const char *path, enum severity own);

/* The digest of the file's text. Only who shows it need ask: of the default policy it takes as long as reading it. */
const char *loaded_digest(struct loaded *loaded);

/* Whether any call of any ABI is observed. After loaded_read. */
bool loaded_observes(const struct loaded *loaded);

/* Makes all rules observed ones, those of [deny] and those of [observe]. After loaded_read. */
void loaded_observe_all(struct loaded *loaded);

/* Fills both programs. False: why says why not. */
bool loaded_compile(struct loaded *loaded, char why[REFUSAL_MAX]);

#endif
