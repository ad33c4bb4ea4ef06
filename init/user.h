/* SPDX-License-Identifier: MIT */
/* user: becomes another user before the filter is there, which may deny just that. */
#ifndef INIT_USER_H
#define INIT_USER_H

/*
 * As `user = ` says: IDs, groups and HOME, of this process. Its capabilities are dropped, unless that user is root, or is
 * who this process was already: those were given to it. policy: a file that this user may not write, nor those that say
 * who a name is. 0, or the exit status, and it is told.
 */
int user_become(const char *wanted, const char *policy);

#endif
