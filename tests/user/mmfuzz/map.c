/* SPDX-License-Identifier: MIT */
/* Calls that make areas, change or remove them. */
#include "calls.h"
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

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
void do_mmap(void)
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
	if (r != -1 && !in_arena(r))
		munmap((void *)r, len);
}

void do_munmap(void)
{
	unsigned long len;
	char *addr = rnd_range(&len);

	if (call("munmap(%s, 0x%lx)", place(addr), len))
		result(syscall(SYS_munmap, addr, len));
}

void do_mprotect(void)
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
}

void do_brk(void)
{
	char *to = heap + rnd(HEAP_PAGES) * PAGE + (rnd(2) ? 0 : rnd(4096));

	if (call("brk(%s)", place(to)))
		result(syscall(SYS_brk, to));
}

void do_remap_file_pages(void)
{
	unsigned long len;
	char *addr = rnd_range(&len);
	unsigned long pgoff = rnd(FILE_PAGES);

	if (call("remap_file_pages(%s, 0x%lx, 0, %lu, 0)", place(addr), len,
		 pgoff))
		result(syscall(SYS_remap_file_pages, addr, len, 0, pgoff, 0));
}

/*
 * A mapping while only a few more pages are allowed. When it fails, Linux from
 * 6.12 on leaves the areas cut that it would have replaced; everybody loses
 * them.
 */
void do_limited(void)
{
	unsigned long pages = 1 + rnd(12), room = rnd(12);
	char *addr = rnd_page();
	struct rlimit old, tight;
	long r;

	if (!call("limited_mmap(%s, %lu, %lu)", place(addr), pages, room))
		return;
	getrlimit(RLIMIT_AS, &old);
	tight = old;
	tight.rlim_cur = ((unsigned long)statm_pages() + room) * PAGE;
	setrlimit(RLIMIT_AS, &tight);
	r = result(syscall(SYS_mmap, addr, pages * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	setrlimit(RLIMIT_AS, &old);
	if (r != -1)
		return;
	say(one_area(addr, pages) ? " still there" : " as before");
	munmap(addr, pages * PAGE);
}
