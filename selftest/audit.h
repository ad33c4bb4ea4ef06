/* SPDX-License-Identifier: MIT */
/*
 * audit: the command denyinit-selftest with what is for auditors, --all and --pid. Only that program has it: denyinit
 * itself, which is in every image, is to stay small.
 */
#ifndef SELFTEST_AUDIT_H
#define SELFTEST_AUDIT_H

/* As trial_command() (trial.h), which does all that is not --all or --pid. */
int audit_command(int argc, char *const argv[]);

#endif
