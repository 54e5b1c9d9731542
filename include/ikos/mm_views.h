/* SPDX-License-Identifier: MIT */
#ifndef IKOS_MM_VIEWS_H
#define IKOS_MM_VIEWS_H

#include <ikos/mm.h>

/*
 * An address space seen from outside: the figures of /proc/PID/smaps, the
 * entries of /proc/PID/pagemap, the bits that /proc/PID/clear_refs clears.
 */

/* What the ptes of some areas map; mm/smaps.c. Bytes; those of the second
 * group, each page divided by its sharers, in 1/4096 bytes. */
struct mem_size_stats {
	u64 resident, shared_clean, shared_dirty, private_clean, private_dirty;
	u64 referenced, anonymous, lazyfree;
	unsigned int most_sharers; /* of any page: address spaces */

	u64 pss, pss_anon, pss_file, pss_shmem, pss_dirty, pss_locked;
};
#define PSS_SHIFT 12

void smap_gather_stats(struct vm_area_struct *vma, struct mem_size_stats *mss);

/* Bits of an entry of /proc/PID/pagemap; mm/page_view.c. */
#define PM_PFRAME_BITS	  55 /* frame number, or 0 for who may not know */
#define PM_MMAP_EXCLUSIVE (1UL << 56)
#define PM_FILE		  (1UL << 61) /* of a file, or shared memory */
#define PM_PRESENT	  (1UL << 63)

void vm_page_entries(struct mm_struct *mm, unsigned long start, unsigned int nr,
		     u64 *entries, bool show_pfn);

/* What /proc/PID/clear_refs takes. */
enum {
	CLEAR_REFS_ALL = 1,
	CLEAR_REFS_ANON,
	CLEAR_REFS_MAPPED,
	CLEAR_REFS_SOFT_DIRTY, /* no such bits here: nothing to clear */
	CLEAR_REFS_HIWATER_RSS,
};

void vm_clear_refs(struct mm_struct *mm, int type);

/* The page at @addr, pinned; NULL: it cannot be had. mm/access.c */
struct page *get_user_page(struct mm_struct *mm, unsigned long addr,
			   unsigned int flags);

/* vm.overcommit_memory; mm/overcommit.c */
enum {
	OVERCOMMIT_GUESS, /* refuse only what is more than there is at all */
	OVERCOMMIT_ALWAYS,
	OVERCOMMIT_NEVER, /* promise no more than CommitLimit */
};
extern int sysctl_overcommit_memory; /* OVERCOMMIT_* */
extern int sysctl_overcommit_ratio; /* percent of RAM */
extern unsigned long sysctl_overcommit_kbytes; /* 0: the ratio counts */
extern unsigned long sysctl_user_reserve_kbytes;
extern unsigned long sysctl_admin_reserve_kbytes;
void overcommit_init(void); /* once, when all memory is free */

/* Free blocks of 2^order pages; mm/buddy.c */
unsigned long nr_free_blocks(unsigned int order);

#endif
