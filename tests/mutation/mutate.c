/* SPDX-License-Identifier: MIT */
/*
 * mutate [--full] [--verbose] POLICY...: is the self-test to be believed? Each policy's program, as the real objects
 * compile it, is broken in every small way (mutants.h), and the judge has to refuse each mutant that does anything else
 * than the original: once by the evaluation alone, once by the live rounds alone, for what a probe can see.
 *
 * Whether a mutant does anything else is decided by oracle.h: by going through all calls that the two programs could
 * tell apart. The mutants that do not are counted as equivalent, and must pass.
 *
 * The code that is tried is denyinit's own from the policy's file to the verdict: protect_rehearse() for the evaluation,
 * protect() for the live rounds, with everything below them. Two functions are wrapped by the linker (-Wl,--wrap):
 * trial_rehearse, which is given the mutant for the program, and install_program, which loads the mutant, in a process
 * of its own for each. There the judge is given the original's bytes, so that its evaluation finds nothing: only the
 * probes and the kernel's account can object.
 *
 * Prints TAP. Lines that begin `# figure: ` are for tests/run to show.
 */
#include <errno.h>
#include <linux/audit.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "init/install.h"
#include "init/loaded.h"
#include "init/protect.h"
#include "selftest/bpf_eval.h"
#include "selftest/meaning.h"
#include "selftest/plan.h"
#include "selftest/trial.h"
#include "tests/mutation/mutants.h"
#include "tests/mutation/oracle.h"

#define WORKERS_MAX 16
#define SURVIVORS_SHOWN 10
#define PAIRS 10000u       /* of each policy, in the full form */
#define RANDOM_CALLS 2000u /* with which each equivalent mutant is tried besides */
#define SECONDS_SHORT 5    /* for one mutant's round two; most take 3 ms */
#define SECONDS_FULL \
	120 /* and of one fault: the judge's own patience is 30 s for a call, and a mutant may deny it its kill(2) */

enum end {
	END_NONE,    /* not run */
	END_VERDICT, /* the judge gave one */
	END_REFUSED, /* the kernel did not load it: errnum */
	END_DIED,    /* the judge was killed by it: nothing is started */
	END_HUNG,    /* no verdict in time: nothing is started */
	END_LOST,    /* an error of this test */
};

struct result {
	/* by the oracle */
	bool loadable, equivalent, hole, unknown;
	bool unreal;  /* not equivalent, but for no architecture that this kernel has */
	bool covered; /* some probe's caller sees another answer */
	uint64_t calls;
	uint32_t call[ORACLE_WORDS]; /* one that tells the two apart */
	/* by the judge */
	bool accepted; /* by bpf_check() */
	bool evaluated_other;
	enum end end;
	int errnum, outcome, reason;
};

static struct {
	const char *path;
	unsigned workers;
	int seconds;
	struct loaded loaded;
	struct mutants mutants;
	struct result *results; /* shared; one for each mutant, of which the first is the original */
	struct meaning meaning; /* the judge's, from what protect() tells it */
	struct plan plan;
	size_t current; /* mutant */
} job;

/* --- By the oracle ------------------------------------------------------------------------------------------------ */

static void words_of(const struct probe *probe, uint32_t words[ORACLE_WORDS])
{
	struct seccomp_data data = {.nr = (int)probe->nr, .arch = numbers_abi_arch(probe->abi)};

	for (unsigned i = 0; i < 6; i++) /* int 0x80 carries 32 bits of each */
		data.args[i] = probe->abi == ABI_COMPAT ? (uint32_t)probe->args[i] : probe->args[i];
	memcpy(words, &data, sizeof data);
}

static bool any_probe_differs(const struct mutant *a, const struct mutant *b, uint32_t ip_lower, uint32_t ip_upper)
{
	for (size_t i = 0; i < job.plan.nprobes; i++) {
		uint32_t words[ORACLE_WORDS];

		words_of(&job.plan.probes[i], words);
		words[2] = ip_lower;
		words[3] = ip_upper;
		if (oracle_seen(oracle_run(a->filter, a->length, words), job.plan.marker) !=
		    oracle_seen(oracle_run(b->filter, b->length, words), job.plan.marker))
			return true;
	}
	return false;
}

/* A mutant may look at the caller's address, which nobody knows here: covered only if it is, whatever the address. */
static bool is_covered(const struct domain *domain, const struct mutant *a, const struct mutant *b)
{
	for (size_t lower = 0; lower < domain->count[2]; lower++)
		for (size_t upper = 0; upper < domain->count[3]; upper++)
			if (!any_probe_differs(a, b, domain->value[2][lower], domain->value[3][upper]))
				return false;
	return true;
}

/*
 * The enumeration held against chance: calls made of the program's constants, their neighbours and random bits, of
 * which none may tell apart what was found equivalent.
 */
static bool has_hole(const struct mutant *a, const struct mutant *b)
{
	uint64_t random = UINT64_C(88172645463325252) + job.current;

	for (unsigned n = 0; n < RANDOM_CALLS; n++) {
		uint32_t words[ORACLE_WORDS];

		for (unsigned i = 0; i < ORACLE_WORDS; i++) {
			const struct mutant *m;

			random ^= random << 13; /* xorshift64 */
			random ^= random >> 7;
			random ^= random << 17;
			m = random & 1 ? a : b;
			words[i] = m->filter[(random >> 8) % m->length].k;
			switch (random >> 1 & 7) {
			case 0: words[i] = (uint32_t)(random >> 32); break;
			case 1: words[i] += 1; break;
			case 2: words[i] -= 1; break;
			case 3: words[i] ^= UINT32_C(1) << (random >> 59); break;
			case 4: words[i] = 0; break;
			default: break;
			}
		}
		if (random >> 60 & 7)
			words[1] = AUDIT_ARCH_X86_64;
		if (!oracle_same(oracle_run(a->filter, a->length, words), oracle_run(b->filter, b->length, words)))
			return true;
	}
	return false;
}

static void ask_oracle(const struct mutant *original, const struct mutant *m, struct result *r)
{
	struct domain domain;

	r->unknown = !oracle_knows(m->filter, m->length);
	if (r->unknown)
		return;
	r->loadable = oracle_loadable(m->filter, m->length);
	if (!r->loadable) {
		r->covered = true; /* that it is not loaded is to be seen */
		return;
	}
	if (!domain_of(&domain, original->filter, original->length, m->filter, m->length)) {
		r->unknown = true;
	} else {
		r->calls = domain.calls;
		r->equivalent =
		    oracle_equivalent(&domain, original->filter, original->length, m->filter, m->length, r->call);
		r->covered = !r->equivalent && is_covered(&domain, original, m);
		if (!r->equivalent && !r->covered) {
			r->unknown = !domain_real(&domain);
			r->unreal = !r->unknown && oracle_equivalent(&domain, original->filter, original->length,
			                                             m->filter, m->length, r->call);
		}
		r->hole = r->equivalent && has_hole(original, m);
	}
	domain_free(&domain);
}

/* --- By evaluation alone: with no filter, as `denyinit --check` does it ------------------------------------------- */

int __real_install_program(const struct sock_fprog *program, unsigned long flags, int *listener);
int __wrap_install_program(const struct sock_fprog *program, unsigned long flags, int *listener);
enum trial_step __real_trial_rehearse(const struct trial_input *input, const struct sock_fprog *program,
                                      struct report *report, long *detail);
enum trial_step __wrap_trial_rehearse(const struct trial_input *input, const struct sock_fprog *program,
                                      struct report *report, long *detail);

static struct sock_fprog program_of(const struct mutant *m)
{
	return (struct sock_fprog){.len = (unsigned short)m->length, .filter = m->filter};
}

/* The judge gets what it would get of the policy, and the mutant for the policy's program. */
enum trial_step __wrap_trial_rehearse(const struct trial_input *input, const struct sock_fprog *program,
                                      struct report *report, long *detail)
{
	const struct sock_fprog mutant = program_of(&job.mutants.mutant[job.current]);

	(void)program;
	if (!meaning_read(&job.meaning, input) || plan_trial(&job.plan, &job.meaning) != PLAN_OK)
		return TRIAL_TOO_MANY_RULES;
	return __real_trial_rehearse(input, &mutant, report, detail);
}

static void evaluate(const struct mutant *m, struct result *r)
{
	static struct report report;
	char why[REFUSAL_MAX];

	r->accepted = bpf_check(m->filter, m->length) == EVAL_OK;
	r->evaluated_other = !protect_rehearse(&job.loaded, false, &report, why);
}

/* --- By the live rounds alone ------------------------------------------------------------------------------------- */

struct other_thread {
	struct sock_fprog program;
	unsigned long flags;
	int error;
	pthread_barrier_t loaded;
};

static void *load_and_stay(void *argument)
{
	struct other_thread *other = argument;

	other->error = __real_install_program(&other->program, other->flags, NULL);
	(void)pthread_barrier_wait(&other->loaded);
	for (;;)
		(void)pause();
	return NULL;
}

static int load_in_other_thread(const struct mutant *m, unsigned long flags)
{
	static struct other_thread other;
	pthread_t thread;
	int error;

	other.program = program_of(m);
	other.flags = flags;
	error = pthread_barrier_init(&other.loaded, NULL, 2);
	if (!error)
		error = pthread_create(&thread, NULL, load_and_stay, &other);
	if (error)
		return error;
	(void)pthread_barrier_wait(&other.loaded);
	return other.error;
}

/* Between the two rounds: the mutant instead of the program, which the judge gets all the same. */
int __wrap_install_program(const struct sock_fprog *program, unsigned long flags, int *listener)
{
	const struct mutant *m = &job.mutants.mutant[job.current];
	const struct sock_fprog mutant = program_of(m);
	int error;

	(void)program;
	if (m->how == MUTANT_NOT_LOADED)
		return 0;
	error = m->how == MUTANT_OTHER_THREAD ? load_in_other_thread(m, flags)
	                                      : __real_install_program(&mutant, flags, listener);
	if (error) {
		job.results[job.current].errnum = error;
		job.results[job.current].end = END_REFUSED;
	}
	return error;
}

/* A process of its own, which is denyinit from no_new_privs to the verdict. */
static _Noreturn void live(struct result *r)
{
	static struct report report;
	struct form form = {.observed_action = SECCOMP_RET_ALLOW};
	const char *why_not;
	char why[REFUSAL_MAX];

	(void)setpgid(0, 0);
	if (protect(&job.loaded, &form, NULL, &report, &why_not, why)) {
		r->outcome = report.outcome;
		r->reason = report.reason;
		r->end = END_VERDICT;
	} else if (r->end != END_REFUSED) {
		r->end = END_LOST;
		fprintf(stderr, "# %s: %s\n", job.path, why);
	}
	__builtin_trap(); /* the mutant may deny it to exit */
}

/* SIGCHLD is blocked. What the child left behind is in its process group. */
static void await(pid_t child, int seconds, struct result *r)
{
	struct timespec now, until;
	sigset_t sigchld;
	int status = 0;

	(void)sigemptyset(&sigchld);
	(void)sigaddset(&sigchld, SIGCHLD);
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	for (;;) {
		const struct timespec slice = {.tv_sec = 1};
		pid_t ended = waitpid(child, &status, WNOHANG);

		if (ended == child)
			break;
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
		if (ended < 0 || now.tv_sec > until.tv_sec) {
			r->end = r->end == END_NONE ? END_HUNG : r->end;
			(void)kill(-child, SIGKILL);
			(void)kill(child, SIGKILL);
			(void)waitpid(child, &status, 0);
			return;
		}
		(void)sigtimedwait(&sigchld, NULL, &slice);
	}
	(void)kill(-child, SIGKILL);
	if (r->end == END_NONE) {
		r->end = WIFSIGNALED(status) ? END_DIED : END_LOST;
		r->errnum = WIFSIGNALED(status) ? WTERMSIG(status) : status;
	}
}

static _Noreturn void work(unsigned worker)
{
	for (job.current = worker; job.current < job.mutants.count; job.current += job.workers) {
		const struct mutant *m = &job.mutants.mutant[job.current];
		struct result *r = &job.results[job.current];
		pid_t child;

		evaluate(m, r); /* first: it brings the plan, which the oracle looks at */
		if (m->how < MUTANT_NOT_LOADED)
			ask_oracle(&job.mutants.mutant[0], m, r);
		else
			r->loadable = r->covered = true; /* the bytes are right */
		child = fork();
		if (child == 0)
			live(r);
		if (child < 0)
			r->end = END_LOST;
		else
			await(child, m->how == MUTANT_PAIR ? SECONDS_SHORT : job.seconds, r);
	}
	_exit(0);
}

/* --- A policy ------------------------------------------------------------------------------------------------------ */

/* Compiled without each of its rules in turn; judged by the whole. */
static void add_rule_mutants(void)
{
	static struct policy less;
	static struct program program;

	for (size_t out = 0; out < job.loaded.policy.nrules; out++) {
		struct mutant m = {.how = MUTANT_RULE, .at = (uint32_t)out, .filter = program.filter};
		size_t rule;
		int error;

		less = job.loaded.policy;
		memmove(&less.rules[out], &less.rules[out + 1], (less.nrules - out - 1) * sizeof less.rules[0]);
		less.nrules--;
		if (filter_compile(&less, &program, &rule, &error) != FILTER_OK) {
			printf("Bail out! %s: cannot be compiled without rule %zu\n", job.path, out);
			exit(2);
		}
		m.length = program.length;
		mutants_add(&job.mutants, &m);
	}
}

static void make_mutants(bool full)
{
	const struct program *original = &job.loaded.program;
	struct mutant as_it_is = {.filter = job.loaded.program.filter, .length = original->length};

	mutants_start(&job.mutants, original->filter, original->length);
	mutants_of_program(&job.mutants, original->filter, original->length);
	if (full)
		mutants_pairs(&job.mutants, original->filter, original->length, PAIRS);
	add_rule_mutants();
	as_it_is.how = MUTANT_NOT_LOADED;
	mutants_add(&job.mutants, &as_it_is);
	as_it_is.how = MUTANT_OTHER_THREAD;
	mutants_add(&job.mutants, &as_it_is);
}

static bool is_refused_live(const struct result *r)
{
	return r->end == END_REFUSED || r->end == END_DIED || r->end == END_HUNG ||
	       (r->end == END_VERDICT && r->outcome == OUTCOME_FAIL);
}

static void show(const char *what, const struct mutant *m, const struct result *r)
{
	static const char *const ends[] = {"not run", "verdict", "not loaded", "the judge died", "hung", "lost"};
	const uint32_t *w = r->call;

	printf("# %s: %s: %s, at %u, %u:", what, job.path, mutant_how[m->how], m->at, m->detail);
	if (m->how < MUTANT_NOT_LOADED && r->loadable && !r->equivalent && !r->unknown)
		printf(" arch %x number %u, arguments (halves) %x %x %x %x %x %x %x %x %x %x %x %x, gets %x, not %x;",
		       w[1], w[0], w[4], w[5], w[6], w[7], w[8], w[9], w[10], w[11], w[12], w[13], w[14], w[15],
		       oracle_run(m->filter, m->length, w),
		       oracle_run(job.mutants.mutant[0].filter, job.mutants.mutant[0].length, w));
	printf(" evaluation %s, live: %s, %s, %s, errno %d\n", r->evaluated_other ? "refuses" : "passes", ends[r->end],
	       outcome_name((enum outcome)r->outcome), reason_name((enum reason)r->reason), r->errnum);
}

struct tally {
	size_t mutants, equivalent, unloadable;
	size_t other, refused; /* by evaluation */
	size_t covered, refused_live, died, hung;
	size_t unreal,
	    unreal_passed;  /* that differ for an architecture that no such kernel has; the evaluation passes those */
	size_t passed_live; /* not covered, not equivalent, and the live rounds alone pass them */
	size_t survivors, false_alarms, disagreements, broken;
	size_t of[MUTANT_HOWS];
	uint64_t calls;
};

static void complain(size_t *count, const char *what, const struct mutant *m, const struct result *r)
{
	if (++*count <= SURVIVORS_SHOWN)
		show(what, m, r);
}

static void judge_one(const struct mutant *m, const struct result *r, struct tally *t)
{
	const bool program = m->how < MUTANT_NOT_LOADED; /* else its bytes are the original's */
	const bool taken = r->end != END_REFUSED;

	t->mutants++;
	t->of[m->how]++;
	t->calls += r->calls;
	t->equivalent += r->equivalent;
	t->unloadable += !r->loadable;
	t->died += r->end == END_DIED;
	t->hung += r->end == END_HUNG;
	if (r->unknown || r->hole || r->end == END_NONE || r->end == END_LOST) {
		complain(&t->broken, r->hole ? "a hole in the enumeration" : "this test failed at", m, r);
		return;
	}
	if (program && (r->loadable != taken || r->loadable != r->accepted))
		complain(&t->disagreements, "the kernel, the judge and the oracle disagree on loading", m, r);
	if (r->equivalent) {
		if (r->evaluated_other || is_refused_live(r))
			complain(&t->false_alarms, "refused though equivalent", m, r);
		return;
	}
	if (r->unreal) {
		t->unreal++;
		t->unreal_passed += !r->evaluated_other;
		return;
	}
	if (program) {
		t->other++;
		t->refused += r->evaluated_other;
		if (!r->evaluated_other)
			complain(&t->survivors, "survivor of the evaluation", m, r);
	}
	if (r->covered) {
		t->covered++;
		t->refused_live += is_refused_live(r);
		if (!is_refused_live(r))
			complain(&t->survivors, "survivor of the live rounds", m, r);
	} else {
		t->passed_live += !is_refused_live(r);
	}
}

/* Rounded down: 100 is all of them. The static programs' printf(3) has no floats (deps/patches/musl). */
static size_t percent(size_t part, size_t whole)
{
	return whole ? 100 * part / whole : 0;
}

static void print_figure(const char *what, const struct tally *t)
{
	printf(
	    "# figure: mutation: %s%zu mutants, %zu equivalent by enumeration, refused %zu of %zu by evaluation (%zu "
	    "%%), refused %zu of %zu by the live rounds (%zu %%)\n",
	    what, t->mutants, t->equivalent, t->refused, t->other, percent(t->refused, t->other), t->refused_live,
	    t->covered, percent(t->refused_live, t->covered));
}

static void print_details(const char *what, const struct tally *t)
{
	printf(
	    "# %s%zu are no programs to the kernel; %zu killed the judge, %zu kept it from an end; no probe can see %zu, "
	    "which the live rounds alone pass; %zu differ for no architecture that this kernel has (not counted above; the "
	    "evaluation passes %zu of them); %llu calls enumerated\n",
	    what, t->unloadable, t->died, t->hung, t->passed_live, t->unreal, t->unreal_passed,
	    (unsigned long long)t->calls);
	for (unsigned how = 0; how < MUTANT_HOWS; how++)
		if (t->of[how])
			printf("#   %-36s %6zu\n", mutant_how[how], t->of[how]);
}

static bool run_workers(void)
{
	pid_t pids[WORKERS_MAX];
	bool sound = true;

	fflush(stdout);
	for (unsigned i = 0; i < job.workers; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			work(i);
		sound = sound && pids[i] > 0;
	}
	for (unsigned i = 0; i < job.workers; i++) {
		int status = 0;

		if (pids[i] > 0)
			sound = waitpid(pids[i], &status, 0) == pids[i] && WIFEXITED(status) &&
			        WEXITSTATUS(status) == 0 && sound;
	}
	return sound;
}

static void add_tally(struct tally *sum, const struct tally *t)
{
	sum->mutants += t->mutants;
	sum->equivalent += t->equivalent;
	sum->unloadable += t->unloadable;
	sum->other += t->other;
	sum->refused += t->refused;
	sum->covered += t->covered;
	sum->refused_live += t->refused_live;
	sum->died += t->died;
	sum->hung += t->hung;
	sum->unreal += t->unreal;
	sum->unreal_passed += t->unreal_passed;
	sum->passed_live += t->passed_live;
	sum->calls += t->calls;
	for (unsigned how = 0; how < MUTANT_HOWS; how++)
		sum->of[how] += t->of[how];
}

static bool say(bool ok, const char *what)
{
	static unsigned number;

	printf("%sok %u - %s: %s\n", ok ? "" : "not ", ++number, job.path, what);
	return ok;
}

#define CHECKS 5

static bool try_policy(bool full, bool verbose, struct tally *sum)
{
	struct tally t;
	char why[REFUSAL_MAX], name[64];
	const struct result *original;
	size_t size;
	bool sound;

	memset(&t, 0, sizeof t);
	memset(&job.loaded, 0, sizeof job.loaded);
	if (!loaded_read(&job.loaded, job.path, SEVERITY_WARNING) || !loaded_compile(&job.loaded, why)) {
		printf("Bail out! %s: no sound policy\n", job.path);
		exit(2);
	}
	make_mutants(full);
	size = job.mutants.count * sizeof *job.results;
	if (!mutants_share(&job.mutants)) {
		perror("mutate");
		exit(2);
	}
	job.results = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (job.results == MAP_FAILED) {
		perror("mutate");
		exit(2);
	}
	sound = run_workers();
	for (size_t i = 1; i < job.mutants.count; i++)
		judge_one(&job.mutants.mutant[i], &job.results[i], &t);
	if (verbose)
		for (size_t i = 1; i < job.mutants.count; i++)
			if (job.results[i].end == END_HUNG || job.results[i].end == END_DIED)
				show("no verdict", &job.mutants.mutant[i], &job.results[i]);
	snprintf(name, sizeof name, "%s: ", strrchr(job.path, '/') ? strrchr(job.path, '/') + 1 : job.path);
	print_figure(name, &t);
	print_details("", &t);
	original = &job.results[0];
	if (original->end != END_VERDICT || original->outcome != OUTCOME_PASS)
		show("the original", &job.mutants.mutant[0], original);
	sound = say(sound && original->equivalent && !original->evaluated_other && original->end == END_VERDICT &&
	                original->outcome == OUTCOME_PASS,
	            "the original passes by evaluation and live") &
	        sound;
	sound = say(t.broken == 0 && t.of[MUTANT_CONSTANT] > 30 * (job.loaded.program.length - 10) &&
	                t.equivalent > 0 && t.covered > t.mutants / 2 && t.hung <= t.mutants / 500,
	            "every mutant was made, enumerated and tried") &
	        sound;
	sound =
	    say(t.survivors == 0 && t.refused == t.other && t.refused_live == t.covered, "no mutant survives") & sound;
	sound = say(t.false_alarms == 0, "no equivalent mutant is refused") & sound;
	sound = say(t.disagreements == 0, "the judge takes for a program what the kernel does") & sound;
	add_tally(sum, &t);
	(void)munmap(job.results, size);
	mutants_free(&job.mutants);
	return sound;
}

/*
 * Some mutants have a call meet another one's condition, on an argument that is a pointer here: whether it does would be left
 * to where this program happens to lie, and eleven mutants of kinds.ini either had the judge die or hang, all of them or
 * none. Where the kernel does not let it be fixed, so it stays.
 */
static void lie_at_fixed_addresses(char *argv[])
{
	const int now = personality(0xffffffff); /* asks */

	if (now >= 0 && !(now & ADDR_NO_RANDOMIZE) && personality((unsigned long)now | ADDR_NO_RANDOMIZE) >= 0)
		(void)execv("/proc/self/exe", argv);
}

int main(int argc, char *argv[])
{
	const struct rlimit no_core = {0, 0};
	struct tally sum;
	bool full = false, verbose = false, sound = true;
	sigset_t sigchld;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int first = 1;

	lie_at_fixed_addresses(argv);
	memset(&sum, 0, sizeof sum);
	for (; first < argc && argv[first][0] == '-'; first++) {
		full = full || strcmp(argv[first], "--full") == 0;
		verbose = verbose || strcmp(argv[first], "--verbose") == 0;
	}
	job.seconds = full ? SECONDS_FULL : SECONDS_SHORT;
	job.workers = processors < 1 ? 1 : processors > WORKERS_MAX ? WORKERS_MAX : (unsigned)processors;
	(void)sigemptyset(&sigchld);
	(void)sigaddset(&sigchld, SIGCHLD);
	/* Mutants kill, and a dump of each would be a nuisance. Children that a mutant's judge left come to this process. */
	if (setrlimit(RLIMIT_CORE, &no_core) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    sigprocmask(SIG_BLOCK, &sigchld, NULL) != 0) {
		perror("mutate");
		return 2;
	}
	printf("1..%d\n", CHECKS * (argc - first));
	for (; first < argc; first++) {
		job.path = argv[first];
		sound = try_policy(full, verbose, &sum) && sound;
	}
	print_figure("", &sum);
	return sound ? 0 : 1;
}
