/* SPDX-License-Identifier: MIT */
/* Policies of areas and of shared objects are kept: mbind(2) and what
 * get_mempolicy(2), the list of areas and numa_maps show of it. */
#include "maps.h"
#include <sys/wait.h>

#define PREFERRED  1
#define BIND	   2
#define INTERLEAVE 3
#define LOCAL	   4
#define MANY	   5
#define STATIC	   (1 << 15)
#define RELATIVE   (1 << 14)
#define F_NODE	   1
#define F_ADDR	   2

static unsigned long nodes;

static long bind_to(void *p, int pages, int mode, unsigned long mask)
{
	return syscall(SYS_mbind, p, pages * PAGE, mode, &mask, 65, 0);
}

/* The mode at @p; its nodes go to @nodes. */
static int mode_at(void *p)
{
	int mode = -1;

	nodes = ~0UL;
	if (syscall(SYS_get_mempolicy, &mode, &nodes, 65, p, F_ADDR))
		return -errno;
	return mode;
}

#define T_MODE(p, mode, mask, ...)                                             \
	({                                                                     \
		is(mode_at(p), mode, 0, __VA_ARGS__);                          \
		is(nodes, mask, 0, "its nodes");                               \
	})

/* What numa_maps says behind the address of the area that begins at @p, up to
 * the pages, or including them. */
static const char *numa_line(void *p, int whole)
{
	static char line[512];
	FILE *f = fopen("/proc/self/numa_maps", "r");
	char *end;

	while (f && fgets(line, sizeof(line), f))
		if (strtoul(line, &end, 16) == (unsigned long)p) {
			fclose(f);
			end[strcspn(end, "\n")] = '\0';
			if (!whole)
				end[1 + strcspn(end + 1, " ")] = '\0';
			return end + 1;
		}
	if (f)
		fclose(f);
	return "(none)";
}

#define T_LINE(p, whole, want)                                                 \
	({                                                                     \
		const char *l_got = numa_line(p, whole);                       \
		if (!T(!strcmp(l_got, want), "numa_maps: %s", want))           \
			printf("# got %s\n", l_got);                           \
	})

/* @n pages of our own, with inaccessible ones around them. */
static char *island(int n)
{
	char *p = anon((n + 2) * PAGE, PROT_NONE);

	mprotect(p + PAGE, n * PAGE, PROT_READ | PROT_WRITE);
	return p + PAGE;
}

static void split_and_merge(void)
{
	char *p = island(6);

	is(bind_to(p + PAGE, 2, BIND, 1), 0, 0, "pages 1 and 2");
	T_AREAS(p, 6 * PAGE, "0-1 rw-p, 1-3 rw-p, 3-6 rw-p",
		"an area of their own");
	T_MODE(p + PAGE, BIND, 1, "they are bound");
	T_MODE(p, 0, 0, "the page before is not");
	T_MODE(p + 3 * PAGE, 0, 0, "nor the one behind");
	is(bind_to(p + 3 * PAGE, 1, BIND, 1), 0, 0, "page 3, too");
	T_AREAS(p, 6 * PAGE, "0-1 rw-p, 1-4 rw-p, 4-6 rw-p", "it joins them");
	is(bind_to(p + 3 * PAGE, 1, BIND | STATIC, 1), 0, 0, "with a flag");
	T_AREAS(p, 6 * PAGE, "0-1 rw-p, 1-3 rw-p, 3-4 rw-p, 4-6 rw-p",
		"that is another policy");
	T_LINE(p, 0, "default");
	T_LINE(p + PAGE, 0, "bind:0");
	T_LINE(p + 3 * PAGE, 0, "bind=static:0");
	mprotect(p + PAGE, PAGE, PROT_READ);
	mprotect(p + PAGE, PAGE, PROT_READ | PROT_WRITE);
	T_AREAS(p, 6 * PAGE, "0-1 rw-p, 1-3 rw-p, 3-4 rw-p, 4-6 rw-p",
		"mprotect keeps it");
	is(bind_to(p, 6, LOCAL, 0), 0, 0, "all local");
	T_AREAS(p, 6 * PAGE, "0-6 rw-p", "one area");
	T_LINE(p, 0, "local");
	mmap(p + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	T_AREAS(p, 6 * PAGE, "0-2 rw-p, 2-3 rw-p, 3-6 rw-p",
		"a new one has none");
	is(bind_to(p, 6, 0, 0), 0, 0, "the default again");
	T_AREAS(p, 6 * PAGE, "0-6 rw-p", "one area, as before");
	munmap(p - PAGE, 8 * PAGE);
}

static void what_is_kept(void)
{
	char *p = island(2);

	bind_to(p, 2, BIND | STATIC, 5);
	T_MODE(p, BIND | STATIC, 5, "static: nodes that do not exist");
	bind_to(p, 2, BIND | RELATIVE, 6);
	T_MODE(p, BIND | RELATIVE, 6, "relative ones");
	T_LINE(p, 0, "bind=relative:0");
	bind_to(p, 2, BIND, 5);
	T_MODE(p, BIND, 1, "neither: those that do");
	bind_to(p, 2, PREFERRED, 0);
	T_MODE(p, LOCAL, 0, "to prefer none is local");
	bind_to(p, 2, MANY, 1);
	T_MODE(p, MANY, 1, "to prefer many");
	bind_to(p, 2, INTERLEAVE, 1);
	T_MODE(p, INTERLEAVE, 1, "interleaved");
	T_LINE(p, 1, "interleave:0");
	is(bind_to(p, 2, BIND, 4), -1, EINVAL, "a node that is not");
	T_MODE(p, INTERLEAVE, 1, "changes nothing");
	*p = 1;
	nodes = 0;
	{
		int node = -1;

		is(syscall(SYS_get_mempolicy, &node, &nodes, 65, p,
			   F_NODE | F_ADDR),
		   0, 0, "the node of a page");
		T(node == 0 && nodes == 1, "and the nodes of its policy");
	}
	T_LINE(p, 1,
	       "interleave:0 anon=1 dirty=1 active=0 N0=1 kernelpagesize_kB=4");
	is(mode_at((void *)8), -EFAULT, 0, "where nothing is");
	munmap(p - PAGE, 4 * PAGE);
}

static void heirs(void)
{
	unsigned long one = 1;
	char *p = island(2);
	int mode = -1;

	bind_to(p, 2, BIND, 1);
	T(WEXITSTATUS(in_child({ _exit(mode_at(p) == BIND); })) == 1,
	  "a child has it, too");
	p = mremap(p, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE);
	T_MODE(p + 3 * PAGE, BIND, 1, "mremap takes it along");
	syscall(SYS_set_mempolicy, BIND | STATIC, &one, 65);
	T(WEXITSTATUS(in_child({
		  syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0);
		  bind_to(p, 4, 0, 0);
		  T_MODE(p, 0, 0, "a child without an area's");
		  T_LINE(p, 1, "bind=static:0");
		  fflush(stdout);
		  _exit(mode == (BIND | STATIC));
	  })) == 1,
	  "a child has the thread's");
	syscall(SYS_set_mempolicy, 0, NULL, 0);
	munmap(p, 4 * PAGE);
}

static void objects(void)
{
	int fd = memfd_create("x", 0);
	char *a, *b, *c;

	ftruncate(fd, 8 * PAGE);
	a = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	b = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	c = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	is(bind_to(a + PAGE, 3, BIND, 1), 0, 0, "pages of an object");
	T_AREAS(a, 8 * PAGE, "0-1 rw-s, 1-4 rw-s, 4-8 rw-s",
		"an area of their own");
	T_AREAS(b, 8 * PAGE, "0-8 rw-s", "not in another mapping");
	T_MODE(b + PAGE, BIND, 1, "which finds the policy all the same");
	T_MODE(b, 0, 0, "not for other pages");
	T_MODE(c + 3 * PAGE, BIND, 1, "as does a private one");
	is(bind_to(c + 2 * PAGE, 1, INTERLEAVE, 1), 0, 0, "by the private one");
	T_MODE(a + 2 * PAGE, INTERLEAVE, 1, "the object's again");
	T_MODE(a + PAGE, BIND, 1, "page 1 as before");
	T_MODE(a + 3 * PAGE, BIND, 1, "page 3 as before");
	munmap(a, 8 * PAGE);
	T_MODE(b + 2 * PAGE, INTERLEAVE, 1, "it outlives the mapping");
	b[PAGE] = 1;
	T_LINE(b, 1,
	       "default file=/memfd:x\\040(deleted) dirty=1 active=0 N0=1"
	       " kernelpagesize_kB=4");
	is(bind_to(b, 8, LOCAL, 0), 0, 0, "all of it");
	is(bind_to(b, 8, 0, 0), 0, 0, "and none");
	T_MODE(c + 2 * PAGE, 0, 0, "the default for all");
	munmap(b, 8 * PAGE);
	munmap(c, 8 * PAGE);
	close(fd);
}

int main(void)
{
	split_and_merge();
	what_is_kept();
	heirs();
	objects();
	return done();
}
