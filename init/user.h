/* SPDX-License-Identifier: MIT */
/* user: becomes another user before the filter is there, which may deny just that. */
#ifndef INIT_USER_H
#define INIT_USER_H

/*
 * As `user = ` says: IDs, groups and HOME, of this process; its capabilities go with that (capabilities(7)). policy: a
 * file that this user may not write. 0, or the exit status, and it is told.
 */
int user_become(const char *wanted, const char *policy);

#endif
