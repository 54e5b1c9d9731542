/* SPDX-License-Identifier: MIT */
/* futex(2): errors, wake counts, keys, requeue, times, the robust list. */
#include "t.h"
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#include <stddef.h>

/* linux/futex.h, which not every C library brings along. */
enum {
	FUTEX_WAIT,
	FUTEX_WAKE,
	FUTEX_FD,
	FUTEX_REQUEUE,
	FUTEX_CMP_REQUEUE,
	FUTEX_WAKE_OP,
	FUTEX_WAIT_BITSET = 9,
	FUTEX_WAKE_BITSET,
	FUTEX_PRIVATE_FLAG = 128,
	FUTEX_CLOCK_REALTIME = 256,
};
enum {
	FUTEX_OP_SET,
	FUTEX_OP_ADD,
	FUTEX_OP_OR,
	FUTEX_OP_ANDN,
	FUTEX_OP_XOR,
	FUTEX_OP_OPARG_SHIFT = 8,
};
enum {
	FUTEX_OP_CMP_EQ,
	FUTEX_OP_CMP_NE,
	FUTEX_OP_CMP_LT,
	FUTEX_OP_CMP_LE,
	FUTEX_OP_CMP_GT,
	FUTEX_OP_CMP_GE,
};
#define FUTEX_OP(op, oparg, cmp, cmparg)                                       \
	((unsigned)(op) << 28 | (unsigned)(cmp) << 24 |                        \
	 ((unsigned)(oparg)&0xfff) << 12 | ((unsigned)(cmparg)&0xfff))
#define FUTEX_WAITERS	 0x80000000u
#define FUTEX_OWNER_DIED 0x40000000u
struct robust_list {
	void *next;
};
struct robust_list_head {
	struct robust_list list;
	long futex_offset;
	void *list_op_pending;
};

/* The same on every C library: no cancellation, no time conversions. */
static long futex(void *uaddr, int op, unsigned val, const void *time,
		  void *uaddr2, unsigned val3)
{
	return syscall(SYS_futex, uaddr, op, val, time, uaddr2, val3);
}

#define FUTEX_NR(n) ((void *)(uintptr_t)(n))

static uint32_t *shared_page(void)
{
	void *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		exit(99);
	return p;
}

static void nap(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static double now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* A child that waits; its status is 0 for a wake-up, else errno. */
static pid_t waiter_for(uint32_t *word, int op, unsigned bits)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(futex(word, op, *word, NULL, NULL, bits) ? errno : 0);
	return pid;
}

static int status_of(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -status;
}

static void addresses(void)
{
	uint32_t *w = shared_page();
	char *ro = anon(PAGE, PROT_READ), *none = anon(PAGE, PROT_NONE);
	char *gone = anon(PAGE, PROT_READ), *text = (char *)(void *)addresses;
	uint32_t *odd = (void *)((char *)w + 2);

	munmap(gone, PAGE);
	for (int i = 0; i < 2; i++) {
		int priv = i ? FUTEX_PRIVATE_FLAG : 0;
		const char *kind = i ? "private" : "shared";

		is(futex(odd, FUTEX_WAIT | priv, 0, NULL, NULL, 0), -1, EINVAL,
		   "%s: wait at an odd address", kind);
		is(futex(odd, FUTEX_WAKE | priv, 1, NULL, NULL, 0), -1, EINVAL,
		   "%s: wake at an odd address", kind);
		is(futex(gone, FUTEX_WAIT | priv, 0, NULL, NULL, 0), -1, EFAULT,
		   "%s: wait where nothing is", kind);
		is(futex(gone, FUTEX_WAKE | priv, 1, NULL, NULL, 0), i ? 0 : -1,
		   EFAULT, "%s: wake where nothing is", kind);
		is(futex(none, FUTEX_WAIT | priv, 0, NULL, NULL, 0), -1, EFAULT,
		   "%s: wait without rights", kind);
		is(futex(none, FUTEX_WAKE | priv, 1, NULL, NULL, 0), i ? 0 : -1,
		   EFAULT, "%s: wake without rights", kind);
		is(futex(ro, FUTEX_WAIT | priv, 1, NULL, NULL, 0), -1,
		   i ? EAGAIN : EFAULT, "%s: wait in the zero page", kind);
		is(futex(ro, FUTEX_WAKE | priv, 1, NULL, NULL, 0), i ? 0 : -1,
		   EFAULT, "%s: wake in the zero page", kind);
		text = (char *)((uintptr_t)text & ~3UL);
		is(futex(text, FUTEX_WAIT | priv, 0, NULL, NULL, 0), -1, EAGAIN,
		   "%s: wait in the program's text", kind);
		is(futex(text, FUTEX_WAKE | priv, 1, NULL, NULL, 0), 0, 0,
		   "%s: wake in the program's text", kind);
		is(futex((void *)-4096L, FUTEX_WAKE | priv, 1, NULL, NULL, 0),
		   -1, EFAULT, "%s: wake in the kernel", kind);
		is(futex((void *)0xffff888000000000, FUTEX_WAIT | priv, 1, NULL,
			 NULL, 0),
		   -1, EFAULT, "%s: wait in the kernel", kind);
		is(futex(NULL, FUTEX_WAIT | priv, 1, NULL, NULL, 0), -1, EFAULT,
		   "%s: wait at NULL", kind);
		is(futex(w, FUTEX_WAIT | priv, 1, NULL, NULL, 0), -1, EAGAIN,
		   "%s: another value", kind);
		is(futex(w, FUTEX_WAKE | priv, 1, NULL, NULL, 0), 0, 0,
		   "%s: nobody to wake", kind);
		is(futex(w, FUTEX_WAKE_OP | priv, 1, FUTEX_NR(1), ro, 0), -1,
		   EFAULT, "%s: wake_op on a read-only word", kind);
		is(futex(w, FUTEX_WAKE_OP | priv, 1, FUTEX_NR(1), gone, 0), -1,
		   EFAULT, "%s: wake_op on nothing", kind);
		is(futex(w, FUTEX_WAKE_OP | priv, 1, FUTEX_NR(1), odd, 0), -1,
		   EINVAL, "%s: wake_op on an odd address", kind);
		is(futex(w, FUTEX_REQUEUE | priv, 1, FUTEX_NR(1), odd, 0), -1,
		   EINVAL, "%s: requeue to an odd address", kind);
		is(futex(gone, FUTEX_CMP_REQUEUE | priv, 1, FUTEX_NR(1), w, 0),
		   -1, EFAULT, "%s: cmp_requeue from nothing", kind);
	}
	munmap(w, PAGE);
	munmap(ro, PAGE);
	munmap(none, PAGE);
}

static void arguments(void)
{
	static const int pi[] = { FUTEX_FD, 13 + 1, 40, 127 };
	uint32_t *w = shared_page();
	struct timespec bad = { 0, 1000000000 }, neg = { -1, 0 },
			zero = { 0, 0 };

	for (unsigned i = 0; i < sizeof(pi) / sizeof(*pi); i++)
		is(futex(w, pi[i], 0, NULL, NULL, 0), -1, ENOSYS,
		   "operation %d", pi[i]);
	is(futex(w, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0), -1, EINVAL,
	   "wait for no bit");
	is(futex(w, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0), -1, EINVAL,
	   "wake no bit");
	is(futex(w, FUTEX_WAIT, 0, &bad, NULL, 0), -1, EINVAL,
	   "a thousand million nanoseconds");
	is(futex(w, FUTEX_WAIT, 0, &neg, NULL, 0), -1, EINVAL,
	   "a negative time");
	is(futex(w, FUTEX_WAIT, 0, (void *)8, NULL, 0), -1, EFAULT,
	   "a time that is not there");
	is(futex(w, FUTEX_WAIT, 1, &bad, NULL, 0), -1, EINVAL,
	   "the time is looked at before the value");
	is(futex(w, FUTEX_WAIT, 1, &zero, NULL, 0), -1, EAGAIN,
	   "the value is looked at before it passes");
	is(futex(w, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0, &zero, NULL, 0), -1,
	   ENOSYS, "FUTEX_WAIT has no wall clock");
	is(futex(w, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1, NULL, NULL, 0), -1,
	   ENOSYS, "FUTEX_WAKE has no clock at all");
	is(futex(w, FUTEX_REQUEUE, 1, FUTEX_NR(-1), w + 1, 0), -1, EINVAL,
	   "requeue less than nothing");
	is(futex(w, FUTEX_REQUEUE, -1u, FUTEX_NR(1), w + 1, 0), -1, EINVAL,
	   "wake less than nothing");
	is(futex(w, FUTEX_CMP_REQUEUE, 1, FUTEX_NR(1), w + 1, 7), -1, EAGAIN,
	   "cmp_requeue of another value");
	is(futex(w, FUTEX_CMP_REQUEUE, 1, FUTEX_NR(1), w + 1, 0), 0, 0,
	   "cmp_requeue of nobody");
	munmap(w, PAGE);
}

static void times(void)
{
	uint32_t *w = shared_page();
	struct timespec ts = { 0, 30000000 };
	double start = now(CLOCK_MONOTONIC);

	is(futex(w, FUTEX_WAIT, 0, &ts, NULL, 0), -1, ETIMEDOUT,
	   "a time from now passes");
	T(now(CLOCK_MONOTONIC) - start >= 0.03, "not too soon");
	ts.tv_nsec = 0;
	is(futex(w, FUTEX_WAIT, 0, &ts, NULL, 0), -1, ETIMEDOUT, "no time");
	is(futex(w, FUTEX_WAIT_BITSET, 0, &ts, NULL, 1), -1, ETIMEDOUT,
	   "a time long ago");
	clock_gettime(CLOCK_MONOTONIC, &ts);
	start = now(CLOCK_MONOTONIC);
	ts.tv_sec += ts.tv_nsec >= 950000000;
	ts.tv_nsec = (ts.tv_nsec + 50000000) % 1000000000;
	is(futex(w, FUTEX_WAIT_BITSET, 0, &ts, NULL, 1), -1, ETIMEDOUT,
	   "a time of the monotonic clock");
	T(now(CLOCK_MONOTONIC) - start >= 0.049, "not too soon");
	clock_gettime(CLOCK_REALTIME, &ts);
	start = now(CLOCK_MONOTONIC);
	ts.tv_sec += ts.tv_nsec >= 950000000;
	ts.tv_nsec = (ts.tv_nsec + 50000000) % 1000000000;
	is(futex(w, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &ts, NULL, 1),
	   -1, ETIMEDOUT, "a time of the wall clock");
	T(now(CLOCK_MONOTONIC) - start >= 0.045, "not too soon");
	munmap(w, PAGE);
}

static volatile int alarms;

static void on_alarm(int sig)
{
	(void)sig;
	if (++alarms == 2)
		setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL);
}

static void signals(void)
{
	uint32_t *w = shared_page();
	struct itimerval it = { { 0, 20000 }, { 0, 20000 } };
	struct sigaction sa = { .sa_handler = on_alarm };
	struct timespec ts = { 10, 0 };
	double start;
	pid_t pid;

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	is(futex(w, FUTEX_WAIT, 0, NULL, NULL, 0), -1, EINTR,
	   "a handler ends a wait");
	is(futex(w, FUTEX_WAIT, 0, &ts, NULL, 0), -1, EINTR,
	   "a handler ends a wait with a time");
	sa.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &sa, NULL);
	alarms = 0;
	setitimer(ITIMER_REAL, &it, NULL);
	is(futex(w, FUTEX_WAIT, 0, &ts, NULL, 0), -1, EINTR,
	   "with a time even if it asks for a restart");
	setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		setitimer(ITIMER_REAL, &it, NULL);
		_exit(futex(w, FUTEX_WAIT, 0, NULL, NULL, 0) ? errno : 0);
	}
	nap(100);
	is(futex(w, FUTEX_WAKE, 1, NULL, NULL, 0), 1, 0,
	   "without a time it is restarted");
	is(status_of(pid), 0, 0, "and woken");

	start = now(CLOCK_MONOTONIC);
	pid = fork();
	if (!pid) {
		ts = (struct timespec){ 0, 300000000 };
		_exit(futex(w, FUTEX_WAIT, 0, &ts, NULL, 0) ? errno : 0);
	}
	until_asleep(pid);
	kill(pid, SIGSTOP);
	waitpid(pid, NULL, WUNTRACED);
	nap(50);
	kill(pid, SIGCONT);
	is(status_of(pid), ETIMEDOUT, 0, "a stop does not end a wait");
	T(now(CLOCK_MONOTONIC) - start < 0.7, "nor make it longer");

	pid = waiter_for(w, FUTEX_WAIT, 0);
	until_asleep(pid);
	kill(pid, SIGKILL);
	is(status_of(pid), -SIGKILL, 0, "a waiter can be killed");
	is(futex(w, FUTEX_WAKE, 9, NULL, NULL, 0), 0, 0, "and has left");
	munmap(w, PAGE);
}

static void counts(void)
{
	uint32_t *w = shared_page();
	pid_t pid[4];

	for (int i = 0; i < 4; i++) {
		pid[i] = waiter_for(w, FUTEX_WAIT, 0);
		until_asleep(pid[i]);
	}
	is(futex(w, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 9, NULL, NULL, 0), 0, 0,
	   "a private wake does not see shared waiters");
	is(futex(w + 1, FUTEX_WAKE, 9, NULL, NULL, 0), 0, 0,
	   "nor does one of the next word");
	is(futex(w, FUTEX_WAKE, 1, NULL, NULL, 0), 1, 0, "wake one of four");
	is(status_of(pid[0]), 0, 0, "the first is woken first");
	is(futex(w, FUTEX_WAKE, 0, NULL, NULL, 0), 1, 0, "0 counts as one");
	is(status_of(pid[1]), 0, 0, "the second");
	is(futex(w, FUTEX_WAKE, 0x7fffffff, NULL, NULL, 0), 2, 0,
	   "wake the others");
	is(status_of(pid[2]), 0, 0, "the third");
	is(status_of(pid[3]), 0, 0, "the fourth");
	for (int i = 0; i < 4; i++) {
		pid[i] = waiter_for(w, FUTEX_WAIT_BITSET, 1u << i);
		until_asleep(pid[i]);
	}
	is(futex(w, FUTEX_WAKE_BITSET, 9, NULL, NULL, 16), 0, 0, "no such bit");
	is(futex(w, FUTEX_WAKE_BITSET, 9, NULL, NULL, 4), 1, 0, "one bit");
	is(status_of(pid[2]), 0, 0, "its waiter");
	is(futex(w, FUTEX_WAKE_BITSET, 1, NULL, NULL, 10), 1, 0, "two bits");
	is(status_of(pid[1]), 0, 0, "the first of them");
	is(futex(w, FUTEX_WAKE, 9, NULL, NULL, 0), 2, 0, "every bit");
	is(status_of(pid[0]), 0, 0, "one");
	is(status_of(pid[3]), 0, 0, "and the other");
	munmap(w, PAGE);
}

/* A waiter at @a is woken at @b. */
static void meet(uint32_t *a, uint32_t *b, int expected, const char *what)
{
	pid_t pid = waiter_for(a, FUTEX_WAIT, 0);

	until_asleep(pid);
	is(futex(b, FUTEX_WAKE, 1, NULL, NULL, 0), expected, 0, "%s", what);
	if (!expected)
		kill(pid, SIGKILL);
	is(status_of(pid), expected ? 0 : -SIGKILL, 0, "its waiter");
}

static void *map(int fd, int page, int prot, int flags)
{
	void *p =
		mmap(NULL, PAGE, prot, flags, fd, (off_t)((size_t)page * PAGE));

	if (p == MAP_FAILED)
		exit(97);
	return p;
}

static void keys(void)
{
	const int RW = PROT_READ | PROT_WRITE;
	int fd = (int)syscall(SYS_memfd_create, "m", 0);
	int file = open("futex.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
	uint32_t *a, *b, *c, *p, *ro;

	ftruncate(fd, 2 * (off_t)PAGE);
	ftruncate(file, 2 * (off_t)PAGE);
	a = map(fd, 1, RW, MAP_SHARED);
	b = map(fd, 1, RW, MAP_SHARED);
	c = map(fd, 0, RW, MAP_SHARED);
	p = map(fd, 1, RW, MAP_PRIVATE);
	ro = map(fd, 1, PROT_READ, MAP_SHARED);
	meet(a, b, 1, "two mappings of a memfd");
	meet(a, c, 0, "two pages of a memfd");
	meet(a, p, 0, "a private mapping is another futex");
	meet(ro, a, 1, "a read-only mapping waits");
	meet(a, ro, 1, "a read-only mapping wakes");
	munmap(p, PAGE);
	p = map(fd, 1, PROT_READ, MAP_PRIVATE);
	meet(a, p, 1, "a private mapping that cannot be written is the file");
	ftruncate(fd, (off_t)PAGE);
	is(futex(a, FUTEX_WAKE, 1, NULL, NULL, 0), -1, EFAULT,
	   "beyond the end of the file");
	close(fd);
	meet(c, c, 1, "a memfd that is only mapped");
	munmap(a, PAGE);
	munmap(b, PAGE);
	a = map(file, 0, RW, MAP_SHARED);
	b = map(file, 0, RW, MAP_SHARED);
	unlink("futex.tmp");
	close(file);
	meet(a + 5, b + 5, 1, "two mappings of a file without a name");
	meet(a + 5, c + 5, 0, "another file");
	munmap(a, PAGE);
	munmap(b, PAGE);
	munmap(c, PAGE);
	a = (void *)anon(PAGE, RW);
	*a = 0;
	meet(a, a, 0, "private memory is each process's own");
	munmap(a, PAGE);
}

static void requeue(void)
{
	uint32_t *w = shared_page();
	pid_t pid[4];

	for (int i = 0; i < 4; i++) {
		pid[i] = waiter_for(w, FUTEX_WAIT, 0);
		until_asleep(pid[i]);
	}
	is(futex(w, FUTEX_CMP_REQUEUE, 1, FUTEX_NR(2), w + 7, 0), 3, 0,
	   "wake one, move two");
	is(status_of(pid[0]), 0, 0, "the one");
	is(futex(w + 7, FUTEX_WAKE, 1, NULL, NULL, 0), 1, 0,
	   "wake a moved one");
	is(status_of(pid[1]), 0, 0, "the first of them");
	is(futex(w + 7, FUTEX_REQUEUE, 0, FUTEX_NR(9), w, 0), 1, 0,
	   "move the other back");
	is(futex(w + 7, FUTEX_WAKE, 9, NULL, NULL, 0), 0, 0, "it has gone");
	is(futex(w, FUTEX_REQUEUE, 0, FUTEX_NR(9), w, 0), 2, 0,
	   "move both to where they are");
	is(futex(w, FUTEX_WAKE, 1, NULL, NULL, 0), 1, 0, "wake one");
	is(status_of(pid[3]), 0, 0, "who never moved is first");
	is(futex(w, FUTEX_WAKE, 9, NULL, NULL, 0), 1, 0, "wake the last");
	is(status_of(pid[2]), 0, 0, "the last");
	/* The waiter's own mapping of the second word is not needed. */
	pid[0] = waiter_for(w, FUTEX_WAIT, 0);
	until_asleep(pid[0]);
	uint32_t *other = shared_page();
	is(futex(w, FUTEX_REQUEUE, 0, FUTEX_NR(1), other, 0), 1, 0,
	   "move to what the waiter does not map");
	munmap(other, PAGE);
	kill(pid[0], SIGKILL);
	is(status_of(pid[0]), -SIGKILL, 0, "which has been unmapped since");
	munmap(w, PAGE);
}

static void wake_op(void)
{
	static const struct {
		unsigned op, before, after;
		int woken;
		const char *what;
	} t[] = {
		{ FUTEX_OP(FUTEX_OP_SET, 5, FUTEX_OP_CMP_EQ, 3), 3, 5, 2,
		  "set, equal" },
		{ FUTEX_OP(FUTEX_OP_SET, 5, FUTEX_OP_CMP_EQ, 3), 4, 5, 1,
		  "set, not equal" },
		{ FUTEX_OP(FUTEX_OP_ADD, -1, FUTEX_OP_CMP_NE, 3), 4, 3, 2,
		  "add -1, not equal" },
		{ FUTEX_OP(FUTEX_OP_OR, 6, FUTEX_OP_CMP_LT, 0), -1u, -1u, 2,
		  "or, less" },
		{ FUTEX_OP(FUTEX_OP_ANDN, 6, FUTEX_OP_CMP_LE, 7), 7, 1, 2,
		  "andn, less or equal" },
		{ FUTEX_OP(FUTEX_OP_XOR, 6, FUTEX_OP_CMP_GT, -3), 3, 5, 2,
		  "xor, greater" },
		{ FUTEX_OP(FUTEX_OP_XOR, 6, FUTEX_OP_CMP_GE, 4), 3, 5, 1,
		  "xor, not greater or equal" },
		{ FUTEX_OP(FUTEX_OP_OR | FUTEX_OP_OPARG_SHIFT, 4,
			   FUTEX_OP_CMP_EQ, 1),
		  1, 17, 2, "or of a bit by its number" },
	};
	uint32_t *w = shared_page();
	pid_t a, b;

	for (unsigned i = 0; i < sizeof(t) / sizeof(*t); i++) {
		w[1] = t[i].before;
		a = waiter_for(w, FUTEX_WAIT, 0);
		b = waiter_for(w + 1, FUTEX_WAIT, 0);
		until_asleep(a);
		until_asleep(b);
		is(futex(w, FUTEX_WAKE_OP, 1, FUTEX_NR(1), w + 1, t[i].op),
		   t[i].woken, 0, "wake_op: %s", t[i].what);
		T(w[1] == t[i].after, "the word after it");
		is(status_of(a), 0, 0, "the first waiter");
		futex(w + 1, FUTEX_WAKE, 1, NULL, NULL, 0);
		is(status_of(b), 0, 0, "the second waiter");
	}
	w[1] = 1;
	is(futex(w, FUTEX_WAKE_OP, 1, FUTEX_NR(1), w + 1, 5u << 28), -1, ENOSYS,
	   "wake_op: an unknown operation");
	is(w[1], 1, 0, "changes nothing");
	is(futex(w, FUTEX_WAKE_OP, 1, FUTEX_NR(1), w + 1,
		 (unsigned)FUTEX_OP(FUTEX_OP_SET, 9, 6, 0)),
	   -1, ENOSYS, "wake_op: an unknown comparison");
	is(w[1], 9, 0, "has changed the word");
	munmap(w, PAGE);
}

/* --- robust lists, made by hand --------------------------------------------- */

struct entry {
	struct robust_list list;
	uint32_t word;
};
#define OFFSET ((long)offsetof(struct entry, word))

static void robust_lists(void)
{
	struct robust_list_head *head, *got = NULL;
	struct entry *e;
	char *shared = (char *)shared_page();
	size_t len = 0;
	pid_t pid;

	head = (void *)shared;
	e = (void *)(shared + 256);
	is(syscall(SYS_set_robust_list, head, sizeof(*head)), 0, 0, "set");
	is(syscall(SYS_get_robust_list, 0, &got, &len), 0, 0, "get");
	T(got == head && len == 24, "what was set");
	is(syscall(SYS_get_robust_list, getpid(), &got, &len), 0, 0,
	   "get of oneself by number");
	is(syscall(SYS_get_robust_list, 0, NULL, &len), -1, EFAULT,
	   "get to nowhere");
	is(syscall(SYS_get_robust_list, 0, &got, NULL), -1, EFAULT,
	   "get the length to nowhere");
	is(syscall(SYS_get_robust_list, 0x3fffffff, &got, &len), -1, ESRCH,
	   "get of nobody");
	is(syscall(SYS_set_robust_list, head, 25), -1, EINVAL, "another size");
	if (!geteuid())
		is(in_child(setgid(1234); setuid(1234);
			    _exit(syscall(SYS_get_robust_list, getppid(), &got,
					  &len)
					  ? errno
					  : 0)),
		   EPERM << 8, 0, "get of somebody else's");
	in_child(syscall(SYS_get_robust_list, 0, &got, &len);
		 T(!got, "a child has none"));
	t_count++;
	syscall(SYS_set_robust_list, NULL, sizeof(*head));

	head->futex_offset = OFFSET;
	head->list.next = &e[0].list;
	e[0].list.next = &e[1].list;
	e[1].list.next = &e[2].list;
	e[2].list.next = &head->list;
	head->list_op_pending = &e[3].list;
	e[1].word = 1; /* init's */
	pid = fork();
	if (!pid) {
		e[0].word = (uint32_t)getpid();
		e[2].word = (uint32_t)getpid() | FUTEX_WAITERS;
		e[3].word = (uint32_t)getpid() | FUTEX_WAITERS;
		syscall(SYS_set_robust_list, head, sizeof(*head));
		futex(shared + 2048, FUTEX_WAIT, 0, NULL, NULL, 0);
	}
	until_asleep(pid);
	pid_t w = waiter_for(&e[2].word, FUTEX_WAIT, 0);
	pid_t w3 = waiter_for(&e[3].word, FUTEX_WAIT, 0);
	until_asleep(w);
	until_asleep(w3);
	kill(pid, SIGKILL);
	is(status_of(pid), -SIGKILL, 0, "the holder is killed");
	is(status_of(w), 0, 0, "who waits for it is woken");
	is(status_of(w3), 0, 0, "for the pending one as well");
	T(e[0].word == FUTEX_OWNER_DIED, "a word without waiters");
	T(e[1].word == 1, "another's word");
	T(e[2].word == (FUTEX_OWNER_DIED | FUTEX_WAITERS), "with waiters");
	T(e[3].word == (FUTEX_OWNER_DIED | FUTEX_WAITERS), "the pending one");

	in_child(e[0].word = (uint32_t)getpid();
		 syscall(SYS_set_robust_list, head, sizeof(*head));
		 execl("/proc/self/exe", "futex", "nothing", NULL));
	T(e[0].word == FUTEX_OWNER_DIED, "exec gives them up, too");
	munmap(shared, PAGE);
}

static void hostile_robust_lists(void)
{
	struct robust_list_head *head = (void *)shared_page();
	struct entry *e = (void *)((char *)head + 256);
	void *const bad[] = { NULL, (void *)8, (void *)-4096L, (void *)1,
			      (void *)0xffff888000000000 };
	char what[2] = "0";

	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++, what[0]++) {
		is(in_child(syscall(SYS_set_robust_list, bad[i], 24)), 0, 0,
		   "a head at bad address %s", what);
		head->list.next = bad[i];
		head->list_op_pending = bad[i];
		is(in_child(syscall(SYS_set_robust_list, head, 24)), 0, 0,
		   "an entry at bad address %s", what);
	}
	head->list_op_pending = NULL;
	head->futex_offset = OFFSET;
	head->list.next = &e->list;
	e->list.next = &e->list;
	is(in_child(e->word = (uint32_t)getpid();
		    syscall(SYS_set_robust_list, head, 24)),
	   0, 0, "a list without end");
	T(e->word == FUTEX_OWNER_DIED, "its entry is given up");
	head->futex_offset = OFFSET + 1;
	is(in_child(e->word = (uint32_t)getpid();
		    syscall(SYS_set_robust_list, head, 24)),
	   0, 0, "words at odd addresses");
	head->futex_offset = (long)0x8000000000000000;
	is(in_child(syscall(SYS_set_robust_list, head, 24)), 0, 0,
	   "words far away");
	munmap(head, PAGE);
}

static int thread_like(void *arg)
{
	(void)arg;
	nap(20);
	return 0;
}

static void clear_child_tid(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	static int tid;
	int pid = clone(thread_like, stack + sizeof(stack),
			CLONE_VM | CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID |
				CLONE_PARENT_SETTID | SIGCHLD,
			NULL, &tid, NULL, &tid);

	T(pid > 0 && tid == pid, "clone stores the number");
	is(futex(&tid, FUTEX_WAIT, (unsigned)pid, NULL, NULL, 0), 0, 0,
	   "the end of a task in the same memory wakes");
	is(tid, 0, 0, "and clears the word");
	status_of(pid);
}

/* Ping-pong: a lost wake-up would hang here. */
static void ping_pong(void)
{
	volatile uint32_t *w = shared_page();
	pid_t pid;

	fflush(stdout);
	pid = fork();
	for (uint32_t i = 0; i < 2000; i++) {
		uint32_t mine = pid ? 0 : 1;

		while (*w % 2 != mine)
			futex((void *)w, FUTEX_WAIT, 1 - mine + *w / 2 * 2,
			      NULL, NULL, 0);
		++*w;
		futex((void *)w, FUTEX_WAKE, 1, NULL, NULL, 0);
	}
	if (!pid)
		_exit(0);
	is(status_of(pid), 0, 0, "two processes take turns");
	is(*w, 4000, 0, "as often as they should");
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return 0;
	addresses();
	arguments();
	times();
	signals();
	counts();
	keys();
	requeue();
	wake_op();
	robust_lists();
	hostile_robust_lists();
	clear_child_tid();
	ping_pong();
	return done();
}
