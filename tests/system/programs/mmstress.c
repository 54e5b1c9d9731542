/* SPDX-License-Identifier: MIT */
/*
 * Threads of one process that do everything to its memory at once, and fork.
 *
 *	mmstress [-t THREADS] [-n OPERATIONS] [-s SEED]
 *
 * The arena is a row of slots, and slot n belongs to thread n % THREADS: so the
 * areas of one thread border on those of the others, and merge with them and
 * split again under their faults. Each thread knows what each page of its slots
 * must hold. A page that has been written bears a stamp: who owns it and a
 * number that never comes again.
 *
 * An operation is one of mmap, munmap, mprotect, mremap, madvise, writes and
 * reads of a range; a look at a page of somebody else's slot, which may be
 * unmapped at any moment (then SIGSEGV is right) but never bears a stranger's
 * stamp; the same through process_vm_readv(2); a fork whose child checks and
 * overwrites what it has inherited; a view of /proc. Whatever is read that
 * should not be there is printed, and the exit status is 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE	      4096UL
#define SLOT_PAGES    32
#define SLOTS	      16 /* of each thread */
#define MAX_THREADS   64
#define ARENA	      0x200000000000UL
#define STAMP_MAGIC   0x696b6f7373746d70UL
#define MAX_MISTAKES  20
#define MADV_PAGEOUT_ 21

enum kind {
	NONE, /* not mapped */
	ANON,
	SHARED, /* of the thread's memfd, at the page's own offset */
};

struct page {
	uint8_t kind, prot;
	bool given_up; /* MADV_FREE: it may have become zero */
	uint64_t value; /* of its stamp; 0: it is zero */
};

struct stamp {
	uint64_t magic, owner, value;
};

struct thread {
	pthread_t id;
	unsigned int nr;
	uint64_t random;
	uint64_t last_value;
	unsigned long done;
	int memfd;
	struct page page[SLOTS][SLOT_PAGES];
	uint64_t in_file[SLOTS][SLOT_PAGES]; /* what the memfd holds */
};

static unsigned int threads = 4;
static unsigned long operations = 100000;
static uint64_t seed = 1;
static unsigned int mistakes;
static struct thread thread[MAX_THREADS];
static __thread sigjmp_buf escape;
static __thread volatile int may_escape;

static uint64_t rnd(struct thread *t, uint64_t below)
{
	t->random ^= t->random << 13;
	t->random ^= t->random >> 7;
	t->random ^= t->random << 17;
	return (t->random >> 11) % below;
}

static void mistake(const struct thread *t, const char *what, const void *where,
		    unsigned long got, unsigned long want)
{
	if (__atomic_fetch_add(&mistakes, 1, __ATOMIC_RELAXED) < MAX_MISTAKES)
		printf("# thread %u: %s at %p: %#lx, not %#lx\n", t->nr, what,
		       where, got, want);
}

static char *slot_base(unsigned int owner, unsigned int slot)
{
	return (char *)ARENA +
	       ((unsigned long)slot * threads + owner) * SLOT_PAGES * PAGE;
}

static void on_fault(int sig)
{
	if (!may_escape) {
		static const char text[] = "# a fault that nobody expected\n";

		if (write(1, text, sizeof(text) - 1) < 0)
			_exit(98);
		_exit(99);
	}
	siglongjmp(escape, sig);
}

/* --- one thread's own pages ------------------------------------------------- */

struct range {
	unsigned int slot, first, n;
	char *at;
	struct page *page;
};

static struct range some_range(struct thread *t)
{
	struct range r = { .slot = (unsigned int)rnd(t, SLOTS) };

	r.first = (unsigned int)rnd(t, SLOT_PAGES);
	r.n = 1 + (unsigned int)rnd(t, SLOT_PAGES - r.first);
	if (rnd(t, 2) && r.n > 4)
		r.n = 1 + r.n % 4;
	r.at = slot_base(t->nr, r.slot) + r.first * PAGE;
	r.page = &t->page[r.slot][r.first];
	return r;
}

static uint64_t last_word(const char *at)
{
	return __atomic_load_n((const uint64_t *)(at + PAGE - 8),
			       __ATOMIC_ACQUIRE);
}

static void check_page(struct thread *t, struct page *p, const char *at)
{
	struct stamp s;
	uint64_t last;

	memcpy(&s, at, sizeof(s));
	last = last_word(at);
	/* It goes as a whole or not at all, and then it stays zero. */
	if (p->given_up && !last_word(at)) {
		p->given_up = false;
		p->value = 0;
		memcpy(&s, at, sizeof(s));
		last = last_word(at);
	}
	if (p->value == 0) {
		if (s.magic || s.value || last)
			mistake(t, "a page that must be zero", at,
				s.value | s.owner << 48, 0);
		return;
	}
	if (s.magic != STAMP_MAGIC || s.owner != t->nr)
		mistake(t, "a stamp of somebody else's", at, s.owner, t->nr);
	else if (s.value != p->value || last != p->value)
		mistake(t, "an old stamp", at, s.value, p->value);
}

static void check_range(struct thread *t, const struct range *r)
{
	for (unsigned int i = 0; i < r->n; i++)
		if (r->page[i].kind != NONE && (r->page[i].prot & PROT_READ))
			check_page(t, &r->page[i], r->at + i * PAGE);
}

static void stamp_page(struct thread *t, struct page *p, char *at,
		       unsigned int slot, unsigned int index)
{
	struct stamp *s = (struct stamp *)at;

	p->value = ++t->last_value;
	p->given_up = false;
	s->magic = STAMP_MAGIC;
	s->owner = t->nr;
	s->value = p->value;
	*(uint64_t *)(at + PAGE - 8) = p->value;
	if (p->kind == SHARED)
		t->in_file[slot][index] = p->value;
}

static void write_range(struct thread *t, const struct range *r)
{
	for (unsigned int i = 0; i < r->n; i++)
		if (r->page[i].kind != NONE && (r->page[i].prot & PROT_WRITE)) {
			check_page(t, &r->page[i], r->at + i * PAGE);
			stamp_page(t, &r->page[i], r->at + i * PAGE, r->slot,
				   r->first + i);
		}
}

static void do_mmap(struct thread *t, const struct range *r)
{
	bool shared = rnd(t, 4) == 0;
	int prot = rnd(t, 4) ? PROT_READ | PROT_WRITE : PROT_READ;
	int flags =
		MAP_FIXED | (shared ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS);
	off_t at = (off_t)((r->slot * SLOT_PAGES + r->first) * PAGE);
	void *got;

	if (rnd(t, 8) == 0)
		flags |= MAP_POPULATE;
	got = mmap(r->at, r->n * PAGE, prot, flags, shared ? t->memfd : -1,
		   shared ? at : 0);
	if (got != r->at) {
		if (errno != ENOMEM)
			mistake(t, "mmap", r->at, (unsigned long)errno, 0);
		return;
	}
	for (unsigned int i = 0; i < r->n; i++) {
		r->page[i].kind = shared ? SHARED : ANON;
		r->page[i].given_up = false;
		r->page[i].prot = (uint8_t)prot;
		r->page[i].value =
			shared ? t->in_file[r->slot][r->first + i] : 0;
	}
}

static void do_munmap(struct thread *t, const struct range *r)
{
	if (munmap(r->at, r->n * PAGE)) {
		if (errno != ENOMEM)
			mistake(t, "munmap", r->at, (unsigned long)errno, 0);
		return;
	}
	for (unsigned int i = 0; i < r->n; i++)
		r->page[i].kind = NONE;
}

static bool all_mapped(const struct range *r)
{
	for (unsigned int i = 0; i < r->n; i++)
		if (r->page[i].kind == NONE)
			return false;
	return true;
}

static void do_mprotect(struct thread *t, const struct range *r)
{
	static const int prots[] = { PROT_NONE, PROT_READ,
				     PROT_READ | PROT_WRITE,
				     PROT_READ | PROT_WRITE };
	int prot = prots[rnd(t, 4)];

	if (!all_mapped(r))
		return;
	if (mprotect(r->at, r->n * PAGE, prot)) {
		if (errno != ENOMEM)
			mistake(t, "mprotect", r->at, (unsigned long)errno, 0);
		return;
	}
	for (unsigned int i = 0; i < r->n; i++)
		r->page[i].prot = (uint8_t)prot;
}

/* Pages that may go, but only as long as they are not written. */
static void do_madvise_free(struct thread *t, const struct range *r)
{
	for (unsigned int i = 0; i < r->n; i++)
		if (r->page[i].kind != ANON)
			return;
	for (unsigned int i = 0; i < r->n; i++)
		r->page[i].given_up = true;
	if (madvise(r->at, r->n * PAGE, MADV_FREE) && errno != EAGAIN)
		mistake(t, "MADV_FREE", r->at, (unsigned long)errno, 0);
}

static void do_madvise(struct thread *t, const struct range *r)
{
	static const int advice[] = { MADV_DONTNEED, MADV_DONTNEED, MADV_COLD,
				      MADV_SEQUENTIAL, MADV_PAGEOUT_ };
	int which = advice[rnd(t, 5)];

	if (!all_mapped(r))
		return;
	if (rnd(t, 4) == 0) {
		do_madvise_free(t, r);
		return;
	}
	if (madvise(r->at, r->n * PAGE, which)) {
		if (errno != EAGAIN)
			mistake(t, "madvise", r->at, (unsigned long)errno, 0);
		return;
	}
	for (unsigned int i = 0; i < r->n && which == MADV_DONTNEED; i++)
		if (r->page[i].kind == ANON) {
			r->page[i].given_up = false;
			r->page[i].value = 0;
		}
}

/* Pages of one area only may move: those that are alike. */
static bool all_alike(const struct range *r)
{
	for (unsigned int i = 0; i < r->n; i++)
		if (r->page[i].kind != ANON ||
		    r->page[i].prot != r->page[0].prot)
			return false;
	return true;
}

static void do_mremap(struct thread *t, const struct range *r)
{
	struct range to = some_range(t);

	if (to.slot == r->slot || to.first + r->n > SLOT_PAGES || !all_alike(r))
		return;
	if (mremap(r->at, r->n * PAGE, r->n * PAGE,
		   MREMAP_MAYMOVE | MREMAP_FIXED, to.at) != to.at) {
		/* Two areas that never became one, or no memory. */
		if (errno != EFAULT && errno != ENOMEM)
			mistake(t, "mremap", r->at, (unsigned long)errno, 0);
		return;
	}
	for (unsigned int i = 0; i < r->n; i++) {
		to.page[i] = r->page[i];
		r->page[i].kind = NONE;
	}
}

/* --- the others' --------------------------------------------------------------- */

static void check_stranger(const struct thread *t, const struct stamp *s,
			   unsigned int owner, const char *at)
{
	if (s->magic && s->magic != STAMP_MAGIC)
		mistake(t, "no stamp in a page of another's", at, s->magic,
			STAMP_MAGIC);
	/* Its owner may be writing the stamp: only what is complete counts. */
	else if (s->magic && s->value && s->owner != owner)
		mistake(t, "a stranger's stamp in a page of another's", at,
			s->owner, owner);
}

static void peek(struct thread *t)
{
	unsigned int owner = (unsigned int)rnd(t, threads);
	const char *at = slot_base(owner, (unsigned int)rnd(t, SLOTS)) +
			 rnd(t, SLOT_PAGES) * PAGE;
	struct stamp s = { 0 };

	if (rnd(t, 4) == 0) {
		struct iovec here = { &s, sizeof(s) };
		struct iovec there = { (void *)at, sizeof(s) };

		if (process_vm_readv(getpid(), &here, 1, &there, 1, 0) !=
		    (ssize_t)sizeof(s))
			return;
	} else {
		if (sigsetjmp(escape, 0) == 0) {
			may_escape = 1;
			s.value = __atomic_load_n(
				&((const struct stamp *)at)->value,
				__ATOMIC_ACQUIRE);
			s.owner = ((const volatile struct stamp *)at)->owner;
			s.magic = ((const volatile struct stamp *)at)->magic;
		} else {
			s.magic = 0;
		}
		may_escape = 0;
	}
	check_stranger(t, &s, owner, at);
}

/* --- processes -------------------------------------------------------------------- */

static void child(struct thread *t)
{
	mistakes = 0;
	for (unsigned int slot = 0; slot < SLOTS; slot++) {
		struct range r = { .slot = slot,
				   .n = SLOT_PAGES,
				   .at = slot_base(t->nr, slot),
				   .page = t->page[slot] };

		check_range(t, &r);
		for (unsigned int i = 0; i < SLOT_PAGES; i++)
			if (r.page[i].kind == ANON &&
			    (r.page[i].prot & PROT_WRITE))
				memset(r.at + i * PAGE, 0xee, 64);
	}
	_exit(mistakes ? 1 : 0);
}

static void do_fork(struct thread *t)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		child(t);
	if (pid < 0)
		return; /* no memory */
	if (waitpid(pid, &status, 0) != pid)
		mistake(t, "waitpid", NULL, (unsigned long)errno, 0);
	else if (status)
		mistake(t, "a child's end", NULL, (unsigned long)status, 0);
}

/* The lines of maps ascend, whatever happens meanwhile. (An area may have become
 * one with the last of the read(2) before: then it begins below that one's end,
 * on Linux, too.) */
static void check_maps(struct thread *t, const char *path)
{
	unsigned long from, to, last = 0;
	FILE *f = fopen(path, "re");
	char line[512], dash;

	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx%c%lx ", &from, &dash, &to) != 3 ||
		    dash != '-')
			continue;
		if (to <= last || to <= from)
			mistake(t, path, (void *)from, last, from);
		last = to;
	}
	fclose(f);
}

static void view(struct thread *t)
{
	uint64_t words[SLOT_PAGES];
	int fd;

	switch (rnd(t, 3)) {
	case 0:
		check_maps(t, "/proc/self/maps");
		break;
	case 1:
		check_maps(t, "/proc/self/smaps");
		break;
	default:
		fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			break;
		if (pread(fd, words, sizeof(words), (off_t)(ARENA / PAGE * 8)) <
		    0)
			mistake(t, "pagemap", NULL, (unsigned long)errno, 0);
		close(fd);
	}
}

/* --- all together -------------------------------------------------------------- */

static void operate(struct thread *t)
{
	struct range r = some_range(t);
	unsigned int what = (unsigned int)rnd(t, 1000);

	if (what < 150)
		do_mmap(t, &r);
	else if (what < 230)
		do_munmap(t, &r);
	else if (what < 330)
		do_mprotect(t, &r);
	else if (what < 400)
		do_madvise(t, &r);
	else if (what < 460)
		do_mremap(t, &r);
	else if (what < 700)
		write_range(t, &r);
	else if (what < 880)
		check_range(t, &r);
	else if (what < 996)
		peek(t);
	else if (what < 999)
		do_fork(t);
	else
		view(t);
}

static void *run(void *arg)
{
	struct thread *t = arg;

	for (; t->done < operations / threads; t->done++)
		operate(t);
	for (unsigned int slot = 0; slot < SLOTS; slot++) {
		struct range r = { .slot = slot,
				   .n = SLOT_PAGES,
				   .at = slot_base(t->nr, slot),
				   .page = t->page[slot] };

		check_range(t, &r);
	}
	return NULL;
}

static void start(unsigned int n)
{
	struct thread *t = &thread[n];

	t->nr = n;
	t->random = (seed + n) * 0x9e3779b97f4a7c15UL | 1;
	t->memfd = memfd_create("mmstress", MFD_CLOEXEC);
	if (t->memfd < 0 ||
	    ftruncate(t->memfd, (off_t)(SLOTS * SLOT_PAGES * PAGE)) ||
	    pthread_create(&t->id, NULL, run, t)) {
		perror("mmstress");
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_fault,
				    .sa_flags = SA_NODEFER };
	unsigned long done = 0;
	int opt;

	while ((opt = getopt(argc, argv, "t:n:s:")) != -1) {
		unsigned long v = strtoul(optarg ? optarg : "0", NULL, 0);

		if (opt == 't' && v > 0 && v <= MAX_THREADS)
			threads = (unsigned int)v;
		else if (opt == 'n')
			operations = v;
		else if (opt == 's')
			seed = v;
		else
			return 2;
	}
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	for (unsigned int i = 0; i < threads; i++)
		start(i);
	for (unsigned int i = 0; i < threads; i++) {
		pthread_join(thread[i].id, NULL);
		done += thread[i].done;
	}
	printf("mmstress: %u threads, %lu operations, seed %lu: %u mistakes\n",
	       threads, done, (unsigned long)seed, mistakes);
	return mistakes ? 1 : 0;
}
