/* SPDX-License-Identifier: MIT */
#ifndef MMFUZZ_CALLS_H
#define MMFUZZ_CALLS_H

#include "mmfuzz.h"

/* text.c */

/* Print the call; false: that was all that is wanted. */
bool call(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Print what a call returned, or errno; gives @r back. */
long result(long r);
/* Print what an access did. */
void outcome(struct outcome o);
const char *prot_text(unsigned long prot);
const char *map_text(unsigned long flags);

/* random.c: what it gives out lies in one of the windows */
char *rnd_page(void);
char *rnd_heap(void);
char *rnd_byte(void);
unsigned long rnd_pages(const char *addr);
unsigned long rnd_length(const char *addr);
char *rnd_range(unsigned long *len);
unsigned long rnd_prot(void);
bool in_arena(long r);

/* map.c */
void do_mmap(void);
void do_munmap(void);
void do_mprotect(void);
void do_brk(void);
void do_remap_file_pages(void);
void do_limited(void);

/* look.c */
void do_probe(void);
void do_execute(void);
void do_pipe_io(void);
void do_vm_copy(void);
void do_mincore(void);

/* advise.c */
void do_madvise(void);
void do_madvise_free(void);
void do_mlock(void);
void do_mlockall(void);
void do_msync(void);

/* remap.c */
void do_mremap(void);

/* file.c */
void do_file_io(void);
void do_truncate(void);
void do_fallocate(void);

#endif
