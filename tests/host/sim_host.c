/* SPDX-License-Identifier: MIT */
/*
 * The side of the harness that talks to the host: runs the tests, prints TAP,
 * gets memory. It sees libc's headers and none of the kernel's, whose names
 * collide with them; the two meet in the prototypes below.
 *
 * Every test runs in a child process: a sanitizer report or a crash costs one
 * test, and tests that break the machine on purpose need no repair.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct sim_test {
	const char *name;
	void (*run)(void);
};
extern const struct sim_test *const __start_sim_tests[];
extern const struct sim_test *const __stop_sim_tests[];

extern bool sim_autoboot;
extern unsigned long sim_ram_size;
void sim_boot(void);
void sim_test_begin(void);
void sim_test_end(void);

void sim_note(const char *fmt, ...);
void sim_fail(const char *file, int line, const char *fmt, ...);
void sim_die(const char *fmt, ...) __attribute__((noreturn));
void sim_end_test(void) __attribute__((noreturn));
void sim_skip(const char *why) __attribute__((noreturn));
int sim_failures(void);
bool sim_panic_begin(void);
void sim_panic_missed(void) __attribute__((noreturn));
void sim_panic_end(const char *text, const char *file, int line);
void sim_panicked(const char *sentence) __attribute__((noreturn));
void *sim_host_map(unsigned long size, unsigned long align);
uint64_t sim_host_seed(void);

#define EXIT_SKIPPED  77
#define EXIT_PANICKED 42
#define EXIT_MISSED   43
#define TEST_SECONDS  120

/* Shared between the runner and its children. */
static struct shared {
	char panic[512];
	char skip[128];
} * shared;

static uint64_t seed;
static int failures;
static bool expecting_panic;
static int panic_status;

/* What the sanitizers do when the environment does not say otherwise. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0:abort_on_error=0:exitcode=99";
}
const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
	return "print_stacktrace=1";
}

void sim_note(const char *fmt, ...)
{
	va_list args;

	printf("# ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
}

void sim_fail(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	failures++;
	printf("# %s:%d: ", file, line);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
}

/* In a statement that is expected to panic this counts as one: so the harness
 * can be tested with itself. */
void sim_die(const char *fmt, ...)
{
	va_list args;

	if (expecting_panic) {
		va_start(args, fmt);
		vsnprintf(shared->panic, sizeof(shared->panic), fmt, args);
		va_end(args);
		_exit(EXIT_PANICKED);
	}
	failures++;
	printf("# ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	sim_end_test();
}

void sim_end_test(void)
{
	fflush(stdout);
	_exit(failures ? 1 : 0);
}

void sim_skip(const char *why)
{
	snprintf(shared->skip, sizeof(shared->skip), "%s", why);
	fflush(stdout);
	_exit(EXIT_SKIPPED);
}

int sim_failures(void)
{
	return failures;
}

bool sim_panic_begin(void)
{
	int status;
	pid_t pid;

	fflush(stdout);
	shared->panic[0] = '\0';
	pid = fork();
	if (pid < 0)
		sim_die("fork failed");
	if (!pid) {
		/* What the sanitizers or checks say of the breakage is not
		 * this test's output. */
		int null = open("/dev/null", O_WRONLY);

		dup2(null, 2);
		expecting_panic = true;
		failures = 0;
		alarm(TEST_SECONDS);
		return true;
	}
	waitpid(pid, &status, 0);
	panic_status = WIFEXITED(status) ? WEXITSTATUS(status)
					 : 256 + WTERMSIG(status);
	return false;
}

void sim_panic_missed(void)
{
	fflush(stdout);
	_exit(EXIT_MISSED);
}

void sim_panic_end(const char *text, const char *file, int line)
{
	if (panic_status == EXIT_MISSED)
		sim_fail(file, line, "expected a panic: \"%s\"", text);
	else if (panic_status != EXIT_PANICKED)
		sim_fail(file, line, "died with status %d, not of a panic",
			 panic_status);
	else if (!strstr(shared->panic, text))
		sim_fail(file, line, "the panic says \"%s\", not \"%s\"",
			 shared->panic, text);
}

void sim_panicked(const char *sentence)
{
	if (expecting_panic) {
		snprintf(shared->panic, sizeof(shared->panic), "%s", sentence);
		_exit(EXIT_PANICKED);
	}
	failures++;
	printf("# panic: %s\n", sentence);
	fflush(stdout);
	abort();
}

void *sim_host_map(unsigned long size, unsigned long align)
{
	char *p = mmap(NULL, size + align, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return (void *)(((uintptr_t)p + align - 1) & ~(align - 1));
}

uint64_t sim_host_seed(void)
{
	return seed;
}

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void shuffle(const struct sim_test **tests, size_t n)
{
	uint64_t state = seed;

	for (size_t i = n; i > 1; i--) {
		size_t j = next_random(&state) % i;
		const struct sim_test *t = tests[i - 1];

		tests[i - 1] = tests[j];
		tests[j] = t;
	}
}

static void run_test(const struct sim_test *test)
{
	sim_test_begin();
	test->run();
	sim_test_end();
	sim_end_test();
}

/* Run @test in a child, report it as number @nr; true when it passed. */
static bool run_child(const struct sim_test *test, size_t nr, const char *prog)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		alarm(TEST_SECONDS);
		run_test(test);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIPPED) {
		printf("ok %zu - %s # SKIP %s\n", nr, test->name, shared->skip);
		return true;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		printf("ok %zu - %s\n", nr, test->name);
		return true;
	}
	if (WIFSIGNALED(status))
		printf("# killed by signal %d\n", WTERMSIG(status));
	printf("not ok %zu - %s\n# repeat: %s -s %llu -t %s\n", nr, test->name,
	       prog, (unsigned long long)seed, test->name);
	return false;
}

static void usage(const char *prog)
{
	fprintf(stderr,
		"usage: %s [-s SEED] [-t TEST] [-m MiB] [-n] [-l]\n"
		"  -s  seed of the order and of sim_random()\n"
		"  -t  only the test of that name\n"
		"  -m  simulated memory\n"
		"  -n  no child processes (for a debugger)\n"
		"  -l  list the tests\n",
		prog);
	exit(2);
}

int main(int argc, char **argv)
{
	size_t n = __stop_sim_tests - __start_sim_tests, nr = 0;
	const struct sim_test **tests = calloc(n + 1, sizeof(*tests));
	const char *only = NULL;
	bool in_process = false;
	int c, failed = 0;

	seed = (uint64_t)time(NULL) ^ ((uint64_t)getpid() << 32);
	if (getenv("SIM_SEED"))
		seed = strtoull(getenv("SIM_SEED"), NULL, 0);
	while ((c = getopt(argc, argv, "s:t:m:nl")) != -1) {
		if (c == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (c == 't')
			only = optarg;
		else if (c == 'm')
			sim_ram_size = strtoul(optarg, NULL, 0) << 20;
		else if (c == 'n')
			in_process = true;
		else if (c == 'l')
			only = "";
		else
			usage(argv[0]);
	}
	for (size_t i = 0; i < n; i++) {
		const struct sim_test *t = __start_sim_tests[i];

		if (only && !*only)
			printf("%s\n", t->name);
		else if (!only || !strcmp(only, t->name))
			tests[nr++] = t;
	}
	if (only && !*only)
		return 0;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	printf("TAP version 13\n1..%zu\n# seed %llu\n", nr,
	       (unsigned long long)seed);
	shuffle(tests, nr);
	if (sim_autoboot)
		sim_boot();
	for (size_t i = 0; i < nr; i++) {
		if (in_process)
			run_test(tests[i]);
		else if (!run_child(tests[i], i + 1, argv[0]))
			failed++;
	}
	free(tests);
	return failed || !nr;
}
