/* SPDX-License-Identifier: MIT */
/*
 * policies/NAME.ini is a policy, policies/NAME.expected what is found in it, a line each: `LINE: error|warning: text`,
 * line 0 for the file as a whole, those of lint.h included. A policy without an error in that list must be taken.
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
#include "init/policy.h"

#define FOLDER "tests/unit/policies"

/* x86_64's numbers of a few calls. What is not here nobody has. */
static const struct {
	const char *name;
	int nr;
} fake[] = {
    {"read", 0},
    {"write", 1},
    {"mmap", 9},
    {"ioctl", 16},
    {"getpid", 39},
    {"socket", 41},
    {"clone", 56},
    {"fork", 57},
    {"execve", 59},
    {"ptrace", 101},
    {"syslog", 103},
    {"pivot_root", 155},
    {"prctl", 157},
    {"chroot", 161},
    {"mount", 165},
    {"umount2", 166},
    {"swapon", 167},
    {"swapoff", 168},
    {"init_module", 175},
    {"delete_module", 176},
    {"afs_syscall", 183}, /* this one and the next two: the argument table does not have them */
    {"tuxcall", 184},
    {"security", 185},
    {"lookup_dcookie", 212},
    {"exit_group", 231},
    {"kexec_load", 246},
    {"keyctl", 250},
    {"openat", 257},
    {"unshare", 272},
    {"perf_event_open", 298},
    {"setns", 308},
    {"process_vm_readv", 310},
    {"finit_module", 313},
    {"kexec_file_load", 320},
    {"bpf", 321},
    {"pkey_alloc", 330},
    {"open_tree", 428},
    {"move_mount", 429},
    {"fsopen", 430},
    {"fsconfig", 431},
    {"fsmount", 432},
    {"fspick", 433},
    {"clone3", 435},
    {"pidfd_getfd", 438},
    {"mount_setattr", 442},
    {"umount", CALL_ABSENT},
    {"stime", CALL_ABSENT},
    {"clock_settime64", CALL_ABSENT},
};

#define FAKES (sizeof(fake) / sizeof(fake[0]))

static int fake_number(const char *name)
{
	for (size_t i = 0; i < FAKES; i++)
		if (strcmp(fake[i].name, name) == 0)
			return fake[i].nr;
	return CALL_UNKNOWN;
}

static const char *fake_name(uint32_t nr)
{
	for (size_t i = 0; i < FAKES; i++)
		if (fake[i].nr >= 0 && (uint32_t)fake[i].nr == nr)
			return fake[i].name;
	return NULL;
}

static bool fake_at(size_t i, char name[POLICY_NAME_MAX])
{
	if (i >= FAKES)
		return false;
	snprintf(name, POLICY_NAME_MAX, "%s", fake[i].name);
	return true;
}

static const struct call_table calls = {.number = fake_number, .name = fake_name, .at = fake_at};

static struct policy policy, observed;
static struct findings findings;

/* From a block of exactly that size, so that the sanitizer sees a byte too many. */
static bool parse(const char *text, size_t length)
{
	char *copy = malloc(length + (length == 0));
	bool sound;

	assert_non_null(copy);
	memcpy(copy, text, length);
	memset(&findings, 0, sizeof(findings));
	memset(&policy, 0xa5, sizeof(policy));
	memset(&observed, 0xa5, sizeof(observed));
	sound = policy_parse(copy, length, &calls, &policy, &observed, &findings);
	free(copy);
	assert_int_equal(sound, findings.errors == 0);
	return sound;
}

static void add(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void add(char *text, size_t size, const char *format, ...)
{
	size_t used = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + used, size - used, format, arguments);
	va_end(arguments);
	assert_true(strlen(text) < size - 1);
}

static const char *found(void)
{
	static char text[FINDINGS_MAX * (FINDING_TEXT + 32)];

	text[0] = '\0';
	for (size_t i = 0; i < findings.count; i++)
		add(text, sizeof(text), "%u: %s: %s\n", findings.item[i].line,
		    findings.item[i].severity == SEVERITY_ERROR ? "error" : "warning", findings.item[i].text);
	return text;
}

static void add_conditions(char *text, size_t size, const struct policy *of, const struct rule *rule)
{
	static const char tests[][7] = {"in", "not in", "<", "<=", ">", ">=", "&"};

	for (size_t i = 0; i < rule->nconditions; i++) {
		const struct condition *condition = &rule->conditions[i];

		assert_int_equal(condition->upper, condition->arg);
		assert_in_range(condition->count, 1, POLICY_VALUES_MAX);
		assert_in_range(condition->first + condition->count, 1, of->nvalues);
		add(text, size, "%sarg%u%s %s", i > 0 ? " and " : " ", condition->arg, condition->wide ? ":64" : "",
		    tests[condition->test]);
		for (size_t k = 0; k < condition->count; k++)
			add(text, size, " 0x%llx", (unsigned long long)of->values[condition->first + k]);
	}
}

static const char *rules_as_text(const struct policy *of)
{
	static char text[POLICY_RULES_MAX * 160];

	text[0] = '\0';
	for (size_t i = 0; i < of->nrules; i++) {
		const struct rule *rule = &of->rules[i];

		add(text, sizeof(text), "%u %s ", rule->nr, rule->name);
		add(text, sizeof(text), rule->action == ACTION_KILL ? "kill" : "%u", rule->errnum);
		add_conditions(text, sizeof(text), of, rule);
		add(text, sizeof(text), " line %u%s%s\n", rule->line, rule->group[0] ? " " : "", rule->group);
	}
	for (size_t i = 0; i < of->nallows; i++) {
		const struct allowance *allow = &of->allows[i];

		add(text, sizeof(text), "%u %s allow line %u%s%s denied %u\n", allow->nr, allow->name, allow->line,
		    allow->group[0] ? " " : "", allow->group, allow->denied_line);
	}
	if (of->nabsent > 0)
		add(text, sizeof(text), "absent %zu\n", of->nabsent);
	return text;
}

/* ---- files ---- */

static char *read_file(const char *folder, const char *name, const char *suffix, size_t *length)
{
	static char text[2][POLICY_BYTES_MAX + 1];
	static unsigned turn;
	char *into = text[turn++ % 2];
	char path[300];
	FILE *file;

	*length = 0;
	snprintf(path, sizeof(path), "%s/%s%s", folder, name, suffix);
	file = fopen(path, "rb");
	if (!file) {
		fail_msg("cannot open %s (the tests run in the project's folder)", path);
		return NULL;
	}
	*length = fread(into, 1, POLICY_BYTES_MAX, file);
	into[*length] = '\0';
	fclose(file);
	return into;
}

/* As loaded.c does. */
static void check(void)
{
	lint(&policy, &observed, &calls, &findings);
	if (policy.strict)
		findings_make_errors(&findings);
	findings_sort(&findings);
}

static void test_files(void **state)
{
	DIR *folder = opendir(FOLDER);
	unsigned files = 0, wrong = 0;
	struct dirent *entry;

	(void)state;
	if (!folder) {
		fail_msg("cannot open " FOLDER " (the tests run in the project's folder)");
		return;
	}
	while ((entry = readdir(folder)) != NULL) {
		size_t length = strlen(entry->d_name), unused;
		char name[256];
		const char *text, *expected;

		if (length < 5 || strcmp(entry->d_name + length - 4, ".ini") != 0)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)(length - 4), entry->d_name);
		text = read_file(FOLDER, name, ".ini", &length);
		if (parse(text, length))
			check();
		expected = read_file(FOLDER, name, ".expected", &unused);
		files++;
		if (strcmp(found(), expected) != 0) {
			fprintf(stderr, "--- %s.ini: expected\n%s--- found\n%s", name, expected, found());
			wrong++;
		}
	}
	closedir(folder);
	assert_true(files >= 20);
	assert_int_equal(wrong, 0);
}

/* ---- what is sound ---- */

static const struct {
	const char *name;
	const char *text;
	const char *rules;
} sound[] = {
    {"a name, with the default meaning of deny", "[deny]\nmount = deny\n", "165 mount 1 line 2\n"},
    {"no newline at the end", "[deny]\nmount = deny", "165 mount 1 line 2\n"},
    {"CRLF", "[deny]\r\nmount = deny\r\n; x\r\n\r\n", "165 mount 1 line 2\n"},
    {"a byte order mark", "\xef\xbb\xbf[deny]\nmount = deny\n", "165 mount 1 line 2\n"},
    {"comments and blanks", "; a\n# b\n\t ; c\n  \n[deny];# d\nmount=deny\t;e\n", "165 mount 1 line 6\n"},
    {"comments behind a blank", "[deny]   ; a = b\nmount=EACCES\t;e\numount2 = deny # f ; g = h : i\n",
     "165 mount 13 line 2\n166 umount2 1 line 3\n"},
    {"several names", "[deny]\nsetns  mount\tumount2 = 95\n",
     "165 mount 95 line 2\n166 umount2 95 line 2\n308 setns 95 line 2\n"},
    {"every way to say what it gets",
     "[deny]\nmount = EWOULDBLOCK\numount2 = 4095\nfsopen = 511\nfspick = 531\nsetns = kill-process\n",
     "165 mount 11 line 2\n166 umount2 4095 line 3\n308 setns kill line 6\n430 fsopen 511 line 4\n433 fspick 531 line "
     "5\n"},
    {"the meaning of deny, said later", "[deny]\nmount = deny\numount2 = EPERM\n[policy]\ndeny = ENOSYS\n",
     "165 mount 38 line 2\n166 umount2 1 line 3\n"},
    {"kill-process as the meaning of deny, but for clone3",
     "[policy]\ndeny = kill-process\n[deny]\n@namespaces = deny\n",
     "56 clone kill arg0 & 0x7e020000 line 4 @namespaces\n272 unshare kill arg0 & 0x7e120080 line 4 @namespaces\n"
     "308 setns kill line 4 @namespaces\n435 clone3 38 line 4 @namespaces\n"},
    {"a section in two parts", "[deny]\nmount = deny\n[policy]\n[deny]\numount2 = deny\n",
     "165 mount 1 line 2\n166 umount2 1 line 5\n"},
    {"a group", "[deny]\n@module = ENOSYS\n",
     "175 init_module 38 line 2 @module\n176 delete_module 38 line 2 @module\n313 finit_module 38 line 2 @module\n"},
    {"absent calls are counted once each",
     "[deny]\n@mount = deny\nmount = deny\numount = EACCES\n?xyzzy stime = deny\n",
     "155 pivot_root 1 line 2 @mount\n165 mount 1 line 3\n166 umount2 1 line 2 @mount\n428 open_tree 1 line 2 @mount\n"
     "429 move_mount 1 line 2 @mount\n430 fsopen 1 line 2 @mount\n431 fsconfig 1 line 2 @mount\n432 fsmount 1 line 2 "
     "@mount\n433 fspick 1 line 2 @mount\n442 mount_setattr 1 line 2 @mount\n467 open_tree_attr 1 line 2 @mount\n"
     "absent 3\n"},
    {"numbers", "[deny]\n424 467 428 500 65535 = deny\n",
     "424  1 line 2\n428 open_tree 1 line 2\n467 open_tree_attr 1 line 2\n500  1 line 2\n65535  1 line 2\n"},
    {"newer than libseccomp, by name", "[deny]\nlistns ?file_setattr = deny\n",
     "469 file_setattr 1 line 2\n470 listns 1 line 2\n"},
    {"a call's own line beats groups, before and after",
     "[deny]\ninit_module = EACCES\n@module = deny\nfinit_module = kill-process\n",
     "175 init_module 13 line 2\n176 delete_module 1 line 3 @module\n313 finit_module kill line 4\n"},
    {"of groups the later line wins", "[deny]\n@reboot = EPERM\n@swap @module = EACCES\n@privileged = ENOSYS\n",
     "155 pivot_root 38 line 4 @privileged\n161 chroot 38 line 4 @privileged\n167 swapon 38 line 4 @privileged\n"
     "168 swapoff 38 line 4 @privileged\n175 init_module 38 line 4 @privileged\n176 delete_module 38 line 4 "
     "@privileged\n246 kexec_load 38 line 4 @privileged\n313 finit_module 38 line 4 @privileged\n320 "
     "kexec_file_load 38 line 4 @privileged\n321 bpf 38 line 4 @privileged\n472 fchroot 38 line 4 @privileged\nabsent 43\n"},
    {"allow takes a group out", "[deny]\n@module @swap = deny\n@swap = allow\n",
     "175 init_module 1 line 2 @module\n176 delete_module 1 line 2 @module\n313 finit_module 1 line 2 @module\n"
     "168 swapoff allow line 3 @swap denied 2\n167 swapon allow line 3 @swap denied 2\n"},
    {"a later group's line puts a call in again",
     "[deny]\n@swap @module = deny\n@swap = allow\n@swap = EACCES\n@module = allow\n",
     "167 swapon 13 line 4 @swap\n168 swapoff 13 line 4 @swap\n"
     "176 delete_module allow line 5 @module denied 2\n313 finit_module allow line 5 @module denied 2\n"
     "175 init_module allow line 5 @module denied 2\n"},
    {"allow takes a call out, before and after the group",
     "[deny]\nswapon = allow\n@swap @module = deny\nfinit_module = allow\n",
     "168 swapoff 1 line 3 @swap\n175 init_module 1 line 3 @module\n176 delete_module 1 line 3 @module\n"
     "167 swapon allow line 2 denied 3\n313 finit_module allow line 4 denied 3\n"},
    {"a group's allow does not beat a call's own line", "[deny]\n@swap = deny\nswapon = EACCES\n@swap = allow\n",
     "167 swapon 13 line 3\n168 swapoff allow line 4 @swap denied 2\n"},
    {"a call's own line after a group's allow", "[deny]\n@swap = deny\n@swap = allow\nswapon = EACCES\n",
     "167 swapon 13 line 4\n168 swapoff allow line 3 @swap denied 2\n"},
    {"allow takes out an own line before it", "[deny]\nmount umount2 = deny\nmount = allow\n",
     "166 umount2 1 line 2\n165 mount allow line 3 denied 2\n"},
    {"allow of a call that other architectures have", "[deny]\nmount umount = deny\numount = allow\n",
     "165 mount 1 line 2\nabsent 1\n"},
    {"allow of a call that newer denyinits have in the group", "[deny]\nmount = deny\n?xyzzy = allow\n",
     "165 mount 1 line 2\nabsent 1\n"},
    {"an own condition replaces the group's rule",
     "[deny]\nopen_tree = deny if flags & OPEN_TREE_CLONE\n@swap = deny\n",
     "167 swapon 1 line 3 @swap\n168 swapoff 1 line 3 @swap\n428 open_tree 1 arg2 & 0x1 line 2\n"},
    {"conditions, however they are written",
     "[deny]\nopen_tree=1 if flags&1\nunshare setns = deny if flags & CLONE_NEWNS | 0x80 |1\nclone = deny if clone_flags "
     "& 4294967295\nclone3=ENOSYS\n",
     "56 clone 1 arg0 & 0xffffffff line 4\n272 unshare 1 arg0 & 0x20081 line 3\n308 setns 1 arg1 & 0x20081 line 3\n"
     "428 open_tree 1 arg2 & 0x1 line 2\n435 clone3 38 line 5\n"},
    {"widths",
     "[deny]\nmount = deny if flags & MS_BIND\nmount = deny if arg3 & 0x100000000\nioctl = deny if arg2:64 & 1\n"
     "tuxcall = deny if arg0 & 1\nafs_syscall = deny if arg1 & 0x100000000\nsecurity = deny if arg5:64 & 1\n",
     "16 ioctl 1 arg2:64 & 0x1 line 4\n165 mount 1 arg3:64 & 0x1000 line 2\n165 mount 1 arg3:64 & 0x100000000 line 3\n"
     "183 afs_syscall 1 arg1:64 & 0x100000000 line 6\n184 tuxcall 1 arg0 & 0x1 line 5\n185 security 1 arg5:64 & 0x1 line 7\n"},
    {"of a flag of two bits the one that is its own, for `&`",
     "[deny]\nopenat = deny if flags & O_TMPFILE\nopenat = deny if flags == O_SYNC|O_WRONLY\n",
     "257 openat 1 arg2 & 0x400000 line 2\n257 openat 1 arg2 in 0x101001 line 3\n"},
    {"an alias, and a number with a name", "[deny]\nsocket = deny if domain & 1\n428 = deny if dfd & 2\n",
     "41 socket 1 arg0 & 0x1 line 2\n428 open_tree 1 arg0 & 0x2 line 3\n"},
    {"alternatives: the most severe first, then by line",
     "[deny]\nopen_tree = EACCES if dfd & 1\nopen_tree = EPERM if flags & 1\nopen_tree = kill-process if flags & 2\n"
     "open_tree = ENOSYS\n",
     "428 open_tree kill arg2 & 0x2 line 4\n428 open_tree 13 arg0 & 0x1 line 2\n428 open_tree 1 arg2 & 0x1 line 3\n"
     "428 open_tree 38 line 5\n"},
    {"a vital call by its flags", "[deny]\nclone = deny if flags & CLONE_NEWUSER\nclone3 = ENOSYS\n",
     "56 clone 1 arg0 & 0x10000000 line 2\n435 clone3 38 line 3\n"},
};

static void test_sound(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(sound) / sizeof(sound[0]); i++) {
		bool taken = parse(sound[i].text, strlen(sound[i].text));

		if (!taken || strcmp(rules_as_text(&policy), sound[i].rules) != 0) {
			fprintf(stderr, "--- %s: expected\n%s--- found\n%s%s", sound[i].name, sound[i].rules, found(),
			        rules_as_text(&policy));
			wrong++;
		}
		assert_int_equal(observed.nrules + observed.nallows + observed.nabsent, 0);
	}
	assert_int_equal(wrong, 0);
}

/* ---- what is only observed ---- */

static const struct {
	const char *name;
	const char *text;
	const char *denied, *observed;
} observing[] = {
    {"nothing is denied", "[observe]\nmount = deny\n", "", "165 mount 1 line 2\n"},
    {"each section has its own", "[deny]\nmount = deny\n[observe]\nptrace = deny\n", "165 mount 1 line 2\n",
     "101 ptrace 1 line 4\n"},
    {"whichever comes first", "[observe]\nptrace = deny\n[deny]\nmount = deny\n", "165 mount 1 line 4\n",
     "101 ptrace 1 line 2\n"},
    {"in turns", "[observe]\nptrace = deny\n[deny]\nmount = deny\n[observe]\nsetns = EACCES\n[deny]\nbpf = 7\n",
     "165 mount 1 line 4\n321 bpf 7 line 8\n", "101 ptrace 1 line 2\n308 setns 13 line 6\n"},
    {"a section between", "[observe]\nptrace = deny\n[init]\nkeep-fds = 3\n[observe]\nsetns = deny\n", "",
     "101 ptrace 1 line 2\n308 setns 1 line 6\n"},
    {"the meaning of deny is that of both", "[observe]\nmount = deny\n[policy]\ndeny = ENOSYS\n[deny]\nptrace = deny\n",
     "101 ptrace 38 line 6\n", "165 mount 38 line 2\n"},
    {"the same call in both", "[deny]\nmount = EACCES\n[observe]\nmount = deny\n", "165 mount 13 line 2\n",
     "165 mount 1 line 4\n"},
    {"the same group in both, and an allow for each",
     "[deny]\n@swap = deny\nswapon = allow\n[observe]\n@swap = ENOSYS\nswapoff = allow\n",
     "168 swapoff 1 line 2 @swap\n167 swapon allow line 3 denied 2\n",
     "167 swapon 38 line 5 @swap\n168 swapoff allow line 6 denied 5\n"},
    {"an allow of one section is not one of the other",
     "[deny]\n@swap = deny\nswapon = allow\n[observe]\nswapon = deny\n",
     "168 swapoff 1 line 2 @swap\n167 swapon allow line 3 denied 2\n", "167 swapon 1 line 5\n"},
    {"an own line of one section leaves the other's group alone", "[deny]\nswapon = EACCES\n[observe]\n@swap = deny\n",
     "167 swapon 13 line 2\n", "167 swapon 1 line 4 @swap\n168 swapoff 1 line 4 @swap\n"},
    {"conditions",
     "[deny]\nopen_tree = deny if flags & 1\n[observe]\nopen_tree = kill-process if flags & 2\nopen_tree = deny\n",
     "428 open_tree 1 arg2 & 0x1 line 2\n", "428 open_tree kill arg2 & 0x2 line 4\n428 open_tree 1 line 5\n"},
    {"calls of other architectures are counted where they stand",
     "[deny]\nmount umount = deny\n[observe]\n?xyzzy stime ptrace = deny\n", "165 mount 1 line 2\nabsent 1\n",
     "101 ptrace 1 line 4\nabsent 2\n"},
    {"a section with nothing in it", "[deny]\nmount = deny\n[observe]\n", "165 mount 1 line 2\n", ""},
};

static void test_observing(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(observing) / sizeof(observing[0]); i++) {
		bool right = parse(observing[i].text, strlen(observing[i].text));

		right = right && strcmp(rules_as_text(&policy), observing[i].denied) == 0;
		right = right && strcmp(rules_as_text(&observed), observing[i].observed) == 0;
		if (!right) {
			fprintf(stderr, "--- %s: expected\n%s[observe]\n%s--- found\n%s", observing[i].name,
			        observing[i].denied, observing[i].observed, found());
			fprintf(stderr, "%s[observe]\n", rules_as_text(&policy));
			fprintf(stderr, "%s", rules_as_text(&observed));
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

/* What is told of it is told as of [deny]; no section says anything of the other one's calls. */
static void test_observed_as_denied(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sound) / sizeof(sound[0]); i++) {
		char text[600];
		size_t at = 0;

		for (const char *c = sound[i].text; *c; c++) {
			const bool here = strncmp(c, "[deny]", 6) == 0;

			assert_true(at < sizeof(text) - 12);
			at += (size_t)snprintf(text + at, sizeof(text) - at, here ? "[observe]" : "%c", *c);
			c += here ? 5 : 0;
		}
		if (!parse(text, at) || strcmp(rules_as_text(&observed), sound[i].rules) != 0)
			fail_msg("%s:\n%s\n%s%s", sound[i].name, text, found(), rules_as_text(&observed));
		assert_int_equal(policy.nrules + policy.nallows + policy.nabsent, 0);
	}
}

/* A full table of one is not the other's. */
static void test_observed_limit(void **state)
{
	static char text[POLICY_BYTES_MAX];

	(void)state;
	strcpy(text, "[deny]\n");
	for (unsigned i = 0; i < POLICY_RULES_MAX; i++)
		add(text, sizeof(text), "%u = deny\n", 1000 + i);
	add(text, sizeof(text), "[observe]\n");
	for (unsigned i = 0; i < POLICY_RULES_MAX; i++)
		add(text, sizeof(text), "%u = deny\n", 2000 + i);
	add(text, sizeof(text), "[policy]\nnewer-syscalls = allow\n[observe]\n");
	assert_true(parse(text, strlen(text)));
	assert_int_equal(policy.nrules, POLICY_RULES_MAX);
	assert_int_equal(observed.nrules, POLICY_RULES_MAX);
	add(text, sizeof(text), "999 = deny\n");
	assert_false(parse(text, strlen(text)));
	assert_string_equal(found(),
	                    "1206: error: more than 600 rules: this is where denyinit's table ends; leave some out\n");
}

/* ---- which rule decides about a call ---- */

static const char rule_text[] = "[deny]\n"
				"mount = deny if flags & MS_BIND\n"              /* 2: arg3, 64 bits */
				"open_tree = EACCES if dfd & 1\n"                /* 3: arg0, 32 bits */
				"open_tree = EPERM if flags & 1\n"               /* 4: arg2 */
				"open_tree = kill-process if flags & 2\n"        /* 5: before both */
				"open_tree = ENOSYS if dfd & 0x10\n"             /* 6 */
				"ioctl = deny if arg2:64 & 0x8000000000000000\n" /* 7 */
				"setns = EACCES if nstype & 1\n"                 /* 8 */
				"setns = EPERM\n"                                /* 9 */
				"500 65535 = deny\n"                             /* 10 */
				"@swap = deny\n"                                 /* 11 */
				"swapon = allow\n"                               /* 12 */
				"ptrace = deny\n";                               /* 13 */

static void test_policy_rule(void **state)
{
	static const struct {
		uint32_t nr;
		uint64_t arg0, arg1, arg2, arg3;
		unsigned line; /* 0: none */
	} rows[] = {
	    {0, 1, 1, 1, 1, 0},
	    {101, 0, 0, 0, 0, 13},
	    {101, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, 13},
	    {102, 0, 0, 0, 0, 0},
	    {165, 0, 0, 0, 0, 0},
	    {165, UINT64_MAX, UINT64_MAX, UINT64_MAX, 0xefff, 0},
	    {165, 0, 0, 0, 0x1000, 2},
	    {165, 0, 0, 0, UINT64_MAX, 2},
	    {165, 0, 0, 0, UINT64_C(0x100000000000), 0},
	    {428, 0, 0, 0, 0, 0},
	    {428, 1, 0, 0, 0, 3},
	    {428, 1, 0, 1, 0, 3}, /* the lower line */
	    {428, 0, 0, 1, 0, 4},
	    {428, 1, 0, 3, 0, 5}, /* the severer one */
	    {428, 0x10, 0, 1, 0, 4},
	    {428, 0x10, 0, 0, 0, 6},
	    {428, UINT64_C(0x100000000), 0, 0, 0, 0}, /* junk above 32 bits */
	    {428, UINT64_C(0xffffffff00000001), 0, 0, 0, 3},
	    {428, 0, 0, UINT64_C(0x200000000), 0, 0},
	    {16, 0, 0, UINT64_C(0x8000000000000000), 0, 7},
	    {16, 0, 0, UINT64_C(0x7fffffffffffffff), 0, 0},
	    {16, 0, UINT64_MAX, 0, 0, 0},
	    {308, 0, 0, 0, 0, 9},
	    {308, 0, 1, 0, 0, 8},
	    {308, 0, 2, 0, 0, 9},
	    {167, 0, 0, 0, 0, 0}, /* allowed */
	    {168, 0, 0, 0, 0, 11},
	    {500, 0, 0, 0, 0, 10},
	    {499, 0, 0, 0, 0, 0},
	    {501, 0, 0, 0, 0, 0},
	    {65535, 0, 0, 0, 0, 10},
	    {65536, 0, 0, 0, 0, 0},
	    {UINT32_MAX, 0, 0, 0, 0, 0},
	    {0x40000000u | 165, 0, 0, 0, 0x1000, 0}, /* of the native ABI only */
	};

	(void)state;
	if (!parse(rule_text, strlen(rule_text)))
		fail_msg("%s", found());
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint64_t args[6] = {rows[i].arg0, rows[i].arg1, rows[i].arg2, rows[i].arg3, UINT64_MAX, 0};
		const struct rule *rule = policy_rule(&policy, rows[i].nr, args);

		if ((rule ? rule->line : 0) != rows[i].line)
			fail_msg("row %zu: line %u, not %u", i, rule ? rule->line : 0, rows[i].line);
		if (rule)
			assert_int_equal(rule->nr, rows[i].nr);
	}
	/* Every argument, and no other. */
	for (int arg = 0; arg < 6; arg++) {
		uint64_t args[6] = {0};
		char text[60];

		snprintf(text, sizeof(text), "[deny]\n500 = deny if arg%d & 4\n", arg);
		assert_true(parse(text, strlen(text)));
		for (int other = 0; other < 6; other++) {
			args[other] = 4;
			assert_int_equal(policy_rule(&policy, 500, args) != NULL, other == arg);
			args[other] = 0;
		}
	}
}

/* ---- settings ---- */

static const char settings_head[] = "[deny]\nmount = deny\n";

static const char *settings_as_text(const char *settings)
{
	static char text[300];
	char policy_text[400];

	snprintf(policy_text, sizeof(policy_text), "%s%s", settings_head, settings);
	if (!parse(policy_text, strlen(policy_text)))
		return found();
	text[0] = '\0';
	add(text, sizeof(text),
	    "newer=%d nnp=%d log=%d report=%d stderr=%d required=%d failure=%d fds=%u deny=%d/%u%s%s%s",
	    policy.newer_enosys, policy.no_new_privs, policy.log, policy.report, policy.report_to_stderr,
	    policy.report_required, policy.on_failure, policy.keep_fds, policy.rules[0].action, policy.rules[0].errnum,
	    policy.supervise ? " supervise" : "", policy.stays_exec ? " stays-exec" : "",
	    policy.report_denials ? " denials" : "");
	return text;
}

#define DEFAULTS "newer=1 nnp=0 log=0 report=0 stderr=0 required=0 failure=0 fds=0 deny=0/1"

static void test_settings(void **state)
{
	static const struct {
		const char *settings;
		const char *result;
	} rows[] = {
	    {"", DEFAULTS},
	    {"[policy]\n[selftest]\n[init]\n", DEFAULTS},
	    /* what is the default anyway */
	    {"[policy]\ndeny = EPERM\nother-abis = kill\nnewer-syscalls = ENOSYS\nno-new-privs = yes\nlog = no\n[selftest]\n"
	     "report = text\noutput = stdout\non-failure = refuse\nreport-required = no\n[init]\nmode = exec\nkeep-fds = 0\n"
	     "report-denials = no\n",
	     DEFAULTS " stays-exec"},
	    /* and everything else */
	    {"[policy]\ndeny = kill-process\nnewer-syscalls = allow\nno-new-privs = auto\nlog = yes\n[selftest]\n"
	     "report = full\noutput = stderr\non-failure = warn\nreport-required = yes\n[init]\nkeep-fds = 1024\n",
	     "newer=0 nnp=1 log=1 report=1 stderr=1 required=1 failure=1 fds=1024 deny=1/0"},
	    {"[policy]\ndeny = 7\n[selftest]\nreport = json\n[init]\nkeep-fds = 0x10\n",
	     "newer=1 nnp=0 log=0 report=2 stderr=0 required=0 failure=0 fds=16 deny=0/7"},
	    /* who stays: said, or meant by what needs it */
	    {"[init]\nmode = supervise\n", DEFAULTS " supervise"},
	    {"[init]\nreport-denials = yes\n", DEFAULTS " supervise denials"},
	    {"[init]\nmode = supervise\nreport-denials = yes\n", DEFAULTS " supervise denials"},
	    {"[init]\nmode = supervise\nreport-denials = no\n", DEFAULTS " supervise"},
	    {"[init]\nreport-denials = no\n", DEFAULTS},
	    {"[observe]\nptrace = deny\n", DEFAULTS " supervise"},
	    {"[observe]\nptrace = deny\n[init]\nmode = supervise\n", DEFAULTS " supervise"},
	    {"[observe]\nptrace = deny\n[init]\nmode = exec\n", DEFAULTS " stays-exec"},
	    {"[observe]\n[init]\n", DEFAULTS},
	    {"[observe]\nptrace = deny\n[init]\nreport-denials = yes\n", DEFAULTS " supervise denials"},
	    {"[init]\nreport-denials = yes\nmode = exec\n",
	     "4: error: `report-denials = yes` needs a denyinit that stays: write `mode = supervise` in line 5, or remove "
	     "that line\n"},
	    /* how it stays, which means that it does; the user is for both modes */
	    {"[init]\ngrace = 10s\n", DEFAULTS " supervise"},
	    {"[init]\nsignals = group\n", DEFAULTS " supervise"},
	    {"[init]\nsignals = child\nstop-signals = TERM\ngrace = none\n", DEFAULTS},
	    {"[init]\nmode = exec\nsubreaper = yes\n", DEFAULTS " stays-exec"},
	    {"[init]\nuser = app\n", DEFAULTS},
	    {"[init]\nmode = exec\nuser = app\n", DEFAULTS " stays-exec"},
	    {"[init]\nmode = exec\nrewrite = TERM:QUIT\n",
	     "5: error: `rewrite` needs a denyinit that stays: write `mode = supervise` in line 4, or remove that line\n"},
	    {"[selftest]\nreport = off\n", "newer=1 nnp=0 log=0 report=3 stderr=0 required=0 failure=0 fds=0 deny=0/1"},
	};

	(void)state;
	assert_int_equal(NNP_AUTO, 1);
	assert_int_equal(ON_FAILURE_WARN, 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(settings_as_text(rows[i].settings), rows[i].result);
}

/* Options of the command line. */
static void test_set(void **state)
{
	static const struct {
		const char *pair, *why; /* NULL: none */
		bool supervise;
	} rows[] = {
	    {"grace=10s", NULL, true},
	    {"signals=group", NULL, true},
	    {"user=app", NULL, false},
	    {"rewrite=TREM:QUIT", "`rewrite`: unknown signal `TREM`: did you mean `TERM`?", false},
	    {"signals=both", "unknown value `both` of signals; there are: child group", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char why[FINDING_TEXT] = "";

		assert_true(parse(settings_head, strlen(settings_head)));
		assert_int_equal(policy_set(&policy, rows[i].pair, why), rows[i].why == NULL);
		assert_string_equal(why, rows[i].why ? rows[i].why : "");
		assert_int_equal(policy.supervise, rows[i].supervise);
		assert_int_equal(policy.staying.choice[STAY_SIGNALS], i == 1);
		assert_int_equal(policy.staying.grace_ms, i == 0 ? 10000 : 0);
	}
}

/* ---- limits ---- */

/* "[deny]\n" and a second line of `length` bytes: names of calls that only newer builds know, then ` = deny`. */
static void line_of(char *text, size_t length, const char *comment)
{
	size_t at = 7, end = 7 + length - 7;

	memcpy(text, "[deny]\n", 7);
	while (at < end) {
		size_t left = end - at, word = left > 25 ? 20 : left;

		memset(text + at, 'a', word);
		text[at] = '?';
		text[at + 1] = (char)('a' + at % 26);
		text[at + 2] = (char)('a' + at / 26 % 26);
		if (word < left)
			text[at + word - 1] = ' ';
		at += word;
	}
	sprintf(text + end, " = deny%s\nmount = deny\n", comment);
	assert_int_equal(strlen(text), 7 + length + strlen(comment) + strlen("\nmount = deny\n"));
}

static void test_line_limit(void **state)
{
	char text[3000], comment[500], limit[60];

	(void)state;
	line_of(text, POLICY_LINE_MAX, "");
	parse(text, strlen(text));
	assert_string_equal(found(), "");
	assert_int_equal(policy.nrules, 1);
	assert_int_equal(policy.rules[0].line, 3);
	assert_true(policy.nabsent >= 7);

	line_of(text, POLICY_LINE_MAX + 1, "");
	assert_false(parse(text, strlen(text)));
	snprintf(limit, sizeof(limit), "2: error: %u bytes before the comment", POLICY_LINE_MAX + 1);
	assert_int_equal(strncmp(found(), limit, strlen(limit)), 0);
	assert_int_equal(findings.count, 1);

	/* A comment has no limit, whatever is in it. */
	for (int prefix = 0; prefix < 2; prefix++) {
		memset(comment, '=', sizeof(comment) - 1);
		comment[sizeof(comment) - 1] = '\0';
		memcpy(comment, prefix ? " ;" : "\t#", 2);
		line_of(text, POLICY_LINE_MAX, comment);
		assert_true(parse(text, strlen(text)));
		assert_int_equal(policy.rules[0].line, 3);
	}
	snprintf(text, sizeof(text), "%s\n[deny] %s\nmount = deny%60s%s\n", comment + 1, comment, "", comment);
	assert_true(parse(text, strlen(text)));
	assert_int_equal(policy.rules[0].line, 3);
}

static void test_size_limit(void **state)
{
	static char text[POLICY_BYTES_MAX + 1];
	static const char head[] = "[deny]\nmount = deny\n;";

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, head, sizeof(head) - 1);
	assert_true(parse(text, POLICY_BYTES_MAX));
	assert_false(parse(text, POLICY_BYTES_MAX + 1));
	assert_string_equal(found(), "0: error: 65537 bytes long, the limit is 65536: groups (@default) are shorter\n");

	memset(text, '\n', sizeof(text)); /* as many lines as can be */
	memcpy(text + POLICY_BYTES_MAX - 19, "[deny]\nmount = deny", 19);
	assert_true(parse(text, POLICY_BYTES_MAX));
	assert_int_equal(policy.rules[0].line, POLICY_BYTES_MAX - 19 + 2);
}

static void test_rules_limit(void **state)
{
	static char text[POLICY_BYTES_MAX];

	(void)state;
	strcpy(text, "[deny]\n");
	for (unsigned i = 0; i < POLICY_RULES_MAX; i++)
		add(text, sizeof(text), "%u = deny\n", 1000 + i);
	assert_true(parse(text, strlen(text)));
	assert_int_equal(policy.nrules, POLICY_RULES_MAX);
	for (unsigned i = 0; i < POLICY_RULES_MAX; i++)
		assert_int_equal(policy.rules[i].nr, 1000 + i);
	add(text, sizeof(text), "999 = deny\n@mount = deny\n");
	assert_false(parse(text, strlen(text)));
	assert_string_equal(found(),
	                    "602: error: more than 600 rules: this is where denyinit's table ends; leave some out\n");

	/* So many allowances fit as well: each has taken a rule out. */
	strcpy(text, "[deny]\nmount = deny\n");
	for (unsigned i = 0; i <= POLICY_RULES_MAX; i++)
		add(text, sizeof(text), "%u = deny\n%u = allow\n", 1000 + i, 1000 + i);
	assert_false(parse(text, strlen(text)));
	assert_string_equal(found(),
	                    "1204: error: more than 600 rules: this is where denyinit's table ends; leave some out\n");
}

static void test_many_errors(void **state)
{
	static char text[POLICY_BYTES_MAX];

	(void)state;
	strcpy(text, "[deny]\n");
	for (unsigned i = 0; i < 2 * FINDINGS_MAX; i++)
		add(text, sizeof(text), "xyzzyxyzzy = deny\n");
	assert_false(parse(text, strlen(text)));
	assert_int_equal(findings.errors, 2 * FINDINGS_MAX);
	assert_int_equal(findings.count, FINDINGS_MAX);
	assert_int_equal(findings.dropped, FINDINGS_MAX);
}

/* Findings of before stay, and do not count as this text's errors. */
static void test_findings_kept(void **state)
{
	static const char text[] = "[deny]\nmount mount = deny\n";

	(void)state;
	memset(&findings, 0, sizeof(findings));
	findings_add(&findings, SEVERITY_ERROR, 0, "before");
	assert_true(policy_parse(text, sizeof(text) - 1, &calls, &policy, &observed, &findings));
	assert_string_equal(found(), "0: error: before\n2: warning: `mount` twice in one line: once is enough\n");
}

static void test_control_bytes(void **state)
{
	static const char text[] = "[deny]\n\x1b[2J\x80 = deny\n";

	(void)state;
	assert_false(parse(text, sizeof(text) - 1));
	assert_string_equal(found(),
	                    "2: error: unknown call `\\x1b[2J\\x80`: if it is newer than this denyinit, write `?` "
	                    "before it, or its number\n");
}

/* ---- vital calls, the mount API ---- */

static void test_vital(void **state)
{
	static const char *const must[] = {
	    "execve", "exit_group", "exit",  "read",   "write", "rt_sigreturn",    "close", "mmap", "munmap",
	    "brk",    "wait4",      "clone", "openat", "prctl", "rt_sigtimedwait", "fstat", "futex"};
	static const char *const may[] = {"mount",  "execveat", "fork",     "vfork",     "kill",  "ptrace",
	                                  "socket", "seccomp",  "unlinkat", "getrandom", "clone3"};

	(void)state;
	for (size_t i = 0; i < sizeof(must) / sizeof(must[0]); i++)
		assert_non_null(names_vital(must[i]));
	for (size_t i = 0; i < sizeof(may) / sizeof(may[0]); i++)
		assert_null(names_vital(may[i]));
}

static const char *unmentioned(const char *text, unsigned count)
{
	static char names[200];

	assert_true(parse(text, strlen(text)));
	assert_int_equal(policy_unmentioned(&policy, &observed, &calls, names, sizeof(names)), count);
	return names;
}

static void test_unmentioned(void **state)
{
	char names[12];

	(void)state;
	assert_string_equal(unmentioned("[deny]\n@mount = deny\n", 0), "");
	assert_string_equal(unmentioned("[deny]\n@default = deny\n", 0), "");
	assert_string_equal(unmentioned("[deny]\n@mount = deny\nfsopen = allow\n", 0), "");
	assert_string_equal(unmentioned("[deny]\n@mount = deny\nopen_tree = deny if flags & 1\n", 0), "");
	assert_string_equal(unmentioned("[deny]\nmount = deny\n", 10),
	                    "umount2 pivot_root open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr "
	                    "open_tree_attr");
	assert_string_equal(unmentioned("[deny]\nmove_mount = deny\n", 10),
	                    "mount umount2 pivot_root open_tree fsopen fsconfig fsmount fspick mount_setattr "
	                    "open_tree_attr");
	assert_string_equal(
	    unmentioned("[deny]\nmount fsopen fsconfig fsmount move_mount open_tree mount_setattr = deny\n", 4),
	    "umount2 pivot_root fspick open_tree_attr");
	assert_string_equal(unmentioned("[deny]\n428 429 430 431 432 433 442 467 mount umount2 = deny\n", 1),
	                    "pivot_root");
	/* Observed is known to be open, too; whichever part it has. */
	assert_string_equal(unmentioned("[observe]\n@mount = deny\n", 0), "");
	assert_string_equal(
	    unmentioned("[observe]\nfsopen fspick = deny\n[deny]\nmount umount2 pivot_root = deny\n", 6),
	    "open_tree move_mount fsconfig fsmount mount_setattr open_tree_attr");
	assert_string_equal(unmentioned("[deny]\n@mount = deny\nfsopen = allow\n[observe]\nfsopen = deny\n", 0), "");
	assert_string_equal(unmentioned("[observe]\nopen_tree = deny if flags & 1\n[deny]\n@mount = deny\n", 0), "");
	/* cut between names, counted all the same */
	unmentioned("[deny]\n428 429 430 431 432 433 442 467 mount umount2 = deny\n", 1);
	assert_int_equal(policy_unmentioned(&policy, &observed, &calls, names, 0), 1);
	parse("[deny]\nmount = deny\n", 20);
	assert_int_equal(policy_unmentioned(&policy, &observed, &calls, names, sizeof(names)), 10);
	assert_string_equal(names, "umount2");
}

/* ---- the policies that are shipped ---- */

static void test_shipped(void **state)
{
	static const struct {
		const char *name;
		unsigned unmentioned;
	} rows[] = {{"default", 0}, {"mount", 0}, {"strict", 0}, {"naive", 10}, {"minimal", 10}, {"guide", 4}};
	char names[200];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t length;
		const char *text = read_file("conf", rows[i].name, ".ini", &length);

		parse(text, length);
		assert_string_equal(found(), "");
		assert_int_equal(policy_unmentioned(&policy, &observed, &calls, names, sizeof(names)),
		                 rows[i].unmentioned);
	}
}

/* The lines that default.ini shows in its comments are right as they stand there. */
static void test_shown_in_default(void **state)
{
	char text[8000] = "";
	size_t length;
	char *line = strtok(read_file("conf", "default", ".ini", &length), "\n");
	unsigned shown = 0;

	(void)state;
	for (; line; line = strtok(NULL, "\n")) {
		bool example = strncmp(line, ";   ", 4) == 0;

		if (example || line[0] != ';')
			add(text, sizeof(text), "%s\n", example ? line + 4 : line);
		shown += example;
	}
	assert_true(shown > 20);
	parse(text, strlen(text));
	assert_string_equal(found(), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_files),          cmocka_unit_test(test_sound),
	    cmocka_unit_test(test_observing),      cmocka_unit_test(test_observed_as_denied),
	    cmocka_unit_test(test_observed_limit), cmocka_unit_test(test_policy_rule),
	    cmocka_unit_test(test_settings),       cmocka_unit_test(test_set),
	    cmocka_unit_test(test_line_limit),     cmocka_unit_test(test_size_limit),
	    cmocka_unit_test(test_rules_limit),    cmocka_unit_test(test_many_errors),
	    cmocka_unit_test(test_findings_kept),  cmocka_unit_test(test_control_bytes),
	    cmocka_unit_test(test_vital),          cmocka_unit_test(test_unmentioned),
	    cmocka_unit_test(test_shipped),        cmocka_unit_test(test_shown_in_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
