/* SPDX-License-Identifier: MIT */
/* accounts: who a user is, out of passwd(5) and group(5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "init/accounts.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "short:x:7:7:\n"
			     "letters:x:1z:7::/l:/bin/sh\n"
			     "octal:x:010:7::/o:/bin/sh\n"
			     "app:x:1000:1001:The App,,,:/srv/app:/bin/sh\n"
			     "app:x:1:1::/second:/bin/sh\n"
			     "nohome:x:1002:1002:::\n"
			     "none:x:4294967295:1:::\n"
			     "extra:x:8:8::/e:/bin/sh:more\n"
			     "+::::::\n"
			     "\n"
			     "last:x:1003:1003::/last:"; /* without a newline */
static const char group[] = "root:x:0:\n"
			    "www:x:33:app,last\n"
			    "apps:x:1001:\n"
			    "app:x:1005:other\n"
			    "prefix:x:1006:application,xapp,ap\n"
			    "sole:x:1007:app\n"
			    "again:x:33:app\n"
			    "broken:x:z:app\n"
			    "more:x:1008:app:more\n"
			    "end:x:1009:x,app";

static void who_it_is(void **state)
{
	static const struct {
		const char *wanted, *result;
	} rows[] = {
	    {"app", "1000:1001 1001 33 1007 1009 /srv/app"},
	    {"root", "0:0 0 /root"},
	    {"nohome", "1002:1002 1002 /"},
	    {"last", "1003:1003 1003 33 /last"},
	    {"app:www", "1000:33 33 /srv/app"},
	    {"app:77", "1000:77 77 /srv/app"},
	    {"1000:1001", "1000:1001 1001 /srv/app"},
	    {"1000:end", "1000:1009 1009 /srv/app"},
	    {"4711:4712", "4711:4712 4712 /"},
	    {"4294967294:1", "4294967294:1 1 /"},
	    {"4294967295:1", "is not in /etc/passwd: write uid:gid, as in `user = 1000:1000`"},
	    {"99999999999999999999:1", "is not in /etc/passwd: write uid:gid, as in `user = 1000:1000`"},
	    {"nobody", "is not in /etc/passwd: write uid:gid, as in `user = 1000:1000`"},
	    {"ap", "is not in /etc/passwd: write uid:gid, as in `user = 1000:1000`"},
	    {"short", "is not in /etc/passwd: write uid:gid, as in `user = 1000:1000`"},
	    {"letters", "is not in /etc/passwd: write uid:gid, as in `user = 1000:1000`"},
	    {"octal", "is not in /etc/passwd: write uid:gid, as in `user = 1000:1000`"},
	    {"extra", "is not in /etc/passwd: write uid:gid, as in `user = 1000:1000`"},
	    {"none", "is not in /etc/passwd: write uid:gid, as in `user = 1000:1000`"},
	    {"app:none", "has a group that is not in /etc/group: write its number"},
	    {"app:broken", "has a group that is not in /etc/group: write its number"},
	    {"app:more", "has a group that is not in /etc/group: write its number"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		static struct account account;
		const char *missing = accounts_find(rows[i].wanted, passwd, group, &account);
		char text[200];
		size_t used = 0;

		if (!missing) {
			used = (size_t)snprintf(text, sizeof text, "%u:%u", account.uid, account.gid);
			for (size_t k = 0; k < account.ngroups; k++)
				used += (size_t)snprintf(text + used, sizeof text - used, " %u", account.groups[k]);
			snprintf(text + used, sizeof text - used, " %s", account.home);
		}
		if (strcmp(missing ? missing : text, rows[i].result) != 0)
			fail_msg("%s: %s, not %s", rows[i].wanted, missing ? missing : text, rows[i].result);
	}
}

static void nothing_is_there(void **state)
{
	static struct account account;

	(void)state;
	assert_non_null(accounts_find("app", "", "", &account));
	assert_null(accounts_find("5:6", "", "", &account));
	assert_non_null(accounts_find("5:app", "", "", &account));
}

static void what_is_too_much(void **state)
{
	static char groups[40000], home[600];
	static struct account account;
	size_t used = 0;

	(void)state;
	for (unsigned i = 0; i < ACCOUNTS_GROUPS - 1; i++)
		used += (size_t)snprintf(groups + used, sizeof groups - used, "g%u:x:%u:app\n", i, 2000 + i);
	assert_null(accounts_find("app", passwd, groups, &account));
	assert_int_equal(account.ngroups, ACCOUNTS_GROUPS);
	snprintf(groups + used, sizeof groups - used, "more:x:9000:app\n");
	assert_non_null(accounts_find("app", passwd, groups, &account));
	snprintf(home, sizeof home, "app:x:1:1::/%0300d:\n", 1);
	assert_string_equal(accounts_find("app", home, "", &account), "has a home of 256 bytes or more in /etc/passwd");
	assert_string_equal(accounts_find("1:1", home, "", &account), "has a home of 256 bytes or more in /etc/passwd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(who_it_is),
	    cmocka_unit_test(nothing_is_there),
	    cmocka_unit_test(what_is_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
