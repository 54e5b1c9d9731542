/* SPDX-License-Identifier: MIT */
/*
 * Every call of the family with its first, second, … allocation failing. Each
 * round has a scene of its own: areas of all kinds, with and without a child
 * that shares the page tables. A call that fails leaves parent and child as
 * they were; whatever it does, nothing leaks.
 */
#include "mmtest.h"

#define OFFSET 17
#define STACK  4000 /* its end */
#define HEAP   100

struct scene {
	struct file *file;
	struct mm_struct *mm, *child;
};

static void build(struct scene *s, bool with_child)
{
	struct mm_struct *mm = new_mm();

	s->mm = mm;
	s->child = NULL;
	s->file = sim_shmem_file(64 * (loff_t)PAGE_SIZE,
				 FMODE_READ | FMODE_WRITE);
	mm->start_brk = mm->brk = AT(HEAP);
	map(mm, 0, 10, RW, ANON);
	map_file(mm, 20, 6, RW, MAP_PRIVATE, s->file, 3);
	map_file(mm, 30, 6, RW, MAP_SHARED, s->file, 9);
	map(mm, 40, 6, RW, MAP_SHARED | MAP_ANONYMOUS);
	map(mm, 50, 6, RW, ANON);
	EXPECT_EQ(do_mlock(mm, AT(50), 6 * PAGE_SIZE, VM_LOCKED, true), 0);
	EXPECT_EQ(do_brk(mm, AT(HEAP + 3)), AT(HEAP + 3));
	EXPECT_EQ(vm_setup_stack(mm, AT(STACK), 0), 0);
	for (int i = 0; i < 60; i += 1 + i % 2)
		if (find_vma(mm, AT(i))->vm_start <= AT(i))
			sim_store(mm, AT(i) + OFFSET, (u8)(i + 1));
	if (with_child)
		s->child = dup_mm(mm);
}

static void tear_down(struct scene *s)
{
	check_mm(s->mm);
	if (s->child) {
		check_mm(s->child);
		mmput(s->child);
	}
	mmput(s->mm);
	EXPECT_EQ(atomic_read(&s->file->f_count), 1);
	fput(s->file);
}

/* --- what a program can see ----------------------------------------------- */

static size_t put(char *to, size_t n, size_t size, const char *fmt,
		  unsigned long a, unsigned long b)
{
	return n + (size_t)snprintf(to + n, size - n, fmt, a, b);
}

/* The private page at @addr: its byte; -1: none. */
static long private_byte(struct mm_struct *mm, unsigned long addr)
{
	pte_t pte = { sim_pte(mm, addr) };
	struct page *page;

	if (pte_none(pte) || is_zero_pfn(pte_pfn(pte)))
		return -1;
	page = pfn_to_page(pte_pfn(pte));
	if (!page_test(page, PG_anon))
		return -1;
	return ((const u8 *)page_address(page))[OFFSET];
}

/* Areas, counts, private contents as text. */
static void dump(struct mm_struct *mm, char *to, size_t size, bool contents)
{
	struct vm_area_struct *vma;
	size_t n = 0;

	to[0] = '\0';
	if (!mm)
		return;
	n = put(to, n, size, "total %lu data %lu", mm->total_vm, mm->data_vm);
	n = put(to, n, size, " locked %lu brk %lx", mm->locked_vm, mm->brk);
	for (vma = mm->mmap; vma; vma = vma->vm_next) {
		n = put(to, n, size, "\n%lx-%lx", vma->vm_start, vma->vm_end);
		n = put(to, n, size, " %lx %lx", vma->vm_flags, vma->vm_pgoff);
		n = put(to, n, size, " %lx %lx", (unsigned long)vma->vm_file,
			(unsigned long)vma->vm_ops);
		for (unsigned long a = vma->vm_start;
		     contents && a < vma->vm_end; a += PAGE_SIZE)
			if (private_byte(mm, a) >= 0)
				n = put(to, n, size, " %lu=%lu",
					(a - vma->vm_start) >> PAGE_SHIFT,
					(unsigned long)private_byte(mm, a));
	}
	ASSERT(n < size);
}

struct view {
	char mm[6000], child[6000];
	unsigned long committed;
};

static void look(const struct scene *s, struct view *v, bool contents)
{
	memset(v, 0, sizeof(*v));
	dump(s->mm, v->mm, sizeof(v->mm), contents);
	dump(s->child, v->child, sizeof(v->child), true);
	v->committed = vm_committed();
}

static void expect_same_view(const struct view *a, const struct view *b)
{
	if (strcmp(a->mm, b->mm))
		sim_fail(__FILE__, __LINE__, "before: %s\nafter: %s", a->mm,
			 b->mm);
	EXPECT(!strcmp(a->child, b->child));
	EXPECT_EQ(a->committed, b->committed);
}

/* --- the sweep ------------------------------------------------------------ */

/* What of the address space a failure may leave changed. */
enum mark {
	NOTHING,
	CONTENTS, /* pages faulted in */
	AREAS /* mlock: locked; a fault below the stack: grown */
};

typedef long (*call_t)(struct scene *s);

/* One round; false: no allocation failed any more. */
static bool round_of(call_t call, enum mark mark, bool with_child,
		     unsigned long nth)
{
	static struct view before, after;
	struct scene s;
	bool hit;
	long ret;

	build(&s, with_child);
	look(&s, &before, mark == NOTHING);
	fail_nth_set(nth);
	ret = call(&s);
	hit = fail_nth_hit();
	fail_nth_set(0);
	look(&s, &after, mark == NOTHING);
	EXPECT(hit || !IS_ERR_VALUE(ret));
	if (IS_ERR_VALUE(ret)) {
		EXPECT(ret == -ENOMEM || ret == -EAGAIN);
		if (mark == AREAS) {
			memcpy(after.mm, before.mm, sizeof(after.mm));
			after.committed = before.committed;
		}
		expect_same_view(&before, &after);
	} else {
		EXPECT(!strcmp(before.child, after.child));
	}
	tear_down(&s);
	return hit;
}

static void sweep(call_t call, enum mark mark)
{
	struct sim_counts before;

	sim_count(&before);
	for (int with_child = 0; with_child < 2; with_child++) {
		unsigned long nth = 1;

		share_min_entries = 1; /* the child shares tables */
		while (round_of(call, mark, with_child, nth) &&
		       !sim_failures()) {
			EXPECT_NO_LEAK(&before);
			nth++;
		}
		EXPECT_NO_LEAK(&before);
		if (sim_failures()) {
			sim_note("child %d, allocation %lu", with_child, nth);
			return;
		}
	}
}

/* One test for each call; the block returns its answer. Release builds have one
 * round, in which nothing fails. */
#define SWEPT(name_, mark_)                                                    \
	static long call_##name_(struct scene *s);                             \
	TEST(name_)                                                            \
	{                                                                      \
		sweep(call_##name_, mark_);                                    \
	}                                                                      \
	static long __maybe_unused call_##name_(struct scene *s)

static long remap(struct scene *s, int from, int n, int to, int new_n,
		  unsigned long flags)
{
	struct mremap_request req = {
		.addr = AT(from),
		.old_len = (unsigned long)n << PAGE_SHIFT,
		.new_len = (unsigned long)new_n << PAGE_SHIFT,
		.flags = flags,
		.new_addr = AT(to),
	};

	return (long)vm_mremap(s->mm, &req);
}

#define MOVE (MREMAP_MAYMOVE | MREMAP_FIXED)

/* --- the calls ------------------------------------------------------------ */

SWEPT(mmap_of_a_file, NOTHING)
{
	return (long)map_file(s->mm, 600, 4, RW, MAP_PRIVATE, s->file, 1);
}

SWEPT(mmap_of_a_file_over_others, NOTHING)
{
	return (long)map_file(s->mm, 4, 19, RW, MAP_SHARED, s->file, 1);
}

SWEPT(mmap_shared_in_the_middle, NOTHING)
{
	return (long)map(s->mm, 3, 3, RW, MAP_SHARED | MAP_ANONYMOUS);
}

SWEPT(mmap_locked, NOTHING)
{
	return (long)map(s->mm, 22, 2, RW, ANON | MAP_LOCKED);
}

SWEPT(munmap_of_the_middle, NOTHING)
{
	return unmap(s->mm, 3, 4);
}

SWEPT(munmap_of_the_middle_of_a_file, NOTHING)
{
	return unmap(s->mm, 22, 2);
}

SWEPT(munmap_of_many, NOTHING)
{
	return unmap(s->mm, 5, 48);
}

SWEPT(mprotect_of_the_middle, NOTHING)
{
	return protect(s->mm, 3, 4, PROT_READ);
}

SWEPT(mprotect_of_the_middle_of_a_file, NOTHING)
{
	return protect(s->mm, 22, 2, PROT_NONE);
}

SWEPT(brk_up, NOTHING)
{
	unsigned long ret = do_brk(s->mm, AT(HEAP + 9));

	return ret == AT(HEAP + 9) ? 0 : -ENOMEM;
}

SWEPT(brk_down, NOTHING)
{
	unsigned long ret = do_brk(s->mm, AT(HEAP + 1));

	return ret == AT(HEAP + 1) ? 0 : -ENOMEM;
}

SWEPT(stack_growth, NOTHING)
{
	return vm_expand_stack(s->mm, AT(STACK - 9));
}

SWEPT(stack_growth_by_a_fault, AREAS)
{
	return sim_try(s->mm, AT(STACK - 9), SIM_WRITE) ? -ENOMEM : 0;
}

SWEPT(mremap_into_the_middle_of_another, NOTHING)
{
	return remap(s, 3, 3, 22, 2, MOVE);
}

SWEPT(mremap_of_a_file_far_away, NOTHING)
{
	return remap(s, 21, 3, 100000, 8, MOVE);
}

SWEPT(mremap_that_grows, NOTHING)
{
	return remap(s, 40, 6, 0, 20, MREMAP_MAYMOVE);
}

SWEPT(mremap_in_place, NOTHING)
{
	return remap(s, 0, 10, 0, 15, 0);
}

SWEPT(mremap_that_leaves_the_old, NOTHING)
{
	return remap(s, 2, 5, 32, 5, MOVE | MREMAP_DONTUNMAP);
}

SWEPT(mremap_of_nothing_doubles, NOTHING)
{
	return remap(s, 41, 0, 3, 4, MOVE);
}

SWEPT(mlock_of_the_middle, AREAS)
{
	return do_mlock(s->mm, AT(22), 2 * PAGE_SIZE, VM_LOCKED, true);
}

SWEPT(mlock_onfault_of_the_middle, NOTHING)
{
	return do_mlock(s->mm, AT(3), 2 * PAGE_SIZE, VM_LOCKED | VM_LOCKONFAULT,
			true);
}

SWEPT(munlock_of_the_middle, NOTHING)
{
	return do_munlock(s->mm, AT(52), 2 * PAGE_SIZE);
}

SWEPT(mlockall_never_fails_for_memory, NOTHING)
{
	return do_mlockall(s->mm, MCL_CURRENT | MCL_FUTURE, true);
}

SWEPT(madvise_wipeonfork_of_the_middle, NOTHING)
{
	return do_madvise(s->mm, AT(3), 3 * PAGE_SIZE, MADV_WIPEONFORK);
}

SWEPT(madvise_dontneed, NOTHING)
{
	return do_madvise(s->mm, AT(20), 6 * PAGE_SIZE, MADV_DONTNEED);
}

SWEPT(madvise_populate, CONTENTS)
{
	return do_madvise(s->mm, AT(20), 6 * PAGE_SIZE, MADV_POPULATE_WRITE);
}

SWEPT(fork, NOTHING)
{
	struct mm_struct *child = dup_mm(s->mm);

	if (!child)
		return -ENOMEM;
	check_mm(child);
	mmput(child);
	return 0;
}

SWEPT(writes_from_outside, CONTENTS)
{
	char buf[200] = { 0 };
	size_t done = access_remote_vm(s->mm, AT(22) - 100, buf, sizeof(buf),
				       FAULT_FLAG_WRITE);

	return done == sizeof(buf) ? 0 : -ENOMEM;
}
