/* SPDX-License-Identifier: MIT */
/*
 * spoilt: denyinit, but for one thing: what the kernel is given is not the program that the policy was compiled to. The
 * judge is told of the original, whose evaluation finds nothing: what objects is what this very kernel shows. SPOIL in
 * the environment says how:
 *
 *   none            not at all: the control
 *   absent          no filter is loaded
 *   open            one that allows everything
 *   hole NR         the native call NR is let through
 *   errno NR        it gets EXDEV
 *   kill NR         it kills
 *   trap NR         it gets a SIGSYS that can be caught
 *   abi ARCH        all calls of the AUDIT_ARCH_ are let through
 *   x32             all calls with x32's bit
 *
 * Only init/install.h's face is wrapped, by the linker. Exit status 99: SPOIL cannot be understood.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/install.h"

#define X32_BIT 0x40000000u

int __real_install_program(const struct sock_fprog *program, unsigned long flags, int *listener);
int __wrap_install_program(const struct sock_fprog *program, unsigned long flags, int *listener);

static const struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

/* `field` tested, and if it is so `action`; what else there is goes on behind. */
static unsigned short prefix(struct sock_filter *code, size_t field, unsigned short test, unsigned value,
                             unsigned action)
{
	const struct sock_filter added[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)field),
	    BPF_JUMP((unsigned short)(BPF_JMP | BPF_K) | test, value, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, action),
	};

	memcpy(code, added, sizeof added);
	return sizeof added / sizeof *added;
}

/*
 * A number is the native ABI's in the probes, which make calls of no other; of x86_64's others it would be another call,
 * which the policy kills for anyway.
 */
static const struct kind {
	const char *name;
	size_t field;
	unsigned short test;
	unsigned action, value;
} kinds[] = {
    {"hole", offsetof(struct seccomp_data, nr), BPF_JEQ, SECCOMP_RET_ALLOW, 0},
    {"errno", offsetof(struct seccomp_data, nr), BPF_JEQ, SECCOMP_RET_ERRNO | EXDEV, 0},
    {"kill", offsetof(struct seccomp_data, nr), BPF_JEQ, SECCOMP_RET_KILL_PROCESS, 0},
    {"trap", offsetof(struct seccomp_data, nr), BPF_JEQ, SECCOMP_RET_TRAP, 0},
    {"abi", offsetof(struct seccomp_data, arch), BPF_JEQ, SECCOMP_RET_ALLOW, 0},
    {"x32", offsetof(struct seccomp_data, nr), BPF_JSET, SECCOMP_RET_ALLOW, X32_BIT},
};

int __wrap_install_program(const struct sock_fprog *program, unsigned long flags, int *listener)
{
	const char *words = getenv("SPOIL"), *number;
	static struct sock_filter code[BPF_MAXINSNS];
	struct sock_fprog spoilt = {.filter = code};
	size_t length;

	if (!words)
		_exit(99);
	if (strcmp(words, "none") == 0)
		return __real_install_program(program, flags, listener);
	if (strcmp(words, "absent") == 0)
		return 0;
	if (strcmp(words, "open") == 0) {
		code[0] = allow;
		spoilt.len = 1;
		return __real_install_program(&spoilt, flags, listener);
	}
	length = strcspn(words, " ");
	number = words + length;
	for (const struct kind *kind = kinds; kind < kinds + sizeof kinds / sizeof *kinds; kind++) {
		unsigned value = kind->value ? kind->value : (unsigned)strtoul(number, NULL, 0);

		if (strlen(kind->name) != length || memcmp(kind->name, words, length) != 0 || value == 0)
			continue;
		spoilt.len = prefix(code, kind->field, kind->test, value, kind->action);
		if (program->len > BPF_MAXINSNS - spoilt.len)
			break;
		memcpy(code + spoilt.len, program->filter, program->len * sizeof *code);
		spoilt.len = (unsigned short)(spoilt.len + program->len);
		return __real_install_program(&spoilt, flags, listener);
	}
	fprintf(stderr, "spoilt: SPOIL=%s\n", words);
	_exit(99);
}
