/* SPDX-License-Identifier: MIT */
/* Errors of the memory calls and of limits that no other program provokes. */
#include "maps.h"
#include <sys/resource.h>

#define RW (PROT_READ | PROT_WRITE)

/*
 * A child's, so that the parent's areas stay few. Every other page gets other
 * rights until there are as many areas as a process may have.
 */
static void too_many_areas(void)
{
	const size_t most = 80000;
	char *p = mmap(NULL, most * PAGE, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t i = 1;

	while (i < most && !raw_mprotect(p + i * PAGE, PAGE, PROT_READ))
		i += 2;
	T(i < most && errno == ENOMEM, "mprotect: too many areas: ENOMEM");
	/* The last of two splits may have been too much, the first not. */
	raw_mprotect(p + i * PAGE, (most - i) * PAGE, PROT_READ);
	while (mmap(NULL, PAGE, i++ % 2 ? PROT_NONE : PROT_READ,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		;
	T(errno == ENOMEM, "mmap: too many areas: ENOMEM");
	is(munmap(p + (most - 2) * PAGE, PAGE), -1, ENOMEM,
	   "munmap: too many areas: ENOMEM");
	is(syscall(SYS_mremap, p + (most - 3) * PAGE, PAGE, 2 * PAGE,
		   MREMAP_MAYMOVE),
	   -1, ENOMEM, "mremap: too many areas: ENOMEM");
	is(madvise(p + (most - 3) * PAGE, PAGE, MADV_DONTFORK), -1, EAGAIN,
	   "madvise: too many areas: EAGAIN");
	is(syscall(SYS_mlock, p + (most - 3) * PAGE, PAGE), -1, ENOMEM,
	   "mlock: too many areas: ENOMEM");
	is(munmap(p, most * PAGE), 0, 0, "all of them may go");
	T(anon(PAGE, RW) != NULL, "and there is room again");
}

static void limits(void)
{
	struct rlimit r = { 10, 10 }, more = { 10, 11 };
	struct rlimit files = { 1024, 1UL << 40 };

	is(setrlimit(RLIMIT_NOFILE, &files), -1, EPERM,
	   "setrlimit: more files than anybody may have: EPERM");
	if (setrlimit(RLIMIT_CORE, &r) || setgid(54321) || setuid(54321))
		exit(99);
	is(setrlimit(RLIMIT_CORE, &more), -1, EPERM,
	   "setrlimit: a higher hard limit, not as root: EPERM");
	is(syscall(SYS_prlimit64, 0, RLIMIT_CORE, &more, NULL), -1, EPERM,
	   "prlimit: a higher hard limit, not as root: EPERM");
	is(syscall(SYS_prlimit64, 1, RLIMIT_CORE, NULL, &r), -1, EPERM,
	   "prlimit: init's limits, not as root: EPERM");
	is(syscall(SYS_prlimit64, 0, RLIMIT_CORE, NULL, 1), -1, EFAULT,
	   "prlimit: to nowhere: EFAULT");
	is(syscall(SYS_setrlimit, RLIMIT_CORE, 1), -1, EFAULT,
	   "setrlimit: from nowhere: EFAULT");
	is(setrlimit(99, &r), -1, EINVAL, "setrlimit: no resource: EINVAL");
	is(syscall(SYS_prlimit64, 0, 99, NULL, &r), -1, EINVAL,
	   "prlimit: no resource: EINVAL");
}

/* What a child prints counts in the parent, too. */
static void as_child(void (*fn)(void))
{
	int status, count[2];

	if (pipe(count))
		exit(99);
	status = in_child({
		fn();
		int n[2] = { t_count, t_failed };
		_exit(write(count[1], n, sizeof(n)) != sizeof(n));
	});
	if (!status) {
		int n[2];

		if (read(count[0], n, sizeof(n)) == sizeof(n)) {
			t_count = n[0];
			t_failed = n[1];
		}
	}
	T(!status, "the child ends as it should");
	close(count[0]);
	close(count[1]);
}

int main(void)
{
	as_child(too_many_areas);
	as_child(limits);
	return done();
}
