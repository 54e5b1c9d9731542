/* SPDX-License-Identifier: MIT */
/*
 * The simulated machine: physical memory, CPUs, console, panic, and the
 * accounts that a test must leave balanced.
 *
 *	0        9f000   1M        2M         half                 end
 *	|page 0| RAM |hole| "image" |   RAM   |hole of 66 pages|  RAM  |
 *
 * Addresses in the direct map are sim_phys_base + physical address. Free
 * pages and free slab objects are closed to AddressSanitizer.
 */
#include "sim.h"

#include <ikos/smp.h>

#include <asm/percpu.h>
#include <asm/processor.h>
#include <ikos/memcheck.h>
#include <ikos/printk.h>
#include <ikos/random.h>

void __asan_poison_memory_region(const volatile void *p, size_t n);
void __asan_unpoison_memory_region(const volatile void *p, size_t n);
void *malloc(size_t n);

bool sim_autoboot __weak = true;
unsigned long sim_ram_size = MiB(64);
unsigned long sim_phys_base;

unsigned long __per_cpu_offset[NR_CPUS];
unsigned int sim_cpu;
unsigned int nr_cpus_online = 1;

/* The interrupt comes at once. */
void on_each_cpu(smp_call_func_t func, void *info)
{
	unsigned int self = sim_cpu;

	for (sim_cpu = 0; sim_cpu < nr_cpus_online; sim_cpu++)
		func(info);
	sim_cpu = self;
}
extern char __start_sim_percpu[], __stop_sim_percpu[];

/* A machine without per-CPU variables still has the section. */
DEFINE_PER_CPU(unsigned long, sim_percpu_anchor);

/* Written by other parts of the kernel; absent while a test links less. */
extern void radix_tree_init(void) __weak;
extern void mm_init(void) __weak;

static u64 random_state;

static void boot_percpu(void)
{
	unsigned long size = __stop_sim_percpu - __start_sim_percpu;

	for (unsigned int cpu = 1; cpu < NR_CPUS; cpu++) {
		char *copy = malloc(size + 64);

		/* As aligned as the section itself. */
		copy += ((unsigned long)__start_sim_percpu -
			 (unsigned long)copy) &
			63;
		memcpy(copy, __start_sim_percpu, size);
		__per_cpu_offset[cpu] =
			(unsigned long)copy - (unsigned long)__start_sim_percpu;
	}
}

void sim_boot_memblock(void)
{
	phys_addr_t half = sim_ram_size / 2;

	if (!sim_phys_base) {
		sim_phys_base =
			(unsigned long)sim_host_map(sim_ram_size, MiB(4));
		boot_percpu();
	}
	memblock_add(0, 0x9f000);
	memblock_add(0x100000, half - 0x100000);
	memblock_add(half + 0x42000, sim_ram_size - half - 0x42000);
	memblock_reserve(0, PAGE_SIZE);
	memblock_reserve(0x100000, 0x100000);
}

void sim_boot(void)
{
	sim_boot_memblock();
	page_alloc_init();
	kmem_cache_init();
	if (radix_tree_init)
		radix_tree_init();
	if (mm_init)
		mm_init();
}

void sim_set_cpu(unsigned int cpu)
{
	sim_cpu = cpu;
	if (cpu >= nr_cpus_online)
		nr_cpus_online = cpu + 1;
}

/* --- what the kernel elsewhere provides ------------------------------------- */

void panic(const char *fmt, ...)
{
	char sentence[512];
	__builtin_va_list args;

	__builtin_va_start(args, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, args);
	__builtin_va_end(args);
	sim_panicked(sentence);
}

void warn_slow(const char *file, int line, const char *cond)
{
	sim_fail(file, line, "warning: %s", cond);
}

void dump_stack(void)
{
}

int vprintk(const char *fmt, __builtin_va_list args)
{
	char line[1024];
	int n = vsnprintf(line, sizeof(line), fmt, args);
	char *text = line;

	if (text[0] == '<' && text[1] && text[2] == '>')
		text += 3;
	if (*text && text[strlen(text) - 1] == '\n')
		text[strlen(text) - 1] = '\0';
	sim_note("%s", text);
	return n;
}

int printk(const char *fmt, ...)
{
	__builtin_va_list args;
	int n;

	__builtin_va_start(args, fmt);
	n = vprintk(fmt, args);
	__builtin_va_end(args);
	return n;
}

u64 rdtsc(void)
{
	static u64 tsc;

	return ++tsc;
}

u64 sim_random(void)
{
	u64 z = (random_state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

unsigned long sim_random_below(unsigned long n)
{
	return sim_random() % n;
}

u64 get_random_u64(void)
{
	static u64 state = 0x1234567;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return state;
}

void get_random_bytes(void *buf, size_t n)
{
	unsigned char *p = buf;

	while (n--)
		*p++ = (unsigned char)(get_random_u64() >> 56);
}

#ifdef CONFIG_DEBUG_VM
/* Stronger than the empty ones in mm/: whole pages may also be in a TLB. */
void memcheck_open(const void *p, size_t n)
{
	__asan_unpoison_memory_region(p, n);
}

void memcheck_close(const void *p, size_t n)
{
	if (!offset_in_page(p) && n >= PAGE_SIZE)
		for (size_t i = 0; i < n; i += PAGE_SIZE)
			sim_tlb_page_freed(PFN_DOWN(__pa(p) + i));
	__asan_poison_memory_region(p, n);
}
#endif

#define unchecked __attribute__((no_sanitize_address)) noinline

unchecked void sim_poke(void *p, unsigned char v)
{
	*(volatile unsigned char *)p = v;
}

unchecked unsigned char sim_peek(const void *p)
{
	return *(const volatile unsigned char *)p;
}

/* --- accounts ---------------------------------------------------------------- */

static struct sim_counts at_begin;

void sim_count(struct sim_counts *c)
{
	unsigned int cpu = sim_cpu;

	/* Objects first: draining them frees pages. */
	for (sim_cpu = 0; sim_cpu < nr_cpus_online; sim_cpu++)
		slab_drain();
	for (sim_cpu = 0; sim_cpu < nr_cpus_online; sim_cpu++)
		drain_local_pages();
	sim_cpu = cpu;
	c->free_pages = nr_free_pages();
	c->slab_objects = slab_objects_in_use();
	c->pagetables = nr_pagetable_pages();
	c->anon = nr_anon_pages();
	c->file = nr_file_pages();
	c->shmem = nr_shmem_pages();
	c->mapped = nr_mapped_pages();
}

static void same(const char *what, unsigned long before, unsigned long after,
		 const char *file, int line)
{
	if (before != after)
		sim_fail(file, line, "leak: %s: %lu before, %lu after", what,
			 before, after);
}

static void name_caches(void)
{
	struct slab_info info;

	for (unsigned int i = 0; slab_get_info(i, &info); i++)
		if (info.objects)
			sim_note("cache %s: %lu objects in use", info.name,
				 info.objects);
}

void sim_expect_same(const struct sim_counts *b, const char *file, int line)
{
	int failures = sim_failures();
	struct sim_counts a;

	sim_count(&a);
	same("free pages", b->free_pages, a.free_pages, file, line);
	same("slab objects", b->slab_objects, a.slab_objects, file, line);
	same("page-table pages", b->pagetables, a.pagetables, file, line);
	same("anonymous pages", b->anon, a.anon, file, line);
	same("page cache pages", b->file, a.file, file, line);
	same("shmem pages", b->shmem, a.shmem, file, line);
	same("mapped pages", b->mapped, a.mapped, file, line);
	if (sim_failures() != failures)
		name_caches();
}

void sim_expect_quiet(void)
{
	if (sim_spin_depth)
		sim_fail(__FILE__, __LINE__, "%d spin locks are still held",
			 sim_spin_depth);
	if (sim_sleep_locks_held)
		sim_fail(__FILE__, __LINE__,
			 "%d rwsems or mutexes are still held",
			 sim_sleep_locks_held);
	if (!sim_irqs_on)
		sim_fail(__FILE__, __LINE__, "interrupts are still off");
	if (!sim_spin_depth && mem_map) {
		slab_validate();
		page_alloc_validate();
	}
}

void sim_test_begin(void)
{
	random_state = sim_host_seed();
	if (sim_autoboot)
		sim_count(&at_begin);
}

void sim_test_end(void)
{
	fail_nth_set(0);
	sim_set_cpu(0);
	sim_expect_quiet();
	if (sim_autoboot)
		sim_expect_same(&at_begin, "end of test", 0);
}

bool sim_sweep_next(struct sim_sweep *s, const char *file, int line)
{
	int failures = sim_failures();
	bool hit = fail_nth_hit();

	fail_nth_set(0);
	if (!s->nth) {
		sim_count(&s->before);
	} else {
		sim_expect_quiet();
		sim_expect_same(&s->before, file, line);
		if (sim_failures() != failures)
			sim_die("with allocation %lu failing", s->nth);
		if (!hit)
			return false;
	}
	if (++s->nth > 100000)
		sim_die("%s:%d: the sweep does not end", file, line);
	fail_nth_set(s->nth);
	return true;
}
