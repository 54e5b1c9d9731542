/* SPDX-License-Identifier: MIT */
/* System V IPC: identifiers, and every allocation failing once. */
#include <ikos/ktest.h>
#include <ikos/mm.h>
#include <ikos/sched.h>
#include <ikos/slab.h>
#include <ikos/syscall.h>
#include <uapi/msg.h>
#include <uapi/sem.h>
#include <uapi/shm.h>

#include "test_mm.h"

#define CALL(name, ...) call(sys_##name, (unsigned long[6]){ __VA_ARGS__ })
#define ATTACH_AT	0x10000000UL

static long call(syscall_fn_t fn, const unsigned long a[6])
{
	return fn(a[0], a[1], a[2], a[3], a[4], a[5]);
}

static long make_segment(size_t size)
{
	return CALL(shmget, IPC_PRIVATE, size, IPC_CREAT | 0600);
}

static long drop_segment(long id)
{
	return CALL(shmctl, (unsigned long)id, IPC_RMID, 0);
}

KTEST(ipc, an_index_is_used_again_with_another_sequence_number)
{
	long first = make_segment(1), id = -1;
	int n;

	ASSERT(first >= 0);
	EXPECT_EQ(drop_segment(first), 0);
	for (n = 0; n < 200; n++) {
		id = make_segment(1);
		ASSERT(id >= 0);
		EXPECT(id != first);
		EXPECT_EQ(drop_segment(id), 0);
		if ((id & 0x7fff) == (first & 0x7fff))
			break;
	}
	EXPECT_EQ(n, 63);
	EXPECT_EQ(id >> 15, (first >> 15) + 1);
}

KTEST(ipc, a_thousand_segments_come_and_go)
{
	long *ids = kcalloc(1000, sizeof(*ids), GFP_KERNEL);
	int n;

	ASSERT(ids);
	for (n = 0; n < 1000; n++) {
		ids[n] = CALL(shmget, 0x1000 + (unsigned long)n, 1,
			      IPC_CREAT | IPC_EXCL | 0600);
		EXPECT(ids[n] >= 0);
	}
	for (n = 0; n < 1000; n++)
		EXPECT_EQ(CALL(shmget, 0x1000 + (unsigned long)n, 0, 0),
			  ids[n]);
	for (n = 999; n >= 0; n--)
		EXPECT_EQ(drop_segment(ids[n]), 0);
	EXPECT_EQ(CALL(shmget, 0x1000, 0, 0), -ENOENT);
	kfree(ids);
}

KTEST(ipc, making_needs_no_allocation_to_succeed)
{
	static const syscall_fn_t get[] = { sys_shmget, sys_semget,
					    sys_msgget };
	static const syscall_fn_t ctl[] = { sys_shmctl, sys_semctl,
					    sys_msgctl };

	for (unsigned int kind = 0; kind < ARRAY_SIZE(get); kind++) {
		unsigned long flags = IPC_CREAT | 0600, nth = 0;
		bool hit;
		long id;

		do {
			fail_nth_set(++nth);
			id = kind == 2
				     ? get[kind](IPC_PRIVATE, flags, 0, 0, 0, 0)
				     : get[kind](IPC_PRIVATE, 5, flags, 0, 0,
						 0);
			hit = fail_nth_hit();
			fail_nth_set(0);
			if (hit)
				EXPECT_EQ(id, -ENOMEM);
			else
				EXPECT(id >= 0);
		} while (hit && nth < 50);
		EXPECT(!hit);
		EXPECT_EQ(ctl[kind]((unsigned long)id, kind == 1 ? 0 : IPC_RMID,
				    kind == 1 ? IPC_RMID : 0, 0, 0, 0),
			  0);
	}
}

/* The current task in an address space for a moment. */
static struct mm_struct *borrow_mm(void)
{
	struct mm_struct *mm = new_mm();

	if (mm)
		current->mm = mm;
	return mm;
}

static void return_mm(struct mm_struct *mm)
{
	mmput(mm);
	current->mm = NULL;
}

KTEST(ipc, attaching_needs_no_allocation_to_succeed)
{
	unsigned long id = (unsigned long)make_segment(3 * PAGE_SIZE), nth = 0;
	struct mm_struct *mm = borrow_mm();
	bool hit;
	long ret;

	ASSERT(mm && (long)id >= 0);
	do {
		fail_nth_set(++nth);
		ret = CALL(shmat, id, ATTACH_AT, 0);
		hit = fail_nth_hit();
		fail_nth_set(0);
		EXPECT_EQ(ret, hit ? -ENOMEM : (long)ATTACH_AT);
		EXPECT_EQ(verdict(mm), 0);
	} while (hit && nth < 50);
	EXPECT(nth >= 2 || !hit);
	EXPECT(store(mm, ATTACH_AT + PAGE_SIZE, 7));
	EXPECT_EQ(CALL(shmdt, ATTACH_AT), 0);
	EXPECT_EQ(CALL(shmdt, ATTACH_AT), -EINVAL);
	EXPECT_EQ(CALL(shmat, id, ATTACH_AT, 0), (long)ATTACH_AT);
	EXPECT_EQ(load(mm, ATTACH_AT + PAGE_SIZE), 7);
	EXPECT_EQ(drop_segment((long)id), 0);
	/* Removed and attached: it goes with the address space. */
	EXPECT_EQ(CALL(shmctl, id, SHM_UNLOCK, 0), 0);
	return_mm(mm);
	EXPECT_EQ(CALL(shmctl, id, SHM_UNLOCK, 0), -EINVAL);
}

KTEST(ipc, a_fork_that_fails_detaches_what_it_attached)
{
	unsigned long id = (unsigned long)make_segment(PAGE_SIZE), nth = 0;
	struct mm_struct *mm = borrow_mm(), *child;
	bool hit;

	ASSERT(mm && (long)id >= 0);
	for (unsigned long i = 0; i < 4; i++)
		EXPECT(CALL(shmat, id, ATTACH_AT + 2 * i * PAGE_SIZE, 0) > 0);
	do {
		fail_nth_set(++nth);
		child = dup_mm(mm);
		hit = fail_nth_hit();
		fail_nth_set(0);
		if (child)
			mmput(child);
	} while (hit && nth < 50);
	EXPECT(!hit && nth > 4);
	EXPECT_EQ(drop_segment((long)id), 0);
	return_mm(mm);
	/* Whatever had been counted too much would keep it alive. */
	EXPECT_EQ(CALL(shmctl, id, SHM_UNLOCK, 0), -EINVAL);
}
