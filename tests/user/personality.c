/* SPDX-License-Identifier: MIT */
/* personality(2), and what it does to the address space. */
#include "maps.h"
#include <fcntl.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#define MMAP_TOP    0x7ffff7fff000UL
#define STACK_END   0x7ffffffff000UL
#define LEGACY_BASE 0x2aaaaaaab000UL

/* The raw system call: libc would take -1 for an error. */
static long persona(unsigned int p)
{
	return syscall(SYS_personality, (unsigned long)p);
}

/* --- what the program that was run again sees ----------------------------- */

static int same_page_zero(void)
{
	unsigned long start, end;

	return sscanf(maps_text(), "%lx-%lx r-xp", &start, &end) == 2 &&
	       start == 0 && end == PAGE;
}

static int report(const char *what)
{
	unsigned long end, vdso_end;
	char *p = anon(PAGE, PROT_READ);

	if (!strcmp(what, "persona"))
		return (int)(persona(0xffffffff) >> 16 & 0xff);
	if (!strcmp(what, "fixed"))
		return area_named("[stack]", &end) && end == STACK_END &&
		       area_named("[vdso]", &vdso_end) && vdso_end == MMAP_TOP;
	if (!strcmp(what, "bottomup"))
		return area_named("[vvar]", &end) == LEGACY_BASE &&
		       p > (char *)LEGACY_BASE &&
		       p < (char *)LEGACY_BASE + MMAP_TOP / 8;
	if (!strcmp(what, "unlimited"))
		return area_named("[vdso]", &end) && end == 0x155555556000UL;
	if (!strcmp(what, "zero"))
		return same_page_zero();
	return 99;
}

/* Run this program again under @p; its answer to @what. */
static int again(unsigned int p, const char *what)
{
	int status = in_child({
		persona(p);
		execl("/proc/self/exe", "personality", what, NULL);
		_exit(98);
	});

	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* --- the bits --------------------------------------------------------------- */

static void test_bits(void)
{
	static const unsigned int odd[] = {
		0x00000001, 0x000000ff, 0x08000000,
		0x12345678, 0x80000000, 0xfffffffe
	};
	long last;

	is(persona(0xffffffff), 0, 0, "it is PER_LINUX");
	is(persona(ADDR_NO_RANDOMIZE), 0, 0, "setting returns the old one");
	is(persona(0xffffffff), ADDR_NO_RANDOMIZE, 0, "asking changes nothing");
	last = ADDR_NO_RANDOMIZE;
	for (unsigned int i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		is(persona(odd[i]), last, 0, "%#x is taken", odd[i]);
		last = odd[i];
	}
	is(persona(0), last, 0, "and read back");
	persona(ADDR_NO_RANDOMIZE | SHORT_INODE);
	T(in_child(_exit(persona(0xffffffff) ==
			 (ADDR_NO_RANDOMIZE | SHORT_INODE))) == 1 << 8,
	  "a child has its parent's");
	persona(0);
}

static void test_exec(void)
{
	T(again(ADDR_NO_RANDOMIZE | ADDR_COMPAT_LAYOUT | READ_IMPLIES_EXEC |
			UNAME26,
		"persona") ==
		  (ADDR_NO_RANDOMIZE | ADDR_COMPAT_LAYOUT | UNAME26) >> 16,
	  "exec keeps it, but for READ_IMPLIES_EXEC");
	T(again(ADDR_NO_RANDOMIZE, "fixed") == 1,
	  "ADDR_NO_RANDOMIZE: the stack ends at 0x7ffffffff000, the mappings at 0x7ffff7fff000");
	T(again(ADDR_NO_RANDOMIZE | ADDR_COMPAT_LAYOUT, "bottomup") == 1,
	  "ADDR_COMPAT_LAYOUT: mappings from 0x2aaaaaaab000 upwards");
	T(again(MMAP_PAGE_ZERO, "zero") == 1,
	  "MMAP_PAGE_ZERO maps page 0 for root");
	T(in_child({
		  struct rlimit rl = { RLIM_INFINITY, RLIM_INFINITY };

		  setrlimit(RLIMIT_STACK, &rl);
		  _exit(again(ADDR_NO_RANDOMIZE, "unlimited"));
	  }) == 1 << 8,
	  "an unlimited stack gets five sixths, top-down as ever");
}

/* --- set-id programs ------------------------------------------------------------ */

/* A copy of this program, which runs as its owner, root. */
static void make_setuid(const char *name)
{
	static char buf[65536];
	int from = open("/proc/self/exe", O_RDONLY);
	int to = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0755);
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0)
		if (write(to, buf, (size_t)n) != n)
			break;
	fchmod(to, 04755);
	close(from);
	close(to);
}

static void test_setid(void)
{
	int status;

	make_setuid("setuid");
	status = in_child({
		if (setgid(65534) || setuid(65534))
			_exit(97);
		persona(ADDR_NO_RANDOMIZE | ADDR_COMPAT_LAYOUT | UNAME26);
		execl("./setuid", "setuid", "persona", NULL);
		_exit(98);
	});
	T(WIFEXITED(status) && WEXITSTATUS(status) == UNAME26 >> 16,
	  "a set-uid program starts without what could weaken it");
	unlink("setuid");
}

/* --- READ_IMPLIES_EXEC -------------------------------------------------------- */

static void test_read_implies_exec(void)
{
	char *p, *heap = sbrk(0);
	unsigned long from, end;

	(void)heap;
	persona(READ_IMPLIES_EXEC);
	p = anon(4 * PAGE, PROT_READ);
	T_AREAS(p, 4 * PAGE, "0-4 r-xp", "PROT_READ becomes r-x");
	mprotect(p, PAGE, PROT_READ | PROT_WRITE);
	T_AREAS(p, 4 * PAGE, "0-1 rwxp, 1-4 r-xp", "with mprotect, too");
	mprotect(p, PAGE, PROT_NONE);
	T_AREAS(p, 4 * PAGE, "0-1 ---p, 1-4 r-xp", "PROT_NONE stays");
	mprotect(p + PAGE, PAGE, PROT_WRITE);
	T_AREAS(p, 4 * PAGE, "0-1 ---p, 1-2 -w-p, 2-4 r-xp",
		"so does PROT_WRITE");
	from = area_named("[vvar]", &end);
	is(mprotect((void *)from, end - from, PROT_READ), 0, 0,
	   "what cannot become executable is left readable");
	persona(0);
	munmap(p, 4 * PAGE);
	p = anon(PAGE, PROT_READ);
	T_AREAS(p, PAGE, "0-1 r--p", "off again");
}

static void test_uname(void)
{
	struct utsname u;

	persona(PER_LINUX32);
	uname(&u);
	T(!strcmp(u.machine, "i686"), "PER_LINUX32: the machine is an i686");
	persona(UNAME26);
	uname(&u);
	T(!strncmp(u.release, "2.6.", 4) && atoi(u.release + 4) > 60,
	  "UNAME26: the release is a 2.6");
	persona(0);
	uname(&u);
	T(!strcmp(u.machine, "x86_64") && strncmp(u.release, "2.6.", 4),
	  "else it is not");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return report(argv[1]);
	test_bits();
	test_exec();
	test_setid();
	test_read_implies_exec();
	test_uname();
	return done();
}
