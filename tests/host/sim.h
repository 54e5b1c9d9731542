/* SPDX-License-Identifier: MIT */
#ifndef TESTS_HOST_SIM_H
#define TESTS_HOST_SIM_H

#include "tap.h"

#include <ikos/fs.h>
#include <ikos/memblock.h>
#include <ikos/mm.h>
#include <ikos/slab.h>
#include <ikos/string.h>

/*
 * The simulated machine under mm/: physical memory, an MMU with TLB, locks
 * that notice misuse, files. README.md shows how a test uses it.
 */

/* --- machine: sim_machine.c ---------------------------------------------- */

/* A program that says "bool sim_autoboot = false;" boots in its own tests. */
extern bool sim_autoboot;
/* Bytes of simulated physical addresses, holes included. */
extern unsigned long sim_ram_size;
void sim_boot(void);
/* What sim_boot() does first: RAM with two holes, an image reserved. */
void sim_boot_memblock(void);

/* Go on as that CPU (0 … NR_CPUS - 1). */
void sim_set_cpu(unsigned int cpu);

/* Seeded: a run repeats with -s. */
u64 sim_random(void);
/* 0 … n - 1 */
unsigned long sim_random_below(unsigned long n);

/* What must be the same before and after a test; per-CPU lists drained. */
struct sim_counts {
	unsigned long free_pages, slab_objects, pagetables, anon, file, shmem,
		mapped;
};
void sim_count(struct sim_counts *c);
void sim_expect_same(const struct sim_counts *before, const char *file,
		     int line);
#define EXPECT_NO_LEAK(before) sim_expect_same(before, __FILE__, __LINE__)
/* Every lock free, interrupts on, page allocator consistent. */
void sim_expect_quiet(void);

/*
 * Run the block once with the first allocation failing, once with the second,
 * and so on until none fails any more. The block frees what it got, whatever
 * failed; after each round nothing may have leaked.
 *
 *	SWEEP {
 *		addr = vm_mmap(mm, &req);
 *		...
 *	}
 *
 * sim_sweep_failing(): does this round still have its failure ahead or
 * behind it (false: the last round, everything must succeed)? Only known at
 * the end of the block.
 */
struct sim_sweep {
	unsigned long nth;
	struct sim_counts before;
};
bool sim_sweep_next(struct sim_sweep *s, const char *file, int line);
#define SWEEP                                                                  \
	for (struct sim_sweep _sweep = { 0 };                                  \
	     sim_sweep_next(&_sweep, __FILE__, __LINE__);)
#define sim_sweep_failed() fail_nth_hit()

/* Read and write memory as a wild pointer would, unseen by the sanitizers. */
void sim_poke(void *p, unsigned char v);
unsigned char sim_peek(const void *p);

/* --- MMU and TLB: sim_mmu.c ------------------------------------------------ */

enum sim_access_kind {
	SIM_READ,
	SIM_WRITE,
	SIM_EXEC
};

/*
 * Do as the CPU does in user mode: @size bytes at @addr, to or from @value
 * (SIM_EXEC: only checked; may be NULL). Translations are cached and used
 * until flushed; a page fault calls mm_fault() and repeats the access.
 * Returns 0, or the VM_FAULT_* that became a signal; *sim_fault_addr says
 * where. A cached translation that the page tables no longer grant, or a page
 * that is free, fails the test.
 */
vm_fault_t sim_access(struct mm_struct *mm, unsigned long addr,
		      enum sim_access_kind kind, size_t size, void *value);
extern unsigned long sim_fault_addr;
/* Calls of mm_fault() so far. */
extern unsigned long sim_nr_faults;
/* TLB flushes so far, of whatever size. */
extern unsigned long sim_nr_flushes;

/* One byte; the access must succeed. */
#define sim_load(mm, addr) sim_load_at(mm, addr, __FILE__, __LINE__)
#define sim_store(mm, addr, byte)                                              \
	sim_store_at(mm, addr, byte, __FILE__, __LINE__)
u8 sim_load_at(struct mm_struct *mm, unsigned long addr, const char *file,
	       int line);
void sim_store_at(struct mm_struct *mm, unsigned long addr, u8 byte,
		  const char *file, int line);
/* The signal that one access raises: 0 or VM_FAULT_*. */
vm_fault_t sim_try(struct mm_struct *mm, unsigned long addr,
		   enum sim_access_kind kind);
/* The leaf entry that the tables hold now, without the TLB; 0: none. */
u64 sim_pte(struct mm_struct *mm, unsigned long addr);
/* No cached translation grants more than the tables do. */
void sim_tlb_check(struct mm_struct *mm);
/* Called as a page goes back to the allocator: nothing may still cache it. */
void sim_tlb_page_freed(unsigned long pfn);

/* --- files: sim_file.c ------------------------------------------------------ */

/*
 * An open file of @size bytes whose byte at offset o reads as
 * sim_file_byte(o); f_count is 1, drop it with fput(). @mode: FMODE_*.
 */
struct file *sim_file(loff_t size, unsigned int mode);
/* The same, but full of zeroes and counted as shmem, as tmpfs is. */
struct file *sim_shmem_file(loff_t size, unsigned int mode);
u8 sim_file_byte(unsigned long offset);
/* readpage calls so far; make them fail with -EIO while true. */
extern unsigned long sim_nr_readpage;
extern bool sim_readpage_fails;
/* Open files: a leak shows in the slab objects too. */
extern int sim_nr_files;

/* --- locks: sim_lock.c ------------------------------------------------------ */

/* rwsems and mutexes held, spin locks held. */
extern int sim_sleep_locks_held;
extern int sim_spin_depth;
/* To be called where the kernel might sleep. */
void sim_might_sleep(const char *what);
/* The caller of mm/ is being killed: what may stop early does. */
extern bool sim_killed;

/* --- host side: sim_host.c --------------------------------------------------- */

void *sim_host_map(unsigned long size, unsigned long align);
u64 sim_host_seed(void);
/* Callbacks of the runner. */
void sim_test_begin(void);
void sim_test_end(void);

#endif
