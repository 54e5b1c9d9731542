/* SPDX-License-Identifier: MIT */
/*
 * The whole subsystem against a model: random calls on a few address spaces,
 * each of which is also kept as an array of pages. After each step the step's
 * result, and from time to time every page, must agree.
 *
 * A page of the model is what a program can know of it: is it mapped, what may
 * be done, whose contents does it show. Contents are one byte, at offset 17.
 */
#include "mmtest.h"

#define PAGES	   64
#define SPACES	   4
#define OBJECTS	   24
#define OFFSET	   17
#define FILE_PAGES 48

struct object {
	int refs; /* mapped pages */
	u8 byte[PAGES];
};

enum kind {
	HOLE,
	ANONYMOUS, /* private memory */
	PRIVATE_FILE, /* private, of the file, no copy yet */
	SHARED /* of an object or of the shared file */
};

struct mpage {
	enum kind kind;
	unsigned long prot;
	u8 byte; /* ANONYMOUS */
	bool may_write;
	bool of_file; /* ANONYMOUS that was PRIVATE_FILE */
	bool dontfork, wipe;
	int object, index; /* SHARED: object, -1 the file; file page */
};

struct space {
	struct mm_struct *mm;
	struct mpage page[PAGES];
};

static struct space space[SPACES];
static struct object object[OBJECTS];
static struct file *file; /* shmem: private and shared mappings */
static u8 file_byte[FILE_PAGES];
static bool failing; /* allocations may fail in this step */

static unsigned int rnd(unsigned int n)
{
	return (unsigned int)sim_random_below(n);
}

static const unsigned long prots[] = { PROT_NONE, PROT_READ,
				       RW,	  RW,
				       RW,	  PROT_READ | PROT_EXEC };

static void drop(struct mpage *p)
{
	if (p->kind == SHARED && p->object >= 0)
		object[p->object].refs--;
	*p = (struct mpage){ HOLE };
}

static u8 content(const struct mpage *p)
{
	if (p->kind == ANONYMOUS)
		return p->byte;
	if (p->kind == SHARED && p->object >= 0)
		return object[p->object].byte[p->index];
	return file_byte[p->index];
}

static int free_object(void)
{
	for (int i = 0; i < OBJECTS; i++)
		if (!object[i].refs)
			return i;
	return -1;
}

/* 0: as expected; true: the call failed for want of memory, as it may. */
static bool failed(long ret)
{
	return failing && ret == -ENOMEM;
}

static void step_mmap(struct space *s, int first, int n)
{
	unsigned long prot = prots[rnd(ARRAY_SIZE(prots))];
	unsigned int what = rnd(8);
	int obj = -1, off = 0;
	unsigned long addr;

	if (what < 4) {
		addr = map(s->mm, first, n, prot, ANON);
	} else if (what < 5) {
		obj = free_object();
		if (obj < 0)
			return;
		addr = map(s->mm, first, n, prot, MAP_SHARED | MAP_ANONYMOUS);
	} else {
		off = (int)rnd(FILE_PAGES);
		n = min(n, FILE_PAGES - off);
		addr = map_file(s->mm, first, n, prot,
				what < 7 ? MAP_PRIVATE : MAP_SHARED, file,
				(unsigned long)off);
	}
	if (failed((long)addr))
		return;
	ASSERT_EQ(addr, AT(first));
	if (obj >= 0)
		memset(object[obj].byte, 0, sizeof(object[obj].byte));
	for (int i = 0; i < n; i++) {
		struct mpage *p = &s->page[first + i];

		drop(p);
		p->kind = what < 4   ? ANONYMOUS
			  : what < 5 ? SHARED
			  : what < 7 ? PRIVATE_FILE
				     : SHARED;
		p->prot = prot;
		p->object = obj;
		p->index = what < 5 ? i : off + i;
		if (obj >= 0)
			object[obj].refs++;
	}
}

static void step_munmap(struct space *s, int first, int n)
{
	int ret = unmap(s->mm, first, n);

	if (failed(ret))
		return;
	ASSERT_EQ(ret, 0);
	for (int i = 0; i < n; i++)
		drop(&s->page[first + i]);
}

static void step_mprotect(struct space *s, int first, int n)
{
	unsigned long prot = prots[rnd(ARRAY_SIZE(prots))];
	int ret = protect(s->mm, first, n, prot), want = 0, i;

	/* It may stop at any area: do not guess, look. */
	if (failed(ret)) {
		for (i = first; i < first + n; i++) {
			struct vm_area_struct *v = find_vma(s->mm, AT(i));

			if (s->page[i].kind == HOLE)
				break;
			s->page[i].prot = v->vm_flags & VM_ACCESS_FLAGS;
		}
		return;
	}
	for (i = first; i < first + n; i++) {
		if (s->page[i].kind == HOLE) {
			want = -ENOMEM;
			break;
		}
		s->page[i].prot = prot;
	}
	ASSERT_EQ(ret, want);
}

static void step_madvise(struct space *s, int first, int n)
{
	int want = 0, ret;

	ret = do_madvise(s->mm, AT(first), (size_t)n << PAGE_SHIFT,
			 MADV_DONTNEED);
	for (int i = first; i < first + n; i++) {
		struct mpage *p = &s->page[i];

		if (p->kind == HOLE)
			want = -ENOMEM;
		if (p->kind != ANONYMOUS)
			continue;
		p->byte = 0;
		if (p->of_file)
			p->kind = PRIVATE_FILE;
	}
	ASSERT_EQ(ret, want);
}

/* MADV_DONTFORK and MADV_WIPEONFORK and back, one page or a few. */
static void step_forkadvice(struct space *s, int first, int n)
{
	bool on = rnd(2);
	int ret, want = 0;

	if (failing)
		return;
	ret = do_madvise(s->mm, AT(first), (size_t)n << PAGE_SHIFT,
			 on ? MADV_DONTFORK : MADV_DOFORK);
	for (int i = first; i < first + n; i++) {
		if (s->page[i].kind == HOLE)
			want = -ENOMEM;
		else
			s->page[i].dontfork = on;
	}
	ASSERT_EQ(ret, want);
}

static void do_write(struct mpage *p, u8 byte)
{
	if (p->kind == SHARED && p->object >= 0) {
		object[p->object].byte[p->index] = byte;
	} else if (p->kind == SHARED) {
		file_byte[p->index] = byte;
	} else {
		p->of_file |= p->kind == PRIVATE_FILE;
		p->kind = ANONYMOUS;
		p->byte = byte;
	}
}

static void step_access(struct space *s, int i)
{
	struct mpage *p = &s->page[i];
	int kind = (int)rnd(5) < 3 ? SIM_WRITE : SIM_READ;
	vm_fault_t want = 0, ret;
	u8 byte = (u8)sim_random();

	if (p->kind == HOLE)
		want = VM_FAULT_MAPERR;
	else if (kind == SIM_WRITE ? !(p->prot & PROT_WRITE) : !p->prot)
		want = VM_FAULT_ACCERR;
	ret = sim_access(s->mm, AT(i) + OFFSET, kind, 1, &byte);
	if (failing && ret == VM_FAULT_OOM)
		return;
	ASSERT_EQ(ret, want);
	if (ret)
		return;
	if (kind == SIM_READ)
		ASSERT_EQ(byte, content(p));
	else
		do_write(p, byte);
}

static void step_exit(struct space *s)
{
	if (!s->mm)
		return;
	mmput(s->mm);
	s->mm = NULL;
	for (int i = 0; i < PAGES; i++)
		drop(&s->page[i]);
}

static void step_fork(struct space *s)
{
	struct space *child = &space[rnd(SPACES)];

	if (child == s)
		return;
	step_exit(child);
	child->mm = dup_mm(s->mm);
	if (!child->mm) {
		ASSERT(failing);
		return;
	}
	for (int i = 0; i < PAGES; i++) {
		if (s->page[i].dontfork)
			continue;
		child->page[i] = s->page[i];
		if (s->page[i].kind == SHARED && s->page[i].object >= 0)
			object[s->page[i].object].refs++;
	}
}

/* A hole punched into the file: shared and private pages read as zeroes. */
static void step_truncate(void)
{
	int from = (int)rnd(FILE_PAGES);

	truncate_setsize(file->f_mapping, (loff_t)from << PAGE_SHIFT);
	truncate_setsize(file->f_mapping, (loff_t)FILE_PAGES << PAGE_SHIFT);
	memset(file_byte + from, 0, (size_t)(FILE_PAGES - from));
	for (int k = 0; k < SPACES; k++)
		for (int i = 0; i < PAGES; i++) {
			struct mpage *p = &space[k].page[i];

			if (p->kind == ANONYMOUS && p->of_file &&
			    p->index >= from)
				p->kind = PRIVATE_FILE;
		}
}

static void check_space(struct space *s)
{
	u8 byte;

	check_mm(s->mm);
	for (int i = 0; i < PAGES; i++) {
		struct mpage *p = &s->page[i];
		vm_fault_t want = p->kind == HOLE ? VM_FAULT_MAPERR
				  : !p->prot	  ? VM_FAULT_ACCERR
						  : 0;
		vm_fault_t ret =
			sim_access(s->mm, AT(i) + OFFSET, SIM_READ, 1, &byte);

		ASSERT_EQ(ret, want);
		if (!ret)
			ASSERT_EQ(byte, content(p));
	}
}

static struct space *live_space(void)
{
	struct space *s = &space[rnd(SPACES)];

	if (s->mm)
		return s;
	failing = false;
	fail_nth_set(0);
	s->mm = new_mm();
	ASSERT(s->mm);
	return s;
}

static void step(void)
{
	struct space *s = live_space();
	int first = (int)rnd(PAGES), n = 1 + (int)rnd(8);
	unsigned int what = rnd(100);

	n = min(n, PAGES - first);
	if (what < 16)
		step_mmap(s, first, n);
	else if (what < 24)
		step_munmap(s, first, n);
	else if (what < 40)
		step_mprotect(s, first, n);
	else if (what < 45)
		step_madvise(s, first, n);
	else if (what < 48)
		step_forkadvice(s, first, n);
	else if (what < 53)
		step_fork(s);
	else if (what < 54)
		step_exit(s);
	else if (what < 55)
		step_truncate();
	else
		step_access(s, first);
}

static void run(int steps, bool with_failures)
{
	if (rnd(2))
		share_min_entries = 1; /* tables are shared all the time */
	file = sim_shmem_file((loff_t)FILE_PAGES << PAGE_SHIFT,
			      FMODE_READ | FMODE_WRITE);
	for (int i = 0; i < steps; i++) {
		failing = with_failures && rnd(3) == 0;
		if (failing)
			fail_nth_set(1 + rnd(6));
		step();
		fail_nth_set(0);
		failing = false;
		if (i % 50 == 0)
			for (int k = 0; k < SPACES; k++)
				if (space[k].mm)
					check_space(&space[k]);
		if (sim_failures())
			sim_end_test();
	}
	for (int k = 0; k < SPACES; k++)
		step_exit(&space[k]);
	fput(file);
}

TEST(random_calls_agree_with_the_model)
{
	unsigned long committed = vm_committed();

	run(12000, false);
	EXPECT_EQ(vm_committed(), committed);
}

TEST(random_calls_with_failing_allocations_agree_with_the_model)
{
	unsigned long committed = vm_committed();

	run(12000, true);
	EXPECT_EQ(vm_committed(), committed);
}
