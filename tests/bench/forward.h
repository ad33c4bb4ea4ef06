/* SPDX-License-Identifier: MIT */
/* forward: what a wrapper of syscall(2), linked with --wrap=syscall, calls in its turn. */
#ifndef TESTS_BENCH_FORWARD_H
#define TESTS_BENCH_FORWARD_H

#include <stdarg.h>

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

static inline long forward_syscall(long number, va_list arguments)
{
	long a[6];

	for (unsigned i = 0; i < 6; i++) /* more than were given: registers and stack that nobody minds being read */
		a[i] = va_arg(arguments, long);
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

#endif
