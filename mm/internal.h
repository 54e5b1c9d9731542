/* SPDX-License-Identifier: MIT */
#ifndef MM_INTERNAL_H
#define MM_INTERNAL_H

/*
 * What the files of mm/ tell each other and nobody else. In reading order:
 * the tree of areas, areas, page tables, pages under ptes, the verbs.
 * "mmap_lock: write" means that the caller holds mm->mmap_lock for writing.
 */

#include <ikos/kernel.h>
#include <ikos/mm.h>
#include <ikos/mmu_gather.h>
#include <ikos/pagemap.h>

struct mmap_request;

/* ---- mm.c ------------------------------------------------------------------ */

struct mm_struct *mm_alloc_blank(void);

/* ---- vma_tree.c: where areas are ----------------------------------------- */

/* A gap in the order of areas where a new one can be linked. */
struct vma_place {
	struct vm_area_struct *prev; /* the area before, or NULL */
	struct rb_node *parent, **link; /* the empty leaf */
};

/* A new area is about to come into the gap below @above (NULL: into another):
 * saves the next vma_find_place() its search. mmap_lock: write. */
static inline void vma_remember_gap(struct mm_struct *mm,
				    struct vm_area_struct *above)
{
	mm->gap_above.vma = above;
	mm->gap_above.seqnum = mm->vmacache_seqnum;
}
bool vma_find_place(struct mm_struct *mm, unsigned long start,
		    unsigned long end, struct vma_place *place);
void vma_tree_link(struct mm_struct *mm, struct vm_area_struct *vma,
		   const struct vma_place *place);
void vma_tree_link_after(struct mm_struct *mm, struct vm_area_struct *vma,
			 struct vm_area_struct *prev);
void vma_tree_unlink(struct mm_struct *mm, struct vm_area_struct *vma);
/* vma_build.c: the areas of a new address space, all at once. */
void vma_list_append(struct mm_struct *mm, struct vm_area_struct *vma,
		     struct vm_area_struct *prev);
void vma_tree_build(struct mm_struct *mm);
void vma_gap_update(struct vm_area_struct *vma);
unsigned long vma_own_gap(const struct vm_area_struct *vma);
unsigned long vm_start_gap(const struct vm_area_struct *vma);
void vmacache_invalidate(struct mm_struct *mm);

/* A free range wanted: @len bytes inside [low, high). */
struct gap_request {
	unsigned long len, low, high;
};
unsigned long vma_gap_bottomup(struct mm_struct *mm,
			       const struct gap_request *req);
unsigned long vma_gap_topdown(struct mm_struct *mm,
			      const struct gap_request *req);

/* ---- filemap.c: pages of an object ----------------------------------------- */

void page_cache_remove(struct address_space *mapping, struct page *page);
void page_cache_removed(struct address_space *mapping, unsigned int n);

/* ---- i_mmap.c: which areas map an object ---------------------------------- */

void i_mmap_insert(struct address_space *mapping, struct vm_area_struct *vma);
void i_mmap_remove(struct address_space *mapping, struct vm_area_struct *vma);
struct vm_area_struct *i_mmap_first(struct address_space *mapping,
				    pgoff_t first, pgoff_t last);
struct vm_area_struct *i_mmap_next(struct vm_area_struct *vma, pgoff_t first,
				   pgoff_t last);
int i_mmap_check(struct address_space *mapping, struct vm_area_struct *vma);

/* ---- vma.c: areas --------------------------------------------------------- */

/* What must agree for two neighbours to be one area. */
struct vma_attr {
	vm_flags_t flags;
	struct file *file;
	pgoff_t pgoff; /* of the first page */
	const struct vm_operations_struct *ops;
	void *private_data;
	u32 anon; /* vm_anon of the pages that are there */
	u16 policy; /* mbind(2) */
	bool alone; /* no neighbour may take it over */
};

void vma_init(void); /* the cache; once */
struct vm_area_struct *vm_area_alloc(struct mm_struct *mm);
struct vm_area_struct *vm_area_dup(const struct vm_area_struct *vma);
void vm_area_copy(struct vm_area_struct *to, const struct vm_area_struct *from);
void vm_area_put(struct vm_area_struct *vma);
void vma_open_object(struct vm_area_struct *vma);
void vma_close_object(struct vm_area_struct *vma);
struct address_space *vma_mapping(const struct vm_area_struct *vma);
void vma_set_page_prot(struct vm_area_struct *vma);

void vma_link(struct mm_struct *mm, struct vm_area_struct *vma,
	      const struct vma_place *place);
void vma_append(struct mm_struct *mm, struct vm_area_struct *vma,
		struct vm_area_struct *prev);
void vma_unlink(struct mm_struct *mm, struct vm_area_struct *vma);
void vma_leave_object(struct vm_area_struct *vma);
void vma_destroy(struct vm_area_struct *vma);
void vma_resize(struct vm_area_struct *vma, unsigned long start,
		unsigned long end);
void vma_split(struct vm_area_struct *vma, unsigned long addr,
	       struct vm_area_struct *upper);
void vma_set_range(struct vm_area_struct *vma, unsigned long start,
		   unsigned long end);
struct vm_area_struct *vma_merge(struct mm_struct *mm,
				 struct vm_area_struct *prev,
				 unsigned long addr, unsigned long end,
				 const struct vma_attr *attr);
int vma_may_cut(struct vm_area_struct *vma, unsigned long start,
		unsigned long end);
struct vm_area_struct *vma_modify_flags(struct vm_area_struct *vma,
					unsigned long start, unsigned long end,
					vm_flags_t flags);

struct vm_area_struct *vma_modify_private(struct vm_area_struct *vma,
					  unsigned long start,
					  unsigned long end, void *data);
struct vm_area_struct *vma_modify_policy(struct vm_area_struct *vma,
					 unsigned long start, unsigned long end,
					 u16 policy);

/* What a part of @vma that begins at offset @pgoff must agree in to merge. */
static inline struct vma_attr vma_attr_of(const struct vm_area_struct *vma,
					  pgoff_t pgoff)
{
	return (struct vma_attr){ .flags = vma->vm_flags,
				  .file = vma->vm_file,
				  .pgoff = pgoff,
				  .ops = vma->vm_ops,
				  .private_data = vma->vm_private_data,
				  .anon = vma->vm_anon,
				  .policy = vma->vm_policy };
}

/* ---- mempolicy.c: NUMA policies --------------------------------------------- */

void mpol_init(void); /* once */
bool mpol_exists(u16 id);

/* ---- anon_name.c: names of anonymous areas --------------------------------- */

void anon_name_open(struct vm_area_struct *vma);
void anon_name_close(struct vm_area_struct *vma);

/* ---- anon_vma.c: which areas have anonymous pages in common ---------------- */

/* In vm_anon: the area came by fork. */
#define ANON_FORKED (1u << 31)

void vma_anon_first(struct vm_area_struct *vma);
void vma_anon_fork(struct vm_area_struct *vma);

/* @vma is about to get an anonymous page. mmap_lock: any. */
static inline void vma_anon_prepare(struct vm_area_struct *vma)
{
	if (unlikely(!READ_ONCE(vma->vm_anon)))
		vma_anon_first(vma);
}

/* ---- vma_lock.c: one area against writers ------------------------------------ */

struct vm_area_struct *vma_pin(struct mm_struct *mm, struct vmacache *cache,
			       unsigned long addr);
void vma_unpin_slow(struct mm_struct *mm);
void vma_wait_readers(struct vm_area_struct *vma);
void vma_start_write_range(struct vm_area_struct *vma, unsigned long end);
void vma_start_write_all(struct mm_struct *mm);

/* Let a pinned area go; it may be gone with that. */
static inline void vma_unpin(struct vm_area_struct *vma)
{
	struct mm_struct *mm = vma->vm_mm;

	/* No reference count reaches these bits: VMA_AWAITED is set. */
	if (unlikely(atomic_sub_return(1, &vma->vm_usage) >> 16))
		vma_unpin_slow(mm);
}

/* Before anything of an area in the list, or a pte below it, is changed that
 * faults rely on. mmap_lock: write; may sleep. */
static inline void vma_start_write(struct vm_area_struct *vma)
{
	mmap_assert_write_locked(vma->vm_mm);
	xchg(&vma->vm_lock_seq, vma->vm_mm->mm_lock_seq);
	if (unlikely(atomic_read(&vma->vm_usage) != 1))
		vma_wait_readers(vma);
}

/* Somebody has done that. */
static inline void vma_assert_write_locked(const struct vm_area_struct *vma)
{
	VM_BUG_ON(vma->vm_lock_seq != vma->vm_mm->mm_lock_seq);
}

/* ---- overcommit.c: what may be promised ------------------------------------ */

int vm_enough_memory(unsigned long pages);
void vm_acct_memory(unsigned long pages);
int mm_enough_memory(const struct mm_struct *mm, unsigned long pages);
void vm_unacct_memory(unsigned long pages);
bool may_expand_vm(struct mm_struct *mm, vm_flags_t flags, unsigned long pages);
void vm_stat_account(struct mm_struct *mm, vm_flags_t flags, long pages);
bool mlock_future_ok(struct mm_struct *mm, vm_flags_t flags, unsigned long len,
		     bool may_lock);

/* ---- pgtable.c: the tables -------------------------------------------------- */

/* The end of what top-level entries of user space can map: above all areas. */
#define USER_CEILING (PGD_SIZE * USER_PTRS_PER_PGD)

pgd_t *pgd_alloc(void);
void pgd_free(pgd_t *pgd);
pmd_t *pmd_lookup(struct mm_struct *mm, unsigned long addr);
pmd_t *pmd_alloc(struct mm_struct *mm, unsigned long addr);
int __pte_alloc(struct mm_struct *mm, pmd_t *pmd);
void pmd_move(struct mm_struct *mm, pmd_t *from, pmd_t *to);
pmd_t *next_pmd(struct mm_struct *mm, unsigned long *addr, unsigned long end);
void free_pgtables(struct mmu_gather *tlb, unsigned long start,
		   unsigned long end, unsigned long floor,
		   unsigned long ceiling);
unsigned long pgtable_cache_pages(void);
void pgtable_cache_drain(void);
struct page *pgtable_alloc(void);
void pgtable_free(struct page *table);

/* Make sure that a pmd entry has its table of ptes: 0 or -ENOMEM. */
static inline int pte_alloc(struct mm_struct *mm, pmd_t *pmd)
{
	return likely(!pmd_none(pmd_read(pmd))) ? 0 : __pte_alloc(mm, pmd);
}

static inline struct page *pmd_page(pmd_t pmd)
{
	return pfn_to_page(PFN_DOWN(pmd_table_phys(pmd)));
}

static inline pte_t *pte_offset(pmd_t pmd, unsigned long addr)
{
	return pmd_table(pmd) + pte_index(addr);
}

/* ---- share.c: tables that fork shares ----------------------------------------- */

/* What fork remembers from one pte table to the next. Start: span ~0. */
struct fork_walk {
	unsigned long span; /* the 2 MiB that share is about */
	bool share;
};
extern unsigned int share_min_entries;

bool fork_share_table(struct fork_walk *walk, struct vm_area_struct *dst_vma,
		      pmd_t *dst, struct vm_area_struct *src_vma, pmd_t *src,
		      unsigned long addr);
int pmd_unshare(struct mm_struct *mm, pmd_t *pmd, unsigned long addr);
int __unshare_tables(struct mm_struct *mm, unsigned long start,
		     unsigned long end);
bool drop_shared_table(struct mmu_gather *tlb, pmd_t *pmd, unsigned long addr);
void zap_orphan_table(struct page *table);
int mmap_read_lock_unshared(struct mm_struct *mm, unsigned long start,
			    unsigned long end);

/* Before any pte of a range is changed. mmap_lock: write; 0 or -ENOMEM. */
static inline int unshare_tables(struct mm_struct *mm, unsigned long start,
				 unsigned long end)
{
	return likely(!mm->pt_shared) ? 0 : __unshare_tables(mm, start, end);
}

/* ---- rmap.c: pages under ptes ---------------------------------------------- */

void page_add_anon_rmap(struct page *page); /* a new anonymous page */
void page_add_file_rmap(struct page *page); /* a page of an object */
void page_dup_rmap(struct page *page); /* fork: one more pte of the same */
void page_remove_rmap(struct page *page);

void page_set_lazyfree(struct page *page); /* MADV_FREE: it may be dropped */
void page_clear_lazyfree(struct page *page); /* but not any more */

/* The counter of rss_stat that @page belongs to. */
static inline int mm_counter_of(const struct page *page)
{
	if (page_test(page, PG_anon))
		return MM_ANONPAGES;
	return page_test(page, PG_swapbacked) ? MM_SHMEMPAGES : MM_FILEPAGES;
}

static inline void mm_counter_add(struct mm_struct *mm, int member, long n)
{
	atomic64_add(n, &mm->rss_stat[member]);
}

/* Before resident pages go: remember how many there have been. */
static inline void update_hiwater_rss(struct mm_struct *mm)
{
	unsigned long rss = mm_rss(mm), old = READ_ONCE(mm->hiwater_rss);

	while (unlikely(rss > old) &&
	       !__atomic_compare_exchange_n(&mm->hiwater_rss, &old, rss, false,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		; /* another thread has just raised it */
}

static inline void update_hiwater_vm(struct mm_struct *mm)
{
	if (mm->total_vm > mm->hiwater_vm)
		mm->hiwater_vm = mm->total_vm;
}

/* The struct page that is counted for a present pte; NULL: none is (the zero
 * page, device memory). */
static inline struct page *pte_counted_page(pte_t pte)
{
	return pte_special(pte) ? NULL : pfn_to_page(pte_pfn(pte));
}

/*
 * How many address spaces map @page, as seen from a pte in @table: a table
 * that several share counts once in _mapcount for all of them.
 */
static inline unsigned int page_sharers(const struct page *page,
					const struct page *table)
{
	return (unsigned int)(page_mapcount(page) + page_count(table) - 1);
}

/* ---- memory.c: ranges of ptes ------------------------------------------------ */

void zap_page_range(struct mmu_gather *tlb, unsigned long start,
		    unsigned long end);
int copy_page_range(struct fork_walk *walk, struct vm_area_struct *dst,
		    struct vm_area_struct *src);
void change_protection(struct vm_area_struct *vma, unsigned long start,
		       unsigned long end);

/* ---- reclaim.c: pages that were given up --------------------------------------- */

void lazyfree_note(struct mm_struct *mm);
void lazyfree_forget(struct mm_struct *mm);
void lazyfree_fork(struct mm_struct *mm, struct mm_struct *oldmm);
void lazyfree_drop_range(struct vm_area_struct *vma, unsigned long start,
			 unsigned long end);

/* ---- move.c: the same pages at another address --------------------------------- */

struct move_request {
	unsigned long old_addr, new_addr, len; /* bytes, page aligned */
	struct address_space *mapping; /* object mapped there, or NULL */
};
int move_prepare(struct mm_struct *mm, const struct move_request *r);
void move_commit(struct mm_struct *mm, const struct move_request *r);
void move_abort(struct mm_struct *mm, const struct move_request *r);

/* ---- fault.c, fault_file.c, cow.c -------------------------------------------- */

vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long addr,
			   unsigned int flags);
vm_fault_t do_fault(struct vm_fault *vmf);
vm_fault_t do_wp_page(struct vm_fault *vmf);
struct page *alloc_anon_page(bool zeroed);
void set_anon_pte(struct vm_fault *vmf, struct page *page);
void do_set_pte(struct vm_fault *vmf, struct page *page, unsigned long addr,
		bool write);

/* Take the lock of the page table that vmf->pte lies in. */
static inline void vmf_lock(struct vm_fault *vmf)
{
	spin_lock(&vmf->table->ptl);
}

static inline void vmf_unlock(struct vm_fault *vmf)
{
	spin_unlock(&vmf->table->ptl);
}

/* Whether the entry is still what the decision was made on; lock held. */
static inline bool vmf_pte_same(const struct vm_fault *vmf)
{
	return pte_read(vmf->pte).v == vmf->orig_pte.v;
}

/* ---- verbs -------------------------------------------------------------------- */

/* munmap in two steps: what may fail, then what cannot. */
struct unmap {
	struct mm_struct *mm;
	unsigned long start, end;
	struct vm_area_struct *first; /* first area touched; NULL: none */
	struct vm_area_struct *prev; /* what will be below the hole, or NULL */
	struct vm_area_struct *reserve; /* for a hole in the middle of one */
	unsigned long zap_start; /* below it no ptes are left */
	bool keep_tables; /* the range will be used again at once */
};
int unmap_prepare(struct unmap *u, struct mm_struct *mm, unsigned long start,
		  unsigned long end);
void unmap_prepare_with(struct unmap *u, struct mm_struct *mm,
			unsigned long start, unsigned long end,
			struct vm_area_struct *spare);
void unmap_commit(struct unmap *u);
void unmap_abort(struct unmap *u);

unsigned long get_unmapped_area(struct mm_struct *mm,
				const struct mmap_request *req);
unsigned long mmap_region(struct mm_struct *mm, unsigned long addr,
			  unsigned long len, struct vma_attr *attr);
int expand_stack(struct vm_area_struct *vma, unsigned long addr);
unsigned long do_mmap(struct mm_struct *mm, struct mmap_request *req,
		      vm_flags_t *flags_out);
bool can_do_mlock(const struct mm_struct *mm, bool may_lock);
int madvise_pages(struct mm_struct *mm, unsigned long start, unsigned long end,
		  int advice);

/* ---- populate.c: faulting in before the access --------------------------------- */

int faultin_vma_range(struct vm_area_struct *vma, unsigned long start,
		      unsigned long end, unsigned int flags);
int populate_vma_range(struct vm_area_struct *vma, unsigned long start,
		       unsigned long end);
int populate_range(struct mm_struct *mm, unsigned long start,
		   unsigned long end);

/* ---- page_alloc.c, buddy.c, page_poison.c: free pages ------------------------- */

#define PAGE_FLAG(bit) (1u << (bit))

void buddy_init(void);
void buddy_add(unsigned long pfn, unsigned long nr);
struct page *buddy_take(gfp_t gfp, unsigned int order);
void buddy_give(struct page *page, unsigned int order);
unsigned int buddy_take_pages(struct page **pages, unsigned int want,
			      gfp_t gfp);
void buddy_give_pages(struct page **pages, unsigned int n);
unsigned long buddy_free_pages(void);
void buddy_validate(void);

#ifdef CONFIG_DEBUG_VM
void poison_pages(struct page *page, unsigned long nr);
void unpoison_pages(struct page *page, unsigned long nr);
#else
static inline void poison_pages(struct page *page, unsigned long nr)
{
}
static inline void unpoison_pages(struct page *page, unsigned long nr)
{
}
#endif

/* ---- slab.c, slab_cache.c, slab_debug.c, kmalloc.c: objects ------------------- */

#define MAGAZINE_SIZE 62u

/* Free objects of one CPU. */
struct magazine {
	u32 count, limit;
	void *obj[MAGAZINE_SIZE];
};
extern struct magazine no_magazine;

struct kmem_cache {
	/* Read by every allocation. */
	struct magazine *magazine[NR_CPUS];
	unsigned int object_size; /* what was asked for */
	unsigned int slot; /* bytes from one object to the next */
	unsigned int link_offset; /* of the free list's link in an object */
	unsigned int per_slab; /* objects */
	unsigned int order;
	u32 magazine_limit; /* 0: no magazines */
	unsigned long key;
	const char *name;

	spinlock_t lock; /* guards the rest */
	u32 partial; /* frame number of the first slab with room; 0: none */
	unsigned long nr_out, nr_slabs, nr_empty;

	struct kmem_cache *next; /* under caches_lock */
};
extern struct kmem_cache magazine_cache;

/* Objects of a slab that it does not hold; @slab: its first page. */
static inline unsigned int slab_used(const struct page *slab)
{
	return slab->private >> 16;
}

void cache_setup(struct kmem_cache *cache, const char *name, size_t size,
		 size_t align);
void cache_register(struct kmem_cache *cache);
void cache_shrink(struct kmem_cache *cache);
unsigned int slab_count_free(struct kmem_cache *cache, struct page *slab);
void magazine_destroy(struct kmem_cache *cache, unsigned int cpu);
void slab_panic(const struct kmem_cache *cache, const void *obj,
		const char *what) __noreturn;
void kmalloc_init(void);
unsigned long kmalloc_large_blocks(void);

#ifdef CONFIG_DEBUG_VM
unsigned int slab_link_offset(size_t size);
void slab_debug_init(const struct kmem_cache *cache, void *object);
void slab_debug_check(const struct kmem_cache *cache, void *object);
void slab_debug_alloc(const struct kmem_cache *cache, void *object);
void slab_debug_free(const struct kmem_cache *cache, void *object);
#else
static inline unsigned int slab_link_offset(size_t size)
{
	return 0;
}
static inline void slab_debug_init(const struct kmem_cache *cache, void *object)
{
}
static inline void slab_debug_check(const struct kmem_cache *cache,
				    void *object)
{
}
static inline void slab_debug_alloc(const struct kmem_cache *cache,
				    void *object)
{
}
static inline void slab_debug_free(const struct kmem_cache *cache, void *object)
{
}
#endif

/* ---- debug.c -------------------------------------------------------------------- */

#ifdef CONFIG_DEBUG_VM
void debug_validate_mm(struct mm_struct *mm);
#else
static inline void debug_validate_mm(struct mm_struct *mm)
{
}
#endif

#endif
