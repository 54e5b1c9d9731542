/* SPDX-License-Identifier: MIT */
/*
 * Running the tests that KTEST() has put into a table, and printing KTAP:
 *
 *	KTAP version 1
 *	# ktest.seed=4711
 *	1..1
 *	    KTAP version 1
 *	    # Subtest: mutex
 *	    1..2
 *	    ok 1 hands_over_in_order
 *	    # tests/kernel/test_mutex.c:12: expected: done
 *	    # to repeat: ktest ktest.seed=4711 ktest.filter=mutex.other
 *	    not ok 2 other
 *	not ok 1 mutex
 *	# Totals: pass:1 fail:1 skip:0 total:2
 *
 * Suites run in random order, and so do the tests of a suite. Around each
 * test everything that is kept for later is given back, and what is in use is
 * counted: threads, slab objects, page-table pages, free pages. A test that
 * leaves a difference fails.
 */
#include <ikos/boot.h>
#include <ikos/ktest.h>
#include <ikos/page.h>
#include <ikos/printk.h>
#include <ikos/random.h>
#include <ikos/sched.h>
#include <ikos/slab.h>
#include <ikos/smp.h>
#include <ikos/string.h>

#include "task_internal.h"

#define MAX_CACHES 96
#define LINE_MAX   256
/* How long threads that a test has left may take to end. */
#define SETTLE_NS (30 * NSEC_PER_SEC)

extern const struct ktest __ktest_start[], __ktest_end[];

struct usage {
	unsigned int threads;
	unsigned long objects, tables, free;
	unsigned long cache[MAX_CACHES]; /* objects in use, cache by cache */
};

struct ktest_run {
	const struct ktest **tests; /* chosen, in the order of running */
	size_t nr;
	unsigned long seed, random;
	unsigned int pass, fail, skip;
	struct usage before, after;
};

/* A line of output, without stamps. */
static void __printf(1, 2) say(const char *fmt, ...)
{
	static char line[LINE_MAX];
	__builtin_va_list args;

	__builtin_va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	__builtin_va_end(args);
	printk_raw(line);
}

/**
 * ktest_fail - a test's expectation does not hold
 * @t: the running test
 * @fmt: what was expected, one line
 */
void ktest_fail(struct ktest_state *t, const char *file, int line,
		const char *fmt, ...)
{
	static char text[LINE_MAX / 2];
	__builtin_va_list args;

	__builtin_va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	__builtin_va_end(args);
	say("    # %s:%d: %s\n", file, line, text);
	t->failures++;
}

/* Shell pattern with * and ?. */
static bool glob(const char *pattern, const char *s)
{
	for (; *pattern; pattern++, s++) {
		if (*pattern == '*') {
			do {
				if (glob(pattern + 1, s))
					return true;
			} while (*s++);
			return false;
		}
		if (!*s || (*pattern != '?' && *pattern != *s))
			return false;
	}
	return !*s;
}

static bool chosen(const struct ktest *test, const char *filter)
{
	char name[LINE_MAX / 2];

	snprintf(name, sizeof(name), "%s.%s", test->suite, test->name);
	return glob(filter, name) || glob(filter, test->suite);
}

/* xorshift64: the order must depend on the seed and on nothing else. */
static unsigned long next_random(struct ktest_run *run)
{
	unsigned long x = run->random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	run->random = x;
	return x;
}

static int choose_tests(struct ktest_run *run)
{
	char filter[64] = "*";

	cmdline_get("ktest.filter", filter, sizeof(filter));
	run->tests = kcalloc((size_t)(__ktest_end - __ktest_start) + 1,
			     sizeof(*run->tests), GFP_KERNEL);
	if (!run->tests)
		return -1;
	for (const struct ktest *t = __ktest_start; t < __ktest_end; t++)
		if (chosen(t, filter))
			run->tests[run->nr++] = t;
	for (size_t i = run->nr; i > 1; i--) {
		size_t other = next_random(run) % i;

		swap(run->tests[i - 1], run->tests[other]);
	}
	return 0;
}

static void choose_seed(struct ktest_run *run)
{
	char buf[24];

	if (!cmdline_get("ktest.seed", buf, sizeof(buf)) ||
	    kstrtoul(buf, 0, &run->seed))
		run->seed = get_random_u64() & 0xffffffff;
	run->random = run->seed * 0x9e3779b97f4a7c15UL | 1;
}

/* Interrupts off. */
static void drain_cpu(void *unused)
{
	sched_return_mm();
	slab_drain();
	drain_local_pages();
}

/**
 * give_back_all - give back whatever is kept for later, on all CPUs
 *
 * Address spaces that idle CPUs have borrowed, too. For leak checks.
 * Context: task, no spinlock held.
 */
void give_back_all(void)
{
	kstack_drain();
	on_each_cpu(drain_cpu, NULL);
}

static void measure(struct usage *u)
{
	struct slab_info info;

	give_back_all();
	u->threads = nr_threads_total();
	u->objects = slab_objects_in_use();
	u->tables = nr_pagetable_pages();
	u->free = nr_free_pages();
	for (unsigned int i = 0; i < MAX_CACHES; i++)
		u->cache[i] = slab_get_info(i, &info) ? info.objects : 0;
}

/* Threads that the test has told to end may not have done so. */
static void wait_for_threads(unsigned int threads)
{
	u64 end = ktime_get_ns() + SETTLE_NS;

	yield();
	/* A thread that is out of the tree may still be ending on its CPU. */
	while ((nr_threads_total() > threads || nr_running() > 1) &&
	       ktime_get_ns() < end) {
		current->state = TASK_UNINTERRUPTIBLE;
		schedule_timeout(NSEC_PER_MSEC);
	}
}

static bool same_usage(const struct usage *a, const struct usage *b)
{
	return a->threads == b->threads && a->objects == b->objects &&
	       a->tables == b->tables && a->free == b->free;
}

/* What a thread has left that has just ended on another CPU may be given back
 * between the draining there and the counting here. A leak stays. */
static void measure_after(struct ktest_run *run)
{
	u64 end = ktime_get_ns() + SETTLE_NS;

	measure(&run->after);
	while (!same_usage(&run->before, &run->after) && ktime_get_ns() < end) {
		current->state = TASK_UNINTERRUPTIBLE;
		schedule_timeout(NSEC_PER_MSEC);
		measure(&run->after);
	}
}

static void compare(struct ktest_state *t, const char *what,
		    unsigned long before, unsigned long after)
{
	if (before == after)
		return;
	say("    # leak: %s %lu before, %lu after\n", what, before, after);
	t->failures++;
}

static void check_leaks(struct ktest_state *t, struct ktest_run *run)
{
	const struct usage *a = &run->before, *b = &run->after;
	struct slab_info info;

	compare(t, "threads", a->threads, b->threads);
	compare(t, "slab objects", a->objects, b->objects);
	compare(t, "page-table pages", a->tables, b->tables);
	compare(t, "free pages", a->free, b->free);
	if (!t->failures)
		return;
	for (unsigned int i = 0; i < MAX_CACHES; i++)
		if (a->cache[i] != b->cache[i] && slab_get_info(i, &info))
			say("    # cache %s: %lu objects before, %lu after\n",
			    info.name, a->cache[i], b->cache[i]);
}

/**
 * ktest_one_cpu - until the end of the test all runs on this CPU
 *
 * The caller, and kernel threads made from now on: for tests that expect an
 * order. Context: a test; may sleep.
 */
void ktest_one_cpu(void)
{
	init_task.cpus_allowed = BIT(smp_processor_id());
	sched_set_affinity(current, init_task.cpus_allowed);
}

/* Run one test and print its line: failures. */
static int run_test(struct ktest_run *run, const struct ktest *test,
		    unsigned int nr)
{
	struct ktest_state state = { 0 };

	measure(&run->before);
	test->run(&state);
	init_task.cpus_allowed = ~0UL;
	sched_set_affinity(current, ~0UL);
	wait_for_threads(run->before.threads);
	measure_after(run);
	check_leaks(&state, run);
	if (state.failures) {
		run->fail++;
		say("    # to repeat: ktest ktest.seed=%lu ktest.filter=%s.%s\n",
		    run->seed, test->suite, test->name);
		say("    not ok %u %s\n", nr, test->name);
	} else if (state.skip_reason) {
		run->skip++;
		say("    ok %u %s # SKIP %s\n", nr, test->name,
		    state.skip_reason);
	} else {
		run->pass++;
		say("    ok %u %s\n", nr, test->name);
	}
	return state.failures;
}

static bool first_of_suite(const struct ktest_run *run, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (!strcmp(run->tests[j]->suite, run->tests[i]->suite))
			return false;
	return true;
}

/* All tests of the suite whose first test is the @first-th. */
static void run_suite(struct ktest_run *run, size_t first, unsigned int nr)
{
	const char *suite = run->tests[first]->suite;
	unsigned int count = 0, done = 0;
	int failures = 0;

	for (size_t i = first; i < run->nr; i++)
		count += !strcmp(run->tests[i]->suite, suite);
	say("    KTAP version 1\n    # Subtest: %s\n    1..%u\n", suite, count);
	for (size_t i = first; i < run->nr; i++)
		if (!strcmp(run->tests[i]->suite, suite))
			failures += run_test(run, run->tests[i], ++done);
	say("%s %u %s\n", failures ? "not ok" : "ok", nr, suite);
}

static void run_all(struct ktest_run *run)
{
	unsigned int suites = 0, nr = 0;

	for (size_t i = 0; i < run->nr; i++)
		suites += first_of_suite(run, i);
	say("KTAP version 1\n# ktest.seed=%lu\n1..%u\n", run->seed, suites);
	for (size_t i = 0; i < run->nr; i++)
		if (first_of_suite(run, i))
			run_suite(run, i, ++nr);
	say("# Totals: pass:%u fail:%u skip:%u total:%zu\n", run->pass,
	    run->fail, run->skip, run->nr);
}

/**
 * ktest_run - run the tests if the command line says "ktest"
 *
 * Context: the init task, before it becomes a program.
 * Return: how many failed, -1: none were asked for.
 */
int ktest_run(void)
{
	static struct ktest_run run;

	if (!cmdline_has("ktest"))
		return -1;
	choose_seed(&run);
	if (choose_tests(&run)) {
		say("Bail out! no memory for the list of tests\n");
		return 1;
	}
	run_all(&run);
	kfree(run.tests);
	return (int)run.fail;
}
