/* SPDX-License-Identifier: MIT */
/* process_vm_readv(2), process_vm_writev(2): between two address spaces. */
#include "t.h"
#include <sys/syscall.h>
#include <sys/uio.h>

/* musl's wrappers, too, pass everything on; so the kernel sees what we say. */
#define readv_vm(...)  syscall(SYS_process_vm_readv, __VA_ARGS__)
#define writev_vm(...) syscall(SYS_process_vm_writev, __VA_ARGS__)

static char *area; /* 4 pages in both: rw, r, none, hole */
static pid_t peer;
static int go[2];

/* A child that waits, with "child" at the start of the area. */
static void start_peer(void)
{
	char c;

	area = anon(4 * PAGE, PROT_READ | PROT_WRITE);
	memset(area, 'p', 4 * PAGE);
	munmap(area + 3 * PAGE, PAGE);
	mprotect(area + PAGE, PAGE, PROT_READ);
	mprotect(area + 2 * PAGE, PAGE, PROT_NONE);
	if (pipe(go))
		exit(99);
	peer = fork();
	if (!peer) {
		int ready = go[1];

		strcpy(area, "child");
		if (write(ready, "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (read(go[0], &c, 1) != 1)
		exit(99);
}

static struct iovec iov(void *base, size_t len)
{
	return (struct iovec){ base, len };
}

static void copies(void)
{
	static char buf[8 * PAGE];
	struct iovec l[3], r[3];

	l[0] = iov(buf, 6);
	r[0] = iov(area, 6);
	is(readv_vm(peer, l, 1, r, 1, 0), 6, 0, "read from another process");
	T(!strcmp(buf, "child"), "its bytes, not ours");
	strcpy(buf, "mine!");
	is(writev_vm(peer, l, 1, r, 1, 0), 6, 0, "write to another process");
	memset(buf, 0, 6);
	is(readv_vm(peer, l, 1, r, 1, 0), 6, 0, "read it back");
	T(!strcmp(buf, "mine!") && area[0] == 'p',
	  "it changed there and not here");

	l[0] = iov(buf, 2);
	l[1] = iov(buf + 10, 0);
	l[2] = iov(buf + 20, 4);
	r[0] = iov(area, 4);
	r[1] = iov(area + PAGE - 1, 2);
	is(readv_vm(peer, l, 3, r, 2, 0), 6, 0,
	   "lists of different shape are two streams");
	T(!memcmp(buf, "mi", 2) && !memcmp(buf + 20, "nepp", 4),
	  "in the order of the lists");
	l[0] = iov(buf, 3);
	is(readv_vm(peer, l, 1, r, 2, 0), 3, 0,
	   "the shorter of the two decides");
	l[0] = iov(buf, 8 * PAGE);
	r[0] = iov(area, 2 * PAGE);
	is(readv_vm(peer, l, 1, r, 1, 0), 2 * PAGE, 0, "two pages at once");
	T(buf[PAGE] == 'p' && buf[2 * PAGE - 1] == 'p', "are all there");
	is(readv_vm(getpid(), l, 1, r, 1, 0), 2 * PAGE, 0, "read from oneself");
}

static void partial(void)
{
	static char buf[8 * PAGE];
	struct iovec l[2], r[3];

	l[0] = iov(buf, sizeof(buf));
	r[0] = iov(area, 4 * PAGE);
	is(readv_vm(peer, l, 1, r, 1, 0), 2 * PAGE, 0,
	   "reading ends at a page without access");
	is(writev_vm(peer, l, 1, r, 1, 0), PAGE, 0,
	   "writing ends at a read-only page");
	r[0] = iov(area + PAGE, 16);
	is(writev_vm(peer, l, 1, r, 1, 0), -1, EFAULT,
	   "write to a read-only page");
	r[0] = iov(area + 2 * PAGE, 16);
	is(readv_vm(peer, l, 1, r, 1, 0), -1, EFAULT, "read of PROT_NONE");
	r[0] = iov(area + 3 * PAGE, 16);
	is(readv_vm(peer, l, 1, r, 1, 0), -1, EFAULT, "read of a hole");
	r[0] = iov((void *)0xffff800000000000, 16);
	is(readv_vm(peer, l, 1, r, 1, 0), -1, EFAULT,
	   "read of the kernel's memory");
	r[0] = iov(area, 16);
	r[1] = iov(area + 3 * PAGE, 16);
	r[2] = iov(area, 16);
	is(readv_vm(peer, l, 1, r, 3, 0), 16, 0,
	   "what comes before the bad element is copied");
	l[0] = iov(buf, 8);
	l[1] = iov(area + 3 * PAGE, 8);
	r[0] = iov(area, 16);
	is(readv_vm(peer, l, 2, r, 1, 0), 8, 0,
	   "a local buffer that is none ends the copy");
	l[0] = iov(area + 3 * PAGE, 8);
	is(readv_vm(peer, l, 1, r, 1, 0), -1, EFAULT,
	   "the first local buffer is none");
	is(writev_vm(peer, l, 1, r, 1, 0), -1, EFAULT, "nothing to write from");
	l[0] = iov(area + PAGE, 8);
	is(readv_vm(peer, l, 1, r, 1, 0), -1, EFAULT,
	   "a local buffer that is read-only");
}

static void errors(void)
{
	static char buf[64];
	static struct iovec many[1025];
	struct iovec l = iov(buf, 64), r = iov(area, 64), bad;
	int status;
	pid_t dead;

	is(readv_vm(peer, &l, 1, &r, 1, 1), -1, EINVAL, "flags");
	is(writev_vm(peer, &l, 1, &r, 1, 1L << 40), -1, EINVAL,
	   "flags beyond 32 bits");
	is(readv_vm(peer, many, 1025, &r, 1, 0), -1, EINVAL,
	   "too many local elements");
	is(readv_vm(peer, &l, 1, many, 1025, 0), -1, EINVAL,
	   "too many remote elements");
	is(readv_vm(peer, many, 1024, &r, 1, 0), 0, 0,
	   "1024 empty local elements");
	is(readv_vm(peer, &l, 1, many, 1024, 0), 0, 0,
	   "1024 empty remote elements");
	bad = iov(buf, -1UL);
	is(readv_vm(peer, &bad, 1, &r, 1, 0), -1, EINVAL,
	   "a negative local length");
	is(readv_vm(peer, &l, 1, &bad, 1, 0), -1, EINVAL,
	   "a negative remote length");
	is(readv_vm(peer, 16, 1, &r, 1, 0), -1, EFAULT,
	   "a local list from nowhere");
	is(readv_vm(peer, &l, 1, 16, 1, 0), -1, EFAULT,
	   "a remote list from nowhere");
	bad = iov((void *)0xffff800000000000, 8);
	is(readv_vm(peer, &bad, 1, &r, 1, 0), -1, EFAULT,
	   "a local buffer in the kernel");
	is(readv_vm(0x7ffffff0, &l, 1, &r, 1, 0), -1, ESRCH, "no such process");
	is(readv_vm(0, &l, 1, &r, 1, 0), -1, ESRCH, "process 0");
	is(readv_vm(-1, &l, 1, &r, 1, 0), -1, ESRCH, "process -1");
	is(readv_vm(0x7ffffff0, NULL, 0, &r, 1, 0), 0, 0,
	   "nothing local: nobody looks for the process");
	is(readv_vm(0x7ffffff0, &l, 1, NULL, 0, 0), 0, 0,
	   "nothing remote: nor here");
	is(readv_vm(0x7ffffff0, NULL, 0, NULL, 0, 3), -1, EINVAL,
	   "flags come first");
	dead = fork();
	if (!dead)
		_exit(0);
	waitid(P_PID, (id_t)dead, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	is(readv_vm(dead, &l, 1, &r, 1, 0), -1, ESRCH,
	   "a zombie has no memory");
	waitpid(dead, &status, 0);
	T(in_child({
		  int wrong = setgid(65534) || setuid(65534);

		  errno = 0;
		  wrong |= readv_vm(1, &l, 1, &r, 1, 0) != -1 || errno != EPERM;
		  errno = 0;
		  wrong |= writev_vm(getppid(), &l, 1, &r, 1, 0) != -1 ||
			   errno != EPERM;
		  wrong |= readv_vm(getpid(), &l, 1, &r, 1, 0) != 64;
		  _exit(wrong);
	  }) == 0,
	  "somebody else's memory: EPERM; one's own always");
}

static void sharing(void)
{
	char *p = anon(PAGE, PROT_READ | PROT_WRITE);
	int up[2], down[2];
	char c, got[5] = "";
	struct iovec l, r;
	pid_t child;

	strcpy(p, "old!");
	if (pipe(up) || pipe(down))
		exit(99);
	child = fork();
	if (!child) {
		if (read(down[0], &c, 1) != 1)
			_exit(1);
		_exit(strcmp(p, "new!") != 0);
	}
	l = iov("new!", 5);
	r = iov(p, 5);
	is(writev_vm(child, &l, 1, &r, 1, 0), 5, 0,
	   "write to a page that fork shares");
	T(!strcmp(p, "old!"), "our copy stays as it was");
	T(write(down[1], "g", 1) == 1 && waitpid(child, &up[0], 0) == child &&
		  up[0] == 0,
	  "the child sees what was written");
	l = iov(got, 5);
	p = anon(PAGE, PROT_READ | PROT_WRITE);
	r = iov(p, 5);
	is(readv_vm(getpid(), &l, 1, &r, 1, 0), 5, 0,
	   "read of a page that nobody has touched");
	T(!memcmp(got, "\0\0\0\0", 5), "zeroes");
}

int main(void)
{
	start_peer();
	copies();
	partial();
	errors();
	sharing();
	kill(peer, SIGKILL);
	waitpid(peer, NULL, 0);
	return done();
}
