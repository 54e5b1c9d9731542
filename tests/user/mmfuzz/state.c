/* SPDX-License-Identifier: MIT */
/* What is looked at after each step: maps, counters, contents, faults. */
#include "mmfuzz.h"
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct area {
	unsigned long start, end, offset;
	char perms[5], kind;
};

char *heap;
int file[2] = { -1, -1 };
bool all_locked, lock_lost;

static struct area area[2048];
static int areas, lines; /* joined; as maps has them */
static char text[1 << 18];

static size_t slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	close(fd);
	text[len] = '\0';
	return len;
}

/* Which of the few kinds of names a line of maps ends with. */
static char kind_of(const char *name)
{
	if (strstr(name, "mmfuzz-a"))
		return 'a';
	if (strstr(name, "mmfuzz-b"))
		return 'b';
	if (strstr(name, "/dev/zero"))
		return 'z';
	if (strstr(name, "[heap]"))
		return 'h';
	return strchr(name, '/') ? '?' : '-';
}

static bool inside(unsigned long a, unsigned long b, const char *window,
		   unsigned long pages)
{
	unsigned long w = (unsigned long)window;

	return a < w + pages * PAGE && b > w;
}

/* Would the two be one area if nobody remembered how they came to be? */
static bool joins(const struct area *a, const struct area *b)
{
	if (a->end != b->start || strcmp(a->perms, b->perms) ||
	    a->kind != b->kind)
		return false;
	return a->kind == '-' || a->kind == 'h' ||
	       b->offset - a->offset == a->end - a->start;
}

static char *line_end(char *line)
{
	char *end = strchr(line, '\n');

	return end ? end : line + strlen(line);
}

/* The areas of the two windows, joined where nothing tells them apart. */
static void read_maps(bool joined)
{
	char *line, *end;

	slurp("/proc/self/maps");
	areas = lines = 0;
	for (line = text; *line; line = *end ? end + 1 : end) {
		struct area *a = &area[areas];
		char *at;

		end = line_end(line);
		a->start = strtoul(line, &at, 16);
		a->end = strtoul(at + 1, &at, 16);
		if (!inside(a->start, a->end, ARENA, ARENA_PAGES) &&
		    !inside(a->start, a->end, heap, HEAP_PAGES))
			continue;
		memcpy(a->perms, at + 1, 4);
		a->offset = strtoul(at + 6, &at, 16);
		if (*end)
			*end = '\0', at[0] = ' ';
		a->kind = kind_of(at);
		if (a->start < (unsigned long)heap &&
		    a->end > (unsigned long)heap)
			a->start = (unsigned long)heap;
		*end = '\n';
		lines++;
		if (joined && areas && joins(a - 1, a))
			a[-1].end = a->end;
		else
			areas++;
	}
}

void print_maps(void)
{
	read_maps(true);
	for (int i = 0; i < areas; i++) {
		struct area *a = &area[i];
		bool in_heap = a->start < (unsigned long)ARENA;
		unsigned long base = (unsigned long)(in_heap ? heap : ARENA);

		say(" %s%ld-%ld %s", in_heap ? "H" : "",
		    (long)(a->start - base) / (long)PAGE,
		    (long)(a->end - base) / (long)PAGE, a->perms);
		if (a->kind != '-' && a->kind != 'h')
			say("%c%lx", a->kind, a->offset / PAGE);
	}
	say(" =%d\n", lines);
}

static const struct area *area_of(const char *addr, unsigned long pages,
				  bool joined)
{
	unsigned long a = (unsigned long)addr;

	read_maps(joined);
	for (int i = 0; i < areas; i++)
		if (area[i].start <= a && area[i].end >= a + pages * PAGE)
			return &area[i];
	return NULL;
}

bool one_area(const char *addr, unsigned long pages)
{
	return area_of(addr, pages, true) != NULL;
}

bool one_line(const char *addr, unsigned long pages)
{
	return area_of(addr, pages, false) != NULL;
}

bool writable_area(const char *addr, unsigned long pages)
{
	const struct area *a = area_of(addr, pages, true);

	return a && a->perms[1] == 'w';
}

/* "VmData" of /proc/self/status, in KiB. */
static long field(const char *name)
{
	char *at = strstr(text, name);

	return at ? strtol(strchr(at, ':') + 1, NULL, 10) : -1;
}

void print_counters(void)
{
	static const char *const names[] = { "VmSize", "VmLck", "VmData",
					     "VmStk", "VmLib" };
	static long first[5];
	static bool known;

	slurp("/proc/self/status");
	for (int i = 0; i < 5; i++) {
		long kib = field(names[i]);

		if (!known)
			first[i] = kib;
		else if (i != 1 || !(all_locked || lock_lost))
			say(" %s %+ld", names[i], (kib - first[i]) / 4);
	}
	if (known)
		say("\n");
	known = true;
}

long locked_kib(void)
{
	slurp("/proc/self/status");
	return field("VmLck");
}

void print_locked(void)
{
	if (all_locked || lock_lost)
		return;
	say(" VmLck %ld", locked_kib() / 4);
}

long statm_pages(void)
{
	slurp("/proc/self/statm");
	return strtol(text, NULL, 10);
}

static bool near(long off, long pages)
{
	const long page = PAGE;

	return off >= -64 * page && off < (pages + 64) * page;
}

const char *place(const void *addr)
{
	static char ring[4][48];
	static int next;
	char *s = ring[next++ % 4];
	long off = (const char *)addr - ARENA;
	char base = 'A';

	if (!near(off, ARENA_PAGES)) {
		off = (const char *)addr - heap;
		base = 'H';
	}
	if (!near(off, HEAP_PAGES) && base == 'H') {
		snprintf(s, 48, "elsewhere");
		return s;
	}
	if (off % (long)PAGE)
		snprintf(s, 48, "%c + %ld * P + 0x%lx", base, off >> 12,
			 off & 0xfff);
	else
		snprintf(s, 48, "%c + %ld * P", base, off >> 12);
	return s;
}

static sigjmp_buf jump;
static struct outcome outcome;

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)context;
	outcome.sig = sig;
	outcome.code = info->si_code;
	outcome.addr = info->si_addr;
	siglongjmp(jump, 1);
}

/*
 * Read ('r'), write ('w') or call ('x') one byte. What is called is a return
 * instruction, or unreadable: nothing is mapped for execution only, since
 * that depends on the machine's protection keys.
 */
struct outcome access_memory(char *addr, char kind, unsigned char byte)
{
	volatile unsigned char *p = (volatile unsigned char *)addr;

	memset(&outcome, 0, sizeof(outcome));
	if (sigsetjmp(jump, 1))
		return outcome;
	if (kind == 'w')
		*p = byte;
	else if (kind == 'r')
		outcome.byte = *p;
	else
		((void (*)(void))addr)();
	return outcome;
}

/* One byte of every page that can be read. */
void print_contents(void)
{
	say(" bytes");
	for (int i = 0; i < ARENA_PAGES; i++) {
		struct outcome o = access_memory(ARENA + i * PAGE + 17, 'r', 0);

		if (!o.sig)
			say(" %x", o.byte);
		else if (o.sig != SIGSEGV || o.code != SEGV_MAPERR)
			say(" %c", o.sig == SIGBUS ? 'B' : 'X');
	}
	say("\n");
}

/* A file to map: a memfd, or one of a tmpfs, without a name. */
static int new_file(const char *name)
{
	char path[64];
	int fd;

	if (classes & MEMFD)
		return (int)syscall(SYS_memfd_create, name, 0);
	snprintf(path, sizeof(path), "/dev/shm/%s", name);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0) {
		snprintf(path, sizeof(path), "/tmp/%s", name);
		fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	}
	return fd;
}

static void fill(int fd)
{
	static char page[PAGE];

	for (int i = 0; i < FILE_PAGES; i++) {
		memset(page, 0x40 + i, PAGE);
		if (pwrite(fd, page, i < FILE_PAGES - 1 ? PAGE : 3000,
			   i * (long)PAGE) < 0)
			_exit(98);
	}
}

static int reopened(int fd)
{
	char path[32];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY);
	close(fd);
	return again;
}

void state_init(void)
{
	struct sigaction sa = { .sa_sigaction = handler,
				.sa_flags = SA_SIGINFO | SA_ONSTACK };
	static char stack[65536];
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };
	unsigned long end = (unsigned long)syscall(SYS_brk, 0);

	sigaltstack(&ss, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	heap = (char *)((end + PAGE - 1) & -PAGE);
	syscall(SYS_brk, heap);
	file[0] = new_file("mmfuzz-a");
	file[1] = new_file("mmfuzz-b");
	fill(file[0]);
	fill(file[1]);
	file[1] = reopened(file[1]);
	if (file[0] < 0 || file[1] < 0)
		_exit(97);
	print_counters();
}
