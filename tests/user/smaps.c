/* SPDX-License-Identifier: MIT */
/* /proc/PID/smaps, smaps_rollup, clear_refs. */
#include "smaps.h"
#include <sys/syscall.h>

#define RW PROT_READ | PROT_WRITE

/* "Rss Pss Anonymous": those fields of the area at @p are 8, 4, 0 kB. */
static int fields(const void *p, const char *names, ...)
{
	char list[256], *name, *save = NULL, text[1 << 12];
	va_list ap;
	int ok = 1;

	strcpy(list, names);
	snprintf(text, sizeof(text), "%s", smaps_of(p));
	va_start(ap, names);
	for (name = strtok_r(list, " ", &save); name;
	     name = strtok_r(NULL, " ", &save)) {
		int want = va_arg(ap, int);
		long got = number_of(text, name);

		if (got != want)
			printf("# %s: expected %d, got %ld\n", name, want, got);
		ok &= got == want;
	}
	va_end(ap);
	return ok;
}

/* The two-letter flags; what only some kernels have is left out. */
static const char *flags_of(const void *p)
{
	static char flags[128];
	const char *at = strstr(smaps_of(p), "VmFlags:");
	char word[3];

	flags[0] = '\0';
	for (at = at ? at + 9 : ""; sscanf(at, "%2s", word) == 1; at += 3) {
		if (!strcmp(word, "sd"))
			continue;
		if (*flags)
			strcat(flags, " ");
		strcat(flags, word);
	}
	return flags;
}

#define T_FLAGS(p, want, ...)                                                  \
	({                                                                     \
		const char *f_got = flags_of(p);                               \
		if (!T(!strcmp(f_got, want), __VA_ARGS__))                     \
			printf("# expected %s, got %s\n", want, f_got);        \
	})

/* --- the text ------------------------------------------------------------------ */

static void lines(void)
{
	static const char *const names[] = {
		"Size",
		"KernelPageSize",
		"MMUPageSize",
		"Rss",
		"Pss",
		"Pss_Dirty",
		"Shared_Clean",
		"Shared_Dirty",
		"Private_Clean",
		"Private_Dirty",
		"Referenced",
		"Anonymous",
		"LazyFree",
		"AnonHugePages",
		"ShmemPmdMapped",
		"FilePmdMapped",
		"Shared_Hugetlb",
		"Private_Hugetlb",
		"Swap",
		"SwapPss",
		"Locked",
		"THPeligible",
		"VmFlags",
	};
	char *p = anon(8 * PAGE, RW), want[64], copy[1 << 12], *line, *save;
	unsigned int n = 0;
	int columns = 1;

	snprintf(copy, sizeof(copy), "%s", smaps_of(p));
	line = strtok_r(copy, "\n", &save);
	T(line && strstr(line, " rw-p 00000000 00:00 0 "),
	  "the first line is that of maps");
	while ((line = strtok_r(NULL, "\n", &save))) {
		size_t len = strcspn(line, ":");

		/* Newer than what IKOS follows, or only on some machines. */
		if (!strncmp(line, "KSM:", 4) ||
		    !strncmp(line, "ProtectionKey:", 14))
			continue;
		if (n < 23)
			T(!strncmp(line, names[n], len) && !names[n][len],
			  "line %u is %s", n + 1, names[n]);
		if (n < 21) {
			snprintf(want, sizeof(want), "%.*s:%*s%8ld kB",
				 (int)len, line, (int)(15 - len), "",
				 atol(line + len + 1));
			columns &= !strcmp(line, want);
		}
		n++;
	}
	T(n == 23, "there are no other lines");
	T(columns, "numbers end in column 24");
	munmap(p, 8 * PAGE);
}

static void flag_letters(void)
{
	char *p = anon(2 * PAGE, RW);

	T_FLAGS(p, "rd wr mr mw me ac", "anonymous memory");
	p[0] = 1;
	mprotect(p, 2 * PAGE, PROT_READ);
	T_FLAGS(p, "rd mr mw me ac", "it loses a right and stays accounted");
	mprotect(p, 2 * PAGE, RW | PROT_EXEC);
	T_FLAGS(p, "rd wr ex mr mw me ac", "it gains one");
	munmap(p, 2 * PAGE);
	p = anon(2 * PAGE, PROT_NONE);
	T_FLAGS(p, "mr mw me", "memory without rights");
	munmap(p, 2 * PAGE);
	p = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		 -1, 0);
	T_FLAGS(p, "rd wr mr mw me nr", "MAP_NORESERVE");
	munmap(p, PAGE);
	p = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	T_FLAGS(p, "rd wr sh mr mw me ms", "shared memory");
	munmap(p, PAGE);
	p = anon(PAGE, RW);
	madvise(p, PAGE, MADV_DONTFORK);
	T_FLAGS(p, "rd wr mr mw me dc ac", "MADV_DONTFORK");
	madvise(p, PAGE, MADV_DOFORK);
	madvise(p, PAGE, MADV_DONTDUMP);
	T_FLAGS(p, "rd wr mr mw me ac dd", "MADV_DONTDUMP");
	madvise(p, PAGE, MADV_DODUMP);
	madvise(p, PAGE, MADV_WIPEONFORK);
	T_FLAGS(p, "rd wr mr mw me ac wf", "MADV_WIPEONFORK");
	madvise(p, PAGE, MADV_KEEPONFORK);
	madvise(p, PAGE, MADV_SEQUENTIAL);
	T_FLAGS(p, "rd wr mr mw me sr ac", "MADV_SEQUENTIAL");
	madvise(p, PAGE, MADV_RANDOM);
	T_FLAGS(p, "rd wr mr mw me rr ac", "MADV_RANDOM");
	munmap(p, PAGE);
}

/* --- the figures ------------------------------------------------------------------ */

static void residency(void)
{
	char *p = anon(8 * PAGE, RW);

	T(fields(p, "Size KernelPageSize MMUPageSize Rss Pss Anonymous", 32, 4,
		 4, 0, 0, 0),
	  "untouched memory has a size and nothing else");
	p[0] = p[PAGE] = p[5 * PAGE] = 1;
	peek(p + 3 * PAGE);
	T(fields(p, "Rss Pss Pss_Dirty Private_Dirty Referenced Anonymous", 12,
		 12, 12, 12, 12, 12),
	  "three pages are written; the zero page does not count");
	T(fields(p, "Shared_Clean Shared_Dirty Private_Clean LazyFree Locked",
		 0, 0, 0, 0, 0),
	  "all are dirty and private");
	madvise(p, 2 * PAGE, MADV_DONTNEED);
	T(fields(p, "Size Rss Pss", 32, 4, 4), "two are dropped");
	mprotect(p, 8 * PAGE, PROT_NONE);
	T(fields(p, "Size Rss Pss Private_Dirty", 32, 4, 4, 4),
	  "a page without access is still there");
	munmap(p, 8 * PAGE);
}

static void sharing(void)
{
	char *p = anon(8 * PAGE, RW);

	memset(p, 1, 3 * PAGE);
	T(in_child(_exit(!fields(p,
				 "Rss Pss Shared_Dirty Private_Dirty "
				 "Anonymous Pss_Dirty",
				 12, 6, 12, 0, 12, 6))) == 0,
	  "after fork all is shared by two");
	T(in_child({
		  p[0] = 2;
		  _exit(!fields(p, "Rss Pss Shared_Dirty Private_Dirty", 12, 8,
				8, 4));
	  }) == 0,
	  "a page written by the child is its own");
	T(fields(p, "Rss Pss Shared_Dirty Private_Dirty", 12, 12, 0, 12),
	  "when the child has gone all is private again");
	T(in_child({
		  int status = in_child(
			  _exit(!fields(p, "Rss Pss Shared_Dirty", 12, 3, 12)));

		  _exit(status != 0);
	  }) == 0,
	  "a child's child: shared by three, each page rounded down");
	munmap(p, 8 * PAGE);
}

/* More than a page table full: tables may be shared, too. */
static void sharing_much(void)
{
	size_t len = 6UL << 20;
	char *p = mmap(NULL, len, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memset(p, 1, len);
	T(in_child(_exit(!fields(p, "Rss Pss Shared_Dirty Private_Dirty", 6144,
				 3072, 6144, 0))) == 0,
	  "6 MiB are shared by two after fork");
	T(in_child({
		  p[3 << 20] = 2;
		  _exit(!fields(p, "Rss Pss Shared_Dirty Private_Dirty", 6144,
				3074, 6140, 4));
	  }) == 0,
	  "but for the page that the child writes");
	T(fields(p, "Rss Pss Shared_Dirty Private_Dirty", 6144, 6144, 0, 6144),
	  "and are private again");
	munmap(p, len);
}

static void shared_memory(void)
{
	char *p = mmap(NULL, 4 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	p[0] = p[PAGE] = 1;
	T(fields(p, "Rss Pss Private_Dirty Anonymous", 8, 8, 8, 0),
	  "shared memory with one user");
	T(in_child({
		  int bad = !fields(p, "Size Rss Pss", 16, 0, 0);

		  peek(p);
		  peek(p + PAGE);
		  bad |= !fields(p, "Rss Pss Shared_Dirty Private_Dirty", 8, 4,
				 8, 0);
		  _exit(bad);
	  }) == 0,
	  "a child has none of it, then half");
	T(fields(p, "Pss Private_Dirty", 8, 8), "one user is left");
	munmap(p, 4 * PAGE);
}

static void locked(void)
{
	char *p = anon(4 * PAGE, RW);

	if (mlock(p, 2 * PAGE)) {
		T(0, "mlock");
		return;
	}
	T(fields(p, "Size Rss Pss Locked Private_Dirty", 8, 8, 8, 8, 8),
	  "locked pages are there");
	T_FLAGS(p, "rd wr mr mw me lo ac", "the flag of locked memory");
	T(fields(p + 2 * PAGE, "Size Rss Locked", 8, 0, 0),
	  "its neighbour is not");
	munlock(p, 2 * PAGE);
	T(fields(p, "Size Rss Locked", 16, 8, 0),
	  "unlocked it is one area again");
	munmap(p, 4 * PAGE);
}

static void private_file(void)
{
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *p;

	if (ftruncate(fd, 4 * PAGE))
		exit(99);
	p = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE, fd, 0);
	T(fields(p, "Size Rss", 16, 0), "a file, untouched");
	p[PAGE] = 1;
	T(fields(p, "Anonymous Private_Dirty", 4, 4),
	  "a private copy of its page is anonymous");
	T_FLAGS(p, "rd wr mr mw me ac", "its flags");
	munmap(p, 4 * PAGE);
	p = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);
	p[0] = p[PAGE] = p[2 * PAGE] = p[3 * PAGE] = 1;
	T(fields(p, "Rss Pss Private_Dirty Anonymous", 16, 16, 16, 0),
	  "written through a shared mapping it is dirty and not anonymous");
	T_FLAGS(p, "rd wr sh mr mw me ms", "its flags");
	munmap(p, 4 * PAGE);
	close(fd);
	fd = open("file", O_RDONLY);
	p = mmap(NULL, 4 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	T_FLAGS(p, "rd mr me ms", "shared, open for reading: never writable");
	munmap(p, 4 * PAGE);
	close(fd);
}

/* --- the stack ----------------------------------------------------------------------- */

/* "Only two pages of the 132 kB have been allocated." */
static void stack_with_two_pages(void)
{
	size_t len = 33 * PAGE;
	char *room = anon(1024 * PAGE, PROT_NONE), *p;

	munmap(room, 1024 * PAGE);
	p = mmap(room + 900 * PAGE, len, RW,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED, -1,
		 0);
	p[len - 1] = p[len - PAGE - 1] = 1;
	T(fields(p, "Size Rss Pss Private_Dirty Referenced Anonymous", 132, 8,
		 8, 8, 8, 8),
	  "two pages of a stack of 132 kB are resident");
	T(fields(p,
		 "Shared_Clean Shared_Dirty Private_Clean LazyFree Swap "
		 "SwapPss Locked",
		 0, 0, 0, 0, 0, 0, 0),
	  "all other figures are 0");
	T_FLAGS(p, "rd wr mr mw me gd ac", "a stack grows down");
	munmap(p, len);
}

static long own_stack(const char *name)
{
	char *text = proc_text("/proc/self/smaps");
	char *at = strstr(text, "[stack]");

	return at ? number_of(at, name) : -1;
}

static void own_stack_grows(void)
{
	char *deep = __builtin_alloca(64 * PAGE);
	long before, after;

	own_stack("Rss");
	before = own_stack("Rss");
	poke(deep + 32 * PAGE, 1);
	after = own_stack("Rss");
	T(before > 0 && after == before + 4,
	  "one more page touched is one more resident page");
	T(own_stack("Size") >= 64 * 4 &&
		  own_stack("Anonymous") == own_stack("Rss"),
	  "all of the stack is anonymous, and not all of it is there");
}

/* --- sums ------------------------------------------------------------------------------ */

static long sum(const char *name)
{
	size_t len = strlen(name);
	char *at = proc_text("/proc/self/smaps");
	long n = 0;

	for (; at && *at; at = (at = strchr(at, '\n')) ? at + 1 : NULL)
		if (!strncmp(at, name, len) && at[len] == ':')
			n += atol(at + len + 1);
	return n;
}

static void rollup(void)
{
	static const char *const names[] = { "Rss",	      "Shared_Clean",
					     "Shared_Dirty",  "Private_Clean",
					     "Private_Dirty", "Referenced",
					     "Anonymous",     "Locked" };
	static const char *const shares[] = { "Pss_Anon", "Pss_File",
					      "Pss_Shmem" };
	const char *path = "/proc/self/smaps_rollup";
	long pss, parts = 0;
	char *text;

	memset(proc_text(path), 0, 1 << 17);
	sum("Rss");
	proc_number(path, "Rss");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		T(proc_number(path, names[i]) == sum(names[i]),
		  "rollup: %s is the sum over all areas", names[i]);
	text = proc_text(path);
	T(strstr(text, "---p 00000000 00:00 0                              "
		       "[rollup]\n") != NULL,
	  "rollup: the first line");
	pss = number_of(text, "Pss");
	for (int i = 0; i < 3; i++)
		parts += number_of(text, shares[i]);
	T(pss - parts >= 0 && pss - parts <= 3,
	  "rollup: Pss is that of anonymous memory, files and shared memory");
	T(number_of(text, "Size") == -1 && number_of(text, "VmFlags") == -1,
	  "rollup: no size, no flags");
	T(labs(pss - sum("Pss")) < 64, "rollup: Pss, but for rounding");
}

/* --- clear_refs -------------------------------------------------------------------------- */

static void clear_refs(void)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY);
	char *p = anon(4 * PAGE, RW), c;
	int f;

	memset(p, 1, 4 * PAGE);
	T(fields(p, "Referenced", 16), "all pages are used");
	is(write(fd, "1", 1), 1, 0, "clear_refs 1");
	T(fields(p, "Referenced Rss Private_Dirty", 0, 16, 16),
	  "they are forgotten, but there");
	/* What the CPU remembers of the page has to go, too. */
	mprotect(p, 4 * PAGE, PROT_READ);
	peek(p + PAGE);
	T(fields(p, "Referenced", 4), "one is used again");
	is(write(fd, "3\n", 2), 2, 0, "clear_refs 3: files only");
	T(fields(p, "Referenced", 4), "anonymous memory is left alone");
	is(write(fd, " 2 ", 3), 3, 0, "clear_refs 2: anonymous memory");
	T(fields(p, "Referenced", 0), "it is forgotten");
	is(write(fd, "0", 1), -1, EINVAL, "clear_refs 0");
	is(write(fd, "6", 1), -1, EINVAL, "clear_refs 6");
	is(write(fd, "-1", 2), -1, EINVAL, "clear_refs -1");
	is(write(fd, "one", 3), -1, EINVAL, "clear_refs one");
	is(write(fd, (void *)16, 1), -1, EFAULT, "clear_refs from nowhere");
	is(write(fd, "99999999999", 11), -1, ERANGE, "a number too large");
	f = open("/proc/self/clear_refs", O_RDONLY);
	is(read(f, &c, 1), -1, EINVAL, "clear_refs cannot be read");
	close(f);
	munmap(p, 4 * PAGE);
	p = anon(8UL << 20, RW);
	memset(p, 1, 8UL << 20);
	munmap(p, 8UL << 20);
	proc_number("/proc/self/status", "VmRSS");
	T(proc_number("/proc/self/status", "VmHWM") -
			  proc_number("/proc/self/status", "VmRSS") >=
		  7000,
	  "the peak is remembered");
	is(write(fd, "5", 1), 1, 0, "clear_refs 5");
	T(proc_number("/proc/self/status", "VmHWM") -
			  proc_number("/proc/self/status", "VmRSS") <
		  1000,
	  "the peak is forgotten");
	close(fd);
}

static void others(void)
{
	T(in_child({
		  int bad = setgid(65534) || setuid(65534);

		  errno = 0;
		  bad |= open("/proc/1/smaps", O_RDONLY) != -1 ||
			 errno != EACCES;
		  errno = 0;
		  bad |= open("/proc/1/smaps_rollup", O_RDONLY) != -1 ||
			 errno != EACCES;
		  errno = 0;
		  bad |= open("/proc/1/clear_refs", O_WRONLY) != -1 ||
			 errno != EACCES;
		  _exit(bad);
	  }) == 0,
	  "somebody else's: EACCES");
}

int main(void)
{
	lines();
	flag_letters();
	residency();
	sharing();
	sharing_much();
	shared_memory();
	locked();
	private_file();
	stack_with_two_pages();
	own_stack_grows();
	rollup();
	clear_refs();
	others();
	return done();
}
