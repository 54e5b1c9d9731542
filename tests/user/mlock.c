/* SPDX-License-Identifier: MIT */
/* mlock(2), mlock2(2), munlock(2), mlockall(2), munlockall(2), MAP_LOCKED. */
#include "maps.h"
#include <sys/resource.h>

#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

#ifndef MCL_ONFAULT
#define MCL_ONFAULT 4
#endif
#define ONFAULT 1

#define raw_mlock(p, n)	    syscall(SYS_mlock, p, (size_t)(n))
#define raw_mlock2(p, n, f) syscall(SYS_mlock2, p, (size_t)(n), f)
#define raw_munlock(p, n)   syscall(SYS_munlock, p, (size_t)(n))

static char *base; /* 64 pages that are free */
static const size_t room = 64 * PAGE;

static char *at(int page)
{
	return base + page * (long)PAGE;
}

static char *map_at(int page, int n, int prot, int flags)
{
	return mmap(at(page), n * PAGE, prot, flags | MAP_FIXED, -1, 0);
}

static void clear(void)
{
	munmap(base, room);
}

/* A line of /proc/self/status, in kB. */
static long status_kb(const char *name)
{
	static char text[8192];
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);
	char *line;

	close(fd);
	text[n > 0 ? n : 0] = '\0';
	line = strstr(text, name);
	return line ? atol(line + strlen(name)) : -1;
}

/* Pages that are locked. */
static long locked(void)
{
	return status_kb("VmLck:") / 4;
}

/* How many of the pages are in memory. */
static int resident(char *p, int n)
{
	unsigned char vec[64];
	int count = 0;

	if (mincore(p, n * PAGE, vec))
		return -1;
	for (int i = 0; i < n; i++)
		count += vec[i] & 1;
	return count;
}

static void errors(void)
{
	map_at(0, 4, RW, ANON);
	map_at(6, 4, RW, ANON);
	is(raw_mlock(at(4), PAGE), -1, ENOMEM, "ENOMEM: nothing is mapped");
	is(raw_mlock(at(2), 5 * PAGE), -1, ENOMEM, "ENOMEM: a hole");
	T(locked() == 2, "what lies before it is locked");
	is(raw_munlock(at(3), 5 * PAGE), -1, ENOMEM,
	   "ENOMEM: munlock over a hole");
	T(locked() == 1, "what lies before it is unlocked");
	is(raw_munlock(at(0), 4 * PAGE), 0, 0, "munlock");
	is(raw_munlock(at(0), 4 * PAGE), 0, 0,
	   "munlock of what is not locked is no error");
	is(raw_mlock2(at(0), PAGE, 2), -1, EINVAL,
	   "EINVAL: an unknown flag of mlock2");
	is(raw_mlock(at(0), 0), 0, 0, "length 0");
	is(raw_mlock(at(4), 0), 0, 0, "length 0 of nothing");
	is(raw_mlock(at(0), -4096L), -1, EINVAL, "EINVAL: a range that wraps");
	is(raw_munlock(at(0), -4096L), -1, EINVAL,
	   "EINVAL: the same of munlock");
	is(raw_mlock(at(0), -1L), 0, 0,
	   "a length that overflows when rounded counts as 0");
	is(syscall(SYS_mlockall, 0), -1, EINVAL, "EINVAL: mlockall(0)");
	is(syscall(SYS_mlockall, 8), -1, EINVAL,
	   "EINVAL: an unknown flag of mlockall");
	is(syscall(SYS_mlockall, MCL_ONFAULT), -1, EINVAL,
	   "EINVAL: MCL_ONFAULT alone");
	map_at(20, 2, PROT_NONE, ANON);
	is(raw_mlock(at(21), 0), 0, 0, "length 0 of PROT_NONE");
	is(raw_mlock(at(20), 2 * PAGE), -1, ENOMEM,
	   "ENOMEM: PROT_NONE has no pages");
	T(locked() == 2, "it counts as locked");
	raw_munlock(at(20), 2 * PAGE);
	T(locked() == 0, "until it is unlocked");
	T_AREAS(base, room, "0-4 rw-p, 6-10 rw-p, 20-22 ---p",
		"areas merge again");
	clear();
}

static void locking(void)
{
	map_at(0, 8, RW, ANON);
	T(resident(at(0), 8) == 0, "nothing is resident");
	is(raw_mlock(at(2) + 100, 2 * PAGE), 0, 0,
	   "mlock from the middle of a page to the middle of a page");
	T_AREAS(base, room, "0-2 rw-p, 2-5 rw-p, 5-8 rw-p", "is three pages");
	T(locked() == 3, "which count");
	T(resident(at(0), 8) == 3 && resident(at(2), 3) == 3,
	  "and are in memory");
	is(raw_mlock(at(0), 8 * PAGE), 0, 0, "all of it");
	T_AREAS(base, room, "0-8 rw-p", "one area");
	T(locked() == 8 && resident(at(0), 8) == 8, "eight pages");
	is(raw_mlock(at(0), 8 * PAGE), 0, 0, "once more");
	T(locked() == 8, "they count once");
	is(raw_munlock(at(3), PAGE), 0, 0, "one munlock undoes it");
	T(locked() == 7, "seven");
	is(munmap(at(0), 2 * PAGE), 0, 0, "munmap of locked pages");
	T(locked() == 5, "takes them out of the count");
	is(mprotect(at(6), PAGE, PROT_READ), 0, 0, "mprotect keeps the lock");
	T(locked() == 5, "five");
	is(madvise(at(6), PAGE, MADV_DONTNEED), -1, EINVAL,
	   "EINVAL: MADV_DONTNEED of locked pages");
	is(syscall(SYS_mremap, at(4), PAGE, 2 * PAGE,
		   MREMAP_MAYMOVE | MREMAP_FIXED, at(30)),
	   at(30), 0, "mremap moves the lock");
	T(locked() == 6 && resident(at(30), 2) == 2, "and fetches what is new");
	clear();
	T(locked() == 0, "nothing is left");
}

static void onfault(void)
{
	map_at(0, 8, RW, ANON);
	is(raw_mlock2(at(0), 4 * PAGE, ONFAULT), 0, 0, "MLOCK_ONFAULT");
	T(locked() == 4 && resident(at(0), 4) == 0,
	  "locks and fetches nothing");
	poke(at(1), 1);
	T(resident(at(0), 4) == 1, "what is touched comes");
	is(raw_mlock2(at(0), 2 * PAGE, 0), 0, 0, "mlock2 without flags");
	T(locked() == 4 && resident(at(0), 4) == 2, "fetches them");
	T_AREAS(base, room, "0-2 rw-p, 2-4 rw-p, 4-8 rw-p", "three areas");
	raw_munlock(at(0), 8 * PAGE);
	T_AREAS(base, room, "0-8 rw-p", "munlock makes them one");
	clear();
}

static void all(void)
{
	long before;

	map_at(0, 4, RW, ANON);
	is(syscall(SYS_mlockall, MCL_CURRENT), 0, 0, "MCL_CURRENT");
	T(resident(at(0), 4) == 4, "everything is fetched");
	before = locked();
	map_at(10, 4, RW, ANON);
	T(locked() == before && resident(at(10), 4) == 0,
	  "what comes later is not locked");
	is(syscall(SYS_mlockall, MCL_FUTURE), 0, 0, "MCL_FUTURE");
	map_at(20, 4, RW, ANON);
	T(locked() == before + 4 && resident(at(20), 4) == 4,
	  "locks what comes later");
	T(resident(at(10), 4) == 0, "and not what was there");
	is(syscall(SYS_mlockall, MCL_FUTURE | MCL_ONFAULT), 0, 0,
	   "MCL_FUTURE | MCL_ONFAULT");
	map_at(30, 4, RW, ANON);
	T(locked() == before + 8 && resident(at(30), 4) == 0,
	  "counts and fetches nothing");
	T(in_child(_exit(locked() != 0)) == 0, "a child inherits no locks");
	T(in_child(map_at(40, 1, RW, ANON); _exit(resident(at(40), 1))) == 0,
	  "nor MCL_FUTURE");
	is(syscall(SYS_munlockall), 0, 0, "munlockall");
	T(locked() == 0, "nothing is locked");
	map_at(40, 1, RW, ANON);
	T(resident(at(40), 1) == 0, "nor what comes later");
	clear();
}

static void map_locked(void)
{
	int fd;
	char *p = map_at(0, 4, RW, ANON | MAP_LOCKED);

	T(p == at(0) && resident(p, 4) == 4 && locked() == 4, "MAP_LOCKED");
	p = map_at(2, 4, PROT_READ, ANON | MAP_LOCKED | MAP_NONBLOCK);
	T(p == at(2) && locked() == 6, "over locked memory");
	clear();
	fd = open("file", O_CREAT | O_RDWR, 0600);
	if (ftruncate(fd, 2 * PAGE))
		exit(99);
	p = mmap(at(0), 4 * PAGE, RW, MAP_SHARED | MAP_FIXED, fd, 0);
	is(raw_mlock(p, 2 * PAGE), 0, 0, "pages of a file");
	is(raw_mlock(p, 4 * PAGE), -1, ENOMEM, "ENOMEM: pages beyond its end");
	T(locked() == 4, "which count all the same");
	is(msync(p, PAGE, MS_ASYNC | MS_INVALIDATE), -1, EBUSY,
	   "EBUSY: msync(MS_INVALIDATE) of locked pages");
	close(fd);
	unlink("file");
	clear();
}

static void heap_and_stack(void)
{
	char *brk0 = sbrk(0), *brk;
	unsigned char vec[2];

	brk0 = (char *)(((unsigned long)brk0 + PAGE - 1) & ~(PAGE - 1));
	syscall(SYS_mlockall, MCL_FUTURE);
	brk = (char *)syscall(SYS_brk, brk0 + 2 * PAGE);
	T(brk == brk0 + 2 * PAGE && !mincore(brk0, 2 * PAGE, vec) &&
		  (vec[0] & vec[1] & 1),
	  "the heap grows into memory");
	T(locked() == 2, "that is locked");
	syscall(SYS_brk, brk0);
	syscall(SYS_munlockall);
}

static void special(void)
{
	unsigned long end, start = area_named("[vvar]", &end);

	is(raw_mlock(start, end - start), 0, 0, "vvar can be locked");
	T(locked() == 0, "but does not count");
	start = area_named("[vdso]", &end);
	is(raw_mlock(start, end - start), 0, 0, "nor does the vdso");
	T(locked() == 0, "count");
}

/* --- who is not root -------------------------------------------------------- */

static void become(rlim_t cur)
{
	struct rlimit lim = { cur, cur };

	setrlimit(RLIMIT_MEMLOCK, &lim);
	if (setuid(65534))
		_exit(99);
	t_failed = 0;
}

static void limited(void)
{
	char *p;

	become(8 * PAGE);
	map_at(0, 16, RW, ANON);
	is(raw_mlock(at(0), 9 * PAGE), -1, ENOMEM, "ENOMEM: RLIMIT_MEMLOCK");
	T(locked() == 0, "nothing is locked");
	is(raw_mlock(at(0), -4096L), -1, ENOMEM,
	   "ENOMEM: a range that wraps is too long first");
	is(raw_mlock(at(0), 8 * PAGE), 0, 0, "as much as is allowed");
	is(raw_mlock(at(2), 6 * PAGE), 0, 0, "again: it counts once");
	is(raw_mlock(at(8), 1), -1, ENOMEM, "ENOMEM: one byte more");
	p = mmap(NULL, PAGE, RW, ANON | MAP_LOCKED, -1, 0);
	T(p == MAP_FAILED && errno == EAGAIN, "EAGAIN: MAP_LOCKED beyond it");
	is(syscall(SYS_mlockall, MCL_CURRENT), -1, ENOMEM,
	   "ENOMEM: mlockall of more than that");
	is(syscall(SYS_mlockall, MCL_FUTURE), 0, 0, "MCL_FUTURE is allowed");
	p = mmap(NULL, PAGE, RW, ANON, -1, 0);
	T(p == MAP_FAILED && errno == EAGAIN,
	  "EAGAIN: then mmap fails beyond the limit");
	p = sbrk(0);
	T((char *)syscall(SYS_brk, p + 2 * PAGE) == p, "and so does brk");
	_exit(t_failed);
}

static void forbidden(void)
{
	become(0);
	map_at(0, 4, RW, ANON);
	is(raw_mlock(at(0), PAGE), -1, EPERM, "EPERM: a limit of 0");
	is(raw_mlock2(at(0), PAGE, ONFAULT), -1, EPERM, "EPERM: mlock2");
	is(raw_mlock(at(10), PAGE), -1, EPERM, "EPERM comes before ENOMEM");
	is(syscall(SYS_mlockall, MCL_CURRENT), -1, EPERM, "EPERM: mlockall");
	is(syscall(SYS_mlockall, 0), -1, EINVAL, "EINVAL comes before EPERM");
	/* musl's mmap() makes ENOMEM of EPERM. */
	is(syscall(SYS_mmap, NULL, PAGE, RW, ANON | MAP_LOCKED, -1, 0), -1,
	   EPERM, "EPERM: MAP_LOCKED");
	is(raw_munlock(at(0), PAGE), 0, 0, "munlock is for everybody");
	is(syscall(SYS_munlockall), 0, 0, "munlockall, too");
	_exit(t_failed);
}

int main(void)
{
	int status;

	base = mmap((void *)0x200000000, room, PROT_NONE, ANON, -1, 0);
	clear();
	errors();
	locking();
	onfault();
	all();
	map_locked();
	heap_and_stack();
	special();
	status = in_child(limited());
	t_count += 11; /* the child's */
	T(status == 0, "what a limit does");
	status = in_child(forbidden());
	t_count += 8;
	T(status == 0, "what a limit of 0 does");
	return done();
}
