/* SPDX-License-Identifier: MIT */
/* message: what denyinit has to say besides its report: a line to stderr, "denyinit: ...", in one write. */
#ifndef INIT_MESSAGE_H
#define INIT_MESSAGE_H

#define MESSAGE_REFUSED 125 /* denyinit's own exit status */

/* Control bytes are escaped: names that come from outside must not drive a terminal or forge a line. Cut at 2 KiB. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, ending in ". Not starting (125)."; returns that status. */
int refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
