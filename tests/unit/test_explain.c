/* SPDX-License-Identifier: MIT */
/*
 * explain: what is written about a few calls, word for word; and of every call and group under a row of policies, that
 * each line that is proposed is sound and does what it says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "init/calls.h"
#include "init/explain.h"
#include "init/names.h"
#include "init/names_reasons.h"

/* ---- all calls that there are ---- */

static const struct {
	const char *name;
	int native, i386;
} all_calls[] = {
#define X(name, native, compat) {#name, native, compat},
#include "selftest/numbers_x86_64.inc"
#undef X
};

#define ALL (sizeof(all_calls) / sizeof(all_calls[0]))

static int number(const char *name)
{
	for (size_t i = 0; i < ALL; i++)
		if (strcmp(all_calls[i].name, name) == 0)
			return all_calls[i].native >= 0 ? all_calls[i].native : CALL_ABSENT;
	return names_narrowest_group(name) ? CALL_ABSENT
	                                   : CALL_UNKNOWN; /* of architectures that are not in that list */
}

static const char *name_of(uint32_t nr)
{
	for (size_t i = 0; i < ALL; i++)
		if (all_calls[i].native >= 0 && (uint32_t)all_calls[i].native == nr)
			return all_calls[i].name;
	return NULL;
}

static bool at(size_t i, char name[POLICY_NAME_MAX])
{
	if (i >= ALL)
		return false;
	snprintf(name, POLICY_NAME_MAX, "%s", all_calls[i].name);
	return true;
}

static const struct call_table calls = {.number = number, .name = name_of, .at = at};

/* ---- a policy, and what is written under it ---- */

static struct policy policy, observed;
static struct findings findings;
static char why[EXPLAIN_WHY];

static bool parse(const char *text)
{
	memset(&findings, 0, sizeof(findings));
	return policy_parse(text, strlen(text), &calls, &policy, &observed, &findings);
}

static void take(const char *text)
{
	if (!parse(text))
		fail_msg("%s: %s", text, findings.item[0].text);
}

static const char *explained(const char *word, enum explained wanted)
{
	const struct explaining with = {&policy, &observed, "x.ini", &calls};
	static char *text;
	size_t length;
	FILE *out;

	free(text);
	out = open_memstream(&text, &length);
	assert_non_null(out);
	memset(why, 0, sizeof(why));
	assert_int_equal(explain(out, word, &with, why), wanted);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(strlen(text), length);
	if (wanted == EXPLAIN_UNKNOWN)
		assert_string_equal(text, "");
	return text;
}

static void says(const char *word, const char *text)
{
	assert_string_equal(explained(word, EXPLAIN_OK), text);
}

static void has(const char *word, const char *text)
{
	const char *all = explained(word, EXPLAIN_OK);

	if (!strstr(all, text))
		fail_msg("not in it: %s\n%s", text, all);
}

static void has_not(const char *word, const char *text)
{
	const char *all = explained(word, EXPLAIN_OK);

	if (strstr(all, text))
		fail_msg("in it: %s\n%s", text, all);
}

/* ---- word for word ---- */

#define OTHERS "  i386 x32 kill-process any call by another ABI: other-abis = kill\n"

static void a_call_that_a_group_denies(void **state)
{
	(void)state;
	take("[deny]\n@default = deny\n");
	says("bpf", "bpf: number 321 on x86_64, others elsewhere: policies take the name\n"
	            "  x86_64   EPERM        x.ini:2 (@default)\n" OTHERS "  groups   @default @strict @privileged\n"
	            "  why      loads programs that stay in the kernel\n"
	            "  breaks   bpftrace, bpftool, Cilium and other eBPF agents\n"
	            "  change   `bpf = allow`: leaves it open\n");
	has("321", "bpf: number 321 on x86_64");
}

static void a_call_that_a_group_denies_in_part(void **state)
{
	(void)state;
	take("[deny]\n@mount = deny\n@namespaces = kill-process\n");
	has("unshare", "  x86_64   kill-process x.ini:3 (@namespaces) if flags & CLONE_NEWTIME|CLONE_NEWNS|"
	               "UNSHARE_EMPTY_MNTNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWUSER|CLONE_NEWPID|"
	               "CLONE_NEWNET\n"
	               "           allowed      otherwise\n" OTHERS);
	has("unshare", "  change   `unshare = allow`: leaves it open\n"
	               "           `unshare = deny if flags & CLONE_NEWUSER`: no new user namespace; ");
	has("clone", "x.ini:3 (@namespaces) if flags & CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|"
	             "CLONE_NEWUSER|CLONE_NEWPID|CLONE_NEWNET\n");
	has("clone3", "  x86_64   ENOSYS       x.ini:3 (@namespaces)\n" OTHERS);
	has("clone3", "`clone3 = allow`: leaves it open, and namespaces by it");
}

static void a_call_with_lines_of_its_own(void **state)
{
	(void)state;
	take("[deny]\n@default = deny\nbpf = ENOSYS if cmd & 0x4\nbpf = 531 if cmd & 0x8\n"
	     "mmap = EACCES if prot & PROT_EXEC|0x100\n");
	has("bpf", "  x86_64   ENOSYS       x.ini:3 if cmd & 0x4\n"
	           "           errno 531    x.ini:4 if cmd & 0x8\n"
	           "           allowed      otherwise\n" OTHERS);
	has("bpf", "  change   `bpf = allow`: leaves it open\n"
	           "           or edit line 3: of a call, its own line beats those of groups\n");
	has("mmap", "  x86_64   EACCES       x.ini:5 if prot & PROT_EXEC|0x100\n");
}

static void a_call_that_no_line_names(void **state)
{
	(void)state;
	take("[deny]\n@mount = deny\n");
	has("ptrace", "  x86_64   allowed      no line names it\n" OTHERS "  groups   @strict @debug\n");
	has("ptrace", "  change   `ptrace = deny`: denies it\n"
	              "           `@debug = deny`: denies it with the rest of its group\n");
	says("getpid", "getpid: number 39 on x86_64, others elsewhere: policies take the name\n"
	               "  x86_64   allowed      no line names it\n" OTHERS "  groups   none has it\n"
	               "  change   `getpid = deny`: denies it\n");
	has("clone3", "`clone3 = ENOSYS`: denies it\n");
	has("unshare", "`unshare = deny`: denies it\n"
	               "           `unshare = deny if flags & CLONE_NEWUSER`: ");
}

static void a_call_that_cannot_be_denied(void **state)
{
	(void)state;
	take("[deny]\n@mount = deny\n");
	says("execve", "execve: number 59 on x86_64, others elsewhere: policies take the name\n"
	               "  x86_64   allowed      no line names it\n" OTHERS "  groups   none has it\n"
	               "  change   not to be denied as a whole: denyinit starts the entrypoint with it\n");
	has("clone",
	    "  change   not to be denied as a whole: denyinit's self-test needs a child (deny CLONE_NEW* flags)\n"
	    "           `clone = deny if flags & CLONE_NEWUSER`: no new user namespace; the others take "
	    "CAP_SYS_ADMIN\n"
	    "           `@namespaces = deny`: denies it with the rest of its group\n");
}

static void calls_that_no_filter_sees(void **state)
{
	(void)state;
	take("[deny]\n@mount = deny\n");
	says("uprobe", "uprobe: made by the kernel's own trampolines, and shown to no filter\n"
	               "  groups   none has it\n"
	               "  change   nothing: a line for it is an error\n");
	has("336", "uprobe: made by");
}

static void a_call_of_another_architecture(void **state)
{
	(void)state;
	take("[deny]\n@default = deny\n");
	has("umount",
	    "umount: a call of other architectures, not of x86_64\n" OTHERS "  groups   @default @strict @mount\n");
	has("umount", "  change   nothing: a line for it is skipped here, and holds where the call exists\n");
	has_not("umount", "report");
	has("chown32", "  groups   @chown @privileged\n");
}

static void a_call_that_is_taken_out(void **state)
{
	(void)state;
	take("[deny]\n@default = deny\nsyslog = allow\n@keyring = allow\n");
	has("syslog", "  x86_64   allowed      x.ini:3: line 2 would deny it\n" OTHERS);
	has("syslog", "  change   take it out of line 3: then line 2 denies it\n");
	has("keyctl", "  x86_64   allowed      x.ini:4 (@keyring): line 2 would deny it\n");
	has("keyctl", "  change   `keyctl = deny`: denies it\n");
	has_not("keyctl", "@keyring = deny");
}

static void mount_calls(void **state)
{
	static const char partial[] = "  report   PARTIAL at every start: this call of the mount API is left open\n";

	(void)state;
	take("[deny]\n@mount = deny\nfspick = allow\nopen_tree = deny if flags & OPEN_TREE_CLONE|AT_RECURSIVE\n");
	has("mount", "`mount = allow`: leaves it open, and the report says PARTIAL at every start\n");
	has_not("mount", "  report   ");
	has("fspick", partial);
	has("open_tree", partial);
	has("open_tree", "x.ini:4 if flags & OPEN_TREE_CLONE|AT_RECURSIVE\n");
	take("[deny]\n@mount = deny\n");
	has("open_tree",
	    "`open_tree = deny if flags & OPEN_TREE_CLONE|OPEN_TREE_NAMESPACE`: opens paths and makes no mounts; open in part");

	/* such a policy is refused */
	take("[deny]\nmount = deny\n");
	has("fsopen", "  report   none: denyinit does not start, as nothing is said of this mount call\n");
	has("fsopen",
	    "  change   `@mount = deny`: denyinit refuses a policy that is silent about any call of the mount "
	    "API\n");
	has("mount", "  change   no `allow`: the policy would deny nothing any more\n"
	             "           or edit line 2");
	has_not("mount", "`mount = allow`");
}

static void numbers(void **state)
{
	(void)state;
	take("[deny]\n@mount = deny\n600 = ENOTTY\n");
	says("500", "500: number 500 everywhere\n"
	            "  x86_64   ENOSYS       above 472, the newest call known here: newer-syscalls = ENOSYS\n" OTHERS
	            "  groups   none has it\n"
	            "  change   for all calls above 472: `newer-syscalls = allow` in [policy]\n");
	says("600", "600: number 600 everywhere\n"
	            "  x86_64   ENOTTY       x.ini:3\n" OTHERS "  groups   none has it\n"
	            "  change   `600 = allow`: leaves it open\n"
	            "           or edit line 3: of a call, its own line beats those of groups\n");
	has("428", "open_tree: number 428 everywhere\n");
	has("467", "open_tree_attr: number 467 everywhere\n");
	has("0", "read: number 0 on x86_64, ");
	has("65535", "65535: number 65535 everywhere\n");
	take("[policy]\nnewer-syscalls = allow\n[deny]\n@mount = deny\n");
	has("500", "  x86_64   allowed      above 472, the newest call known here: newer-syscalls = allow\n");
	has("500", "  change   `500 = deny`: denies it\n");
	/* between the newest that libseccomp knows and the ceiling there is none without a name; if there were: */
	has("471", "rseq_slice_yield: number 471 everywhere\n  x86_64   allowed      no line names it\n");
}

static void a_group(void **state)
{
	(void)state;
	take("[deny]\n@mount = deny\n@clock = deny\nadjtimex = allow\nsettimeofday = EACCES\n");
	says(
	    "@clock",
	    "@clock: 4 calls of x86_64, and 2 of other architectures only\n"
	    "  source   systemd's group of this name (systemd 262)\n"
	    "  why      the machine's clocks are in no namespace\n"
	    "  breaks   chronyd, ntpd, hwclock, date -s; adjtimex and clock_adjtime also read the clock's state\n"
	    "  adjtimex                 allowed      x.ini:4: line 3 would deny it\n"
	    "  clock_adjtime            EPERM        x.ini:3 (@clock)\n"
	    "  clock_settime            EPERM        x.ini:3 (@clock)\n"
	    "  settimeofday             EACCES       x.ini:5\n"
	    "  change   `@clock = allow`: takes out what groups' lines deny of them\n"
	    "           of single calls: --explain CALL; a call's own line beats those of groups, of these the later one "
	    "wins\n");
	has("@mount", "@mount: 11 calls of x86_64, and 1 of other architectures only\n");
	has("@mount",
	    "`@mount = allow`: takes out what groups' lines deny of them, mount calls too, as the report says then\n");
	has("@swap", "  swapoff                  allowed      no line names it\n");
	has("@swap", "  change   `@swap = deny`: denies those of them that are open\n");
	has_not("@swap", "`@swap = allow`");
	/* each call once, though it is in two groups of the group */
	assert_null(strstr(strstr(explained("@strict", EXPLAIN_OK), "  perf_event_open ") + 1, "  perf_event_open "));
	/* nothing else would be left */
	take("[deny]\n@mount = deny\n");
	has_not("@mount", "`@mount = ");
	has_not("@mount", "`mount = ");
	has("@strict", "`@strict = deny`: ");
	has_not("@strict", "`@strict = allow`");
}

static void what_is_observed(void **state)
{
	(void)state;
	take("[deny]\n@mount = deny\nfspick = allow\nbpf = deny if cmd & 1\n"
	     "[observe]\nptrace = deny if request & 16\nptrace = ENOENT\n@mount = EACCES\nbpf = deny\n");
	has("ptrace", "  x86_64   allowed      no line names it\n"
	              "           observed     would get EPERM        x.ini:6 if request & 0x10\n"
	              "           observed     would get ENOENT       x.ini:7\n" OTHERS);
	has("ptrace", "`ptrace = deny`: denies it, and does not only tell it\n");
	has("ptrace", "           then take it out of line 6\n");
	has("@debug", "                           observed     would get ENOENT       x.ini:7\n");
	has_not("mount", "observed"); /* it is denied */
	has("mount", "`mount = allow`: leaves it open, and the report says OBSERVE at every start\n");
	has("fspick", "  x86_64   allowed      x.ini:3: line 2 would deny it\n"
	              "           observed     would get EACCES       x.ini:8 (@mount)\n" OTHERS
	              "  report   OBSERVE at every start: this call of the mount API is left open\n");
	has_not("fspick", "then take it out of line");
	has("bpf", "  x86_64   EPERM        x.ini:4 if cmd & 0x1\n"
	           "           allowed      otherwise\n"
	           "           observed     would get EPERM        x.ini:9\n" OTHERS);
	/* Nothing is left to be observed. */
	take("[deny]\n@mount = deny\nfspick = allow\nptrace = deny\n[observe]\nptrace = deny\nmount = deny\n");
	has("fspick", "  report   PARTIAL at every start: ");
	/* Its number denies it. */
	take("[deny]\n@mount = deny\n[observe]\n600 = deny\n");
	has_not("600", "observed");
	/* Nothing is denied. */
	take("[observe]\n@mount = deny\n");
	has("mount", "  report   OBSERVE at every start: ");
	has("mount", "  change   `mount = deny`: denies it, and does not only tell it\n"
	             "           `@mount = deny`: denies it with the rest of its group\n");
}

static void nobody_observes(void **state)
{
	static const char *const words[] = {"ptrace", "mount", "@default", "umount", "500"};
	const struct explaining with = {&policy, NULL, "x.ini", &calls};

	(void)state;
	take("[deny]\n@mount = deny\n");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		FILE *out = fopen("/dev/null", "w");

		assert_non_null(out);
		assert_int_equal(explain(out, words[i], &with, why), EXPLAIN_OK);
		assert_int_equal(fclose(out), 0);
	}
}

static void unknown_words(void **state)
{
	static const char *const rows[][2] = {
	    {"unshar", "unknown call `unshar`: did you mean `unshare`?"},
	    {"@moun", "unknown group `@moun`: did you mean `@mount`?"},
	    {"@qqqqqqqqqqqqqqqq", "unknown group `@qqqqqqqqqqqqqqqq`: denyinit.ini(5) has the list"},
	    {"qqqqqqqqqqqqqqqq", "unknown call `qqqqqqqqqqqqqqqq`: if it is newer than this denyinit, give its number"},
	    {"", "unknown call ``: if it is newer than this denyinit, give its number"},
	    {"65536", "`65536` is no call's number: they end at 65535, the newest known is 472"},
	    {"99999999999999999999999",
	     "`99999999999999999999999` is no call's number: they end at 65535, the newest known is 472"},
	    {"0x10", "`0x10`: write a call's number decimal, without a leading 0"},
	    {"010", "`010`: write a call's number decimal, without a leading 0"},
	    {"12a", "`12a`: write a call's number decimal, without a leading 0"},
	    {"400", "no call of x86_64 has the number 400"},
	    {"mount ", "unknown call `mount `: did you mean `mount`?"},
	};
	char word[2000];

	(void)state;
	take("[deny]\n@default = deny\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		explained(rows[i][0], EXPLAIN_UNKNOWN);
		assert_string_equal(why, rows[i][1]);
	}
	memset(word, 'x', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	explained(word, EXPLAIN_UNKNOWN);
	word[0] = '@';
	explained(word, EXPLAIN_UNKNOWN);
	memset(word, '1', sizeof(word) - 1);
	explained(word, EXPLAIN_UNKNOWN);
	assert_true(strlen(why) < sizeof(why) - 1);
}

/* ---- conditions are written as they are read ---- */

static void same_rule(const struct rule *a, uint64_t mask, const struct rule *b)
{
	assert_int_equal(a->nr, b->nr);
	assert_int_equal(a->errnum, b->errnum);
	assert_int_equal(a->nconditions, 1);
	assert_int_equal(b->nconditions, 1);
	assert_int_equal(a->conditions[0].arg, b->conditions[0].arg);
	assert_int_equal(a->conditions[0].wide, b->conditions[0].wide);
	assert_int_equal(a->conditions[0].test, b->conditions[0].test);
	assert_int_equal(a->conditions[0].count, 1);
	assert_true(policy.values[a->conditions[0].first] == mask);
}

static void conditions(void **state)
{
	static struct rule rule;
	size_t tried = 0, named = 0;

	(void)state;
	for (size_t i = 0; i < ALL; i++) {
		for (int arg = 0; arg < 6; arg++) {
			for (unsigned bit = 0; bit < 36; bit += 5) {
				uint64_t mask = UINT64_C(0x8421) << bit;
				char text[200];
				const char *condition;

				snprintf(text, sizeof(text), "[deny]\n@mount = deny\n%s = EPERM if arg%d & %#llx\n",
				         all_calls[i].name, arg, (unsigned long long)mask);
				if (all_calls[i].native < 0 || !parse(text) || policy.nrules == 0)
					continue;
				for (size_t j = 0; j < policy.nrules; j++)
					if (policy.rules[j].line == 3)
						rule = policy.rules[j];
				condition = strstr(explained(all_calls[i].name, EXPLAIN_OK), " if ");
				assert_non_null(condition);
				named += strncmp(condition + 4, "arg", 3) != 0;
				snprintf(text, sizeof(text), "[deny]\n@mount = deny\n%s = EPERM%.*s\n",
				         all_calls[i].name, (int)strcspn(condition, "\n"), condition);
				take(text);
				for (size_t j = 0; j < policy.nrules; j++)
					if (policy.rules[j].line == 3)
						same_rule(&policy.rules[j], mask, &rule);
				tried++;
			}
		}
	}
	assert_true(tried > 4000);
	assert_true(named > 3000);
}

/* Of constants, only those that can be meant. */
static void names_of_constants(void **state)
{
	(void)state;
	take("[deny]\n@mount = deny\nclone = deny if flags & CLONE_NEWTIME|CLONE_NEWUSER\n"
	     "unlinkat = deny if flags & AT_REMOVEDIR\nopenat = deny if flags & O_NONBLOCK|O_RDWR|O_WRONLY\n"
	     "setns = deny if flags & CLONE_NEWTIME|CLONE_NEWNET\nchmod = deny if mode & S_ISUID|0x1\n"
	     "prctl = deny if arg2 & 1\nfchmod = deny if fd & 0x800\n");
	has("clone", " if flags & CLONE_NEWUSER|0x80\n");
	has("unlinkat", " if flag & 0x200\n"); /* or AT_EACCESS */
	has("openat", " if flags & O_WRONLY|O_RDWR|O_NONBLOCK\n");
	has("setns", " if flags & CLONE_NEWTIME|CLONE_NEWNET\n");
	has("chmod", " if mode & S_IXOTH|S_ISUID\n");
	has("prctl", " if arg2 & 0x1\n");
	has("fchmod", " if fd & 0x800\n");
}

/* ---- every proposal ---- */

/* Copies the next line that is proposed, and steps behind it. False: there is none left. */
static bool next_proposal(const char **text, char line[120])
{
	while (**text) {
		const char *start = *text;
		size_t length = strcspn(start, "\n");
		bool changes = length > 12 && start[11] == '`' &&
		               (memcmp(start, "  change   ", 11) == 0 || memcmp(start, "           ", 11) == 0);

		*text += length + (start[length] == '\n');
		if (!changes)
			continue;
		length = strcspn(start + 12, "`");
		assert_true(length < 120);
		memcpy(line, start + 12, length);
		line[length] = '\0';
		return true;
	}
	return false;
}

static const struct rule *rule_on(uint32_t nr)
{
	for (size_t i = 0; i < policy.nrules; i++)
		if (policy.rules[i].nr == nr)
			return &policy.rules[i];
	return NULL;
}

static bool allowed_by_itself(uint32_t nr)
{
	for (size_t i = 0; i < policy.nallows; i++)
		if (policy.allows[i].nr == nr && policy.allows[i].group[0] == '\0')
			return true;
	return false;
}

/* What the line says, the policy then does with the call, or with each call of the group. */
static void check_effect(const char *line, const char *word)
{
	const struct group *group = names_group(word);
	const struct group_member *member;
	struct group_walk walk;
	const struct rule *rule;

	if (!group) {
		bool allow = strstr(line, " = allow") != NULL, condition = strstr(line, " if ") != NULL;

		rule = rule_on(line[0] >= '0' && line[0] <= '9' ? (uint32_t)strtoul(line, NULL, 10)
		                                                : (uint32_t)number(word));
		assert_true(allow ? rule == NULL : rule && (!condition || rule->nconditions > 0));
		return;
	}
	names_walk_start(&walk, group);
	while ((member = names_walk_next(&walk)) != NULL) {
		if (number(member->name) < 0)
			continue;
		rule = rule_on((uint32_t)number(member->name));
		if (strstr(line, " = allow"))
			assert_true(!rule || rule->group[0] == '\0');
		else
			assert_true(rule || allowed_by_itself((uint32_t)number(member->name)));
	}
}

static size_t check_proposals(const char *text, const char *word)
{
	char mentioned[400], line[120];
	static char written[20000], changed[4000];
	const char *rest = written;
	unsigned unmentioned;
	size_t count = 0;

	take(text);
	unmentioned = policy_unmentioned(&policy, &observed, &calls, mentioned, sizeof(mentioned));
	assert_true((size_t)snprintf(written, sizeof(written), "%s", explained(word, EXPLAIN_OK)) < sizeof(written));
	assert_non_null(strstr(written, "\n  change   "));
	while (next_proposal(&rest, line)) {
		snprintf(changed, sizeof(changed), "%s\n[deny]\n%s\n", text, line);
		if (!parse(changed))
			fail_msg("%s\n%s", changed, findings.item[0].text);
		assert_true(policy_unmentioned(&policy, &observed, &calls, mentioned, sizeof(mentioned)) <=
		            (strcmp(line, "@mount = deny") == 0 ? 0 : unmentioned));
		check_effect(line, word);
		count++;
	}
	return count;
}

static const char by_own_lines[] = "[deny]\nmount umount2 pivot_root open_tree move_mount fsopen fsconfig = deny\n"
				   "fsmount fspick mount_setattr open_tree_attr = deny";

static const char with_conditions[] =
    "[deny]\n@mount = deny\nunshare clone = deny if flags & CLONE_NEWNS\nclone3 = ENOSYS\n"
    "open_tree = deny if flags & 1\nbpf = deny if cmd & 1\nbpf = ENOSYS if cmd & 2\n600 = deny\n?brandnew = deny";

static const char *const policies[] = {
    "[deny]\n@mount = deny",
    "[deny]\n@default = deny",
    "[deny]\n@strict = kill-process\n[policy]\ndeny = EHOSTDOWN",
    "[deny]\n@default = deny\n@mount = allow",
    "[deny]\n@default = deny\n@keyring @namespaces = allow\nptrace syslog = allow\n@strict = deny",
    by_own_lines,
    "[deny]\nmount = deny",
    "[deny]\nmount move_mount = deny\nmove_mount = allow\n@swap = deny",
    "[deny]\n@privileged @aio @setuid @obsolete = deny\n@mount = deny\n@chown = allow\nbpf = ENOSYS\nclone3 = EPERM",
    with_conditions,
    "[policy]\nnewer-syscalls = allow\n[deny]\n@mount = deny\n@pkey = deny\n@pkey = allow\nioctl = deny if cmd & 1",
    "[deny]\n@namespaces = deny\nclone = allow\n@mount = EACCES\nunshare = allow",
    "[deny]\n@mount = deny\nfspick = allow\n[observe]\n@strict = deny\nbpf = allow\nptrace = deny if request & 16",
    "[observe]\n@default = deny",
};

static void every_proposal_is_sound(void **state)
{
	const struct group *group;
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		for (size_t j = 0; j < ALL; j++)
			count += check_proposals(policies[i], all_calls[j].name);
		for (size_t j = 0; (group = names_group_at(j)) != NULL; j++)
			count += check_proposals(policies[i], group->name);
		for (unsigned nr = 590; nr < 610; nr++) {
			char word[8];

			snprintf(word, sizeof(word), "%u", nr);
			count += check_proposals(policies[i], word);
		}
	}
	assert_true(count > 4000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_call_that_a_group_denies),
	    cmocka_unit_test(a_call_that_a_group_denies_in_part),
	    cmocka_unit_test(a_call_with_lines_of_its_own),
	    cmocka_unit_test(a_call_that_no_line_names),
	    cmocka_unit_test(a_call_that_cannot_be_denied),
	    cmocka_unit_test(calls_that_no_filter_sees),
	    cmocka_unit_test(a_call_of_another_architecture),
	    cmocka_unit_test(a_call_that_is_taken_out),
	    cmocka_unit_test(mount_calls),
	    cmocka_unit_test(numbers),
	    cmocka_unit_test(a_group),
	    cmocka_unit_test(what_is_observed),
	    cmocka_unit_test(nobody_observes),
	    cmocka_unit_test(unknown_words),
	    cmocka_unit_test(conditions),
	    cmocka_unit_test(names_of_constants),
	    cmocka_unit_test(every_proposal_is_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
