/* SPDX-License-Identifier: MIT */
#ifndef TESTS_HOST_MODEL_H
#define TESTS_HOST_MODEL_H

/* The pages lie in two page tables. */
#define BASE (0x10000000UL + (472UL << 12))
#include "mmtest.h"

/*
 * A few address spaces, each kept a second time as an array of pages. A page
 * of the model is what a program can know of it: is it mapped, what may be
 * done, is it locked, whose contents does it show. Contents are one byte, at
 * OFFSET.
 */
#define PAGES	   80
#define HEAP	   64 /* where the break starts */
#define SPACES	   4
#define OBJECTS	   24
#define OFFSET	   17
#define FILE_PAGES 48
#define MAX_LEN	   8 /* pages of one call */

/* Has the page been touched, so that mincore() must or must not tell of it? */
enum seen {
	NEVER,
	MAYBE,
	CERTAIN
};

/* Of an anonymous shared mapping. */
struct object {
	int refs; /* mapped pages */
	int pages;
	u8 byte[PAGES];
	enum seen seen[PAGES];
};

enum kind {
	HOLE,
	ANONYMOUS, /* private memory */
	PRIVATE, /* private, of the file */
	SHARED /* of an object or of the file */
};

struct mpage {
	enum kind kind;
	unsigned long prot;
	vm_flags_t lock; /* VM_LOCKED, VM_LOCKONFAULT */
	bool dontfork, wipe;
	bool copied; /* PRIVATE: has a copy of its own */
	bool given_up; /* ANONYMOUS: MADV_FREE, and not written since */
	u8 byte; /* ANONYMOUS, copied */
	enum seen seen; /* ANONYMOUS */
	int object; /* SHARED: number; -1: the file */
	int index; /* page of object or file */
};

struct space {
	struct mm_struct *mm;
	vm_flags_t future; /* mlockall(MCL_FUTURE) */
	int brk; /* page */
	struct mpage page[PAGES];
};

extern struct space space[SPACES];
extern struct object object[OBJECTS];
extern struct file *file; /* shmem */
extern u8 file_byte[FILE_PAGES];
extern enum seen file_seen[FILE_PAGES];
extern bool failing; /* allocations may fail in this step */

unsigned int rnd(unsigned int n);
unsigned long random_prot(void);
bool hit(void);
bool failed(long ret);

/* Pages: model.c */
void drop(struct mpage *p);
void forget(struct mpage *p);
u8 content(const struct mpage *p);
bool beyond_end(const struct mpage *p);
void write_page(struct mpage *p, u8 byte);
void read_page(struct mpage *p);
bool resident(struct space *s, int i);
int area_end(struct space *s, int i);
int populate_area(struct space *s, int first, int end);
int populate(struct space *s, int first, int n, bool stop);
void adopt_flags(struct space *s, int first, int n);
void adopt_copies(struct space *s);
void check_maps(struct space *s);
void check_contents(struct space *s);
struct space *live_space(void);
void step_exit(struct space *s);

/* Steps: model_areas.c, model_pages.c */
void step_mmap(struct space *s, int first, int n);
void step_munmap(struct space *s, int first, int n);
void step_mprotect(struct space *s, int first, int n);
void step_mremap(struct space *s, int first, int n);
void step_brk(struct space *s);
void step_fork(struct space *s);

void step_dontneed(struct space *s, int first, int n);
void step_free(struct space *s, int first, int n);
void step_reclaim(struct space *s, int first, int n);
void step_prefault(struct space *s, int first, int n);
void step_forkadvice(struct space *s, int first, int n);
void step_mlock(struct space *s, int first, int n);
void step_mlockall(struct space *s);
void step_mincore(struct space *s, int first, int n);
void step_access(struct space *s, int i);
void step_remote(struct space *s, int i);
void step_truncate(void);
void step_punch(void);

#endif
