/* SPDX-License-Identifier: MIT */
/* confine: the filter of a denyinit that stays: the few calls that it makes, and no other. Pure. */
#ifndef INIT_CONFINE_H
#define INIT_CONFINE_H

#include <linux/filter.h>
#include <stddef.h>

#define CONFINE_LENGTH_MAX 64u

/*
 * Everything but read, write, poll, waiting, signals, a timer, the time, reading files, on the listener receiving and
 * sending, on the terminal what says whose it is (-1: there is none), and ending gets EPERM, x32's calls too; those of i386
 * are killed. Returns the length.
 */
size_t confine_assemble(int listener, int terminal, struct sock_filter filter[CONFINE_LENGTH_MAX]);

#endif
