/* SPDX-License-Identifier: MIT */
/* NUMA policies where there is one node; priorities at disks; subreapers. */
#include "t.h"
#include <sys/prctl.h>
#include <sys/syscall.h>

#define BIND	   2
#define INTERLEAVE 3
#define STATIC	   (1 << 15)
#define RELATIVE   (1 << 14)

static unsigned long mask[16];

static long set_policy(int mode, unsigned long nodes, unsigned long max)
{
	mask[0] = nodes;
	return syscall(SYS_set_mempolicy, mode, mask, max);
}

static long get_policy(int *mode, unsigned long max, void *addr, long flags)
{
	memset(mask, 0xff, sizeof(mask));
	return syscall(SYS_get_mempolicy, mode, mask, max, addr, flags);
}

static void policies(void)
{
	int mode = -1;

	is(get_policy(&mode, 1024, NULL, 0), 0, 0, "the default");
	T(mode == 0 && mask[0] == 0 && mask[15] == 0, "no node");
	is(set_policy(BIND, 1, 64), 0, 0, "bind to node 0");
	is(get_policy(&mode, 64, NULL, 0), 0, 0, "read it back");
	T(mode == BIND && mask[0] == 1 && mask[1] == ~0UL, "only one word");
	is(set_policy(BIND | STATIC, 1, 64), 0, 0, "with a flag");
	get_policy(&mode, 64, NULL, 0);
	is(mode, BIND | STATIC, 0, "which is kept");
	is(set_policy(1, 0, 64), 0, 0, "prefer no node");
	get_policy(&mode, 64, NULL, 0);
	is(mode, 4, 0, "is local");
	is(set_policy(INTERLEAVE, 1, 64), 0, 0, "interleave");
	is(get_policy(&mode, 64, NULL, 1), 0, 0, "the next node");
	is(mode, 0, 0, "is 0");
	is(set_policy(100, 1, 64), -1, EINVAL, "no such mode");
	is(set_policy(BIND | STATIC | RELATIVE, 1, 64), -1, EINVAL, "flags");
	is(set_policy(BIND, 0, 64), -1, EINVAL, "to no node");
	is(set_policy(BIND, 4, 64), -1, EINVAL, "one that is not");
	is(set_policy(0, 1, 64), -1, EINVAL, "the default has none");
	is(set_policy(4, 1, 64), -1, EINVAL, "nor has local");
	is(set_policy(BIND, 1, 100000), -1, EINVAL, "too many nodes");
	is(syscall(SYS_set_mempolicy, BIND, 8, 64), -1, EFAULT, "from nowhere");
	is(get_policy(&mode, 64, mask, 0), -1, EINVAL, "an address");
	is(get_policy(&mode, 64, NULL, 8), -1, EINVAL, "unknown flags");
	is(get_policy(&mode, 64, (void *)8, 2), -1, EFAULT, "nothing there");
	is(get_policy(&mode, 64, mask, 3), 0, 0, "where a page is");
	is(mode, 0, 0, "on node 0");
	is(get_policy(&mode, 64, NULL, 4), 0, 0, "what is allowed");
	is(mask[0], 1, 0, "node 0");
	is(get_policy(&mode, 64, NULL, 5), -1, EINVAL, "and nothing else");
	is(get_policy((int *)8, 64, NULL, 0), -1, EFAULT, "to nowhere");
	is(set_policy(0, 0, 64), 0, 0, "as before");
	get_policy(&mode, 64, NULL, 1);
	is(get_policy(&mode, 64, NULL, 1), -1, EINVAL, "no next one");
}

static long do_mbind(void *p, unsigned long len, int mode, unsigned long nodes,
		     unsigned int flags)
{
	mask[0] = nodes;
	return syscall(SYS_mbind, p, len, mode, mask, 64, flags);
}

static void areas(void)
{
	char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	is(do_mbind(p, 4 * PAGE, BIND, 1, 0), 0, 0, "mbind");
	is(do_mbind(p, 4 * PAGE, BIND, 1, 3), 0, 0, "and move");
	is(do_mbind(p, 0, BIND, 1, 0), 0, 0, "nothing");
	is(do_mbind(p + 1, PAGE, BIND, 1, 0), -1, EINVAL, "inside a page");
	is(do_mbind(p, PAGE, BIND, 4, 0), -1, EINVAL, "no such node");
	is(do_mbind(p, PAGE, BIND, 1, 64), -1, EINVAL, "mbind: flags");
	is(do_mbind(p, -PAGE, BIND, 1, 0), -1, EINVAL, "too long");
	is(do_mbind(p, 4 * PAGE, 0, 0, 0), 0, 0, "back");
	munmap(p + PAGE, PAGE);
	is(do_mbind(p, 4 * PAGE, BIND, 1, 0), -1, EFAULT, "a hole");
	is(do_mbind(p + PAGE, PAGE, 0, 0, 0), -1, EFAULT, "only a hole");
	is(do_mbind(p, 4 * PAGE, 0, 0, 0), 0, 0, "the default over a hole");
	munmap(p, 4 * PAGE);
}

static void pages(void)
{
	char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *at[3] = { p, p + PAGE, p + 8192 };
	int nodes[3] = { 0, 0, 0 }, status[3] = { 9, 9, 9 };
	unsigned long one = 1;

	*p = 1;
	munmap(p + 8192, PAGE);
	is(syscall(SYS_move_pages, 0, 3L, at, NULL, status, 0), 0, 0,
	   "where pages are");
	is(status[0], 0, 0, "on node 0");
	is(status[1], -ENOENT, 0, "no page");
	is(status[2], -EFAULT, 0, "no area");
	is(syscall(SYS_move_pages, 0, 1L, at, nodes, status, 2), 0, 0, "move");
	is(status[0], 0, 0, "there already");
	nodes[0] = 7;
	is(syscall(SYS_move_pages, 0, 1L, at, nodes, status, 2), -1, ENODEV,
	   "no such node");
	is(syscall(SYS_move_pages, 0, 1L, at, NULL, status, 1), -1, EINVAL,
	   "move_pages: flags");
	is(syscall(SYS_move_pages, 0, 1L, 8, NULL, status, 0), -1, EFAULT,
	   "pages from nowhere");
	is(syscall(SYS_move_pages, 0, 1L, at, NULL, 8, 0), -1, EFAULT,
	   "status to nowhere");
	is(syscall(SYS_move_pages, 0x3fffffff, 1L, at, NULL, status, 0), -1,
	   ESRCH, "nobody's");
	is(syscall(SYS_migrate_pages, 0, 64L, &one, &one), 0, 0, "all of them");
	is(syscall(SYS_migrate_pages, 0x3fffffff, 64L, &one, &one), -1, ESRCH,
	   "nobody's");
	is(syscall(SYS_migrate_pages, 0, 64L, 8, &one), -1, EFAULT,
	   "from nowhere");
	one = 0;
	is(syscall(SYS_migrate_pages, 0, 64L, &one, &one), -1, EINVAL,
	   "to no node");
	munmap(p, 4 * PAGE);
}

static long set_prio(int which, int who, int prio)
{
	return syscall(SYS_ioprio_set, which, who, prio);
}

static void disks(void)
{
	is(syscall(SYS_ioprio_get, 1, 0), 0, 0, "no priority at disks");
	is(set_prio(1, 0, 2 << 13 | 3), 0, 0, "best effort");
	is(syscall(SYS_ioprio_get, 1, 0), 2 << 13 | 3, 0, "read back");
	is(syscall(SYS_ioprio_get, 1, getpid()), 2 << 13 | 3, 0, "by number");
	is(set_prio(1, 0, 3 << 13), 0, 0, "idle");
	is(set_prio(1, 0, 4 << 13), -1, EINVAL, "no such class");
	is(set_prio(1, 0, 1), -1, EINVAL, "none has no level");
	is(set_prio(0, 0, 0), -1, EINVAL, "whose");
	is(set_prio(1, 0x3fffffff, 0), -1, ESRCH, "nobody's");
	is(syscall(SYS_ioprio_get, 4, 0), -1, EINVAL, "get: whose");
	is(syscall(SYS_ioprio_get, 1, 0x3fffffff), -1, ESRCH, "get: nobody's");
	is(set_prio(1, 0, 0), 0, 0, "none again");
}

/* A grandchild whose parent has gone comes to us. */
static void subreaper(void)
{
	int on = -1, status;
	pid_t pid;

	is(prctl(PR_GET_CHILD_SUBREAPER, &on), 0, 0, "a subreaper");
	is(on, 0, 0, "not yet");
	is(prctl(PR_SET_CHILD_SUBREAPER, 1), 0, 0, "be one");
	prctl(PR_GET_CHILD_SUBREAPER, &on);
	is(on, 1, 0, "now");
	is(prctl(PR_GET_CHILD_SUBREAPER, 8), -1, EFAULT, "to nowhere");
	pid = fork();
	if (!pid) {
		pid_t parent = getpid();

		prctl(PR_GET_CHILD_SUBREAPER, &on);
		if (!fork()) {
			while (getppid() == parent)
				usleep(1000);
			_exit(42);
		}
		_exit(on);
	}
	is(waitpid(pid, &status, 0), pid, 0, "the child");
	is(WEXITSTATUS(status), 0, 0, "is none itself");
	T(wait(&status) > 0, "the grandchild");
	is(WEXITSTATUS(status), 42, 0, "is ours now");
	prctl(PR_SET_CHILD_SUBREAPER, 0);
}

int main(void)
{
	policies();
	areas();
	pages();
	disks();
	subreaper();
	return done();
}
