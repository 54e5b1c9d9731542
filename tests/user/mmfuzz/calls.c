/* SPDX-License-Identifier: MIT */
/* One of the calls, by its weight. */
#include "calls.h"

static const struct {
	unsigned int class, weight;
	void (*run)(void);
} table[] = {
	{ BASIC, 22, do_mmap },
	{ BASIC, 9, do_munmap },
	{ BASIC, 16, do_mprotect },
	{ BASIC, 40, do_probe },
	{ BASIC, 4, do_execute },
	{ BASIC, 8, do_file_io },
	{ BASIC, 4, do_pipe_io },
	{ BREAK, 4, do_brk },
	{ ADVICE, 8, do_madvise },
	{ ADVICES, 6, do_madvise },
	{ ADVICES, 1, do_madvise_free },
	{ REMAP, 12, do_mremap },
	{ LOCK, 5, do_mlock },
	{ LOCKALL, 1, do_mlockall },
	{ INCORE, 4, do_mincore },
	{ SYNC, 3, do_msync },
	{ TRUNCATE, 3, do_truncate },
	{ ALLOCATE, 3, do_fallocate },
	{ FILEPAGES, 1, do_remap_file_pages },
	{ VMCOPY, 3, do_vm_copy },
	{ LIMIT, 1, do_limited },
};

void random_call(void)
{
	unsigned int total = 0, n, i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].class & classes)
			total += table[i].weight;
	n = rnd(total);
	for (i = 0;; i++) {
		if (!(table[i].class & classes))
			continue;
		if (n < table[i].weight)
			break;
		n -= table[i].weight;
	}
	table[i].run();
}
