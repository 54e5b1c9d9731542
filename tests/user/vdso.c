/* SPDX-License-Identifier: MIT */
/* The vdso: where it is, what it says, and what may be done to it. */
#include "maps.h"
#include <elf.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <time.h>

typedef int clock_fn(clockid_t, struct timespec *);
typedef int tod_fn(struct timeval *, void *);
typedef time_t time_fn(time_t *);

static const Elf64_Ehdr *vdso;

/* --- looking symbols up, as libc does ----------------------------------------- */

struct tables {
	const Elf64_Sym *sym;
	const char *str;
	const uint32_t *hash;
	const uint16_t *versym;
	const Elf64_Verdef *verdef;
};

static struct tables read_tables(void)
{
	const Elf64_Phdr *ph =
		(const void *)((const char *)vdso + vdso->e_phoff);
	const char *base = NULL;
	const Elf64_Dyn *dyn = NULL;
	struct tables t = { 0 };

	for (int i = 0; i < vdso->e_phnum; i++) {
		if (ph[i].p_type == PT_LOAD)
			base = (const char *)vdso + ph[i].p_offset -
			       ph[i].p_vaddr;
		if (ph[i].p_type == PT_DYNAMIC)
			dyn = (const void *)((const char *)vdso +
					     ph[i].p_offset);
	}
	for (; dyn && dyn->d_tag; dyn++) {
		const void *p = base + dyn->d_un.d_ptr;

		switch (dyn->d_tag) {
		case DT_SYMTAB:
			t.sym = p;
			break;
		case DT_STRTAB:
			t.str = p;
			break;
		case DT_HASH:
			t.hash = p;
			break;
		case DT_VERSYM:
			t.versym = p;
			break;
		case DT_VERDEF:
			t.verdef = p;
			break;
		}
	}
	return t;
}

static const char *version_of(const struct tables *t, unsigned int i)
{
	const Elf64_Verdef *d = t->verdef;

	while (d->vd_ndx != (t->versym[i] & 0x7fff)) {
		if (!d->vd_next)
			return "";
		d = (const void *)((const char *)d + d->vd_next);
	}
	return t->str +
	       ((const Elf64_Verdaux *)((const char *)d + d->vd_aux))->vda_name;
}

static void *lookup(const char *name)
{
	struct tables t = read_tables();

	/* The host's linker may leave DT_HASH out: count by the strings. */
	for (unsigned int i = 1; i < (t.hash ? t.hash[1] : 32); i++) {
		if (t.sym[i].st_name > 4096 ||
		    strcmp(t.str + t.sym[i].st_name, name))
			continue;
		if (strcmp(version_of(&t, i), "LINUX_2.6"))
			return NULL;
		return (char *)vdso + t.sym[i].st_value;
	}
	return NULL;
}

/* --- where it is ------------------------------------------------------------------ */

static void test_place(void)
{
	unsigned long start, end, vvar, vvar_end;
	char perms[5];

	vdso = (const void *)getauxval(AT_SYSINFO_EHDR);
	T(vdso && !memcmp(vdso->e_ident, ELFMAG, SELFMAG),
	  "AT_SYSINFO_EHDR points to an ELF header");
	start = area_named("[vdso]", &end);
	T(start == (unsigned long)vdso, "it is where [vdso] starts");
	T(end - start == 2 * PAGE, "[vdso] has two pages");
	vvar = area_named("[vvar]", &vvar_end);
	T(vvar && vvar_end <= start, "[vvar] lies below");
	T(vvar_end - vvar == 4 * PAGE, "and has four");
	T(sscanf(strstr(maps_text(), "\n") ? maps_text() : "", "%*x-%*x %4s",
		 perms) == 1,
	  "the maps can be read");
	T_AREAS((char *)start, 2 * PAGE, "0-2 r-xp", "[vdso] is r-x");
	T_AREAS((char *)vvar, 4 * PAGE, "0-4 r--p", "[vvar] is r--");
}

/* --- what it says -------------------------------------------------------------------- */

static long long ns(const struct timespec *ts)
{
	return ts->tv_sec * 1000000000LL + ts->tv_nsec;
}

static void test_clock(clock_fn *gettime, clockid_t clock, const char *name)
{
	struct timespec a, b, c;
	int ordered = 1;

	for (int i = 0; i < 200; i++) {
		syscall(SYS_clock_gettime, clock, &a);
		if (gettime(clock, &b))
			ordered = 0;
		syscall(SYS_clock_gettime, clock, &c);
		if (ns(&a) > ns(&b) || ns(&b) > ns(&c))
			ordered = 0;
	}
	T(ordered, "%s lies between two system calls", name);
}

static void test_clocks(void)
{
	clock_fn *gettime = (clock_fn *)lookup("__vdso_clock_gettime");
	clock_fn *getres = (clock_fn *)lookup("__vdso_clock_getres");
	tod_fn *tod = (tod_fn *)lookup("__vdso_gettimeofday");
	time_fn *seconds = (time_fn *)lookup("__vdso_time");
	struct timespec ts, res;
	struct timeval tv;
	time_t t;

	if (!T(gettime && getres && tod && seconds && lookup("__vdso_getcpu"),
	       "all five functions are there, version LINUX_2.6"))
		return;
	T(lookup("clock_gettime") == (void *)gettime && lookup("time"),
	  "also without the prefix");
	test_clock(gettime, CLOCK_REALTIME, "CLOCK_REALTIME");
	test_clock(gettime, CLOCK_MONOTONIC, "CLOCK_MONOTONIC");
	test_clock(gettime, CLOCK_BOOTTIME, "CLOCK_BOOTTIME");
	test_clock(gettime, CLOCK_MONOTONIC_RAW, "CLOCK_MONOTONIC_RAW");
	test_clock(gettime, CLOCK_PROCESS_CPUTIME_ID,
		   "CLOCK_PROCESS_CPUTIME_ID, through the kernel,");
	T(gettime(12345, &ts) == -EINVAL, "a clock that is none: -EINVAL");
	T(getres(CLOCK_MONOTONIC, &res) == 0 && res.tv_sec == 0 &&
		  res.tv_nsec == 1,
	  "the resolution is 1 ns");
	T(getres(CLOCK_MONOTONIC_COARSE, &res) == 0 && res.tv_nsec == 4000000,
	  "4 ms for the coarse clocks");
	T(getres(CLOCK_REALTIME, NULL) == 0, "nowhere to put it is fine");
	T(getres(12345, &res) == -EINVAL, "of no clock: -EINVAL");
	syscall(SYS_clock_gettime, CLOCK_REALTIME, &ts);
	T(tod(&tv, NULL) == 0 &&
		  tv.tv_sec * 1000000LL + tv.tv_usec >= ns(&ts) / 1000 &&
		  tv.tv_sec <= ts.tv_sec + 5,
	  "gettimeofday agrees");
	t = seconds(NULL);
	T(t >= ts.tv_sec && t <= ts.tv_sec + 5, "time agrees");
	T(seconds(&t) == t, "and stores it");
}

/* --- what may be done to it ------------------------------------------------------------ */

static void test_protect(void)
{
	unsigned long end, start = area_named("[vdso]", &end);
	unsigned long vend, vvar = area_named("[vvar]", &vend);
	char *p = (char *)start, *v = (char *)vvar;

	is(mprotect(v, vend - vvar, PROT_READ | PROT_WRITE), -1, EACCES,
	   "[vvar] never becomes writable");
	is(mprotect(v, vend - vvar, PROT_READ | PROT_EXEC), -1, EACCES,
	   "nor executable");
	T_SEGV(poke(v, 1), SEGV_ACCERR, v, "a write there: SEGV_ACCERR");
	is(mprotect(p, PAGE, PROT_READ), -1, EINVAL,
	   "[vdso] cannot be split: mprotect");
	is(munmap(p, PAGE), -1, EINVAL, "munmap");
	is(munmap(v + PAGE, PAGE), -1, EINVAL, "and [vvar] neither");
	is(madvise(p, PAGE, MADV_DONTFORK), -1, EINVAL, "madvise");
	is(mlock(p, 2 * PAGE), 0, 0, "mlock does nothing");
	is(madvise(v, PAGE, MADV_DONTNEED), -1, EINVAL,
	   "MADV_DONTNEED of device memory");
	is(madvise(p, 2 * PAGE, MADV_DONTNEED), 0, 0, "of [vdso]: fine");
	T(!memcmp(p, ELFMAG, SELFMAG), "it comes back");
}

static void test_remap(void)
{
	unsigned long end, start = area_named("[vdso]", &end);
	char *p = (char *)start, *to = anon(4 * PAGE, PROT_NONE);

	is(mremap(p, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0,
	   -1, EFAULT, "it does not grow");
	is(mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) ==
			   MAP_FAILED
		   ? -1
		   : 0,
	   -1, EINVAL, "half of it does not move");
	T(in_child({
		  char *moved = mremap(p, 2 * PAGE, 2 * PAGE,
				       MREMAP_MAYMOVE | MREMAP_FIXED, to);

		  _exit(moved == to && !memcmp(to, ELFMAG, SELFMAG) &&
			area_named("[vdso]", &end) == (unsigned long)to);
	  }) == 1 << 8,
	  "the whole does");
	munmap(to, 4 * PAGE);
}

static void test_private(void)
{
	unsigned long end, start = area_named("[vdso]", &end);
	char *p = (char *)start;

	T(in_child({
		  mprotect(p, 2 * PAGE, PROT_READ | PROT_WRITE);
		  p[8] = 'x';
		  _exit(p[8] == 'x' && in_child(_exit(p[8] == 'x')) == 1 << 8);
	  }) == 1 << 8,
	  "a program may write on its own copy; its child has that, too");
	T(p[8] != 'x', "nobody else sees it");
	T(in_child({
		  unsigned long vend, vvar = area_named("[vvar]", &vend);

		  _exit(munmap((void *)vvar, vend - vvar) == 0 &&
			munmap(p, 2 * PAGE) == 0 &&
			!area_named("[vvar]", &vend) &&
			!area_named("[vdso]", &end));
	  }) == 1 << 8,
	  "both can be unmapped");
}

static void test_fork(void)
{
	T(in_child({
		  struct timespec ts;

		  _exit(clock_gettime(CLOCK_MONOTONIC, &ts) == 0 &&
			in_child(_exit(clock_gettime(CLOCK_REALTIME, &ts))) ==
				0);
	  }) == 1 << 8,
	  "children read clocks, and theirs");
}

int main(void)
{
	test_place();
	test_clocks();
	test_protect();
	test_remap();
	test_private();
	test_fork();
	return done();
}
