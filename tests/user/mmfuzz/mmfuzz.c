/* SPDX-License-Identifier: MIT */
/*
 * mmfuzz [-q] [-C] [-c CLASSES] [-k STEP,STEP,...] FIRST[-LAST] STEPS
 * mmfuzz -p
 *
 * Random memory calls, seeded: prints each call, its result and the maps after
 * it. Linux and IKOS must print the same. -q prints only a digest of all that,
 * every EVERY steps; -k runs only the steps listed; -C prints the steps as C
 * instead of running them; -p prints the classes of calls that this system has
 * (see enum class). tools/fuzz does all this and compares.
 */
#include "mmfuzz.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define EVERY	 100
#define CHILD	 16 /* step numbers: main step i is i * CHILD */
#define MAX_KEEP 65536

unsigned int classes = BASIC;
bool as_c;
static bool quiet;

/* --- output ------------------------------------------------------------------ */

static char out[1 << 16];
static size_t out_len;
static uint64_t digest = 1469598103934665603ULL;

static void flush(void)
{
	size_t done = 0;

	while (done < out_len) {
		ssize_t n = write(1, out + done, out_len - done);

		if (n <= 0)
			_exit(96);
		done += (size_t)n;
	}
	out_len = 0;
}

static void fold(const char *s)
{
	for (; *s; s++)
		digest = (digest ^ (unsigned char)*s) * 1099511628211ULL;
}

void say(const char *fmt, ...)
{
	static char line[8192];
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	fold(line);
	if (quiet)
		return;
	n = strlen(line);
	if (out_len + n > sizeof(out))
		flush();
	memcpy(out + out_len, line, n);
	out_len += n;
}

static void checkpoint(unsigned int seed, int step)
{
	if (!quiet)
		return;
	printf("seed %u step %d digest %016llx\n", seed, step,
	       (unsigned long long)digest);
	fflush(stdout);
}

/* --- random numbers: splitmix64, started anew for each step --------------------- */

static uint64_t rnd_state;

static void rnd_start(unsigned int seed, unsigned int id)
{
	rnd_state = (uint64_t)seed << 32 | id;
	rnd(2);
	rnd(2);
}

unsigned int rnd(unsigned int n)
{
	uint64_t z = rnd_state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (unsigned int)((z ^ z >> 31) >> 11) % n;
}

/* --- which steps ---------------------------------------------------------------- */

static unsigned int keep[MAX_KEEP];
static int keeps;

static bool wanted(unsigned int id)
{
	if (!keeps)
		return true;
	for (int i = 0; i < keeps; i++)
		if (keep[i] == id)
			return true;
	return false;
}

static void parse_keep(char *s)
{
	while (*s && keeps < MAX_KEEP) {
		keep[keeps++] = (unsigned int)strtoul(s, &s, 10);
		if (*s == ',')
			s++;
	}
}

/* --- steps ----------------------------------------------------------------------- */

/*
 * A child that waits for its turn: it was forked some steps ago, the parent
 * has gone on with the same pages, and when the gate opens it runs its steps.
 */
static struct {
	pid_t pid;
	int gate;
} later;
struct shared *shared;

static void one_call(unsigned int seed, unsigned int id)
{
	rnd_start(seed, id);
	say(as_c ? "/* %u */" : "%u: ", id);
	random_call();
	if (as_c)
		return;
	say(" |");
	print_maps();
	if (id % (8 * CHILD) == 0)
		print_counters();
	if (id % (64 * CHILD) == 0)
		print_contents();
}

/* The steps of a child, and its end. */
static void be_child(unsigned int seed, unsigned int id, int gate, int steps)
{
	char byte;

	if (gate >= 0 && read(gate, &byte, 1) != 1)
		_exit(1);
	for (int j = 1; j <= steps; j++)
		if (wanted(id + (unsigned int)j))
			one_call(seed, id + (unsigned int)j);
	print_contents();
	flush();
	shared->digest = digest;
	_exit(0);
}

static void join_child(pid_t pid)
{
	char s[64];
	int status = -1;

	waitpid(pid, &status, 0);
	snprintf(s, sizeof(s), "child: status %x digest %llx\n", status,
		 (unsigned long long)shared->digest);
	fold(s);
	if (!quiet && status)
		say("%s", s);
}

static void finish_later(void)
{
	if (as_c && later.gate)
		say("\tjoin();\n");
	if (later.pid) {
		if (write(later.gate, "", 1) != 1)
			_exit(95);
		close(later.gate);
		join_child(later.pid);
	}
	later.pid = later.gate = 0;
}

/* The same as C: the child's steps between braces. */
static void fork_as_c(unsigned int seed, unsigned int id, bool hold, int steps)
{
	finish_later();
	say("\tif (!fork()) {\n%s", hold ? "\thold();\n" : "");
	for (int j = 1; j <= steps; j++)
		if (wanted(id + (unsigned int)j))
			one_call(seed, id + (unsigned int)j);
	say("\t_exit(0); }\n");
	if (hold)
		later.gate = 1;
	else
		say("\twait(NULL);\n");
}

static void fork_step(unsigned int seed, unsigned int id)
{
	bool hold = rnd(2);
	int steps = 1 + (int)rnd(CHILD - 2), gate[2] = { -1, -1 };
	pid_t pid;

	if (as_c) {
		fork_as_c(seed, id, hold, steps);
		return;
	}
	finish_later();
	say("%u: fork\n", id);
	flush();
	if (hold && pipe(gate))
		_exit(94);
	pid = fork();
	if (pid < 0) {
		say("fork failed: errno %d\n", errno);
		return;
	}
	if (!pid) {
		close(gate[1]);
		be_child(seed, id, gate[0], steps);
	}
	if (hold) {
		close(gate[0]);
		later.pid = pid;
		later.gate = gate[1];
	} else {
		join_child(pid);
	}
}

static void run_seed(unsigned int seed, int steps)
{
	state_init();
	for (int i = 1; i <= steps; i++) {
		unsigned int id = (unsigned int)i * CHILD;

		if (wanted(id)) {
			rnd_start(seed + 77777, id);
			if (rnd(24) == 0)
				fork_step(seed, id);
			else
				one_call(seed, id);
		}
		if (i % EVERY == 0)
			checkpoint(seed, i);
	}
	finish_later();
	if (!as_c) {
		print_maps();
		print_contents();
	}
	checkpoint(seed, steps);
	flush();
}

/* Each seed in a process of its own. */
static int run_seeds(unsigned int first, unsigned int last, int steps)
{
	int bad = 0;

	for (unsigned int seed = first; seed <= last; seed++) {
		int status = -1;
		pid_t pid;

		fflush(stdout);
		pid = fork();
		if (!pid) {
			alarm(300);
			run_seed(seed, steps);
			_exit(0);
		}
		waitpid(pid, &status, 0);
		if (status) {
			printf("seed %u: status %x\n", seed, status);
			bad = 1;
		}
	}
	return bad;
}

/* --- which classes are there ------------------------------------------------------ */

static bool has(long nr, long a, long b, long c, long d, long e)
{
	return syscall(nr, a, b, c, d, e) >= 0 || errno != ENOSYS;
}

static bool advises(int advice)
{
	char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return syscall(SYS_madvise, p, PAGE, advice) == 0;
}

static unsigned int probe_classes(void)
{
	unsigned int c = BASIC | BREAK | TRUNCATE | LIMIT;

	if (advises(MADV_DONTNEED) && advises(MADV_DONTFORK))
		c |= ADVICE;
	if (advises(MADV_SEQUENTIAL) && advises(22) && advises(MADV_COLD))
		c |= ADVICES;
	if (has(SYS_mremap, 0, 0, 0, 0, 0))
		c |= REMAP;
	if (has(SYS_mlock, 0, 0, 0, 0, 0) && has(SYS_mlock2, 0, 0, 0, 0, 0))
		c |= LOCK;
	if (has(SYS_munlockall, 0, 0, 0, 0, 0))
		c |= LOCKALL;
	if (has(SYS_mincore, 1, 0, 0, 0, 0))
		c |= INCORE;
	if (has(SYS_msync, 1, 0, 0, 0, 0))
		c |= SYNC;
	if (has(SYS_fallocate, -1, 0, 0, 0, 0))
		c |= ALLOCATE;
	if (has(SYS_remap_file_pages, 0, 0, 0, 0, 0))
		c |= FILEPAGES;
	if (has(SYS_process_vm_readv, getpid(), 0, 0, 0, 0))
		c |= VMCOPY;
	if (has(SYS_memfd_create, 0, 0, 0, 0, 0))
		c |= MEMFD;
	return c;
}

int main(int argc, char **argv)
{
	unsigned int first, last;
	char *at;
	int opt;

	while ((opt = getopt(argc, argv, "qCpc:k:")) != -1) {
		if (opt == 'q')
			quiet = true;
		else if (opt == 'C')
			as_c = true;
		else if (opt == 'c')
			classes = (unsigned int)strtoul(optarg, NULL, 0);
		else if (opt == 'k')
			parse_keep(optarg);
		else if (opt == 'p')
			return printf("classes %#x\n", probe_classes()) < 0;
		else
			return 2;
	}
	if (argc - optind != 2)
		return 2;
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	first = last = (unsigned int)strtoul(argv[optind], &at, 10);
	if (*at == '-')
		last = (unsigned int)strtoul(at + 1, NULL, 10);
	return run_seeds(first, last, atoi(argv[optind + 1]));
}
