/* SPDX-License-Identifier: MIT */
/*
 * lint: policies and what is found in them; and for policies of every kind, that the advice can be followed: with all
 * proposed lines written, as a tool would write them, the policy is sound and nothing is left to advise.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "init/lint.h"
#include "init/names.h"
#include "init/names_doors.h"
#include "init/words.h"
#include "selftest/numbers.h"
#include "tests/unit/sample.h"

/* The judge's table of calls. */
static int number(const char *name)
{
	int nr = (int)numbers_of(ABI_NATIVE, name);

	if (nr >= 0)
		return nr;
	return numbers_of(ABI_COMPAT, name) >= 0 ? CALL_ABSENT : CALL_UNKNOWN;
}

static bool at(size_t i, char name[POLICY_NAME_MAX])
{
	const char *found = i <= POLICY_CEILING ? numbers_native_name((uint32_t)i) : NULL;

	snprintf(name, POLICY_NAME_MAX, "%s", found ? found : "");
	return i <= POLICY_CEILING;
}

static const struct call_table calls = {.number = number, .name = numbers_native_name, .at = at};

/* An ABI with the calls that carry others: their numbers are free on x86_64. */
static int number_with_multiplexers(const char *name)
{
	if (strcmp(name, "socketcall") == 0)
		return 400;
	return strcmp(name, "ipc") == 0 ? 401 : number(name);
}

static const struct call_table multiplexing = {
    .number = number_with_multiplexers, .name = numbers_native_name, .at = at};

static struct policy policy, observed;
static struct findings findings;

static bool look(const char *text, const struct call_table *table)
{
	memset(&findings, 0, sizeof findings);
	if (!policy_parse(text, strlen(text), table, &policy, &observed, &findings))
		return false;
	lint(&policy, &observed, table, &findings);
	findings_sort(&findings);
	return true;
}

static const char *found(void)
{
	static char text[FINDINGS_MAX * 500];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < findings.count; i++) {
		const struct finding *f = &findings.item[i];

		if (strcmp(f->kind, FINDING_POLICY) == 0)
			continue;
		used += (size_t)snprintf(text + used, sizeof text - used, "%u %s", f->line, f->kind);
		for (const char *line = f->write; *line;) {
			size_t length = strcspn(line, "\n");

			used += (size_t)snprintf(text + used, sizeof text - used, " `%.*s`", (int)length, line);
			line += length + (line[length] == '\n');
		}
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s\n", f->replaces[0] ? " for " : "",
		                         f->replaces);
		assert_true(used < sizeof text);
	}
	return text;
}

static const char *first_error(void)
{
	for (size_t i = 0; i < findings.count; i++)
		if (findings.item[i].severity == SEVERITY_ERROR)
			return findings.item[i].text;
	return "none";
}

/* ---- a policy's lines below `[deny]`, and what is found in it: LINE KIND `WRITE`... for REPLACES ---- */

static const struct {
	const char *text;
	const char *found;
} rows[] = {
    /* io_uring */
    {"@default = deny", ""},
    {"mkdir mkdirat = deny", "2 io-uring `io_uring_setup io_uring_enter io_uring_register = deny`\n"},
    {"mkdir mkdirat = EACCES\nio_uring_enter = deny", "2 io-uring `io_uring_setup io_uring_register = EACCES`\n"},
    {"mkdir mkdirat = EACCES\nio_uring_setup = ENOSYS", ""},
    {"mkdir mkdirat = kill-process", "2 io-uring `io_uring_setup io_uring_enter io_uring_register = ENOSYS`\n"},
    {"@default = deny\nmkdir mkdirat = deny\n@io-uring = allow", "3 io-uring `io_uring_setup = deny`\n"},
    {"@default = deny\nmkdir mkdirat = deny\nio_uring_setup io_uring_enter = allow",
     "4 io-uring `io_uring_setup = deny` for io_uring_setup\n"},
    {"@default = deny\n@io-uring = allow", ""},
    {"mkdir mkdirat = deny\n[observe]\nio_uring_setup = deny", ""},
    {"statx openat2 = ENOSYS", ""}, /* a pretence: an older kernel */
    {"statx = EPERM", "2 io-uring `io_uring_setup io_uring_enter io_uring_register = deny`\n"},

    /* namespaces */
    {"@namespaces = deny", ""},
    {"clone unshare = deny if flags & CLONE_NEWUSER", "2 clone3-open `clone3 = ENOSYS`\n"},
    {"clone unshare = deny if flags & CLONE_NEWUSER\nclone3 = ENOSYS", ""},
    {"clone unshare = deny if flags & CLONE_NEWUSER\nclone3 = EPERM", "3 clone3-errno `clone3 = ENOSYS` for clone3\n"},
    {"clone3 = kill-process", "2 clone3-errno `clone3 = ENOSYS` for clone3\n"},
    {"@namespaces = deny\nclone3 = allow", "3 clone3-open `clone3 = ENOSYS` for clone3\n"},
    {"clone unshare = deny if flags & CLONE_NEWUSER\n[observe]\nclone3 = ENOSYS", ""},
    {"clone = deny if flags & CLONE_VM", ""},
    {"unshare = deny if flags & CLONE_FILES", ""},
    {"clone = EACCES if flags & CLONE_NEWNS|CLONE_NEWUSER\nunshare = deny if flags & CLONE_NEWNS\nclone3 = ENOSYS",
     "2 twin-open `unshare = EACCES if flags & CLONE_NEWUSER`\n"},
    {"unshare = deny\nclone3 = ENOSYS",
     "2 twin-open `clone = deny if flags & "
     "CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWUSER|CLONE_NEWPID|CLONE_NEWNET`\n"},
    {"@namespaces = deny\nunshare = allow", ""},
    {"setns = deny if nstype & CLONE_NEWNS", "2 setns-any `setns = deny if nstype == 0`\n"},
    {"setns = deny if nstype & CLONE_NEWNS\nsetns = deny if nstype == 0", ""},
    {"setns = deny", ""},

    /* twins */
    {"ptrace = deny", "2 twin-open `process_vm_readv process_vm_writev pidfd_getfd = deny`\n"},
    {"ptrace process_vm_readv process_vm_writev pidfd_getfd = deny", ""},
    {"ptrace process_vm_readv process_vm_writev = deny\n[observe]\npidfd_getfd = deny", ""},
    {"@strict = deny\nprocess_vm_readv = allow", ""}, /* knowingly */
    {"pidfd_getfd = deny", ""},                       /* as @default has it */
    {"ptrace = deny\nprocess_vm_readv = deny if flags & 1\nprocess_vm_writev pidfd_getfd = deny", ""},
    {"@debug = EACCES", "2 twin-open `process_vm_readv process_vm_writev = EACCES`\n"},
    {"setuid = 95", "2 twin-open `setreuid setresuid = EOPNOTSUPP`\n"},
    {"setuid = 4000", "2 twin-open `setreuid setresuid = 4000`\n"},
    {"setuid = deny\n[policy]\ndeny = ENOSYS", "2 twin-open `setreuid setresuid = deny`\n"},
    {"setuid = kill-process", "2 twin-open `setreuid setresuid = kill-process`\n"},
    {"settimeofday clock_settime = deny", ""},
    {"fchmodat2 = ENOSYS", ""},
    {"fchmodat2 = EPERM", ""}, /* nobody denies the newest one alone to keep from what the older ones do */
    {"renameat2 = deny if flags & RENAME_EXCHANGE\n@io-uring = deny", ""},
    {"chmod = deny if mode & S_ISUID\nfchmod = deny if mode & S_ISUID",
     "2 twin-open `fchmodat fchmodat2 = deny if mode & S_ISUID`\n"},
    {"chmod = EACCES if mode & S_ISUID|S_ISGID\nfchmod fchmodat fchmodat2 = deny if mode & S_ISUID",
     "2 twin-open `fchmod fchmodat fchmodat2 = EACCES if mode & S_ISGID|S_ISUID`\n"},
    {"chmod fchmod fchmodat fchmodat2 = deny if mode & S_ISUID|S_ISGID", ""},
    {"chmod = deny if arg0 & 1", NULL}, /* a pointer: an error */
    {"mprotect = deny if prot & PROT_EXEC", "2 twin-open `pkey_mprotect = deny if prot & PROT_EXEC`\n"},
    {"open = deny if flags & O_CREAT\n@io-uring = deny",
     "2 twin-open `openat = deny if flags & O_CREAT` `openat2 = ENOSYS`\n2 twin-open `creat = deny`\n"},
    {"open = deny if flags & O_CREAT\nopen = deny if flags & O_TRUNC\nopenat2 creat = deny\n@io-uring = deny",
     "2 twin-open `openat = deny if flags & O_CREAT`\n"}, /* the next run has the rest */
    {"openat = deny if flags & O_CREAT\nopenat2 = ENOSYS\nopen creat = allow",
     NULL}, /* allows nothing that was denied */
    {"open = deny if flags & O_DIRECTORY\n@io-uring = deny",
     "2 twin-open `openat = deny if flags & O_DIRECTORY` `openat2 = ENOSYS`\n"},
    {"unlink rmdir = deny\n@io-uring = deny", "2 twin-open `unlinkat = deny`\n"},
    {"rmdir = deny\n@io-uring = deny", "2 twin-open `unlinkat = deny if flags & AT_REMOVEDIR`\n"},
    {"open = deny\n@io-uring = deny", "2 twin-vital\n"},
    {"open = ENOSYS", ""},
    {"fork vfork = deny", "2 twin-vital\n2 twin-vital\n"},
    {"execveat = deny", "2 twin-open `memfd_create = deny`\n"},
    {"memfd_create memfd_secret execveat = deny", ""},
    {"fork vfork = deny\nclone = deny if flags & CLONE_NEWUSER\nunshare = deny if flags & CLONE_NEWUSER\nclone3 = ENOSYS",
     ""},
    {"connect = deny\n@io-uring = deny", "2 twin-open `sendto sendmsg sendmmsg = deny if flags & MSG_FASTOPEN`\n"},
    {"connect = deny if fd == 3\n@io-uring = deny", ""},

    /* conditions by == */
    {"unshare clone = EACCES if flags == CLONE_NEWUSER\nclone3 = ENOSYS",
     "2 equal-flags `clone = EACCES if flags & CLONE_NEWUSER`\n2 equal-flags `unshare = EACCES if flags & "
     "CLONE_NEWUSER`\n"},
    {"mprotect pkey_mprotect = deny if prot == PROT_WRITE|PROT_EXEC",
     "2 equal-flags `mprotect = deny if prot & PROT_WRITE and prot & PROT_EXEC`\n2 equal-flags `pkey_mprotect = deny if "
     "prot & PROT_WRITE and prot & PROT_EXEC`\n"},
    {"umount2 = deny if flags == MNT_FORCE\numount2 = deny if flags & MNT_FORCE", ""},
    {"umount2 = deny if flags in MNT_FORCE MNT_DETACH",
     "2 equal-flags `umount2 = deny if flags & MNT_FORCE` `umount2 = deny if flags & MNT_DETACH`\n"},
    {"umount2 = deny if flags == 0", ""},
    {"umount2 = deny if flags not in 0 MNT_DETACH", ""},
    {"socket = deny if type == 3\n@io-uring = deny",
     "2 equal-flags `socket = deny if type in 0x803 0x80003 0x80803`\n"},
    {"socket = deny if type in 3 0x80003\n@io-uring = deny",
     "2 equal-flags `socket = deny if type in 0x803 0x80803`\n"},
    {"socket = deny if type in 3 0x803 0x80003 0x80803\n@io-uring = deny", ""},
    {"socket = deny if domain == 16\n@io-uring = deny", ""},

    /* kill-process */
    {"rseq ptrace process_vm_readv process_vm_writev pidfd_getfd = kill-process",
     "2 kill-tried `rseq = ENOSYS` for rseq\n"},
    {"statx rseq = kill-process\nclose_range = kill-process\n@io-uring = deny",
     "2 kill-tried `statx rseq = ENOSYS` for statx rseq\n3 kill-tried `close_range = ENOSYS` for close_range\n"},
    {"@io-uring = kill-process", "2 kill-tried `io_uring_setup io_uring_enter io_uring_register = ENOSYS`\n"},
    {"renameat2 = kill-process if flags & RENAME_WHITEOUT\n@io-uring = deny", ""},
    {"swapon = deny\n[policy]\ndeny = kill-process", "4 kill-init `deny = EPERM` for deny\n"},
    {"swapon = deny\n[policy]\ndeny = kill-process\n[init]\nmode = supervise", ""},
    {"swapon = deny\n[policy]\nno-new-privs = auto", "4 no-new-privs `no-new-privs = yes` for no-new-privs\n"},
    {"swapon = deny\n[policy]\nno-new-privs = yes", ""},
};

static void what_is_found(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[1000];
		bool sound;

		snprintf(text, sizeof text, "[deny]\n%s\n", rows[i].text);
		sound = look(text, &calls);
		if (sound == (rows[i].found != NULL) && (!sound || strcmp(found(), rows[i].found) == 0))
			continue;
		fprintf(stderr, "--- %s\nexpected: %s\nfound: %s\n", rows[i].text,
		        rows[i].found ? rows[i].found : "an error", sound ? found() : findings.item[0].text);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void calls_that_carry_others(void **state)
{
	(void)state;
	assert_true(look("[deny]\nsocket = deny if domain == 16\nshmget = EACCES\n@io-uring = deny\n", &calls));
	assert_string_equal(found(), "");
	assert_true(look("[deny]\nsocket = deny if domain == 16\nshmget = EACCES\n@io-uring = deny\n", &multiplexing));
	assert_string_equal(found(), "2 multiplexed `socketcall = deny`\n3 multiplexed `ipc = EACCES`\n");
	assert_true(
	    look("[deny]\nsocket = deny if domain == 16\nsocketcall ipc = ENOSYS\n@io-uring = deny\n", &multiplexing));
	assert_string_equal(found(), "");
}

/* ---- nothing on what is shipped, nor on groups alone, but for those that systemd did not make for that ---- */

static void groups_alone(void **state)
{
	const struct group *group;

	(void)state;
	for (size_t i = 0; (group = names_group_at(i)) != NULL; i++) {
		char text[100];

		snprintf(text, sizeof text, "[deny]\n%s = deny\n", group->name);
		assert_true(look(text, &calls));
		if (strcmp(group->name, "@debug") == 0) /* ptrace, and not process_vm_readv */
			assert_string_equal(found(), "2 twin-open `process_vm_readv process_vm_writev = deny`\n");
		else
			assert_string_equal(found(), "");
		assert_int_equal(findings.errors, 0);
	}
}

static void shipped_policies(void **state)
{
	DIR *folder = opendir("conf");
	struct dirent *entry;
	unsigned count = 0;

	(void)state;
	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL) {
		static char text[POLICY_BYTES_MAX];
		char path[300];
		size_t length;
		FILE *file;

		if (!strstr(entry->d_name, ".ini"))
			continue;
		snprintf(path, sizeof path, "conf/%s", entry->d_name);
		file = fopen(path, "rb");
		assert_non_null(file);
		length = fread(text, 1, sizeof text - 1, file);
		text[length] = '\0';
		fclose(file);
		if (!look(text, &calls))
			fail_msg("%s: %s", path, first_error());
		if (found()[0] != '\0')
			fail_msg("%s: %s", path, found());
		count++;
	}
	closedir(folder);
	assert_true(count >= 6);
}

/* ---- the mount API ---- */

static void mounts_left_open(void **state)
{
	static const char text[] = "[deny]\n@mount = deny\nfsopen = allow\nopen_tree = deny if flags & 1\n"
				   "umount2 = allow\n[observe]\numount2 = deny\nmount = deny\n";

	(void)state;
	assert_true(look(text, &calls));
	memset(&findings, 0, sizeof findings);
	lint_mounts(&policy, &observed, &findings);
	findings_sort(&findings);
	assert_string_equal(found(), "3 mount-open\n4 mount-open\n5 mount-open\n7 mount-open\n");
	assert_non_null(strstr(findings.item[0].text, "PARTIAL"));
	assert_non_null(strstr(findings.item[3].text, "OBSERVE"));
}

/* ---- the advice can be followed ---- */

#define LINES_MAX 200u

struct text {
	char line[LINES_MAX][POLICY_LINE_MAX + 1];
	size_t count;
};

static void add_line(struct text *text, size_t place, const char *line, size_t length)
{
	assert_in_range(length, 1, POLICY_LINE_MAX);
	assert_true(text->count < LINES_MAX);
	memmove(text->line[place + 1], text->line[place], (text->count - place) * sizeof text->line[0]);
	snprintf(text->line[place], sizeof text->line[0], "%.*s", (int)length, line);
	text->count++;
}

/* The words leave the line, which stays if there is anything left of them before its `=`. */
static void take_out(char line[POLICY_LINE_MAX + 1], const char *words)
{
	char copy[POLICY_LINE_MAX + 1], word[POLICY_NAME_MAX];
	const char *at = copy;
	size_t used = 0;

	snprintf(copy, sizeof copy, "%s", line);
	line[0] = '\0';
	while (words_next(&at, word, sizeof word) && strcmp(word, "=") != 0)
		if (words_place(words, word) < 0)
			used += (size_t)snprintf(line + used, sizeof copy - used, "%s ", word);
	if (used > 0)
		snprintf(line + used, sizeof copy - used, "=%s", at);
}

static void follow(struct text *text)
{
	for (size_t i = 0; i < findings.count; i++)
		if (findings.item[i].replaces[0])
			take_out(text->line[findings.item[i].line - 1], findings.item[i].replaces);
	/* From the last place up: so the numbers of those above stay. */
	for (size_t place = text->count; place > 0; place--) {
		size_t next = place;

		for (size_t i = 0; i < findings.count; i++) {
			const char *line = findings.item[i].after == place ? findings.item[i].write : "";

			while (*line) {
				size_t length = strcspn(line, "\n");

				add_line(text, next++, line, length);
				line += length + (line[length] == '\n');
			}
		}
	}
}

static const char *joined(const struct text *text)
{
	static char bytes[LINES_MAX * (POLICY_LINE_MAX + 2)];
	size_t used = 0;

	for (size_t i = 0; i < text->count; i++)
		used += (size_t)snprintf(bytes + used, sizeof bytes - used, "%s\n", text->line[i]);
	return bytes;
}

static bool advised(void)
{
	for (size_t i = 0; i < findings.count; i++)
		if (findings.item[i].write[0])
			return true;
	return false;
}

static unsigned followed;

/* Three rounds: what is denied by an advice may have a twin of its own, and that one, too. */
static void check_advice(struct text *text)
{
	static char before[LINES_MAX * (POLICY_LINE_MAX + 2)];
	unsigned rounds = 0;

	if (!look(joined(text), &calls))
		return; /* the policy was none to begin with */
	for (; advised() && rounds < 4; rounds++) {
		snprintf(before, sizeof before, "%s", joined(text));
		follow(text);
		if (!look(joined(text), &calls))
			fail_msg("an advice that cannot be followed: %s\n--- from\n%s--- to\n%s", first_error(), before,
			         joined(text));
		followed++;
	}
	if (advised())
		fail_msg("advised without an end: %s\n%s", findings.item[0].text, joined(text));
}

static void start_text(struct text *text)
{
	text->count = 0;
	add_line(text, 0, "[deny]", 6);
}

static void every_call_alone(void **state)
{
	static const char *const answers[] = {"deny", "EACCES", "ENOSYS", "kill-process"};
	static struct text text;
	unsigned asked = 0;

	(void)state;
	followed = 0;
	for (uint32_t nr = 0; nr <= POLICY_CEILING; nr++) {
		const char *name = numbers_native_name(nr);

		if (!name)
			continue;
		for (size_t i = 0; i < 4; i++) {
			char line[POLICY_LINE_MAX + 1];
			int length = snprintf(line, sizeof line, "%s = %s", name, answers[i]);

			start_text(&text);
			add_line(&text, 1, line, (size_t)length);
			check_advice(&text);
			asked++;
		}
	}
	assert_true(asked > 1300);
	assert_true(followed > 400);
}

/* Calls that are in some table of names_doors.c: lines of others are found nothing in. */
static const char *random_call(void)
{
	static char name[POLICY_NAME_MAX];

	for (;;) {
		const char *call = numbers_native_name(below(POLICY_CEILING + 1));
		struct twins twins;
		bool wanted = false;

		if (!call)
			continue;
		for (size_t i = 0; names_twins_at(i, &twins); i++)
			wanted |= words_place(twins.denied, call) >= 0 || words_place(twins.doors, call) >= 0;
		if (!wanted && !names_by_io_uring(call) && !names_is_tried(call) && !names_vital_twin(call) &&
		    !one_in(20))
			continue;
		snprintf(name, sizeof name, "%s", call);
		return name;
	}
}

static int random_condition(const char *call, char *text, size_t size)
{
	static const char *const operators[] = {"&", "==", "in", "not in", "<", ">"};
	static const unsigned values[] = {1, 2, 3, 4, 0x40, 0x41, 0x200, 0x800, 0xc00, 0x20000, 0x10000000, 0x5412};
	char names[160], wanted[POLICY_NAME_MAX];
	const char *arguments = names_arguments(call, names, sizeof names);
	const char *operator= operators[below(6)];
	int used;

	if (!arguments || !arguments[0] || one_in(2))
		return 0;
	for (uint32_t i = below(6); i < 7; i++)
		if (!words_next(&arguments, wanted, sizeof wanted))
			break;
	used = snprintf(text, size, " if %s %s 0x%x", wanted, operator, values[below(12)]);
	if (strstr(operator, "in"))
		used += snprintf(text + used, size - (size_t)used, " 0x%x", values[below(12)]);
	return used;
}

static void policies_at_random(void **state)
{
	static struct text text;

	(void)state;
	followed = 0;
	seed = 1;
	for (unsigned run = 0; run < 800; run++) {
		static const char *const answers[] = {"deny", "EACCES", "ENOSYS", "kill-process", "allow"};

		start_text(&text);
		if (one_in(4))
			add_line(&text, text.count, "@strict = deny", 14);
		for (uint32_t lines = 1 + below(10); lines > 0; lines--) {
			char line[POLICY_LINE_MAX + 1], name[POLICY_NAME_MAX];
			uint32_t answer = below(one_in(3) ? 5 : 3);
			int used;

			snprintf(name, sizeof name, "%s", random_call());
			used = snprintf(line, sizeof line, "%s = %s", name, answers[answer]);
			if (answer < 4)
				used += random_condition(name, line + used, sizeof line - (size_t)used);
			add_line(&text, text.count, line, (size_t)used);
			/* What is an error by itself is left out. */
			if (!look(joined(&text), &calls))
				text.count--;
		}
		check_advice(&text);
	}
	assert_true(followed > 600);
}

/* ---- the tables ---- */

static bool is_a_call(const char *name)
{
	return number(name) != CALL_UNKNOWN;
}

static void check_words(const char *words)
{
	char word[POLICY_NAME_MAX];

	while (words_next(&words, word, sizeof word)) {
		word[strcspn(word, "*")] = '\0';
		if (!is_a_call(word))
			fail_msg("%s is no call", word);
	}
}

static void tables_name_calls(void **state)
{
	struct twins twins;
	const struct door_case *c;
	const char *name, *carried;

	(void)state;
	for (size_t i = 0; names_twins_at(i, &twins); i++) {
		check_words(twins.denied);
		check_words(twins.doors);
	}
	for (size_t i = 0; (c = names_door_case_at(i)) != NULL; i++) {
		check_words(c->denied);
		check_words(c->doors);
	}
	for (size_t i = 0; (name = names_multiplexer_at(i, &carried)) != NULL; i++)
		check_words(name);
}

/* linux/io_uring.h of this machine: each operation has its call in the table, or is none that a call does. */
static void operations_of_io_uring(void **state)
{
	static const char none[] =
	    "NOP POLL_REMOVE TIMEOUT TIMEOUT_REMOVE ASYNC_CANCEL LINK_TIMEOUT FILES_UPDATE "
	    "PROVIDE_BUFFERS REMOVE_BUFFERS MSG_RING URING_CMD LAST FIXED_FD_INSTALL NOP128 URING_CMD128";
	static const char others[] =
	    "READ_FIXED read WRITE_FIXED write POLL_ADD poll FADVISE fadvise64 SEND sendto "
	    "RECV recvfrom SEND_ZC sendto SENDMSG_ZC sendmsg READ_MULTISHOT read RECV_ZC recvfrom "
	    "READV_FIXED readv WRITEV_FIXED writev";
	FILE *header = fopen("/usr/include/linux/io_uring.h", "r");
	char line[300], operation[40], call[40];
	unsigned count = 0;

	(void)state;
	assert_non_null(header);
	while (fgets(line, sizeof line, header)) {
		const char *after;
		int place;

		if (sscanf(line, " IORING_OP_%39[A-Z0-9_],", operation) != 1 || words_place(none, operation) >= 0)
			continue;
		place = words_place(others, operation);
		after = others;
		for (int i = 0; i <= place + 1 && place >= 0; i++)
			assert_true(words_next(&after, call, sizeof call));
		for (size_t i = 0; place < 0 && i <= strlen(operation); i++)
			call[i] = (char)(operation[i] >= 'A' && operation[i] <= 'Z' ? operation[i] + ('a' - 'A')
			                                                            : operation[i]);
		if (!names_by_io_uring(call))
			fail_msg("IORING_OP_%s: no call in the table", operation);
		count++;
	}
	fclose(header);
	assert_true(count >= 37);
	assert_false(names_by_io_uring("mount"));
	assert_false(names_by_io_uring("chmod"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_found),          cmocka_unit_test(calls_that_carry_others),
	    cmocka_unit_test(groups_alone),           cmocka_unit_test(shipped_policies),
	    cmocka_unit_test(mounts_left_open),       cmocka_unit_test(every_call_alone),
	    cmocka_unit_test(policies_at_random),     cmocka_unit_test(tables_name_calls),
	    cmocka_unit_test(operations_of_io_uring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
