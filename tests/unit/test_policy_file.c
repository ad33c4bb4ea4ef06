/* SPDX-License-Identifier: MIT */
/* As root each test that is about another user is made as uid and gid 65534; else as this user. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "init/policy.h"
#include "init/policy_file.h"

#define NOBODY 65534

static char folder[] = "/tmp/test_policy_file.XXXXXX";
static char path[sizeof(folder) + 20];
static struct findings findings;
static size_t length;

static int start(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || chmod(folder, 0755) != 0)
		return -1;
	umask(0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	return rmdir(folder);
}

static const char *file(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void make(const char *name, size_t bytes, mode_t mode)
{
	int fd = open(file(name), O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	for (size_t i = 0; i < bytes; i++)
		assert_int_equal(write(fd, i % 2 ? "\n" : ";", 1), 1);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* What is found, one after the other; "" if nothing is. */
static const char *load(const char *name)
{
	static char text[3 * FINDING_TEXT];
	static char buffer[POLICY_BYTES_MAX];
	bool sound;

	memset(&findings, 0, sizeof(findings));
	length = 12345;
	sound = policy_file_load(name, buffer, sizeof(buffer), &length, SEVERITY_ERROR, &findings);
	assert_int_equal(sound, findings.errors == 0);
	for (size_t i = 0; i < length; i++)
		assert_int_equal(buffer[i], i % 2 ? '\n' : ';');
	text[0] = '\0';
	for (size_t i = 0; i < findings.count; i++) {
		size_t used = strlen(text);

		assert_int_equal(findings.item[i].line, 0);
		snprintf(text + used, sizeof(text) - used, "%s%s\n",
		         findings.item[i].severity == SEVERITY_WARNING ? "warning: " : "", findings.item[i].text);
	}
	return text;
}

static const char *load_as_nobody(const char *name)
{
	const char *text;

	if (geteuid() != 0)
		return load(name);
	assert_int_equal(setgroups(0, NULL), 0);
	assert_int_equal(setegid(NOBODY), 0);
	assert_int_equal(seteuid(NOBODY), 0);
	text = load(name);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(setegid(0), 0);
	return text;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("`%s` is not in: %s", part, text);
}

#define REMEDY "COPY --chmod=0444"

static void test_sound(void **state)
{
	(void)state;
	make("file", 1000, 0444);
	assert_string_equal(load(file("file")), "");
	assert_int_equal(length, 1000);
	assert_string_equal(load_as_nobody(file("file")), "");
	assert_int_equal(length, 1000);
	/* Kubernetes: a link to a link */
	assert_int_equal(symlink("file", file("inner")), 0);
	assert_int_equal(symlink("inner", file("outer")), 0);
	assert_string_equal(load(file("outer")), "");
	assert_int_equal(length, 1000);
	unlink(file("outer"));
	unlink(file("inner"));
	unlink(file("file"));

	make("largest", POLICY_BYTES_MAX, 0444);
	assert_string_equal(load(file("largest")), "");
	assert_int_equal(length, POLICY_BYTES_MAX);
	unlink(file("largest"));

	make("empty", 0, 0444); /* the parser's affair */
	assert_string_equal(load(file("empty")), "");
	assert_int_equal(length, 0);
	unlink(file("empty"));
}

static void test_not_there(void **state)
{
	(void)state;
	has(load(file("nothing")), "no such file");
	has(load(file("nothing")), "-c FILE");
	has(load(file("nothing")), "/usr/share/denyinit");
	assert_int_equal(length, 0);
	assert_int_equal(symlink("loop", file("loop")), 0);
	has(load(file("loop")), "cannot be opened: Too many levels of symbolic links");
	unlink(file("loop"));
	make("secret", 10, 0);
	has(load_as_nobody(file("secret")), "Permission denied");
	has(load_as_nobody(file("secret")), REMEDY);
	unlink(file("secret"));
}

static void test_no_regular_file(void **state)
{
	(void)state;
	has(load(folder), "a directory, not a regular file");
	has(load("/dev/null"), "a character device, not a regular file");
	assert_int_equal(mkfifo(file("pipe"), 0444), 0); /* nobody writes into it */
	has(load(file("pipe")), "a pipe, not a regular file");
	assert_int_equal(length, 0);
	unlink(file("pipe"));
}

static void test_sizes(void **state)
{
	(void)state;
	make("large", POLICY_BYTES_MAX + 1, 0444);
	assert_string_equal(load(file("large")),
	                    "65537 bytes long, the limit is 65536: groups (@default) are shorter\n");
	assert_int_equal(length, 0);
	unlink(file("large"));
	/* Says that it has 0 bytes, and has more: as a file that grows. */
	has(load("/proc/self/limits"), "changed its size while it was read (0 bytes at first)");
	assert_int_equal(length, 0);
}

static void test_modes(void **state)
{
	static const struct {
		mode_t mode;
		bool error, warning;
	} rows[] = {
	    {0444, false, false}, {0644, false, false}, {0755, false, false}, {04555, false, false},
	    {0666, true, false},  {0646, true, false},  {0777, true, false},  {0402, true, false},
	    {0664, false, true},  {0460, false, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *text;

		make("file", 10, rows[i].mode);
		if (geteuid() != 0 && (rows[i].mode & S_IWUSR) && !rows[i].error) {
			unlink(file("file"));
			continue; /* test_own_file */
		}
		text = load(file("file"));
		assert_int_equal(findings.errors, rows[i].error);
		assert_int_equal(findings.warnings, rows[i].warning);
		if (rows[i].error)
			has(text, "others may write it");
		if (rows[i].warning)
			has(text, "warning: members of group");
		if (text[0])
			has(text, REMEDY);
		assert_int_equal(length, 10); /* read all the same, to be checked for the rest */
		unlink(file("file"));
	}
}

/* A user that is not root and may write the policy. */
static void test_own_file(void **state)
{
	(void)state;
	make("own", 10, 0644);
	if (geteuid() == 0)
		assert_int_equal(chown(file("own"), NOBODY, 0), 0);
	has(load_as_nobody(file("own")), "this process itself may write it");
	has(load_as_nobody(file("own")), REMEDY);
	assert_int_equal(findings.errors, 1);
	assert_int_equal(length, 10);
	if (geteuid() == 0)
		assert_string_equal(load(file("own")), ""); /* root may write everything */
	assert_int_equal(chmod(file("own"), 0444), 0);
	assert_string_equal(load_as_nobody(file("own")), "");
	unlink(file("own"));

	make("group", 10, 0464);
	if (geteuid() == 0)
		assert_int_equal(chown(file("group"), 0, NOBODY), 0);
	if (geteuid() == 0) {
		has(load_as_nobody(file("group")), "this process itself may write it");
		assert_int_equal(findings.warnings, 0); /* once is enough */
		assert_int_equal(chown(file("group"), 0, 1), 0);
		has(load_as_nobody(file("group")), "warning: members of group 1 may write it (mode 0464)");
		assert_int_equal(findings.errors, 0);
	}
	unlink(file("group"));
}

/* faccessat2 answers error from now on: Linux before 5.8, or a runtime's profile that does not know it. */
static bool without_faccessat2(int error)
{
	struct sock_filter filter[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_faccessat2, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = 4, .filter = filter};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* In a child, which keeps the filter. True: what is found has part. */
static bool found_without_faccessat2(int error, const char *name, const char *part)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		const char *text = without_faccessat2(error) ? load_as_nobody(name) : "no filter";

		_exit(part[0] ? strstr(text, part) == NULL : text[0] != '\0');
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void test_old_kernel(void **state)
{
	static const int errors[] = {ENOSYS, EPERM};
	static const struct {
		mode_t mode;
		bool owner, group; /* whether they are nobody's */
		const char *found;
	} rows[] = {
	    {0644, true, true, "this process itself"},  {0444, true, true, ""},  {0464, true, true, "warning: members"},
	    {0464, false, true, "this process itself"}, {0644, false, true, ""}, {0644, false, false, ""},
	    {0464, false, false, "warning: members"},
	};

	(void)state;
	if (geteuid() != 0)
		return; /* other owners need root */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make("file", 10, rows[i].mode);
		assert_int_equal(chown(file("file"), rows[i].owner ? NOBODY : 0, rows[i].group ? NOBODY : 0), 0);
		for (size_t j = 0; j < sizeof(errors) / sizeof(errors[0]); j++)
			assert_true(found_without_faccessat2(errors[j], file("file"), rows[i].found));
		unlink(file("file"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sound),      cmocka_unit_test(test_not_there), cmocka_unit_test(test_no_regular_file),
	    cmocka_unit_test(test_sizes),      cmocka_unit_test(test_modes),     cmocka_unit_test(test_own_file),
	    cmocka_unit_test(test_old_kernel),
	};

	return cmocka_run_group_tests(tests, start, end);
}
