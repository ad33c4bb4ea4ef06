/* SPDX-License-Identifier: MIT */
/*
 * accounts: who `user = app` or `user = 1000:1000` is, out of the text of /etc/passwd and /etc/group: passwd(5),
 * group(5). Pure. Lines that are of another form are nobody's.
 */
#ifndef INIT_ACCOUNTS_H
#define INIT_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACCOUNTS_GROUPS 256u
#define ACCOUNTS_HOME 256u

struct account {
	uint32_t uid, gid;
	uint32_t groups[ACCOUNTS_GROUPS]; /* the supplementary ones, gid among them */
	size_t ngroups;
	char home[ACCOUNTS_HOME];
};

/*
 * wanted: "NAME", "NAME:GROUP", "UID:GROUP"; GROUP is a name or a number. Both texts end in NUL. With a GROUP it is the
 * only one, else there are those of which NAME is a member. Without a line in passwd the home is "/". NULL: *account is
 * complete; else what is missing, as words that `user` stands before.
 */
const char *accounts_find(const char *wanted, const char *passwd, const char *group, struct account *account);

#endif
