/* SPDX-License-Identifier: MIT */
/* Names of anonymous areas. A Linux that was built without them says EINVAL to
 * everything: then there is nothing to see, and the tests hold as well. */
#include "t.h"
#include <fcntl.h>
#include <sys/prctl.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA	     0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

static int have;

static int name(void *p, size_t len, const char *s)
{
	return prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, p, len, s);
}

/* The lines of maps between @p and @end as "pages:name pages:name ...". Maps
 * nothing itself: that would fill a hole. */
static const char *areas(char *p, char *end)
{
	static char text[1000], maps[20000];
	int fd = open("/proc/self/maps", O_RDONLY), len = 0, n = 0, r;

	while ((r = (int)read(fd, maps + n, sizeof(maps) - 1 - n)) > 0)
		n += r;
	close(fd);
	maps[n] = '\0';
	text[0] = '\0';
	for (char *line = strtok(maps, "\n"); line; line = strtok(NULL, "\n")) {
		unsigned long a, b;
		char what[200] = "";

		sscanf(line, "%lx-%lx %*s %*s %*s %*s %199[^\n]", &a, &b, what);
		if (a < (unsigned long)p || b > (unsigned long)end)
			continue;
		len += sprintf(text + len, "%s%lu:%s", len ? " " : "",
			       (b - a) / PAGE, what);
	}
	return text;
}

#define SEE(p, n, expected, ...)                                               \
	({                                                                     \
		const char *s_ = areas(p, (p) + (n)*PAGE);                     \
		if (!T(!have || !strcmp(s_, expected), __VA_ARGS__))           \
			printf("# got \"%s\"\n", s_);                          \
	})
#define FAILS(call, error, ...)                                                \
	T((call) == -1 && (errno == (error) || (!have && errno == EINVAL)),    \
	  __VA_ARGS__)

int main(void)
{
	char *p = anon(10 * PAGE, PROT_NONE) + PAGE, long_name[81];
	char *file;

	mprotect(p, 8 * PAGE, PROT_READ | PROT_WRITE);
	have = name(p, 8 * PAGE, "one") == 0;
	SEE(p, 8, "8:[anon:one]", "a name");
	T(!have || !name(p + 2 * PAGE, PAGE, "two"), "inside it another");
	SEE(p, 8, "2:[anon:one] 1:[anon:two] 5:[anon:one]", "splits it");
	T(!have || !name(p + 3 * PAGE, PAGE, "two"), "the next page too");
	SEE(p, 8, "2:[anon:one] 2:[anon:two] 4:[anon:one]", "equal ones merge");
	mprotect(p + 5 * PAGE, PAGE, PROT_READ);
	SEE(p, 8,
	    "2:[anon:one] 2:[anon:two] 1:[anon:one] 1:[anon:one] "
	    "2:[anon:one]",
	    "a split keeps the name");
	mprotect(p + 5 * PAGE, PAGE, PROT_READ | PROT_WRITE);
	T(WEXITSTATUS(in_child({
		  munmap(p + 2 * PAGE, PAGE);
		  _exit(have &&
			strcmp(areas(p, p + 8 * PAGE),
			       "2:[anon:one] 1:[anon:two] 4:[anon:one]"));
	  })) == 0,
	  "a child has them, and changes its own");
	SEE(p, 8, "2:[anon:one] 2:[anon:two] 4:[anon:one]", "only");
	T(!have || !name(p + 2 * PAGE, 2 * PAGE, "one"), "the old name again");
	SEE(p, 8, "8:[anon:one]", "is one area again");
	T(!have || !name(p, 4 * PAGE, ""), "an empty name");
	SEE(p, 8, "4:[anon:] 4:[anon:one]", "is one, too");
	T(!have || !name(p, 8 * PAGE, NULL), "none any more");
	SEE(p, 8, "8:", "and it is gone");
	FAILS(name(p + 1, PAGE, "x"), EINVAL, "EINVAL: inside a page");
	FAILS(name(p, -PAGE, "x"), EINVAL, "EINVAL: a range that wraps");
	FAILS(name(p, PAGE, "a\nb"), EINVAL, "EINVAL: a control character");
	FAILS(name(p, PAGE, "a[b"), EINVAL, "EINVAL: a bracket");
	memset(long_name, 'n', 80);
	long_name[80] = '\0';
	FAILS(name(p, PAGE, long_name), EINVAL, "EINVAL: 80 bytes");
	FAILS(prctl(PR_SET_VMA, 1, p, PAGE, "x"), EINVAL, "EINVAL: what else");
	FAILS(name(p, PAGE, (char *)8), EFAULT, "EFAULT: from nowhere");
	long_name[79] = '\0';
	T(!have || !name(p, PAGE, long_name), "79 bytes");
	munmap(p + 4 * PAGE, PAGE);
	FAILS(name(p, 8 * PAGE, "hole"), ENOMEM, "ENOMEM: over a hole");
	SEE(p, 8, "4:[anon:hole] 3:[anon:hole]", "but what is there has it");
	file = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, memfd_create("f", 0),
		    0);
	FAILS(name(file, PAGE, "x"), EBADF, "EBADF: a file");
	return done();
}
