/* SPDX-License-Identifier: MIT */
#ifndef IKOS_MM_TYPES_H
#define IKOS_MM_TYPES_H

#include <asm/pgtable.h>
#include <ikos/atomic.h>
#include <ikos/list.h>
#include <ikos/rbtree.h>
#include <ikos/rwsem.h>
#include <ikos/spinlock.h>
#include <ikos/types.h>
#include <ikos/wait.h>
#include <uapi/resource.h>

struct address_space;
struct file;
struct kmem_cache;
struct mm_struct;
struct vm_area_struct;
struct vm_fault;

/*
 * One per page frame of RAM, 32 bytes, in one array indexed by frame number.
 * What the union holds depends on who owns the page:
 *
 *	free (PG_buddy)		buddy_list; private is the block's order
 *	page cache, shmem	mapping and index: where it sits in its object
 *	anonymous (PG_anon)	nothing: no reverse map
 *	slab (PG_slab)		slab_cache; the rest is mm/slab.c's own
 *	page table (PG_table)	ptl guards its entries; _refcount is the number
 *				of entries that lead to it (mm/share.c)
 *
 * _refcount: 0 free; else one for each owner: a pte, the page cache, a
 * temporary pin. _mapcount: the number of user ptes among them.
 */
struct page {
	u32 flags; /* PG_* bits, changed atomically */
	atomic_t _refcount;
	atomic_t _mapcount;
	u32 private;
	union {
		struct list_head buddy_list;
		struct {
			struct address_space *mapping;
			pgoff_t index; /* in pages from the object's start */
		};
		struct {
			struct kmem_cache *slab_cache;
			u32 slab_next; /* frame numbers: the cache's list */
			u32 slab_prev;
		};
		struct {
			spinlock_t ptl; /* last level: guards the entries */
			u32 pt_entries; /* entries in use: see mm/pgtable.c */
			u32 pt_anon; /* of them, those of anonymous pages */
		};
	};
};
_Static_assert(sizeof(struct page) == 32,
	       "struct page must stay under 1 % of RAM");

/* Per-process counters of resident pages, in pages. */
enum {
	MM_FILEPAGES, /* private file and page cache */
	MM_ANONPAGES, /* anonymous, COW copies included */
	MM_SHMEMPAGES, /* tmpfs and shared anonymous */
	NR_MM_COUNTERS
};

/* What a mapped object does; any may be NULL. Called with mmap_lock held. */
struct vm_operations_struct {
	void (*open)(
		struct vm_area_struct *vma); /* vma was copied: fork, split */
	void (*close)(struct vm_area_struct *vma); /* vma goes away */
	/* Find or make the page at vmf->pgoff; sets vmf->page with a reference
	 * held for the caller. May sleep. */
	vm_fault_t (*fault)(struct vm_fault *vmf);
	/* Map pages that are there already, around the fault; never sleeps.
	 * Called with the page table's lock held and vmf->pte set: page pgoff
	 * belongs in vmf->pte + (pgoff - vmf->pgoff), when that is empty. */
	vm_fault_t (*map_pages)(struct vm_fault *vmf, pgoff_t start,
				pgoff_t end);
	/* A shared page is about to become writable. */
	vm_fault_t (*page_mkwrite)(struct vm_fault *vmf);
	const char *(*name)(
		struct vm_area_struct *vma); /* for /proc/PID/maps */
	/* Reading and writing what has no struct page, at @addr inside @vma:
	 * copy-on-write, /proc/PID/mem. Bytes done, or -errno; may sleep. */
	long (*access)(struct vm_area_struct *vma, unsigned long addr,
		       void *buf, size_t len, bool write);
	/* May @vma be cut in two at @addr? 0 or -errno: munmap, mprotect. */
	int (*may_split)(struct vm_area_struct *vma, unsigned long addr);
	/* open and close only count references: neighbours may merge (one of
	 * them is closed). Else VMAs whose object has a close never merge. */
	bool mergeable;
};

/*
 * A virtual memory area: the half-open range [vm_start, vm_end), both page
 * aligned, with one set of permissions and one backing object. At most 168
 * bytes. Protected by vm_mm->mmap_lock, except where it says otherwise; a
 * fault that has pinned it may read it, too, but list and tree.
 */
struct vm_area_struct {
	/* The fault path reads these first: one cache line. */
	unsigned long vm_start;
	unsigned long vm_end;
	struct rb_node vm_rb; /* node of mm->mm_rb, by address */
	unsigned long
		rb_subtree_gap; /* largest gap below any VMA of the subtree */
	unsigned long vm_gap; /* free bytes below it: see mm/vma_tree.c */
	u32 vm_flags; /* VM_*: as vm_flags_t, of which it has no high bit */
	u16 vm_lock_seq; /* the mm's mm_lock_seq: marked by a writer */
	u16 vm_policy; /* mbind(2): mm/mempolicy.c; 0: none */

	struct mm_struct *vm_mm;
	struct vm_area_struct *vm_next, *vm_prev; /* list, by address */
	pgprot_t vm_page_prot; /* of new ptes */

	unsigned long vm_pgoff; /* offset in vm_file, or vm_start >> PAGE_SHIFT
				 * of when an anonymous area was made */
	struct file *vm_file; /* NULL: anonymous */
	const struct vm_operations_struct *vm_ops;
	void *vm_private_data;

	/* Node of the object's tree of mappings and the last page offset that
	 * any VMA of its subtree covers; under mapping->i_mmap_lock. */
	struct rb_node shared_rb;
	pgoff_t shared_subtree_last;

	atomic_t vm_usage; /* the mm's, and one for each fault that has it
			    * pinned: see mm/vma_lock.c */
	/* Which anonymous pages it has, 0 before the first: mm/anon_vma.c.
	 * In faults it only ever changes from 0. */
	u32 vm_anon;
};
_Static_assert(sizeof(struct vm_area_struct) <= 168,
	       "a VMA costs at most 168 bytes");

/* A task's last find_vma() hit; good while the sequence numbers agree. */
struct vmacache {
	u64 seqnum;
	struct vm_area_struct *vma;
};

/*
 * An address space. mm_users counts the tasks that run in it: when the last
 * goes, the mappings go (exit_mmap). mm_count counts those who need only the
 * structure, all of mm_users being one of them.
 */
struct mm_struct {
	/* Protected by mmap_lock. */
	struct vm_area_struct *mmap; /* list, lowest address first */
	struct rb_root mm_rb;
	u64 vmacache_seqnum; /* changes when a VMA goes or moves */
	struct vmacache gap_above; /* the VMA above the last gap found */
	unsigned long mmap_base; /* where the top-down search starts */
	unsigned long mmap_legacy_base; /* where a bottom-up search starts */
	bool mmap_bottom_up;
	bool read_implies_exec; /* personality(2) */
	int map_count; /* VMAs in the list */
	vm_flags_t def_flags; /* of every new VMA: mlockall(MCL_FUTURE) */

	pgd_t *pgd; /* top-level table, in the direct map */
	unsigned long
		cpu_bitmap; /* CPUs that run it: TLB shoot-downs; atomic */

	bool membarrier_ready; /* has registered for membarrier(2) */

	atomic_t mm_users;
	atomic_t mm_count;
	struct rw_semaphore mmap_lock;
	spinlock_t page_table_lock; /* upper tables: link and unlink */
	/* Faults without mmap_lock: mm/vma_lock.c. */
	spinlock_t vma_lock; /* look-up against links and borders */
	u16 mm_lock_seq; /* changes when mmap_lock is not held for writing any
			  * more; written with it */
	struct wait_queue_head vma_wait; /* a writer, for pins to go */

	/* Pages; protected by mmap_lock for writing. */
	unsigned long total_vm; /* all VMAs */
	unsigned long locked_vm; /* VM_LOCKED */
	unsigned long pinned_vm; /* pinned for ever */
	unsigned long data_vm; /* private, writable, not stack */
	unsigned long exec_vm; /* executable, not writable, not stack */
	unsigned long stack_vm; /* VM_GROWSDOWN */
	unsigned long hiwater_vm;
	unsigned long pt_shared; /* page tables that others may share */
	atomic_t anon_numbers; /* the last vm_anon given out; no lock */

	/* Pages that the program has given up: mm/reclaim.c. */
	struct list_head lazyfree_list; /* lazyfree_lock */
	unsigned long lazyfree_hand; /* where the next search begins; no lock */
	unsigned int
		lazyfree_seq; /* changes with each marking; lazyfree_lock */

	atomic64_t rss_stat[NR_MM_COUNTERS];
	unsigned long hiwater_rss;
	atomic64_t pgtables_bytes; /* page tables, the top one not: VmPTE */

	/* Marks that exec sets; bytes; protected by arg_lock. */
	spinlock_t arg_lock;
	unsigned long start_code, end_code, start_data, end_data;
	unsigned long start_brk, brk, start_stack;
	unsigned long arg_start, arg_end, env_start, env_end;

	/* Root's: RLIMIT_MEMLOCK and vm.admin_reserve_kbytes do not bind it. */
	bool may_lock;
	bool undumpable; /* only root looks into it: prctl(2), exec */

	struct file *exe_file; /* /proc/PID/exe; protected by mmap_lock */

	/* Last: fork copies what follows, and does not zero it before. */

	/* Limits of the process that owns it; kernel/ keeps them up to date. */
	struct rlimit rlim[RLIM_NLIMITS];
	unsigned long saved_auxv[48]; /* /proc/PID/auxv */
};

#endif
