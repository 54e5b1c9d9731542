/* SPDX-License-Identifier: MIT */
/* Steps of the model that work on pages, and on the flags of areas. */
#include <ikos/pagemap.h>

#include "model.h"

static int advise(struct space *s, int first, int n, int advice)
{
	return do_madvise(s->mm, AT(first), (size_t)n << PAGE_SHIFT, advice);
}

/* --- madvise -------------------------------------------------------------- */

static bool may_forget(const struct mpage *p, int advice)
{
	return advice == MADV_DONTNEED_LOCKED || !p->lock;
}

/* MADV_DONTNEED and _LOCKED. */
void step_dontneed(struct space *s, int first, int n)
{
	static const int advices[] = { MADV_DONTNEED, MADV_DONTNEED_LOCKED };
	int advice = advices[rnd(ARRAY_SIZE(advices))];
	int ret = advise(s, first, n, advice), want = 0;

	for (int i = first; i < first + n && want != -EINVAL; i++) {
		struct mpage *p = &s->page[i];

		if (p->kind == HOLE)
			want = -ENOMEM;
		else if (!may_forget(p, advice))
			want = -EINVAL;
		else if (!hit() || !resident(s, i))
			forget(p);
	}
	if (!failed(ret))
		ASSERT_EQ(ret, want);
}

/* MADV_FREE: nothing happens yet. */
void step_free(struct space *s, int first, int n)
{
	int ret = advise(s, first, n, MADV_FREE), want = 0;

	for (int i = first; i < first + n && want != -EINVAL; i++) {
		struct mpage *p = &s->page[i];

		if (p->kind == HOLE)
			want = -ENOMEM;
		else if (p->kind != ANONYMOUS || p->lock)
			want = -EINVAL;
		else
			p->given_up = true;
	}
	if (!failed(ret))
		ASSERT_EQ(ret, want);
}

/* What was given up may have gone; nothing else. */
static void adopt_dropped(struct space *s)
{
	for (int i = 0; s->mm && i < PAGES; i++)
		if (s->page[i].given_up && !resident(s, i)) {
			ASSERT(s->page[i].kind == ANONYMOUS);
			forget(&s->page[i]);
		}
}

/* Memory is short; or MADV_PAGEOUT. */
void step_reclaim(struct space *s, int first, int n)
{
	if (rnd(2))
		reclaim_pages(1 + rnd(8));
	else
		advise(s, first, n, MADV_PAGEOUT);
	for (int i = 0; i < SPACES; i++)
		adopt_dropped(&space[i]);
}

static int prefault_area(struct space *s, int first, int end, bool write)
{
	const struct mpage *p = &s->page[first];

	if (!(p->prot & (write ? PROT_WRITE : PROT_READ)))
		return -EINVAL;
	for (int i = first; i < end; i++) {
		struct mpage *q = &s->page[i];

		if (beyond_end(q))
			return -EFAULT;
		if (write && q->kind != SHARED && !hit())
			write_page(q, content(q));
		else
			read_page(q);
	}
	return 0;
}

/* MADV_POPULATE_READ and _WRITE. */
void step_prefault(struct space *s, int first, int n)
{
	bool write = rnd(2);
	int ret = advise(s, first, n,
			 write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
	int want = 0, err = 0, end;

	for (int i = first; i < first + n && !err; i = end) {
		end = i + 1;
		if (s->page[i].kind == HOLE) {
			want = -ENOMEM;
			continue;
		}
		end = min(area_end(s, i), first + n);
		err = prefault_area(s, i, end, write);
	}
	if (!failed(ret))
		ASSERT_EQ(ret, err ? err : want);
}

/* What fork shall do: nothing of it is for all kinds of areas. */
void step_forkadvice(struct space *s, int first, int n)
{
	static const int advices[] = { MADV_DONTFORK, MADV_DOFORK,
				       MADV_WIPEONFORK, MADV_KEEPONFORK };
	int advice = advices[rnd(ARRAY_SIZE(advices))];
	int ret = advise(s, first, n, advice), want = 0;

	if (failed(ret)) {
		adopt_flags(s, first, n);
		return;
	}
	for (int i = first; i < first + n && want != -EINVAL; i++) {
		struct mpage *p = &s->page[i];

		if (p->kind == HOLE)
			want = -ENOMEM;
		else if (advice == MADV_WIPEONFORK && p->kind != ANONYMOUS)
			want = -EINVAL;
		else if (advice == MADV_WIPEONFORK || advice == MADV_KEEPONFORK)
			p->wipe = advice == MADV_WIPEONFORK;
		else
			p->dontfork = advice == MADV_DONTFORK;
	}
	ASSERT_EQ(ret, want);
}

/* --- mlock ---------------------------------------------------------------- */

static int call_mlock(struct space *s, int first, int n, vm_flags_t lock)
{
	size_t len = (size_t)n << PAGE_SHIFT;

	return lock ? do_mlock(s->mm, AT(first), len, lock, false)
		    : do_munlock(s->mm, AT(first), len);
}

/* mlock, mlock2 with MLOCK_ONFAULT, munlock. */
void step_mlock(struct space *s, int first, int n)
{
	static const vm_flags_t locks[] = { 0, 0, VM_LOCKED,
					    VM_LOCKED | VM_LOCKONFAULT };
	vm_flags_t lock = locks[rnd(ARRAY_SIZE(locks))];
	int ret = call_mlock(s, first, n, lock), want = 0;

	if (failed(ret)) {
		adopt_flags(s, first, n);
		populate(s, first, n, false); /* perhaps */
		return;
	}
	for (int i = first; i < first + n && !want; i++)
		if (s->page[i].kind == HOLE)
			want = -ENOMEM;
		else
			s->page[i].lock = lock;
	if (!want && lock && populate(s, first, n, true))
		want = -ENOMEM;
	ASSERT_EQ(ret, want);
}

static void lock_all(struct space *s, vm_flags_t lock)
{
	for (int i = 0; i < PAGES; i++)
		if (s->page[i].kind != HOLE)
			s->page[i].lock = lock;
}

/* mlockall, munlockall; the latter more often, lest all is locked all the
 * time. */
void step_mlockall(struct space *s)
{
	static const int calls[] = { 0,
				     0,
				     MCL_CURRENT,
				     MCL_FUTURE,
				     MCL_CURRENT | MCL_FUTURE,
				     MCL_CURRENT | MCL_ONFAULT,
				     MCL_FUTURE | MCL_ONFAULT };
	int call = calls[rnd(ARRAY_SIZE(calls))];
	vm_flags_t lock =
		call & MCL_ONFAULT ? VM_LOCKED | VM_LOCKONFAULT : VM_LOCKED;

	ASSERT_EQ(call ? do_mlockall(s->mm, call, false) : do_munlockall(s->mm),
		  0);
	s->future = call & MCL_FUTURE ? lock : 0;
	if ((call & MCL_CURRENT) || !call)
		lock_all(s, call ? lock : 0);
	if (hit())
		adopt_flags(s, 0, PAGES);
	if (call & MCL_CURRENT)
		populate(s, 0, PAGES, false);
}

/* --- mincore -------------------------------------------------------------- */

static bool may_see(struct file *f)
{
	return true;
}

/* Of which pages something is known. */
static enum seen seen_of(struct mpage *p)
{
	if (p->kind == ANONYMOUS || p->copied)
		return p->seen;
	if (beyond_end(p))
		return NEVER;
	return p->kind == SHARED && p->object >= 0
		       ? object[p->object].seen[p->index]
		       : file_seen[p->index];
}

void step_mincore(struct space *s, int first, int n)
{
	unsigned char vec[MAX_LEN];
	long ret = do_mincore(s->mm, AT(first), (unsigned long)n, vec, may_see);

	if (s->page[first].kind == HOLE) {
		ASSERT_EQ(ret, -ENOMEM);
		return;
	}
	ASSERT_EQ(ret, min(area_end(s, first), first + n) - first);
	for (int i = 0; i < ret; i++) {
		enum seen seen = seen_of(&s->page[first + i]);

		if (seen != MAYBE)
			ASSERT_EQ(vec[i], seen == CERTAIN);
	}
}

/* --- accesses ------------------------------------------------------------- */

/* The signal that is due. */
static vm_fault_t access_answer(const struct mpage *p, bool write)
{
	if (p->kind == HOLE)
		return VM_FAULT_MAPERR;
	if (write ? !(p->prot & PROT_WRITE) : !p->prot)
		return VM_FAULT_ACCERR;
	return beyond_end(p) ? VM_FAULT_SIGBUS : 0;
}

static void accessed(struct mpage *p, bool write, u8 byte)
{
	if (write) {
		write_page(p, byte);
		return;
	}
	ASSERT_EQ(byte, content(p));
	read_page(p);
}

void step_access(struct space *s, int i)
{
	struct mpage *p = &s->page[i];
	bool write = rnd(5) < 3;
	u8 byte = (u8)sim_random();
	vm_fault_t want = access_answer(p, write), ret;

	ret = sim_access(s->mm, AT(i) + OFFSET, write ? SIM_WRITE : SIM_READ, 1,
			 &byte);
	if (hit() && ret == VM_FAULT_OOM) {
		if (!want)
			read_page(p); /* may have got half-way */
		return;
	}
	ASSERT_EQ(ret, want);
	if (!ret)
		accessed(p, write, byte);
}

/* The same from outside, as process_vm_readv and process_vm_writev do it. */
void step_remote(struct space *s, int i)
{
	struct mpage *p = &s->page[i];
	bool write = rnd(2);
	u8 byte = (u8)sim_random();
	vm_fault_t want = access_answer(p, write);
	size_t ret;

	ret = access_remote_vm(s->mm, AT(i) + OFFSET, &byte, 1,
			       write ? FAULT_FLAG_WRITE : 0);
	if (hit() && !ret) {
		if (!want)
			read_page(p);
		return;
	}
	ASSERT_EQ(ret, !want);
	if (ret)
		accessed(p, write, byte);
}

/* --- the file ------------------------------------------------------------- */

static void clear_file(int first, int end)
{
	for (int i = first; i < end; i++) {
		file_byte[i] = 0;
		file_seen[i] = NEVER;
	}
}

/* Private copies beyond the end go too: accesses there raise SIGBUS. */
static void drop_copies(int first)
{
	for (int k = 0; k < SPACES; k++)
		for (int i = 0; i < PAGES; i++) {
			struct mpage *p = &space[k].page[i];

			if (p->kind == PRIVATE && p->index >= first)
				forget(p);
		}
}

/* ftruncate to some size, shorter or longer, in the middle of a page or not. */
void step_truncate(void)
{
	static const int rests[] = { 0, 0, OFFSET - 7, OFFSET + 7 };
	int pages = (int)rnd(FILE_PAGES), rest = (int)rests[rnd(4)];
	loff_t size = ((loff_t)pages << PAGE_SHIFT) + rest;
	loff_t old = file->f_mapping->size, low = min(size, old);

	if (rnd(2))
		size = (loff_t)FILE_PAGES << PAGE_SHIFT;
	low = min(size, old);
	truncate_setsize(file->f_mapping, size);
	/* Zero on both sides of a growth, too: nothing is left beyond an end. */
	if (low & (PAGE_SIZE - 1) && (low & (PAGE_SIZE - 1)) <= OFFSET)
		file_byte[low >> PAGE_SHIFT] = 0;
	if (size > old)
		return;
	pages = (int)PFN_UP((unsigned long)size);
	clear_file(pages, FILE_PAGES);
	drop_copies(pages);
}

/* A hole in the file: it reads as zeroes, private copies stay. */
void step_punch(void)
{
	int first = (int)rnd(FILE_PAGES), n = 1 + (int)rnd(MAX_LEN);
	int end = min(first + n, FILE_PAGES);

	truncate_hole(file->f_mapping, (loff_t)first << PAGE_SHIFT,
		      (loff_t)end << PAGE_SHIFT);
	clear_file(first, end);
}
