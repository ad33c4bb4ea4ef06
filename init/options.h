/* SPDX-License-Identifier: MIT */
/* options: argv to struct options. Pure. */
#ifndef INIT_OPTIONS_H
#define INIT_OPTIONS_H

#include <stdbool.h>

#include "init/policy.h"

#define OPTIONS_DEFAULT_POLICY "/etc/denyinit.ini"

#define OPTIONS_STAYING_MAX 16

enum command {
	COMMAND_RUN,
	COMMAND_CHECK,
	COMMAND_PRINT,
	COMMAND_EXPLAIN,
	COMMAND_EXPORT_OCI,
	COMMAND_EXPORT_BPF,
	COMMAND_SELFTEST,
	COMMAND_HELP,
	COMMAND_VERSION
};

struct options {
	enum command command;
	const char *policy_path;
	bool json; /* --check */
	bool has_report;
	enum report_form report;
	bool has_on_failure;
	enum on_failure on_failure;
	bool supervise;
	const char *staying[OPTIONS_STAYING_MAX + 1]; /* "grace=10s", as policy_set takes it; ends in NULL */
	bool observe;                                 /* the whole policy is observed, nothing of it enforced */
	const char *explain;                          /* --explain: a call, a number or a group */
	const char *base;                             /* --base: a profile to be merged over; NULL: none */
	char **words; /* the entrypoint with its arguments; --selftest: argv of the self-test command; ends in NULL */
	int nwords;
};

#define OPTIONS_ERROR_MAX 256u

/*
 * report_variable: the environment's DENYINIT_REPORT or NULL; it may choose the report's form, not silence it, and a
 * --report outweighs it. False: error has the text of what is wrong, with the remedy, no full stop at the end.
 * Keeps pointers into argv.
 */
bool options_parse(int argc, char *argv[], const char *report_variable, struct options *options,
                   char error[OPTIONS_ERROR_MAX]);

/* The text of --help; names every option. */
extern const char options_help[];

#endif
