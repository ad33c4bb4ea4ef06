/* SPDX-License-Identifier: MIT */
/*
 * answers WHAT: what a libseccomp answers, line by line, so that two of them can be compared.
 *
 *   names      the words on stdin resolved, by the native architecture and by each that this machine's kernel may have
 *   numbers    numbers to names, for each of those
 *   rules      the native number of each word on stdin, and all of -300 to 1199, as a rule of its own
 *   programs   all the words on stdin as the rules of one filter: the filter, for several sets of architectures
 *   others     what it says of the architectures that this machine's kernel has not
 */
#include <errno.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* As deps/patches/libseccomp has them. */
static const uint32_t archs[] = {
    SCMP_ARCH_NATIVE,
#if defined(__x86_64__)
    SCMP_ARCH_X86_64,
    SCMP_ARCH_X86,
    SCMP_ARCH_X32,
#elif defined(__i386__)
    SCMP_ARCH_X86,
#elif defined(__aarch64__)
    SCMP_ARCH_AARCH64,
    SCMP_ARCH_ARM,
#elif defined(__arm__)
    SCMP_ARCH_ARM,
#elif defined(__riscv)
    SCMP_ARCH_RISCV64,
#elif defined(__s390x__)
    SCMP_ARCH_S390X,
    SCMP_ARCH_S390,
#elif defined(__powerpc64__)
    SCMP_ARCH_PPC64LE,
    SCMP_ARCH_PPC64,
#else
#error "which architectures does this machine's kernel have? See deps/patches/libseccomp"
#endif
};

/* That rules are made for, besides the native one. What i386 and s390 have of socketcall and ipc is left out of the
 * patched library. */
static const uint32_t more[] = {
#if defined(__x86_64__)
    SCMP_ARCH_X32,
#elif defined(__aarch64__)
    SCMP_ARCH_ARM,
#else
    SCMP_ARCH_NATIVE, /* there already: -EEXIST from both */
#endif
};

static const uint32_t others[] = {SCMP_ARCH_MIPS, SCMP_ARCH_MIPSEL64N32, SCMP_ARCH_PARISC, SCMP_ARCH_MIPS64,
                                  SCMP_ARCH_PARISC64};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void *must(void *pointer)
{
	if (!pointer) {
		perror("answers");
		exit(1);
	}
	return pointer;
}

static bool next_word(char word[64])
{
	if (!fgets(word, 64, stdin))
		return false;
	word[strcspn(word, "\n")] = '\0';
	return true;
}

static void resolve_words(void)
{
	char word[64];

	while (next_word(word)) {
		printf("'%s': %d", word, seccomp_syscall_resolve_name(word));
		for (size_t i = 0; i < COUNT(archs); i++)
			printf(" %d %d", seccomp_syscall_resolve_name_arch(archs[i], word),
			       seccomp_syscall_resolve_name_rewrite(archs[i], word));
		putchar('\n');
	}
}

static void resolve_numbers(void)
{
	/* arm has private calls above 0xf0000, x32 has a bit of its own */
	static const int ranges[][2] = {
	    {-20000, 1200}, {0xf0000, 0xf0010}, {0x40000000, 0x40000800}, {INT32_MIN, INT32_MIN + 8}, {65500, 66700}};

	for (size_t i = 0; i < COUNT(archs); i++)
		for (size_t r = 0; r < COUNT(ranges); r++)
			for (int number = ranges[r][0]; number < ranges[r][1]; number++) {
				char *name = seccomp_syscall_resolve_num_arch(archs[i], number);

				if (name)
					printf("%zu %d %s\n", i, number, name);
				free(name);
			}
}

static void put_program(scmp_filter_ctx context)
{
	unsigned char bytes[4096];
	int fd = memfd_create("program", MFD_CLOEXEC);
	int error = seccomp_export_bpf(context, fd);
	ssize_t n;

	if (fd < 0 || lseek(fd, 0, SEEK_SET) != 0)
		must(NULL);
	printf(" export %d:", error);
	while ((n = read(fd, bytes, sizeof bytes)) > 0)
		for (ssize_t i = 0; i < n; i++)
			printf("%02x", bytes[i]);
	if (n < 0)
		must(NULL);
	putchar('\n');
	close(fd);
}

static scmp_filter_ctx context_of(size_t nmore)
{
	scmp_filter_ctx context = must(seccomp_init(SCMP_ACT_ALLOW));
	int error = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	printf("badarch %d", error);
	for (size_t i = 0; i < nmore; i++)
		printf(" arch %d", seccomp_arch_add(context, more[i]));
	return context;
}

/* A filter to which a rule could not be added is good for nothing: ours is without transactions. */
static void one_rule(int number)
{
	for (size_t nmore = 0; nmore <= COUNT(more); nmore++) {
		scmp_filter_ctx context = context_of(nmore);
		int error = seccomp_rule_add_exact(context, SCMP_ACT_ERRNO(1), number, 0);

		printf(" %d: %d", number, error);
		if (error) {
			seccomp_release(context);
			context = context_of(nmore);
		} else {
			put_program(context);
		}
		error = seccomp_rule_add(context, SCMP_ACT_ERRNO(2), number, 1, SCMP_A1(SCMP_CMP_EQ, 7));
		printf(" %d", error);
		if (error)
			putchar('\n');
		else
			put_program(context);
		seccomp_release(context);
	}
}

static void rules_of_their_own(void)
{
	char word[64];

	while (next_word(word))
		one_rule(seccomp_syscall_resolve_name(word));
	for (int number = -300; number < 1200; number++)
		one_rule(number);
}

static void all_in_one(void)
{
	scmp_filter_ctx contexts[COUNT(more) + 1];
	char word[64];

	for (size_t i = 0; i < COUNT(contexts); i++)
		contexts[i] = context_of(i);
	putchar('\n');
	while (next_word(word))
		for (size_t i = 0; i < COUNT(contexts); i++)
			printf("%s %d\n", word,
			       seccomp_rule_add(contexts[i], SCMP_ACT_ERRNO(3), seccomp_syscall_resolve_name(word), 0));
	for (size_t i = 0; i < COUNT(contexts); i++) {
		put_program(contexts[i]);
		seccomp_release(contexts[i]);
	}
}

static void ask_about_others(void)
{
	for (size_t i = 0; i < COUNT(others); i++) {
		int number = seccomp_syscall_resolve_name_arch(others[i], "getpid");
		char *name = seccomp_syscall_resolve_num_arch(others[i], number >= 0 ? number : 20);
		scmp_filter_ctx context = must(seccomp_init(SCMP_ACT_ALLOW));

		printf("%08x: getpid %d, its number %s, arch_add %s\n", others[i], number, name ? name : "unknown",
		       seccomp_arch_add(context, others[i]) == -EINVAL ? "unknown" : "known");
		free(name);
		seccomp_release(context);
	}
	printf("by name: %s\n", seccomp_arch_resolve_name("mips") ? "known" : "unknown");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *what;
		void (*ask)(void);
	} questions[] = {{"names", resolve_words},
	                 {"numbers", resolve_numbers},
	                 {"rules", rules_of_their_own},
	                 {"programs", all_in_one},
	                 {"others", ask_about_others}};

	seccomp_api_set(5); /* whatever the kernel */
	for (size_t i = 0; argc == 2 && i < COUNT(questions); i++)
		if (strcmp(argv[1], questions[i].what) == 0) {
			questions[i].ask();
			return ferror(stdout) || fflush(stdout) ? 1 : 0;
		}
	return 2;
}
