/* SPDX-License-Identifier: MIT */
/* Policies of areas and of shared objects: mm/mempolicy.c. */
#include "mmtest.h"

#include <ikos/mempolicy.h>
#include <ikos/slab.h>

#define SHARED (MAP_SHARED | MAP_ANONYMOUS)

static u16 policy(u16 mode, u64 nodes)
{
	struct mempolicy pol = { mode, nodes };
	int id = mpol_find(&pol);

	EXPECT(id >= 0 && id <= 0xffff);
	return (u16)id;
}

static int set(struct mm_struct *mm, int page, int n, u16 id)
{
	return vm_set_policy(mm, AT(page), AT(page + n), id);
}

/* The modes of pages 0 to @n - 1 as digits. */
static const char *modes(struct mm_struct *mm, int n)
{
	static char text[64];

	mmap_read_lock(mm);
	for (int i = 0; i < n; i++) {
		struct vm_area_struct *vma = find_vma(mm, AT(i));

		text[i] = (char)('0' + vma_policy(vma, AT(i)).mode);
	}
	mmap_read_unlock(mm);
	text[n] = '\0';
	return text;
}

#define EXPECT_MODES(mm, want) EXPECT(!strcmp(modes(mm, strlen(want)), want))

TEST(equal_policies_have_one_number)
{
	u16 a = policy(MPOL_BIND, 1), b = policy(MPOL_BIND, 1);
	u16 c = policy(MPOL_BIND, 3);

	EXPECT_EQ(a, b);
	EXPECT(a != c);
	EXPECT_EQ(policy(MPOL_DEFAULT, 0), 0);
	EXPECT_EQ(mpol_read(&c).nodes, 3);
	EXPECT_EQ(mpol_read(&a).mode, MPOL_BIND);
	mpol_put(a);
	EXPECT(mpol_exists(b));
	mpol_put(b);
	EXPECT(!mpol_exists(b));
	mpol_put(c);
}

TEST(a_number_that_is_in_use_is_not_given_again)
{
	u16 kept = policy(MPOL_BIND, 1), id = 0;

	for (unsigned int i = 0; i < 0x10000; i++) {
		id = policy(MPOL_BIND, 2);
		EXPECT(id && id != kept);
		mpol_put(id);
	}
	mpol_put(kept);
}

TEST(areas_split_and_merge_by_policy)
{
	struct mm_struct *mm = new_mm();
	u16 bind = policy(MPOL_BIND, 1), local = policy(MPOL_LOCAL, 0);

	map(mm, 0, 8, RW, ANON);
	EXPECT_EQ(set(mm, 2, 2, bind), 0);
	EXPECT_LAYOUT(mm, "0-2 rw-p, 2-4 rw-p, 4-8 rw-p");
	EXPECT_EQ(set(mm, 4, 2, bind), 0);
	EXPECT_LAYOUT(mm, "0-2 rw-p, 2-6 rw-p, 6-8 rw-p");
	EXPECT_MODES(mm, "00222200");
	EXPECT_EQ(set(mm, 0, 3, local), 0);
	EXPECT_MODES(mm, "44422200");
	EXPECT_LAYOUT(mm, "0-3 rw-p, 3-6 rw-p, 6-8 rw-p");
	EXPECT_EQ(protect(mm, 4, 1, PROT_READ), 0);
	EXPECT_MODES(mm, "44422200");
	EXPECT_EQ(protect(mm, 4, 1, RW), 0);
	EXPECT_LAYOUT(mm, "0-3 rw-p, 3-6 rw-p, 6-8 rw-p");
	EXPECT_EQ(set(mm, 0, 8, 0), 0);
	EXPECT_LAYOUT(mm, "0-8 rw-p");
	mpol_put(bind);
	mpol_put(local);
	EXPECT(!mpol_exists(bind) && !mpol_exists(local));
	mmput(mm);
}

TEST(holes_are_skipped)
{
	struct mm_struct *mm = new_mm();
	u16 bind = policy(MPOL_BIND, 1);

	map(mm, 1, 2, RW, ANON);
	map(mm, 5, 2, PROT_READ, ANON);
	EXPECT_EQ(set(mm, 0, 10, bind), 0);
	EXPECT_LAYOUT(mm, "1-3 rw-p, 5-7 r--p");
	EXPECT_EQ(find_vma(mm, AT(5))->vm_policy, bind);
	mpol_put(bind);
	EXPECT(mpol_exists(bind));
	mmput(mm);
	EXPECT(!mpol_exists(bind));
}

TEST(fork_and_mremap_copy_it)
{
	struct mm_struct *mm = new_mm(), *child;
	u16 bind = policy(MPOL_BIND, 1);
	struct mremap_request req = { .addr = AT(0),
				      .old_len = 2 * PAGE_SIZE,
				      .new_len = 4 * PAGE_SIZE,
				      .flags = MREMAP_MAYMOVE | MREMAP_FIXED,
				      .new_addr = AT(20) };

	map(mm, 0, 2, RW, ANON);
	set(mm, 0, 2, bind);
	mpol_put(bind);
	child = dup_mm(mm);
	EXPECT_EQ(vm_mremap(mm, &req), AT(20));
	EXPECT_EQ(find_vma(mm, AT(20))->vm_policy, bind);
	mmput(mm);
	EXPECT_MODES(child, "22");
	check_mm(child);
	mmput(child);
	EXPECT(!mpol_exists(bind));
}

TEST(an_object_keeps_the_policies_of_its_pages)
{
	struct mm_struct *mm = new_mm(), *other;
	u16 bind = policy(MPOL_BIND, 1), local = policy(MPOL_LOCAL, 0);

	map(mm, 0, 8, RW, SHARED);
	other = dup_mm(mm);
	set(mm, 0, 8, bind);
	EXPECT_MODES(other, "22222222");
	set(other, 3, 2, local); /* out of the middle */
	EXPECT_MODES(mm, "22244222");
	set(other, 2, 2, 0); /* page 2 of this area had none */
	EXPECT_MODES(mm, "22204222");
	set(other, 4, 1, 0);
	EXPECT_MODES(mm, "22200222");
	set(mm, 1, 1, local);
	set(mm, 6, 1, local);
	set(mm, 1, 6, bind);
	EXPECT_MODES(other, "22200222"); /* the areas between had it already */
	set(mm, 0, 8, local);
	EXPECT_MODES(other, "44444444");
	mpol_put(bind);
	mpol_put(local);
	EXPECT(!mpol_exists(bind));
	mmput(mm);
	EXPECT_MODES(other, "44444444");
	mmput(other);
	EXPECT(!mpol_exists(local));
}

/* Random ranges against an array. What an area has already is not set again, so
 * each goes through areas that have none. */
TEST(ranges_of_an_object_agree_with_an_array)
{
	struct mm_struct *mm = new_mm();
	u16 ids[3] = { 0, policy(MPOL_BIND, 1), policy(MPOL_LOCAL, 0) };
	char want[33] = "00000000000000000000000000000000";

	map(mm, 0, 32, RW, SHARED);
	for (int i = 0; i < 2000; i++) {
		unsigned long first = sim_random_below(32);
		unsigned long n = 1 + sim_random_below(32 - first);
		unsigned long kind = sim_random_below(3);
		struct mm_struct *fresh = dup_mm(mm);

		set(fresh, (int)first, (int)n, ids[kind ? kind : 1]);
		if (!kind)
			set(fresh, (int)first, (int)n, 0);
		memset(want + first, "024"[kind], n);
		EXPECT_MODES(mm, want);
		mmput(fresh);
	}
	mmput(mm);
	EXPECT(mpol_exists(ids[1]) && mpol_exists(ids[2]));
	mpol_put(ids[1]);
	mpol_put(ids[2]);
	EXPECT(!mpol_exists(ids[1]) && !mpol_exists(ids[2]));
}

TEST(no_memory_changes_nothing)
{
	struct mm_struct *mm = new_mm();
	u16 bind = policy(MPOL_BIND, 1);
	struct mempolicy other = { MPOL_BIND, 5 };
	int nth;

	map(mm, 0, 4, RW, SHARED);
	for (nth = 1; nth < 50; nth++) {
		int ret;

		fail_nth_set(nth);
		ret = set(mm, 1, 2, bind);
		fail_nth_set(0);
		if (!ret)
			break;
		EXPECT_EQ(ret, -ENOMEM);
		EXPECT_MODES(mm, "0000");
		EXPECT_LAYOUT(mm, "0-4 rw-s");
	}
	EXPECT(nth > 2 && nth < 50);
	EXPECT_MODES(mm, "0220");
	mpol_put(bind);
	mmput(mm);
	/* The first policy of all: itself, its place, and that by number. */
	for (nth = 1; nth < 50; nth++) {
		int id;

		fail_nth_set(nth);
		id = mpol_find(&other);
		fail_nth_set(0);
		if (id != -ENOMEM) {
			mpol_put((u16)id);
			break;
		}
	}
	EXPECT(nth > 2 && nth < 50);
}
