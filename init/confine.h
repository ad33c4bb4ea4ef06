/* SPDX-License-Identifier: MIT */
/* confine: the filter of a denyinit that stays: the few calls that it makes, and no other. Pure. */
#ifndef INIT_CONFINE_H
#define INIT_CONFINE_H

#include <linux/filter.h>
#include <stddef.h>

#define CONFINE_LENGTH_MAX 64u

/*
 * Everything but read, write, poll, waiting, signals, a timer, the time, reading files, ioctl(2) on the listener only
 * (-1: on nothing), and ending gets EPERM, x32's calls too; those of i386
 * are killed. Returns the length.
 */
size_t confine_assemble(int listener, struct sock_filter filter[CONFINE_LENGTH_MAX]);

#endif
