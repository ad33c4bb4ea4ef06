/* SPDX-License-Identifier: MIT */
#include "init/accounts.h"

#include <stdio.h>
#include <string.h>

#include "init/words.h"

#define FIELDS_MAX 7
#define ID_LAST UINT32_C(0xfffffffe) /* the one above it means "no change": setresuid(2) */

struct field {
	const char *at;
	size_t length;
};

/* The next line's fields, which are exactly so many: lines that have more or fewer are passed over. False: the end. */
static bool next_line(const char **at, size_t count, struct field fields[FIELDS_MAX])
{
	while (**at) {
		const char *end = *at + strcspn(*at, "\n"), *from = *at;
		size_t n = 0;

		*at = *end ? end + 1 : end;
		for (bool more = true; more; n++) {
			const char *to = memchr(from, ':', (size_t)(end - from));

			more = to != NULL;
			if (n < FIELDS_MAX)
				fields[n] = (struct field){from, (size_t)((more ? to : end) - from)};
			from = more ? to + 1 : end;
		}
		if (n == count)
			return true;
	}
	return false;
}

static bool is(const struct field *field, const char *text, size_t length)
{
	return field->length == length && memcmp(field->at, text, length) == 0;
}

static bool read_id(const char *text, size_t length, uint32_t *id)
{
	char digits[12];
	uint64_t number = 0;

	if (length == 0 || length >= sizeof digits)
		return false;
	snprintf(digits, sizeof digits, "%.*s", (int)length, text);
	if (strspn(digits, "0123456789") != length || words_number(digits, &number) != NUMBER_OK || number > ID_LAST)
		return false;
	*id = (uint32_t)number;
	return true;
}

/* "app,www" has it. */
static bool has_member(const struct field *members, const char *name, size_t length)
{
	const char *at = members->at, *end = at + members->length;

	while (at < end) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		const struct field member = {at, (size_t)((comma ? comma : end) - at)};

		if (is(&member, name, length))
			return true;
		at += member.length + 1;
	}
	return false;
}

static bool add_group(struct account *account, uint32_t gid)
{
	for (size_t i = 0; i < account->ngroups; i++)
		if (account->groups[i] == gid)
			return true;
	if (account->ngroups == ACCOUNTS_GROUPS)
		return false;
	account->groups[account->ngroups++] = gid;
	return true;
}

/* The line of that name, or, where the name is a number, of that ID. NULL, or what is missing. */
static const char *find_user(const char *name, size_t length, const char *passwd, struct account *account)
{
	struct field f[FIELDS_MAX];
	const bool numeric = read_id(name, length, &account->uid);

	while (next_line(&passwd, 7, f)) {
		uint32_t uid, gid;

		if (!read_id(f[2].at, f[2].length, &uid) || !read_id(f[3].at, f[3].length, &gid) ||
		    (numeric ? uid != account->uid : !is(&f[0], name, length)))
			continue;
		account->uid = uid;
		account->gid = gid;
		if (f[5].length > 0)
			snprintf(account->home, sizeof account->home, "%.*s", (int)f[5].length, f[5].at);
		return f[5].length < sizeof account->home ? NULL : "has a home of 256 bytes or more in /etc/passwd";
	}
	return numeric ? NULL : "is not in /etc/passwd: write uid:gid, as in `user = 1000:1000`";
}

static bool find_group(const char *name, const char *group, uint32_t *gid)
{
	struct field f[FIELDS_MAX];

	if (read_id(name, strlen(name), gid))
		return true;
	while (next_line(&group, 4, f))
		if (is(&f[0], name, strlen(name)) && read_id(f[2].at, f[2].length, gid))
			return true;
	return false;
}

const char *accounts_find(const char *wanted, const char *passwd, const char *group, struct account *account)
{
	const char *colon = strchr(wanted, ':');
	const size_t length = colon ? (size_t)(colon - wanted) : strlen(wanted);
	struct field f[FIELDS_MAX];
	const char *missing;

	*account = (struct account){.home = "/"};
	missing = find_user(wanted, length, passwd, account);
	if (missing)
		return missing;
	if (colon && !find_group(colon + 1, group, &account->gid))
		return "has a group that is not in /etc/group: write its number";
	(void)add_group(account, account->gid);
	while (!colon && next_line(&group, 4, f)) {
		uint32_t gid;

		if (has_member(&f[3], wanted, length) && read_id(f[2].at, f[2].length, &gid) &&
		    !add_group(account, gid))
			return "is in too many groups";
	}
	return NULL;
}
