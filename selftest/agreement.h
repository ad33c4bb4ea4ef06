/* SPDX-License-Identifier: MIT */
/*
 * agreement: whether the numbers that the accused has for the policy's calls are the judge's own, on each ABI. Pure.
 */
#ifndef SELFTEST_AGREEMENT_H
#define SELFTEST_AGREEMENT_H

#include "selftest/meaning.h"

/* -1, or the index of the first native rule for whose call the judge has another number, or none. */
long agreement_native(const struct trial_input *input);

/*
 * Where other ABIs have rules: -1, or the line of the first one of which the accused has made something else there: a
 * number that is not that call's, or of a rule without conditions nothing, though the ABI has a call of that name.
 */
long agreement_other(const struct meaning *meaning);

#endif
