/* SPDX-License-Identifier: MIT */
/* Steps of the model that make, change, move and remove areas. */
#include "model.h"

static int free_object(void)
{
	for (int i = 0; i < OBJECTS; i++)
		if (!object[i].refs)
			return i;
	return -1;
}

/* A fresh page @i pages into a mapping that begins with @like. */
static struct mpage fresh_page(const struct mpage *like, int i)
{
	struct mpage p = *like;

	forget(&p);
	p.index += i;
	return p;
}

static void put_page_at(struct space *s, int i, struct mpage p)
{
	if (p.kind == SHARED && p.object >= 0)
		object[p.object].refs++;
	drop(&s->page[i]);
	s->page[i] = p;
}

/* What is to be mapped: file pages from *off on, or an object; then @n. */
static bool choose(struct mpage *p, int *n)
{
	static const enum kind kinds[] = { ANONYMOUS, ANONYMOUS, ANONYMOUS,
					   SHARED,    PRIVATE,	 PRIVATE,
					   SHARED };
	unsigned int what = rnd(ARRAY_SIZE(kinds));

	*p = (struct mpage){ .kind = kinds[what],
			     .prot = random_prot(),
			     .object = -1 };
	if (what == 3)
		p->object = free_object();
	else if (what > 3)
		p->index = (int)rnd(FILE_PAGES);
	*n = min(*n, FILE_PAGES - p->index);
	return what != 3 || p->object >= 0;
}

void step_mmap(struct space *s, int first, int n)
{
	unsigned long flags = 0, addr;
	unsigned int extra = rnd(8);
	struct mpage p;
	bool of_file;

	if (!choose(&p, &n))
		return;
	of_file = p.kind != ANONYMOUS && p.object < 0;
	flags = p.kind == SHARED ? MAP_SHARED : MAP_PRIVATE;
	flags |= of_file ? 0 : MAP_ANONYMOUS;
	flags |= extra == 0 ? MAP_POPULATE : extra == 1 ? MAP_LOCKED : 0;
	addr = map_file(s->mm, first, n, p.prot, flags, of_file ? file : NULL,
			(unsigned long)p.index);
	if (failed((long)addr))
		return;
	ASSERT_EQ(addr, AT(first));
	p.lock = s->future | (extra == 1 ? VM_LOCKED : 0);
	if (p.object >= 0 && p.kind == SHARED)
		object[p.object] = (struct object){ .pages = n };
	for (int i = 0; i < n; i++)
		put_page_at(s, first + i, fresh_page(&p, i));
	if (p.lock || extra == 0)
		populate(s, first, n, false);
}

static void unmap_pages(struct space *s, int first, int n)
{
	for (int i = 0; i < n; i++)
		drop(&s->page[first + i]);
}

void step_munmap(struct space *s, int first, int n)
{
	int ret = unmap(s->mm, first, n);

	if (failed(ret))
		return;
	ASSERT_EQ(ret, 0);
	unmap_pages(s, first, n);
}

/* [i, end) of one area gets new rights. */
static void protect_area(struct space *s, int i, int end, unsigned long prot)
{
	struct mpage *p = &s->page[i];
	bool wants_pages = p->lock && p->kind != SHARED &&
			   !(p->prot & PROT_WRITE) && (prot & PROT_WRITE);

	for (int k = i; k < end; k++)
		s->page[k].prot = prot;
	if (wants_pages)
		populate_area(s, i, end);
}

void step_mprotect(struct space *s, int first, int n)
{
	unsigned long prot = random_prot();
	int ends[PAGES], ret, want = 0;

	for (int i = first; i < first + n; i++)
		if (s->page[i].kind != HOLE)
			ends[i] = min(area_end(s, i), first + n);
	ret = protect(s->mm, first, n, prot);
	if (failed(ret)) { /* it may stop at any area */
		adopt_flags(s, first, n);
		return;
	}
	for (int i = first; i < first + n; i = ends[i]) {
		if (s->page[i].kind == HOLE) {
			want = -ENOMEM;
			break;
		}
		protect_area(s, i, ends[i], prot);
	}
	ASSERT_EQ(ret, want);
}

/* --- mremap --------------------------------------------------------------- */

struct remap {
	int from, n, to, new_n;
	unsigned long flags;
};

static unsigned long remap(struct space *s, const struct remap *r,
			   unsigned long from)
{
	struct mremap_request req = {
		.addr = from,
		.old_len = (unsigned long)r->n << PAGE_SHIFT,
		.new_len = (unsigned long)r->new_n << PAGE_SHIFT,
		.flags = r->flags,
		.new_addr = AT(r->to),
	};

	return vm_mremap(s->mm, &req);
}

static bool is_free(struct space *s, int first, int end)
{
	for (int i = first; i < end; i++)
		if (s->page[i].kind != HOLE)
			return false;
	return true;
}

/* The answer that is due: 0, 1: it moves to where there is room, -errno. */
static int remap_answer(struct space *s, const struct remap *r)
{
	int from = r->from, end;

	if (s->page[from].kind == HOLE)
		return -EFAULT;
	end = area_end(s, from);
	if (r->flags & MREMAP_FIXED) {
		if (from + r->n > r->to && r->to + r->new_n > from)
			return -EINVAL;
		if (!r->n && s->page[from].kind != SHARED)
			return -EINVAL;
		return min(r->n, r->new_n) > end - from ? -EFAULT : 0;
	}
	if (r->n >= r->new_n)
		return 0;
	if (r->n > end - from)
		return -EFAULT;
	if (from + r->n == end && is_free(s, end, from + r->new_n))
		return 0;
	return r->flags & MREMAP_MAYMOVE ? 1 : -ENOMEM;
}

/* A double of shared memory in place of itself: it is gone, and no double. */
static bool doubles_itself(const struct space *s, const struct remap *r)
{
	return (r->flags & MREMAP_FIXED) && !r->n && r->to == r->from &&
	       s->page[r->from].kind == SHARED;
}

static void move_pages(struct space *s, const struct remap *r)
{
	struct mpage page[MAX_LEN];
	int from = r->from;

	for (int i = 0; i < r->new_n; i++) {
		page[i] = i < r->n ? s->page[from + i]
				   : fresh_page(&s->page[from], i);
		if (page[i].kind == SHARED && page[i].object >= 0)
			object[page[i].object].refs++;
	}
	for (int i = from; i < from + r->n; i++)
		if (r->flags & MREMAP_DONTUNMAP)
			forget(&s->page[i]);
		else
			drop(&s->page[i]);
	for (int i = 0; i < r->new_n; i++) {
		drop(&s->page[r->to + i]);
		s->page[r->to + i] = page[i];
	}
	/* The area that stays is unlocked as a whole, however far it reaches. */
	if (r->flags & MREMAP_DONTUNMAP)
		for (int i = 0; i < PAGES; i++)
			s->page[i].lock = 0;
	if (r->flags & MREMAP_DONTUNMAP)
		adopt_flags(s, 0, PAGES);
}

static struct remap random_remap(int first, int n)
{
	static const unsigned long flags[] = {
		0, MREMAP_MAYMOVE, MREMAP_MAYMOVE | MREMAP_FIXED,
		MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
		MREMAP_MAYMOVE | MREMAP_FIXED /* of nothing: a double */
	};
	unsigned int what = rnd(ARRAY_SIZE(flags));
	struct remap r = { .from = first,
			   .n = what == 4 ? 0 : n,
			   .new_n = 1 + (int)rnd(MAX_LEN),
			   .flags = flags[what] };

	if (what == 3)
		r.new_n = n;
	r.to = what < 1 ? first : (int)rnd(PAGES - r.new_n + 1);
	r.new_n = min(r.new_n, PAGES - r.to);
	if (what == 1)
		r.new_n = min(r.new_n, PAGES - first);
	return r;
}

void step_mremap(struct space *s, int first, int n)
{
	struct remap r = random_remap(first, n), back;
	bool gone = doubles_itself(s, &r);
	int want = gone ? -EFAULT : remap_answer(s, &r);
	unsigned long ret = remap(s, &r, AT(first));

	if (failed((long)ret))
		return;
	if (want < 0) {
		ASSERT_EQ(ret, want);
		for (int i = 0; gone && i < r.new_n; i++)
			drop(&s->page[r.to + i]);
		return;
	}
	if (want == 1) { /* somewhere else: fetch it */
		ASSERT(!IS_ERR_VALUE(ret) && ret >= AT(PAGES));
		back = r;
		back.n = r.new_n;
		back.flags = MREMAP_MAYMOVE | MREMAP_FIXED;
		if (!hit())
			fail_nth_set(0);
		ret = remap(s, &back, ret);
	} else if (!(r.flags & MREMAP_FIXED)) {
		r.to = first;
	}
	ASSERT_EQ(ret, AT(r.to));
	move_pages(s, &r);
	if (r.new_n > r.n && s->page[r.to].lock)
		populate(s, r.to + r.n, r.new_n - r.n, false);
}

/* --- brk, fork ------------------------------------------------------------ */

void step_brk(struct space *s)
{
	const struct mpage heap = { .kind = ANONYMOUS,
				    .prot = RW,
				    .lock = s->future };
	int old = s->brk, new = HEAP + (int)rnd(PAGES - HEAP + 1);
	unsigned long ret = do_brk(s->mm, AT(new));
	bool can;

	if (new < old)
		can = !is_free(s, new, old);
	else
		can = new == old || is_free(s, old, min(new + 1, PAGES));
	if (hit() && ret == AT(old))
		return;
	ASSERT_EQ(ret, can ? AT(new) : AT(old));
	if (!can)
		return;
	s->brk = new;
	for (int i = new; i < old; i++)
		drop(&s->page[i]);
	for (int i = old; i < new; i++)
		put_page_at(s, i, heap);
	if (s->future && new > old)
		populate(s, old, new - old, false);
}

void step_fork(struct space *s)
{
	struct space *child = &space[rnd(SPACES)];

	if (child == s)
		return;
	step_exit(child);
	child->mm = dup_mm(s->mm);
	if (!child->mm) {
		ASSERT(hit());
		return;
	}
	child->future = 0;
	child->brk = s->brk;
	for (int i = 0; i < PAGES; i++) {
		struct mpage p = s->page[i];

		if (p.dontfork)
			continue;
		p.lock = 0;
		if (p.wipe)
			forget(&p);
		put_page_at(child, i, p);
	}
	fail_nth_set(0);
	check_maps(child);
}
