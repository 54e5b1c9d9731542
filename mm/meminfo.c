/* SPDX-License-Identifier: MIT */
/*
 * The figures of /proc/meminfo and sysinfo(2), gathered from those who keep
 * them. Owns nothing.
 *
 *	total = free + slab + pagetables + cached + anon + kernel's own
 *
 * but for what changes while one adds. Available is what a program could get
 * without the help of the OOM killer: free memory less the reserve, and what
 * others have given up by MADV_FREE. Linux adds half of the clean page cache;
 * here files live in it and cannot be dropped.
 */
#include <ikos/slab.h>

#include "internal.h"

/**
 * mm_meminfo - fill in how memory is used
 * @info: filled, in pages; kernel_stack is left 0, since stacks are not mm/'s
 *
 * Context: any but interrupt handlers.
 */
void mm_meminfo(struct mem_info *info)
{
	unsigned long free = nr_free_pages();

	*info = (struct mem_info){
		.total = totalram_pages(),
		.free = free,
		.available = free - min(free, min_free_pages()) +
			     nr_lazyfree_pages(),
		.cached = nr_file_pages(),
		.shmem = nr_shmem_pages(),
		.slab = slab_pages(),
		.pagetables = nr_pagetable_pages(),
		.anon = nr_anon_pages(),
		.mapped = nr_mapped_pages(),
		.committed = vm_committed(),
		.commit_limit = vm_commit_limit(),
	};
}
