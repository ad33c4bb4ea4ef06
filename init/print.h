/* SPDX-License-Identifier: MIT */
/* print: a policy as a table, and findings as a compiler prints them or as JSON. Pure, to a FILE *. */
#ifndef INIT_PRINT_H
#define INIT_PRINT_H

#include <stdio.h>

#include "init/findings.h"
#include "init/policy.h"

/* Each call, its number, what it gets, and from which line and group. path: the policy's, as the user gave it. */
void print_policy(FILE *out, const struct policy *policy, const char *path);

/* With other-abis = deny what i386 and x32 get; nothing without it. */
void print_others(FILE *out, const struct policy *policy, const char *path);

/* What is only observed: the same for the rules of [observe], of calls that policy does not deny anyway. */
void print_observed(FILE *out, const struct policy *policy, const struct policy *observed, const char *path);

/* "path:line: error|warning: text", a line each. */
void print_findings(FILE *out, const struct findings *findings, const char *path);

/* One line: {"path":...,"errors":N,"warnings":N,"findings":[{"line":N,"severity":...,"text":...},...]} */
void print_findings_json(FILE *out, const struct findings *findings, const char *path);

/* Cells of that table, for explain.c: the action, padded to its column, and "path:line (@group)". */
void print_action(FILE *out, const struct rule *rule);
void print_place(FILE *out, const char *path, unsigned line, const char *group);

#endif
