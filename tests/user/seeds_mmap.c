/* SPDX-License-Identifier: MIT */
/* Walks through the arguments of mmap and the four patterns of its use. */
#include "maps.h"

#define RW (PROT_READ | PROT_WRITE)

/* --- the arguments of mmap -------------------------------------------------- */

static void length_is_rounded_up(void)
{
	static const struct {
		size_t len;
		const char *want;
	} cases[] = { { 1, "0-1 rw-p" },
		      { 4096, "0-1 rw-p" },
		      { 10 * 1024, "0-3 rw-p" },
		      { 1024 * 1024, "0-256 rw-p" } };
	char *room = anon(1024 * PAGE, PROT_NONE);

	munmap(room, 1024 * PAGE);
	for (int i = 0; i < 4; i++) {
		char *p = mmap(room, cases[i].len, RW,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

		T_AREAS(p, 1024 * PAGE, cases[i].want,
			"a mapping of %zu bytes has whole pages", cases[i].len);
		munmap(p, cases[i].len);
	}
}

static void protections_and_kinds(void)
{
	static const struct {
		int prot;
		const char *want;
	} cases[] = { { PROT_NONE, "0-1 ---p" },
		      { PROT_READ, "0-1 r--p" },
		      { RW, "0-1 rw-p" },
		      { PROT_READ | PROT_EXEC, "0-1 r-xp" },
		      { RW | PROT_EXEC, "0-1 rwxp" } };
	char *p;

	for (int i = 0; i < 5; i++) {
		p = anon(PAGE, cases[i].prot);
		T_AREAS(p, PAGE, cases[i].want, "maps show %s",
			cases[i].want + 4);
		munmap(p, PAGE);
	}
	p = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	T_AREAS(p, PAGE, "0-1 rw-s", "and s for shared");
	munmap(p, PAGE);
}

static void preferred_address(void)
{
	char *room = anon(64 * PAGE, PROT_NONE), *p, *q;
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS;

	munmap(room, 64 * PAGE);
	p = mmap(room + 8 * PAGE, PAGE, RW, flags, -1, 0);
	T(p == room + 8 * PAGE, "a hint where nothing is: there");
	q = mmap(p, PAGE, RW, flags, -1, 0);
	T(q != MAP_FAILED && q != p, "where something is: elsewhere");
	poke(p, 1);
	munmap(q, PAGE);
	q = mmap(p, PAGE, RW, flags | MAP_FIXED, -1, 0);
	T(q == p && *p == 0, "MAP_FIXED: there, and what was there is gone");
	munmap(p, PAGE);
}

static int file_of_pages(int n)
{
	int fd = (int)syscall(SYS_memfd_create, "seeds", 0);
	char page[PAGE];

	for (int i = 0; i < n; i++) {
		memset(page, '0' + i, PAGE);
		if (write(fd, page, PAGE) != (ssize_t)PAGE)
			exit(99);
	}
	return fd;
}

static void offsets(void)
{
	int fd = file_of_pages(4);
	char *p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);

	T(*p == '0', "offset 0: the beginning of the file");
	munmap(p, PAGE);
	p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 8192);
	T(*p == '2', "offset 8192: the third page");
	munmap(p, PAGE);
	is(syscall(SYS_mmap, 0, PAGE, PROT_READ, MAP_PRIVATE, fd, 100), -1,
	   EINVAL, "offset 100: none");
	p = mmap(NULL, 8 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	T(p[4 * PAGE - 1] == '3', "a mapping may be longer than its file");
	T_BUS(peek(p + 4 * PAGE), BUS_ADRERR, p + 4 * PAGE,
	      "of which nothing is there behind its end");
	munmap(p, 8 * PAGE);
	p = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 8192);
	T(p != MAP_FAILED && *p == 0, "anonymous: the offset does not matter");
	munmap(p, PAGE);
	close(fd);
}

static void errors(void)
{
	void *p = mmap(NULL, 0, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	T(p == MAP_FAILED && p && errno == EINVAL,
	  "mmap returns MAP_FAILED, which is not NULL: %s", strerror(errno));
	p = (void *)syscall(SYS_mmap, NULL, 1UL << 47, RW,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	T(p == MAP_FAILED && errno == ENOMEM, "too much: %s", strerror(errno));
}

/* --- the four patterns ------------------------------------------------------- */

static void pattern_anonymous(void)
{
	const size_t size = 1024 * 1024;
	char *p = anon(size, RW);
	size_t sum = 0;

	T_AREAS(p, size, "0-256 rw-p", "pattern 1: anonymous memory");
	for (size_t i = 0; i < size; i++)
		sum += (size_t)p[i];
	T(!sum, "pattern 1: it is zero");
	memset(p, 1, size);
	is(munmap(p, size), 0, 0, "pattern 1: given back");
}

static void pattern_file(void)
{
	char name[64], text[8] = "";
	char *p;
	int fd;

	snprintf(name, sizeof(name), "/tmp/seeds-%d", getpid());
	fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	T(fd >= 0 && write(fd, "a file\n", 7) == 7, "pattern 2: a file");
	p = mmap(NULL, 7, RW, MAP_SHARED, fd, 0);
	T(!memcmp(p, "a file\n", 7) && !p[7] && !p[PAGE - 1],
	  "pattern 2: its text, zeroes behind it");
	memcpy(p + 2, "life", 4);
	is(pread(fd, text, 8, 0), 7, 0, "pattern 2: the file is no longer");
	T(!strcmp(text, "a life\n"), "pattern 2: and has what was written");
	close(fd);
	p[0] = 'A';
	munmap(p, 7);
	fd = open(name, O_RDONLY);
	T(read(fd, text, 8) == 7 && text[0] == 'A',
	  "pattern 2: also after close and munmap");
	close(fd);
	unlink(name);
}

static void pattern_shared(void)
{
	int *p = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	T(!in_child(*p = 42) && *p == 42,
	  "pattern 3: MAP_SHARED: the parent sees what the child wrote");
	munmap(p, PAGE);
	p = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	T(!in_child(*p = 42) && *p == 0, "pattern 3: MAP_PRIVATE: it does not");
	munmap(p, PAGE);
}

static void pattern_executable(void)
{
	static const unsigned char code[] = { 0xb8, 42, 0, 0, 0, 0xc3 };
	char *p = anon(PAGE, RW);
	int (*fn)(void) = (int (*)(void))p;

	memcpy(p, code, sizeof(code));
	T_SEGV(fn(), SEGV_ACCERR, p, "pattern 4: not executable yet");
	is(mprotect(p, PAGE, PROT_READ | PROT_EXEC), 0, 0,
	   "pattern 4: mprotect makes it executable");
	T(fn() == 42, "pattern 4: it runs");
	T_SEGV(poke(p, 1), SEGV_ACCERR, p, "pattern 4: no longer writable");
	munmap(p, PAGE);
}

int main(void)
{
	length_is_rounded_up();
	protections_and_kinds();
	preferred_address();
	offsets();
	errors();
	pattern_anonymous();
	pattern_file();
	pattern_shared();
	pattern_executable();
	return done();
}
