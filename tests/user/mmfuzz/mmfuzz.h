/* SPDX-License-Identifier: MIT */
#ifndef MMFUZZ_H
#define MMFUZZ_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

/*
 * A step is a pure function of the seed and the step's number, so any subset
 * of a run's steps is a run, too: that is what makes shrinking possible.
 *
 * All that is compared happens in two windows: ARENA_PAGES pages from ARENA,
 * where nobody else maps anything, and HEAP_PAGES pages behind the program's
 * break. Addresses are printed relative to them, as C that tools/fuzz can
 * make a program of: "A + 5 * P + 0x10".
 */
#define PAGE	    4096UL
#define ARENA	    ((char *)0x10000000000)
#define ARENA_PAGES 512
#define HEAP_PAGES  48
#define FILE_PAGES  24

/* Families of calls; a run uses those that both systems have. */
enum class {
	BASIC = 1 << 0, /* mmap munmap mprotect, probes, fork */
	BREAK = 1 << 1,
	ADVICE = 1 << 2, /* MADV_DONTNEED, DONTFORK, WIPEONFORK */
	ADVICES = 1 << 3, /* the others */
	REMAP = 1 << 4,
	LOCK = 1 << 5, /* mlock, munlock, mlock2, MAP_LOCKED */
	LOCKALL = 1 << 6,
	INCORE = 1 << 7,
	SYNC = 1 << 8,
	TRUNCATE = 1 << 9, /* of a mapped file */
	ALLOCATE = 1 << 10, /* fallocate */
	FILEPAGES = 1 << 11, /* remap_file_pages */
	VMCOPY = 1 << 12, /* process_vm_readv and writev */
	LIMIT = 1 << 13, /* RLIMIT_AS and RLIMIT_DATA around a call */
	MEMFD = 1 << 14, /* the files are memfds */
};

/* What parents and children have in common. */
struct shared {
	uint64_t digest; /* of the child that ended last */
};
extern struct shared *shared;

/* mmfuzz.c: the random numbers of the current step, and the output */
extern unsigned int classes;
extern bool as_c; /* print the steps as C, do not run them */
unsigned int rnd(unsigned int n); /* 0 ... n - 1 */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* state.c */
extern char *heap; /* the first page behind the initial break */
extern int file[2]; /* [0]: rw, [1]: the same kind, read-only */
extern bool all_locked; /* the program's own memory, too */
extern bool lock_lost; /* VmLck tells nothing any more */
void state_init(void);
void print_maps(void);
void print_contents(void);
void print_counters(void);
void print_locked(void);
long locked_kib(void);
long statm_pages(void);
/* An address as C; one of a few static buffers. */
const char *place(const void *addr);
/* A range of the arena that lies in one line of joined maps, of maps. */
bool one_area(const char *addr, unsigned long pages);
bool one_line(const char *addr, unsigned long pages);
bool writable_area(const char *addr, unsigned long pages);

/* What an access did: 0, or the signal, its code and address. */
struct outcome {
	int sig, code;
	char *addr;
	unsigned char byte;
};
struct outcome access_memory(char *addr, char kind, unsigned char byte);

/* calls.c */
void random_call(void);

#endif
