/* SPDX-License-Identifier: MIT */
/*
 * patient: stderr for a process that must not be stopped by whoever does not read it: a line is written if there is
 * room, and else lost. O_NONBLOCK is no way: it belongs to the open file, which the command has, too.
 */
#ifndef INIT_PATIENT_H
#define INIT_PATIENT_H

#include <stdbool.h>
#include <stddef.h>

#define PATIENT_MS 20 /* at most so long a line waits, when somebody else took the room meanwhile */

/* Once, before the others: the handler of the timer's SIGALRM, which is blocked outside of patient_write(). 0 or errno. */
int patient_start(void);

/* To stderr. */
void patient_write(const char *bytes, size_t length);

/*
 * Whether patient_write() has brought this signal upon its own process since the last time: SIGPIPE, of a stderr without
 * reader, or SIGXFSZ.
 */
bool patient_caused(int signal);

/* SIGALRMs that came meanwhile and were somebody's, not the timer's; since the last time. */
unsigned patient_alarms(void);

#endif
