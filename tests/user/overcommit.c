/* SPDX-License-Identifier: MIT */
/*
 * What may be promised: Committed_AS, CommitLimit, vm.overcommit_memory and
 * RLIMIT_AS, DATA, STACK. The settings of this machine stay as they are.
 */
#include "smaps.h"
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>

#define RW   PROT_READ | PROT_WRITE
#define PRIV (MAP_PRIVATE | MAP_ANONYMOUS)
#define MIB  (1UL << 20)

static long meminfo(const char *name)
{
	return proc_number("/proc/meminfo", name);
}

/* Others use memory too: a change of about 256 MiB, now or at the next try. */
#define SIZE	 (256 * MIB)
#define SIZE_KB	 (256L << 10)
#define ABOUT_KB (48L << 10)

#define T_CHANGE(times, body, undo, ...)                                       \
	({                                                                     \
		int c_ok = 0;                                                  \
		for (int c_try = 0; c_try < 8 && !c_ok; c_try++) {             \
			long c_before = meminfo("Committed_AS"), c_diff;       \
			body;                                                  \
			c_diff = meminfo("Committed_AS") - c_before;           \
			c_ok = labs(c_diff - (times)*SIZE_KB) < ABOUT_KB;      \
			undo;                                                  \
		}                                                              \
		T(c_ok, __VA_ARGS__);                                          \
	})

static char *map(size_t len, int prot, int flags)
{
	return mmap(NULL, len, prot, flags, -1, 0);
}

static void promises(void)
{
	char *p = NULL, *q;
	int go[2], st = 0;
	pid_t child;

	T_CHANGE(1, p = map(SIZE, RW, PRIV), munmap(p, SIZE),
		 "private writable memory is promised");
	T_CHANGE(0, p = map(SIZE, PROT_READ, PRIV), munmap(p, SIZE),
		 "read-only memory is not");
	T_CHANGE(0, p = map(SIZE, RW, PRIV | MAP_NORESERVE), munmap(p, SIZE),
		 "MAP_NORESERVE is not");
	T_CHANGE(1, p = map(SIZE, RW, MAP_SHARED | MAP_ANONYMOUS),
		 munmap(p, SIZE), "shared memory is");
	T_CHANGE(0, p = map(SIZE, RW, PRIV);
		 munmap(p, SIZE), (void)0, "munmap takes it back");
	p = map(SIZE, RW, PRIV);
	T_CHANGE(-1, munmap(p, SIZE), p = map(SIZE, RW, PRIV),
		 "munmap gives it back");
	munmap(p, SIZE);
	T_CHANGE(1, p = map(SIZE, PROT_READ, PRIV);
		 mprotect(p, SIZE, RW), munmap(p, SIZE),
		 "mprotect to writable promises");
	p = map(SIZE, RW, PRIV);
	q = p;
	p[0] = 1;
	T_CHANGE(0, mprotect(p, SIZE, PROT_READ), mprotect(p, SIZE, RW),
		 "a written area stays promised when it becomes read-only");
	munmap(q, SIZE);
	T_CHANGE(1, p = map(PAGE, RW, PRIV);
		 p = mremap(p, PAGE, SIZE, MREMAP_MAYMOVE), munmap(p, SIZE),
		 "mremap promises what it adds");
	p = map(SIZE, RW, PRIV);
	T_CHANGE(-1, p = mremap(p, SIZE, PAGE, 0);
		 , p = mremap(p, PAGE, SIZE, MREMAP_MAYMOVE),
		 "and gives back what it cuts off");
	munmap(p, SIZE);

	if (pipe(go))
		exit(99);
	p = map(SIZE, RW, PRIV);
	T_CHANGE(
		1,
		if (!(child = fork())) {
			char c;

			close(go[1]);
			_exit(read(go[0], &c, 1) != 0);
		},
		{
			kill(child, SIGKILL);
			waitpid(child, &st, 0);
		},
		"fork promises it once more");
	T_CHANGE(0, in_child(_exit(0)), (void)0, "exit takes that back");
	munmap(p, SIZE);
	p = map(SIZE, RW, MAP_SHARED | MAP_ANONYMOUS);
	T_CHANGE(
		0,
		if (!(child = fork())) {
			char c;

			close(go[1]);
			_exit(read(go[0], &c, 1) != 0);
		},
		{
			kill(child, SIGKILL);
			waitpid(child, &st, 0);
		},
		"fork does not promise shared memory again");
	munmap(p, SIZE);
	close(go[0]);
	close(go[1]);
}

/* Mode 0: more than there is at all is refused. */
static void too_much(void)
{
	size_t all = (size_t)(meminfo("MemTotal") + meminfo("SwapTotal")) << 10;
	size_t more = (all + 64 * MIB) & ~(PAGE - 1);
	char *p;

	T(atoi(proc_text("/proc/sys/vm/overcommit_memory")) == 0,
	  "vm.overcommit_memory is 0");
	T(map(more, RW, PRIV) == MAP_FAILED && errno == ENOMEM,
	  "more than all memory: ENOMEM");
	T(map(more, RW, MAP_SHARED | MAP_ANONYMOUS) == MAP_FAILED &&
		  errno == ENOMEM,
	  "the same, shared");
	p = map(more, RW, PRIV | MAP_NORESERVE);
	T(p != MAP_FAILED, "with MAP_NORESERVE it is granted");
	p[more / 2] = 1;
	T_FINE(poke(p + more - 1, 1), "and can be used here and there");
	munmap(p, more);
	p = map(more, PROT_NONE, PRIV);
	T(p != MAP_FAILED, "without rights it is granted");
	is(mprotect(p, more, RW), -1, ENOMEM, "but cannot become writable");
	is(mprotect(p, 16 * MIB, RW), 0, 0, "a part of it can");
	munmap(p, more);
	p = map(all / 4 * 3 & ~(PAGE - 1), RW, PRIV);
	T(p != MAP_FAILED, "three quarters of memory are granted");
	T(map(all / 4 * 3 & ~(PAGE - 1), RW, PRIV) != MAP_FAILED,
	  "and again: nobody adds up");
	munmap(p, all / 4 * 3 & ~(PAGE - 1));
}

static void limit_and_settings(void)
{
	static const struct {
		const char *name, *text;
	} bad[] = {
		{ "overcommit_memory", "3" },
		{ "overcommit_memory", "-1" },
		{ "overcommit_memory", "x" },
		{ "overcommit_ratio", "half" },
		{ "max_map_count", "-1" },
		{ "max_map_count", "2147483648" },
		{ "overcommit_kbytes", "?" },
		{ "admin_reserve_kbytes", "a" },
		{ "user_reserve_kbytes", "b" },
	};
	long ratio = atol(proc_text("/proc/sys/vm/overcommit_ratio"));
	long kbytes = atol(proc_text("/proc/sys/vm/overcommit_kbytes"));
	long limit = meminfo("CommitLimit"), want;
	char path[64];

	want = kbytes ? kbytes : meminfo("MemTotal") * ratio / 100;
	want += meminfo("SwapTotal");
	T(labs(limit - want) < 64,
	  "CommitLimit follows from overcommit_ratio or _kbytes");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		int fd;

		snprintf(path, sizeof(path), "/proc/sys/vm/%s", bad[i].name);
		fd = open(path, O_WRONLY);
		is(write(fd, bad[i].text, strlen(bad[i].text)), -1, EINVAL,
		   "%s: %s", bad[i].name, bad[i].text);
		close(fd);
	}
	T(in_child({
		  int wrong = setgid(65534) || setuid(65534);

		  errno = 0;
		  wrong |= open("/proc/sys/vm/overcommit_memory", O_WRONLY) !=
				   -1 ||
			   errno != EACCES;
		  wrong |= open("/proc/sys/vm/overcommit_memory", O_RDONLY) < 0;
		  _exit(wrong);
	  }) == 0,
	  "settings are root's to write");
	T(atol(proc_text("/proc/sys/vm/admin_reserve_kbytes")) == 8192,
	  "admin_reserve_kbytes is 8 MiB");
}

/* --- limits ----------------------------------------------------------------------- */

static void set_limit(int what, rlim_t v)
{
	struct rlimit r = { v, v };

	if (setrlimit(what, &r))
		_exit(98);
}

#define FAILS(call, error)                                                     \
	({                                                                     \
		errno = 0;                                                     \
		(call) == (void *)-1 && errno == (error);                      \
	})

static void limits(void)
{
	T(in_child({
		  rlim_t now =
			  (rlim_t)proc_number("/proc/self/status", "VmSize")
			  << 10;
		  char *p;

		  set_limit(RLIMIT_AS, now + 2 * MIB);
		  int bad = !FAILS(map(3 * MIB, RW, PRIV), ENOMEM);

		  bad |= !FAILS(map(3 * MIB, PROT_NONE, PRIV), ENOMEM);
		  bad |= !FAILS(map(3 * MIB, RW, MAP_SHARED | MAP_ANONYMOUS),
				ENOMEM);
		  p = map(2 * MIB, RW, PRIV);
		  bad |= p == MAP_FAILED;
		  bad |= !FAILS(map(PAGE, RW, PRIV), ENOMEM);
		  bad |= !FAILS(
			  mremap(p, 2 * MIB, 2 * MIB + PAGE, MREMAP_MAYMOVE),
			  ENOMEM);
		  bad |= mmap(p, MIB, PROT_READ, PRIV | MAP_FIXED, -1, 0) != p;
		  _exit(bad);
	  }) == 0,
	  "RLIMIT_AS bounds all mappings; replacing one is free");
	T(in_child({
		  rlim_t now =
			  (rlim_t)proc_number("/proc/self/status", "VmData")
			  << 10;
		  char *p;
		  unsigned long brk = (unsigned long)syscall(SYS_brk, 0);

		  set_limit(RLIMIT_DATA, now + 2 * MIB);
		  int bad = !FAILS(map(3 * MIB, RW, PRIV), ENOMEM);

		  p = map(3 * MIB, PROT_READ, PRIV);
		  bad |= p == MAP_FAILED;
		  bad |= map(3 * MIB, RW, MAP_SHARED | MAP_ANONYMOUS) ==
			 MAP_FAILED;
		  errno = 0;
		  bad |= !mprotect(p, 3 * MIB, RW) || errno != ENOMEM;
		  bad |= (unsigned long)syscall(SYS_brk, brk + 3 * MIB) != brk;
		  bad |= (unsigned long)syscall(SYS_brk, brk + MIB) !=
			 brk + MIB;
		  _exit(bad);
	  }) == 0,
	  "RLIMIT_DATA bounds private writable memory and the heap");
	T(WTERMSIG(in_child({
		  volatile char *sp = __builtin_frame_address(0);

		  set_limit(RLIMIT_STACK, MIB);
		  sp[-(2L << 20)] = 1;
	  })) == SIGSEGV,
	  "RLIMIT_STACK bounds the stack");
	T(in_child({
		  volatile char *sp = __builtin_frame_address(0);

		  set_limit(RLIMIT_STACK, 4 * MIB);
		  sp[-(2L << 20)] = 1;
		  _exit(0);
	  }) == 0,
	  "which grows inside it");
	T(in_child({
		  char *p;
		  int bad = 0;

		  set_limit(RLIMIT_MEMLOCK, 4 * PAGE);
		  bad |= setgid(65534) || setuid(65534);
		  p = map(8 * PAGE, RW, PRIV);
		  errno = 0;
		  bad |= !mlock(p, 5 * PAGE) || errno != ENOMEM;
		  bad |= mlock(p, 4 * PAGE);
		  errno = 0;
		  bad |= !FAILS(map(PAGE, RW, PRIV | MAP_LOCKED), EAGAIN);
		  _exit(bad);
	  }) == 0,
	  "RLIMIT_MEMLOCK bounds locked memory");
}

int main(void)
{
	promises();
	too_much();
	limit_and_settings();
	limits();
	return done();
}
