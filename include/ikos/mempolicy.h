/* SPDX-License-Identifier: MIT */
#ifndef IKOS_MEMPOLICY_H
#define IKOS_MEMPOLICY_H

#include <ikos/compiler.h>
#include <ikos/types.h>
#include <uapi/mempolicy.h>

struct address_space;
struct mm_struct;
struct vm_area_struct;

/*
 * Where memory is to come from, as set_mempolicy(2) and mbind(2) say it. Equal
 * policies are one, known by its number: 0 is the default. mm/mempolicy.c
 */
struct mempolicy {
	u16 mode; /* MPOL_* and MPOL_F_* */
	u64 nodes; /* bit n: node n */
};

/* The number of a policy, with a reference; -ENOMEM. May sleep, as all do. */
int mpol_find(const struct mempolicy *pol);
void __mpol_get(u16 id);
void __mpol_put(u16 id);
/* What the number in @place, which others may change and put, stands for. */
struct mempolicy mpol_read(const u16 *place);
/* The calling thread's, with the caller's reference. kernel/mempolicy.c */
void mpol_set_task(u16 id);
/* -EINTR; -ENOMEM, and a part of the range may have the policy. */
int vm_set_policy(struct mm_struct *mm, unsigned long start, unsigned long end,
		  u16 id);
/* mmap_lock: any. What holds at @addr of @vma, but for the default. */
struct mempolicy vma_policy(struct vm_area_struct *vma, unsigned long addr);
void mpol_free_shared(struct address_space *mapping);

/* One more reference to the policy of that number, which the caller has one to. */
static inline void mpol_get(u16 id)
{
	if (unlikely(id))
		__mpol_get(id);
}

/* One less. */
static inline void mpol_put(u16 id)
{
	if (unlikely(id))
		__mpol_put(id);
}

#endif
