/* SPDX-License-Identifier: MIT */
/* The calls: random arguments, the call as C, its result. */
#include "mmfuzz.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MREMAP_DONTUNMAP_ 4

/*
 * Which call made each page what it is. Where two mappings meet, Linux merges
 * or not by what happened to their pages before; mremap() looks at single
 * areas, so it gets ranges that one call made.
 */
static unsigned int made_by[ARENA_PAGES];
static unsigned int last_made;
static bool cut[ARENA_PAGES + 1]; /* something else may begin with the page */

/* --- saying it ---------------------------------------------------------------------- */

/* Print the call; false: that was all that is wanted. */
__attribute__((format(printf, 1, 2))) static bool call(const char *fmt, ...)
{
	static char s[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s, sizeof(s), fmt, ap);
	va_end(ap);
	if (as_c)
		say("\tshow(%s);\n", s);
	else
		say("%s", s);
	return !as_c;
}

static const char *error_name(int error)
{
	static char s[16];

	switch (error) {
#define E(x)                                                                   \
	case x:                                                                \
		return #x
		E(EPERM);
		E(ENOENT);
		E(EINTR);
		E(EIO);
		E(EBADF);
		E(EAGAIN);
		E(ENOMEM);
		E(EACCES);
		E(EFAULT);
		E(EBUSY);
		E(EEXIST);
		E(ENODEV);
		E(EINVAL);
		E(EFBIG);
		E(EOVERFLOW);
		E(EOPNOTSUPP);
		E(ENOSYS);
		E(ETXTBSY);
		E(ESRCH);
#undef E
	}
	snprintf(s, sizeof(s), "E%d", error);
	return s;
}

static long result(long r)
{
	int e = errno;

	if (r == -1)
		say(" = -1 %s", error_name(e));
	else if (r >= 0x10000 || r < -1)
		say(" = %s", place((void *)r));
	else
		say(" = %ld", r);
	return r;
}

static void outcome(struct outcome o)
{
	if (o.sig)
		say(" = %s code %d at %s",
		    o.sig == SIGSEGV ? "SIGSEGV" : "SIGBUS", o.code,
		    place(o.addr));
	else
		say(" = %x", o.byte);
}

struct flag {
	unsigned long bit;
	const char *name;
};

static const char *flags_text(unsigned long flags, const struct flag *f)
{
	static char ring[2][256];
	static int next;
	char *s = ring[next++ % 2];
	size_t n = 0;

	for (; f->name; f++)
		if (flags & f->bit) {
			n += (size_t)snprintf(s + n, 256 - n, "%s%s",
					      n ? " | " : "", f->name);
			flags &= ~f->bit;
		}
	if (flags || !n)
		snprintf(s + n, 256 - n, "%s%#lx", n ? " | " : "", flags);
	return s;
}

static const char *prot_text(unsigned long prot)
{
	static const struct flag f[] = { { PROT_READ, "PROT_READ" },
					 { PROT_WRITE, "PROT_WRITE" },
					 { PROT_EXEC, "PROT_EXEC" },
					 { PROT_GROWSDOWN, "PROT_GROWSDOWN" },
					 { PROT_GROWSUP, "PROT_GROWSUP" },
					 { 0, NULL } };

	return prot ? flags_text(prot, f) : "PROT_NONE";
}

static const char *map_text(unsigned long flags)
{
#define F(x)                                                                   \
	{                                                                      \
		x, #x                                                          \
	}
	static const struct flag f[] = {
		F(MAP_SHARED_VALIDATE), F(MAP_FIXED),	 F(MAP_ANONYMOUS),
		F(MAP_GROWSDOWN),	F(MAP_LOCKED),	 F(MAP_NORESERVE),
		F(MAP_POPULATE),	F(MAP_NONBLOCK), F(MAP_STACK),
		F(MAP_FIXED_NOREPLACE), { 0, NULL }
	};
#undef F
	static char s[256];

	if ((flags & 3) == 3)
		return flags_text(flags, f);
	snprintf(s, sizeof(s), "%s | %s",
		 (flags & 3) == 1   ? "MAP_SHARED"
		 : (flags & 3) == 2 ? "MAP_PRIVATE"
				    : "0",
		 flags_text(flags & ~3UL, f));
	return s;
}

/* --- random arguments ----------------------------------------------------------------- */

/* A page: most often in a small, crowded part of the arena. */
static char *rnd_page(void)
{
	unsigned int n = rnd(10);

	if (n < 7)
		return ARENA + (200 + rnd(48)) * PAGE;
	return ARENA + rnd(n < 9 ? 300 : ARENA_PAGES - 1) * PAGE;
}

static char *rnd_heap(void)
{
	return heap + rnd(HEAP_PAGES) * PAGE;
}

/* A length that keeps to the window of @addr. */
static unsigned long rnd_pages(const char *addr)
{
	unsigned long n = 1 + rnd(rnd(4) ? 8 : 40), room;

	if (addr >= ARENA)
		room = (unsigned long)(ARENA + ARENA_PAGES * PAGE - addr);
	else
		room = (unsigned long)(heap + HEAP_PAGES * PAGE - addr);
	room /= PAGE;
	return n < room ? n : room ? room : 1;
}

/* Once in a while one that no call should like, or an odd one. */
static unsigned long rnd_length(const char *addr)
{
	unsigned long n = rnd_pages(addr) * PAGE;

	switch (rnd(60)) {
	case 0:
		return 0;
	case 1:
		return -PAGE;
	case 2:
		return 1UL << 63;
	case 3:
		return ~0UL;
	case 4:
	case 5:
		return n - PAGE + 1;
	case 6:
		return n - 1;
	}
	return n;
}

static char *rnd_range(unsigned long *len)
{
	char *p = (classes & BREAK) && rnd(16) == 0 ? rnd_heap() : rnd_page();

	*len = rnd_length(p);
	return rnd(50) ? p : p + 1 + rnd(4095);
}

static unsigned long rnd_prot(void)
{
	static const unsigned long prots[] = {
		PROT_NONE,
		PROT_READ,
		PROT_READ | PROT_WRITE,
		PROT_READ | PROT_WRITE,
		PROT_READ | PROT_WRITE,
		PROT_WRITE,
		PROT_READ | PROT_EXEC,
		PROT_READ | PROT_WRITE | PROT_EXEC,
	};

	return prots[rnd(8)];
}

static void make(const char *addr, unsigned long len)
{
	unsigned long i = (unsigned long)(addr - ARENA) / PAGE;
	unsigned long end = i + (len + PAGE - 1) / PAGE;

	for (last_made++; i < end && i < ARENA_PAGES; i++) {
		made_by[i] = last_made;
		cut[i] = false;
	}
}

/* What a stack grows into there is part of nothing that the steps know. */
static void unmake(const char *addr, unsigned long len)
{
	for (unsigned long done = 0; done < len; done += PAGE)
		make(addr + done, PAGE);
}

/*
 * A call has changed what maps does not show; or it failed, and newer kernels
 * leave the areas cut that MAP_FIXED would have replaced.
 */
static void split(const char *addr, unsigned long len)
{
	unsigned long i = (unsigned long)(addr - ARENA) / PAGE;
	unsigned long end = i + (len + PAGE - 1) / PAGE;

	if (i < ARENA_PAGES)
		cut[i] = true;
	if (end < ARENA_PAGES)
		cut[end] = true;
}

/* How far from @addr the mapping that is there goes, in pages. */
static unsigned long made_pages(const char *addr, unsigned long pages)
{
	unsigned long i = (unsigned long)(addr - ARENA) / PAGE, n = 1;

	while (n < pages && i + n < ARENA_PAGES &&
	       made_by[i + n] == made_by[i] && !cut[i + n])
		n++;
	return n;
}

static bool in_arena(long r)
{
	return (char *)r >= ARENA && (char *)r < ARENA + ARENA_PAGES * PAGE;
}

/* --- mmap, munmap, mprotect, brk -------------------------------------------------------- */

static unsigned long rnd_map_flags(void)
{
	static const unsigned long extra[] = { MAP_POPULATE, MAP_NORESERVE,
					       MAP_STACK, MAP_NONBLOCK,
					       MAP_POPULATE | MAP_NONBLOCK };
	unsigned long flags = 0;

	if (rnd(4) == 0)
		flags |= extra[rnd(5)];
	if (rnd(24) == 0)
		flags |= MAP_GROWSDOWN;
	if (rnd(24) == 0 && (classes & LOCK))
		flags |= MAP_LOCKED;
	if (rnd(8))
		return flags | MAP_FIXED;
	return flags | (rnd(2) ? MAP_FIXED_NOREPLACE : 0);
}

static unsigned long rnd_map_type(void)
{
	unsigned int n = rnd(40);

	if (n == 0)
		return MAP_SHARED_VALIDATE;
	if (n == 1)
		return 0;
	return n < 26 ? MAP_PRIVATE : MAP_SHARED;
}

/*
 * MAP_STACK is for shared anonymous memory only, which never merges: from 6.7 on
 * it keeps areas apart (VM_NOHUGEPAGE), when the kernel has huge pages.
 */
static void do_mmap(void)
{
	char *addr = rnd_page();
	unsigned long len = rnd_length(addr), prot = rnd_prot(), off = 0;
	unsigned long flags = rnd_map_flags() | rnd_map_type();
	int f = -1;
	long r;

	if (rnd(3)) {
		flags |= MAP_ANONYMOUS;
	} else {
		f = (int)rnd(4) == 0;
		off = rnd(FILE_PAGES + 4) * PAGE + (rnd(60) ? 0 : 512);
	}
	if (rnd(80) == 0)
		flags ^= MAP_ANONYMOUS;
	if (rnd(50) == 0)
		addr += 8;
	if (f >= 0 || (flags & (MAP_ANONYMOUS | 3)) != (MAP_ANONYMOUS | 1))
		flags &= ~(unsigned long)MAP_STACK;
	if (!call("mmap(%s, 0x%lx, %s, %s, %s, 0x%lx)", place(addr), len,
		  prot_text(prot), map_text(flags),
		  f < 0 ? "-1"
		  : f	? "F1"
			: "F0",
		  off))
		return;
	r = result(syscall(SYS_mmap, addr, len, prot, flags,
			   f < 0 ? -1 : file[f], off));
	if (r == -1)
		split(addr, len);
	else if (in_arena(r))
		make((char *)r, len);
	else
		munmap((void *)r, len);
}

static void do_munmap(void)
{
	unsigned long len;
	char *addr = rnd_range(&len);

	if (call("munmap(%s, 0x%lx)", place(addr), len) &&
	    result(syscall(SYS_munmap, addr, len)) == 0)
		unmake(addr, len);
}

static void do_mprotect(void)
{
	unsigned long len, prot = rnd_prot();
	char *addr = rnd_range(&len);

	switch (rnd(50)) {
	case 0:
		prot |= 0x40;
		break;
	case 1:
	case 2:
		prot |= PROT_GROWSDOWN;
		break;
	case 3:
		prot |= PROT_GROWSUP;
		break;
	}
	if (call("mprotect(%s, 0x%lx, %s)", place(addr), len, prot_text(prot)))
		result(syscall(SYS_mprotect, addr, len, prot));
	/* Whether the parts become one again depends on Linux's anon_vma. */
	split(addr, len);
}

static void do_brk(void)
{
	char *to = heap + rnd(HEAP_PAGES) * PAGE + (rnd(2) ? 0 : rnd(4096));

	if (call("brk(%s)", place(to)))
		result(syscall(SYS_brk, to));
}

/* --- looking at memory --------------------------------------------------------------------- */

static char *rnd_byte(void)
{
	char *p = (classes & BREAK) && rnd(12) == 0 ? rnd_heap() : rnd_page();

	return p + (rnd(2) ? 17 : rnd(4096));
}

static void do_probe(void)
{
	char *addr = rnd_byte();
	unsigned char byte = (unsigned char)rnd(256);

	if (rnd(5) < 3) {
		if (call("poke(%s, 0x%x)", place(addr), byte))
			outcome(access_memory(addr, 'w', byte));
	} else if (call("peek(%s)", place(addr))) {
		outcome(access_memory(addr, 'r', 0));
	}
}

/* Plant a return instruction, look whether it is there, call it. */
static void do_execute(void)
{
	char *addr = rnd_page() + 64;
	struct outcome o;

	if (!call("execute(%s)", place(addr)))
		return;
	outcome(access_memory(addr, 'w', 0xc3));
	o = access_memory(addr, 'r', 0);
	outcome(o);
	if (o.sig || o.byte == 0xc3)
		outcome(access_memory(addr, 'x', 0));
}

/*
 * pwrite() that cannot read a byte of its buffer lets a tmpfs file of newer
 * kernels grow nevertheless: it starts inside the file, then.
 */
static void do_pwrite(char *addr, unsigned long len, unsigned long off)
{
	static char good[4 * PAGE];
	bool is_good = rnd(3) == 0;
	struct stat st;

	if (!call("pwrite(F0, %s, 0x%lx, 0x%lx)",
		  is_good ? "good" : place(addr), len, off))
		return;
	fstat(file[0], &st);
	if (is_good || (long)off < st.st_size)
		result(pwrite(file[0], is_good ? good : addr, len, (off_t)off));
}

static void do_file_io(void)
{
	char *addr = rnd_byte();
	unsigned long len = 1 + rnd(rnd(2) ? 3 * PAGE : 64);
	unsigned long off = rnd(FILE_PAGES * PAGE);

	if (rnd(2))
		do_pwrite(addr, len, off);
	else if (call("pread(F0, %s, 0x%lx, 0x%lx)", place(addr), len, off))
		result(pread(file[0], addr, len, (off_t)off));
}

/* Through a pipe: at most one page, which either end takes whole. */
static void do_pipe_io(void)
{
	static char junk[PAGE];
	char *addr = rnd_byte();
	unsigned long len = 1 + rnd(200);
	int fd[2];

	memset(junk, 'p', sizeof(junk));
	if (rnd(2)) {
		if (!call("pipe_read(%s, 0x%lx)", place(addr), len) || pipe(fd))
			return;
		if (write(fd[1], junk, len) == (long)len)
			result(read(fd[0], addr, len));
	} else {
		if (!call("pipe_write(%s, 0x%lx)", place(addr), len) ||
		    pipe(fd))
			return;
		result(write(fd[1], addr, len));
	}
	close(fd[0]);
	close(fd[1]);
}

static void do_vm_copy(void)
{
	static char buf[2 * PAGE];
	char *addr = rnd_byte();
	unsigned long len = 1 + rnd(2 * PAGE);
	struct iovec here = { buf, len }, there = { addr, len };
	bool out = rnd(2);

	memset(buf, 'v', sizeof(buf));
	/* Newer kernels do not make another's stack grow. */
	if (!as_c && (!one_area(addr, 1) || !one_area(addr + len, 1)))
		len = 1;
	if (!as_c && !one_area(addr, 1))
		return;
	if (call("process_vm_%s(%s, 0x%lx)", out ? "writev" : "readv",
		 place(addr), len))
		result(syscall(out ? SYS_process_vm_writev
				   : SYS_process_vm_readv,
			       getpid(), &here, 1, &there, 1, 0));
}

static void do_mincore(void)
{
	static unsigned char vec[ARENA_PAGES + 8];
	unsigned long len;
	char *addr = rnd_range(&len);
	long r;

	if (!call("mincore(%s, 0x%lx, vec)", place(addr), len))
		return;
	memset(vec, 2, sizeof(vec));
	r = result(syscall(SYS_mincore, addr, len, vec));
	if (r)
		return;
	say(" ");
	for (unsigned long i = 0; i < (len + PAGE - 1) / PAGE; i++)
		say("%x", vec[i]);
}

/* --- madvise, mlock, msync ------------------------------------------------------------------- */

static int rnd_advice(void)
{
	static const int few[] = { MADV_DONTNEED, MADV_DONTNEED, MADV_DONTNEED,
				   MADV_DONTFORK, MADV_DOFORK };
	static const int all[] = { MADV_NORMAL,
				   MADV_RANDOM,
				   MADV_SEQUENTIAL,
				   MADV_WILLNEED,
				   MADV_REMOVE,
				   MADV_WIPEONFORK,
				   MADV_KEEPONFORK,
				   MADV_DONTDUMP,
				   MADV_DODUMP,
				   MADV_COLD,
				   22 /* MADV_POPULATE_READ */,
				   23 /* MADV_POPULATE_WRITE */,
				   24 /* MADV_DONTNEED_LOCKED */,
				   99 };

	if (!(classes & ADVICES) || ((classes & ADVICE) && rnd(2)))
		return few[rnd(5)];
	return all[rnd(14)];
}

/* madvise() goes on behind holes: 1 << 63 would reach the program's stack. */
static char *rnd_advice_range(unsigned long *len)
{
	char *addr = rnd_range(len);

	if (*len == 1UL << 63)
		*len = -PAGE;
	return addr;
}

/*
 * Newer kernels take MADV_REMOVE without write access, and stop populating at
 * the first hole.
 */
static bool same_since_6_1(const char *addr, unsigned long len, int advice)
{
	unsigned long pages = (len + PAGE - 1) / PAGE;

	if (advice == MADV_REMOVE)
		return writable_area(addr, pages);
	return (advice != 22 && advice != 23) || one_area(addr, pages);
}

static void do_madvise(void)
{
	unsigned long len;
	char *addr = rnd_advice_range(&len);
	int advice = rnd_advice();

	if (!as_c && !same_since_6_1(addr, len, advice))
		advice = MADV_DONTNEED;
	if (!call("madvise(%s, 0x%lx, %d)", place(addr), len, advice))
		return;
	result(syscall(SYS_madvise, addr, len, advice));
	if (advice != MADV_DONTNEED)
		split(addr, len);
}

/* When MADV_FREE's pages go is the kernel's choice: they go at once. */
static void do_madvise_free(void)
{
	unsigned long len;
	char *addr = rnd_advice_range(&len);

	if (!call("free_and_drop(%s, 0x%lx)", place(addr), len))
		return;
	result(syscall(SYS_madvise, addr, len, MADV_FREE));
	result(syscall(SYS_madvise, addr, len, MADV_DONTNEED));
}

static void do_mlock(void)
{
	unsigned long len;
	char *addr = rnd_range(&len);
	unsigned int how = rnd(5), flags = rnd(10) ? rnd(2) : 2;

	if (how < 2) {
		if (call("munlock(%s, 0x%lx)", place(addr), len))
			result(syscall(SYS_munlock, addr, len));
	} else if (how < 4) {
		if (call("mlock(%s, 0x%lx)", place(addr), len))
			result(syscall(SYS_mlock, addr, len));
	} else if (call("mlock2(%s, 0x%lx, %u)", place(addr), len, flags)) {
		result(syscall(SYS_mlock2, addr, len, flags));
	}
	if (as_c)
		return;
	split(addr, len);
	print_locked();
}

static void do_mlockall(void)
{
	static const int flags[] = { MCL_CURRENT,
				     MCL_FUTURE,
				     MCL_CURRENT | MCL_FUTURE,
				     MCL_CURRENT | MCL_ONFAULT,
				     MCL_FUTURE | MCL_ONFAULT,
				     MCL_ONFAULT,
				     0,
				     8 };
	int f = flags[rnd(8)];

	if (rnd(3)) {
		if (call("munlockall()"))
			all_locked &= result(syscall(SYS_munlockall)) != 0;
	} else if (call("mlockall(%d)", f)) {
		all_locked |= result(syscall(SYS_mlockall, f)) == 0;
	}
}

static void do_msync(void)
{
	unsigned long len;
	char *addr = rnd_range(&len);
	unsigned int flags = rnd(10);

	if (call("msync(%s, 0x%lx, %u)", place(addr), len, flags))
		result(syscall(SYS_msync, addr, len, flags));
}

/* --- mremap ------------------------------------------------------------------------------------- */

/*
 * Where the kernel chooses the place, the mapping is brought to a second one
 * that the steps know.
 */
static void bring_back(long r, unsigned long len, char *to)
{
	unsigned long n = (len + PAGE - 1) & -PAGE;

	if (in_arena(r)) {
		make((char *)r, len);
		return;
	}
	if (to + n > ARENA + ARENA_PAGES * PAGE)
		to = ARENA;
	say(" back");
	r = result(syscall(SYS_mremap, r, n, n, MREMAP_MAYMOVE | MREMAP_FIXED,
			   to));
	if (r != -1)
		make((char *)r, n);
}

static unsigned long rnd_mremap_flags(void)
{
	switch (rnd(10)) {
	case 0:
		return 0;
	case 1:
		return MREMAP_FIXED;
	case 2:
	case 3:
		return MREMAP_MAYMOVE | MREMAP_FIXED;
	case 4:
		return MREMAP_MAYMOVE | MREMAP_DONTUNMAP_;
	case 5:
		return MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP_;
	case 6:
		return MREMAP_DONTUNMAP_ | (rnd(2) ? 8 : 0);
	}
	return MREMAP_MAYMOVE;
}

static void do_mremap(void)
{
	char *addr = rnd_page(), *to = rnd_page();
	unsigned long flags = rnd_mremap_flags();
	unsigned long was = rnd_pages(addr) * PAGE, len = rnd_pages(to) * PAGE;
	bool locked;
	long r;

	if (rnd(20) == 0)
		was = 0;
	if (rnd(30) == 0)
		len = rnd_length(to);
	if (rnd(50) == 0)
		addr += 16;
	if (rnd(50) == 0)
		to += 16;
	if (rnd(4) == 0 || (flags & MREMAP_DONTUNMAP_ && rnd(8)))
		len = was;
	if (!as_c && was) {
		unsigned long n = made_pages(addr, was / PAGE) * PAGE;

		len = len == was ? n : len;
		was = n;
		/* From 6.17 on, Linux moves several areas at once. */
		if (was == len && !one_area(addr, was / PAGE))
			flags &= ~(unsigned long)MREMAP_MAYMOVE;
	}
	/* The target was checked behind the source, and is before it now. */
	if (!as_c && !one_area(addr, 1)) {
		flags &= MREMAP_MAYMOVE;
		len = was;
	}
	if (!call("mremap(%s, 0x%lx, 0x%lx, %#lx, %s)", place(addr), was, len,
		  flags, place(to)))
		return;
	locked = !as_c && flags & MREMAP_DONTUNMAP_ && locked_kib();
	r = result(syscall(SYS_mremap, addr, was, len, flags, to));
	/* Linux from 6.17 on goes on counting what this unlocks. */
	lock_lost |= r != -1 && locked;
	if (r != -1)
		unmake(addr, was);
	if (r != -1 && (char *)r != addr)
		bring_back(r, len, to);
	else if (r != -1)
		make(addr, len);
}

static void do_remap_file_pages(void)
{
	unsigned long len;
	char *addr = rnd_range(&len);
	unsigned long pgoff = rnd(FILE_PAGES);

	if (call("remap_file_pages(%s, 0x%lx, 0, %lu, 0)", place(addr), len,
		 pgoff))
		result(syscall(SYS_remap_file_pages, addr, len, 0, pgoff, 0));
}

/* --- the file ------------------------------------------------------------------------------------ */

static void do_truncate(void)
{
	unsigned long size = rnd(FILE_PAGES + 4) * PAGE;

	if (rnd(2))
		size += rnd(4096);
	if (call("ftruncate(F0, 0x%lx)", size))
		result(ftruncate(file[0], (off_t)size));
}

static void do_fallocate(void)
{
	static const int modes[] = { 0, FALLOC_FL_KEEP_SIZE,
				     FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				     FALLOC_FL_PUNCH_HOLE };
	unsigned long off = rnd(FILE_PAGES) * PAGE, len = rnd(9) * PAGE;
	int mode = modes[rnd(4)];

	if (rnd(2))
		off += rnd(4096), len += rnd(4096);
	if (!call("fallocate(F0, %d, 0x%lx, 0x%lx)", mode, off, len))
		return;
	result(syscall(SYS_fallocate, file[0], mode, off, len));
}

/* --- limits --------------------------------------------------------------------------------------- */

/* A mapping while only a few more pages are allowed. */
static void do_limited(void)
{
	unsigned long pages = 1 + rnd(12), room = rnd(12);
	char *addr = rnd_page();
	struct rlimit old, tight;

	if (!call("limited_mmap(%s, %lu, %lu)", place(addr), pages, room))
		return;
	getrlimit(RLIMIT_AS, &old);
	tight = old;
	tight.rlim_cur = ((unsigned long)statm_pages() + room) * PAGE;
	setrlimit(RLIMIT_AS, &tight);
	if (result(syscall(SYS_mmap, addr, pages * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)) ==
	    -1)
		split(addr, pages * PAGE);
	else
		make(addr, pages * PAGE);
	setrlimit(RLIMIT_AS, &old);
}

/* --- one of them ------------------------------------------------------------------------------------ */

static const struct {
	unsigned int class, weight;
	void (*run)(void);
} table[] = {
	{ BASIC, 22, do_mmap },
	{ BASIC, 9, do_munmap },
	{ BASIC, 16, do_mprotect },
	{ BASIC, 40, do_probe },
	{ BASIC, 4, do_execute },
	{ BASIC, 8, do_file_io },
	{ BASIC, 4, do_pipe_io },
	{ BREAK, 4, do_brk },
	{ ADVICE, 8, do_madvise },
	{ ADVICES, 6, do_madvise },
	{ ADVICES, 1, do_madvise_free },
	{ REMAP, 12, do_mremap },
	{ LOCK, 5, do_mlock },
	{ LOCKALL, 1, do_mlockall },
	{ INCORE, 4, do_mincore },
	{ SYNC, 3, do_msync },
	{ TRUNCATE, 3, do_truncate },
	{ ALLOCATE, 3, do_fallocate },
	{ FILEPAGES, 1, do_remap_file_pages },
	{ VMCOPY, 3, do_vm_copy },
	{ LIMIT, 1, do_limited },
};

void random_call(void)
{
	unsigned int total = 0, n, i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].class & classes)
			total += table[i].weight;
	n = rnd(total);
	for (i = 0;; i++) {
		if (!(table[i].class & classes))
			continue;
		if (n < table[i].weight)
			break;
		n -= table[i].weight;
	}
	table[i].run();
}
