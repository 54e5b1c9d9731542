/* SPDX-License-Identifier: MIT */
/*
 * The traps of copying to and from programs: pipe, file, ioctl and siginfo,
 * each with a buffer that is lazy, COW, read-only, PROT_NONE, unmapped, half
 * unmapped, or crosses from one of these to another. The buffer lies over the
 * edge of two pages:
 *
 *	 base            edge
 *	|  8 pages: low  |  1 page: high  |
 *	             [ buffer ]
 */
#include "maps.h"
#include <sys/ioctl.h>

#define RW     (PROT_READ | PROT_WRITE)
#define LOW    (8 * PAGE)
#define BEFORE 12 /* bytes of the buffer before the edge */
#define LEN    24 /* bytes of the buffer where the call lets one choose */

enum {
	OK,
	SHORT,
	FAULT,
	OTHER
};

static int pipes[2], file;

static int outcome(long ret, long whole)
{
	if (ret == whole)
		return OK;
	if (ret == BEFORE)
		return SHORT;
	return ret == -1 && errno == EFAULT ? FAULT : OTHER;
}

static int pipe_read(char *buf)
{
	char text[LEN];
	int got;

	memset(text, 'j', LEN);
	if (write(pipes[1], text, LEN) != LEN)
		return OTHER;
	got = outcome(read(pipes[0], buf, LEN), LEN);
	return got == OK && memcmp(buf, text, LEN) ? OTHER : got;
}

static int pipe_write(char *buf)
{
	return outcome(write(pipes[1], buf, LEN), LEN);
}

static int file_read(char *buf)
{
	int got = outcome(pread(file, buf, LEN, 0), LEN);

	return got == OK && (buf[0] != 'f' || buf[LEN - 1] != 'f') ? OTHER
								   : got;
}

static int file_write(char *buf)
{
	return outcome(pwrite(file, buf, LEN, (off_t)PAGE), LEN);
}

/* The integer of an ioctl lies over the edge, too. */
static int ioctl_out(char *buf)
{
	int got, n;

	if (write(pipes[1], "12345", 5) != 5)
		return OTHER;
	got = outcome(ioctl(pipes[0], FIONREAD, buf + BEFORE - 2), 0);
	if (got == OK)
		memcpy(&n, buf + BEFORE - 2, sizeof(n));
	return got == OK && n != 5 ? OTHER : got;
}

static int ioctl_in(char *buf)
{
	return outcome(ioctl(pipes[0], FIONBIO, buf + BEFORE - 2), 0);
}

static int siginfo_out(char *buf)
{
	pid_t pid = fork();
	int got, who;

	if (!pid)
		_exit(0);
	got = outcome(syscall(SYS_waitid, P_PID, pid, buf, WEXITED, NULL), 0);
	if (got == OK)
		memcpy(&who, buf + 16, sizeof(who));
	return got == OK && who != pid ? OTHER : got;
}

static int siginfo_in(char *buf)
{
	signal(SIGUSR1, SIG_IGN);
	return outcome(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, buf), 0);
}

static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)context;
	_exit(info->si_signo == sig && info->si_pid == getpid() ? OK : OTHER);
}

/* The frame begins 512 bytes above the edge and is larger than that. */
static int siginfo_frame(char *buf)
{
	stack_t ss = { .ss_sp = buf + BEFORE - LOW, .ss_size = LOW + 512 };
	struct sigaction sa = { .sa_sigaction = on_signal,
				.sa_flags = SA_SIGINFO | SA_ONSTACK };

	if (sigaltstack(&ss, NULL) || sigaction(SIGUSR1, &sa, NULL))
		return OTHER;
	raise(SIGUSR1);
	return OTHER;
}

/*
 * What the pages are: l lazy, c shared by COW, r read-only, n PROT_NONE,
 * u unmapped; and what comes of it when the kernel writes there or reads.
 */
static const struct state {
	const char *name, *pages;
	int writing, reading;
} states[] = {
	{ "lazy", "ll", OK, OK },
	{ "COW", "cc", OK, OK },
	{ "read-only", "rr", FAULT, OK },
	{ "PROT_NONE", "nn", FAULT, FAULT },
	{ "unmapped", "uu", FAULT, FAULT },
	{ "half unmapped", "cu", SHORT, SHORT },
	{ "unmapped, then COW", "uc", FAULT, FAULT },
	{ "crosses from lazy to COW", "lc", OK, OK },
	{ "crosses from COW to read-only", "cr", SHORT, OK },
	{ "crosses from lazy to PROT_NONE", "ln", SHORT, SHORT },
	{ "crosses from read-only to lazy", "rl", FAULT, OK },
	{ "crosses from read-only to PROT_NONE", "rn", FAULT, SHORT },
};

static void prepare(char *p, size_t len, char what)
{
	if (what != 'l')
		for (size_t i = 0; i < len; i += PAGE)
			poke(p + i, 0);
	if (what == 'r')
		mprotect(p, len, PROT_READ);
	if (what == 'n')
		mprotect(p, len, PROT_NONE);
	if (what == 'u')
		munmap(p, len);
}

static int all_zero(char *p, size_t len, char what)
{
	if (what == 'u')
		return 1;
	mprotect(p, len, PROT_READ);
	for (size_t i = 0; i < len; i++)
		if (p[i])
			return 0;
	return 1;
}

static void try(const char *name, int (*call)(char *), int writing, int partial)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		const struct state *s = &states[i];
		int want = writing ? s->writing : s->reading, got, zero;
		char *p = anon(LOW + PAGE, RW);

		want = want == SHORT && !partial ? FAULT : want;
		prepare(p, LOW, s->pages[0]);
		prepare(p + LOW, PAGE, s->pages[1]);
		got = in_child({
			/* What is left in a pipe would disturb the next. */
			if (pipe2(pipes, O_NONBLOCK))
				_exit(OTHER);
			_exit(call(p + LOW - BEFORE));
		});
		if (WIFSIGNALED(got) && WTERMSIG(got) == SIGSEGV)
			got = FAULT; /* no room for a frame */
		else
			got = WIFEXITED(got) ? WEXITSTATUS(got) : OTHER;
		zero = all_zero(p, LOW, s->pages[0]) &&
		       all_zero(p + LOW, PAGE, s->pages[1]);
		if (!T(got == want && zero, "%s: %s", name, s->name))
			printf("# expected %d, got %d; parent's pages %s\n",
			       want, got, zero ? "stay" : "have changed");
		munmap(p, LOW + PAGE);
	}
}

int main(void)
{
	char page[PAGE];

	memset(page, 'f', PAGE);
	file = (int)syscall(SYS_memfd_create, "traps", 0);
	if (write(file, page, PAGE) != (ssize_t)PAGE)
		return 99;
	try("read of a file", file_read, 1, 1);
	try("write of a file", file_write, 0, 1);
	try("read of a pipe", pipe_read, 1, 0);
	try("write of a pipe", pipe_write, 0, 0);
	try("ioctl that gives an int", ioctl_out, 1, 0);
	try("ioctl that takes an int", ioctl_in, 0, 0);
	try("waitid that gives a siginfo", siginfo_out, 1, 0);
	try("rt_sigqueueinfo that takes a siginfo", siginfo_in, 0, 0);
	try("siginfo frame on the stack", siginfo_frame, 1, 0);
	return done();
}
