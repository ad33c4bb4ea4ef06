/* SPDX-License-Identifier: MIT */
/*
 * profile: the program of a container runtime's profile, as libseccomp makes it for runc: a list of what is allowed, on
 * x86_64, i386 and x32. Its bytes go to stdout, as `bwrap --seccomp` takes them.
 *
 * stdin, by words: first the errno of what is not listed. Then a line for each call: NAME ERRNO (0: allowed), and for each
 * of its conditions INDEX OPERATOR VALUE VALUETWO, operators by the names that the profile has. A name that libseccomp does
 * not know is left out, as runc does it.
 */
#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/sample.h"

#define CONDITIONS_MAX 6

static const struct {
	const char *name;
	enum scmp_compare compare;
} operators[] = {
    {"SCMP_CMP_NE", SCMP_CMP_NE},
    {"SCMP_CMP_LT", SCMP_CMP_LT},
    {"SCMP_CMP_LE", SCMP_CMP_LE},
    {"SCMP_CMP_EQ", SCMP_CMP_EQ},
    {"SCMP_CMP_GE", SCMP_CMP_GE},
    {"SCMP_CMP_GT", SCMP_CMP_GT},
    {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
};

static void must(int error, const char *what)
{
	if (error < 0)
		sample_die("profile: %s: %s", what, strerror(-error));
}

static enum scmp_compare compare_of(const char *name)
{
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
		if (strcmp(operators[i].name, name) == 0)
			return operators[i].compare;
	sample_die("profile: no operator '%s'", name);
}

static scmp_datum_t value_of(const char *text)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || end == text || *end)
		sample_die("profile: '%s' is no value", text);
	return value;
}

int main(void)
{
	struct plan_line line;
	scmp_filter_ctx context;

	if (!sample_plan(&line, 1))
		sample_die("profile: nothing on stdin");
	context = seccomp_init(SCMP_ACT_ERRNO(sample_number(line.words[0], 1)));
	if (!context)
		sample_die("profile: seccomp_init failed");
	must(seccomp_arch_add(context, SCMP_ARCH_X86), "i386");
	must(seccomp_arch_add(context, SCMP_ARCH_X32), "x32");
	while (sample_plan(&line, 2)) {
		const size_t error = sample_number(line.words[1], 0), conditions = (line.count - 2) / 4;
		const int nr = seccomp_syscall_resolve_name(line.words[0]);
		struct scmp_arg_cmp list[CONDITIONS_MAX];

		if (nr == __NR_SCMP_ERROR)
			continue;
		if (conditions > CONDITIONS_MAX)
			sample_die("profile: %s: too many conditions", line.words[0]);
		for (size_t i = 0; i < conditions; i++) {
			char **words = line.words + 2 + 4 * i;
			list[i] = SCMP_CMP((unsigned)sample_number(words[0], 0), compare_of(words[1]),
			                   value_of(words[2]), value_of(words[3]));
		}
		must(seccomp_rule_add_array(context, error ? SCMP_ACT_ERRNO(error) : SCMP_ACT_ALLOW, nr,
		                            (unsigned)conditions, list),
		     line.words[0]);
	}
	must(seccomp_export_bpf(context, STDOUT_FILENO), "export");
	seccomp_release(context);
	return 0;
}
