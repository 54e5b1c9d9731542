/* SPDX-License-Identifier: MIT */
#ifndef IKOS_MM_H
#define IKOS_MM_H

#include <ikos/err.h>
#include <ikos/mm_types.h>
#include <ikos/page.h>
#include <uapi/mman.h>

/*
 * What the memory subsystem offers to the rest of the kernel. Nothing here
 * knows who the current task is: every call takes the address space it works
 * on. Functions named vm_* or do_* take mmap_lock themselves; those that want
 * it held say so. Each is documented where it is defined.
 */

/* vm_flags. The low four are PROT_* and "shared": they index protection_map. */
#define VM_READ	       0x00000001UL
#define VM_WRITE       0x00000002UL
#define VM_EXEC	       0x00000004UL
#define VM_SHARED      0x00000008UL
#define VM_MAYREAD     0x00000010UL /* mprotect may give it */
#define VM_MAYWRITE    0x00000020UL
#define VM_MAYEXEC     0x00000040UL
#define VM_MAYSHARE    0x00000080UL
#define VM_GROWSDOWN   0x00000100UL
#define VM_PFNMAP      0x00000400UL /* device memory: no struct page */
#define VM_LOCKED      0x00002000UL
#define VM_IO	       0x00004000UL
#define VM_SEQ_READ    0x00008000UL
#define VM_RAND_READ   0x00010000UL
#define VM_DONTCOPY    0x00020000UL
#define VM_DONTEXPAND  0x00040000UL
#define VM_LOCKONFAULT 0x00080000UL
#define VM_ACCOUNT     0x00100000UL /* counts towards Committed_AS */
#define VM_NORESERVE   0x00200000UL
#define VM_WIPEONFORK  0x02000000UL
#define VM_DONTDUMP    0x04000000UL
#define VM_MIXEDMAP    0x10000000UL

/* What never is locked, dumped, merged or grown: device memory and the like. */
#define VM_SPECIAL (VM_IO | VM_DONTEXPAND | VM_PFNMAP | VM_MIXEDMAP)

#define VM_PROT_MASK	(VM_READ | VM_WRITE | VM_EXEC | VM_SHARED)
#define VM_ACCESS_FLAGS (VM_READ | VM_WRITE | VM_EXEC)
#define VM_STACK_FLAGS                                                         \
	(VM_READ | VM_WRITE | VM_GROWSDOWN | VM_MAYREAD | VM_MAYWRITE |        \
	 VM_MAYEXEC | VM_ACCOUNT)

/* vm_fault_t */
#define VM_FAULT_OOM	0x0001u
#define VM_FAULT_SIGBUS 0x0002u
#define VM_FAULT_MAJOR	0x0004u
#define VM_FAULT_NOPAGE 0x0008u /* the handler installed the pte itself */
#define VM_FAULT_MAPERR 0x0010u /* SIGSEGV, SEGV_MAPERR */
#define VM_FAULT_ACCERR 0x0020u /* SIGSEGV, SEGV_ACCERR */
#define VM_FAULT_UNSHARE                                                       \
	0x0040u /* inside mm/: again, with mmap_lock for writing */
#define VM_FAULT_ERROR                                                         \
	(VM_FAULT_OOM | VM_FAULT_SIGBUS | VM_FAULT_MAPERR | VM_FAULT_ACCERR |  \
	 VM_FAULT_UNSHARE)

/* What kind of access faulted. */
#define FAULT_FLAG_WRITE  0x1u
#define FAULT_FLAG_EXEC	  0x2u
#define FAULT_FLAG_USER	  0x4u /* the program did it, not a copy for it */
#define FAULT_FLAG_REMOTE 0x8u /* another task's address space */
#define FAULT_FLAG_FORCE  0x10u /* /proc/PID/mem, ptrace: may override */
#define FAULT_FLAG_PINNED 0x20u /* inside mm/: the area is, no mmap_lock */

/* A fault under way: made by mm/fault.c, passed down to the object. */
struct vm_fault {
	struct vm_area_struct *vma;
	unsigned long address; /* page aligned */
	unsigned int flags; /* FAULT_FLAG_* */
	pgoff_t pgoff; /* the page's offset in the object */
	pmd_t *pmd; /* the pmd entry, its table exists */
	struct page *table; /* that table: its lock, its count of entries */
	pte_t *pte; /* the entry of @address; read it under the table's ptl */
	pte_t orig_pte; /* what it was when the decision was made */
	struct page *page; /* ->fault puts its page here */
};

#define GUARD_GAP	     (256UL << PAGE_SHIFT) /* kept free below a growing stack */
#define SYSCTL_MAX_MAP_COUNT 65530
#define MMAP_MIN_ADDR	     65536UL /* below: only with may_low */
extern int sysctl_max_map_count;

void mm_init(void); /* caches, the zero page; once, after page_alloc_init */

/* Life cycle: mm/mm.c */
struct mm_struct *mm_alloc(void);
struct mm_struct *dup_mm(struct mm_struct *oldmm); /* fork; NULL: no memory */
void mmput(struct mm_struct *mm); /* drop a user */
void mmdrop(struct mm_struct *mm); /* drop a reference */
static inline void mmget(struct mm_struct *mm)
{
	atomic_inc(&mm->mm_users);
}
static inline bool mmget_not_zero(struct mm_struct *mm)
{
	return atomic_inc_not_zero(&mm->mm_users);
}
static inline void mmgrab(struct mm_struct *mm)
{
	atomic_inc(&mm->mm_count);
}
/* Choose mmap_base. @stack_gap: bytes to keep for the stack, its random
 * offset included; @rnd: bytes of randomisation; @bottom_up: legacy layout. */
void mm_layout(struct mm_struct *mm, unsigned long stack_gap, unsigned long rnd,
	       bool bottom_up);
void mm_set_exe_file(struct mm_struct *mm,
		     struct file *file); /* takes a reference */

#define mmap_read_lock(mm)   down_read(&(mm)->mmap_lock)
#define mmap_read_unlock(mm) up_read(&(mm)->mmap_lock)
#define mmap_write_lock(mm)  down_write(&(mm)->mmap_lock)
/* fork: the child's, with the parent's held. */
#define mmap_write_lock_nested(mm) down_write_nested(&(mm)->mmap_lock)
/* 0, or -EINTR when a fatal signal came first. */
#define mmap_write_lock_killable(mm) down_write_killable(&(mm)->mmap_lock)
#define mmap_assert_locked(mm)	     VM_BUG_ON(!rwsem_is_locked(&(mm)->mmap_lock))
#define mmap_assert_write_locked(mm)                                           \
	VM_BUG_ON(!rwsem_is_write_locked(&(mm)->mmap_lock))

/* What the writer has marked may be used again: mm/vma_lock.c. */
static inline void vma_end_write_all(struct mm_struct *mm)
{
	smp_store_release(&mm->mm_lock_seq, (u16)(mm->mm_lock_seq + 1));
}
static inline void mmap_write_unlock(struct mm_struct *mm)
{
	vma_end_write_all(mm);
	up_write(&mm->mmap_lock);
}
static inline void mmap_write_downgrade(struct mm_struct *mm)
{
	vma_end_write_all(mm);
	downgrade_write(&mm->mmap_lock);
}

/* Look-ups; mmap_lock held, or vma_lock. */
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr);
struct vm_area_struct *find_vma_cached(struct mm_struct *mm,
				       struct vmacache *cache,
				       unsigned long addr);
struct vm_area_struct *find_vma_prev(struct mm_struct *mm, unsigned long addr,
				     struct vm_area_struct **prev);
/* The first VMA that overlaps [start, end), or NULL. */
struct vm_area_struct *find_vma_intersection(struct mm_struct *mm,
					     unsigned long start,
					     unsigned long end);

static inline unsigned long vma_pages(const struct vm_area_struct *vma)
{
	return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}
static inline bool vma_is_accessible(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_ACCESS_FLAGS;
}
static inline bool vma_is_anonymous(const struct vm_area_struct *vma)
{
	return !vma->vm_ops;
}
static inline pgoff_t linear_page_index(const struct vm_area_struct *vma,
					unsigned long addr)
{
	return ((addr - vma->vm_start) >> PAGE_SHIFT) + vma->vm_pgoff;
}

/* mmap(2) as a request; what fails and when is written at do_mmap(). */
struct mmap_request {
	unsigned long addr, len; /* bytes */
	unsigned long prot; /* PROT_* */
	unsigned long flags; /* MAP_* */
	struct file *file; /* NULL: anonymous */
	unsigned long pgoff; /* pages */
	bool may_lock; /* the caller may exceed RLIMIT_MEMLOCK */
	bool may_low; /* the caller may map below MMAP_MIN_ADDR */
	bool noexec; /* the file's mount forbids execution */
};
unsigned long vm_mmap(struct mm_struct *mm, const struct mmap_request *req);
int vm_munmap(struct mm_struct *mm, unsigned long start, size_t len);
/* The same for who holds mmap_lock for writing. */
int do_munmap(struct mm_struct *mm, unsigned long start, size_t len);
int do_mprotect(struct mm_struct *mm, unsigned long start, size_t len,
		unsigned long prot);
unsigned long do_brk(struct mm_struct *mm, unsigned long brk);
int do_madvise(struct mm_struct *mm, unsigned long start, size_t len,
	       int advice);
/* PR_SET_VMA_ANON_NAME, and what it has set; mm/anon_name.c. */
int vma_set_anon_name(struct mm_struct *mm, unsigned long start, size_t len,
		      const char *text);
const char *vma_anon_name(const struct vm_area_struct *vma);
struct mremap_request {
	unsigned long addr, old_len, new_len; /* bytes */
	unsigned long flags; /* MREMAP_* */
	unsigned long new_addr;
	bool may_lock, may_low; /* as in mmap_request */
};
unsigned long vm_mremap(struct mm_struct *mm, const struct mremap_request *req);
int do_remap_file_pages(struct mm_struct *mm, const struct mmap_request *req);
int do_mlock(struct mm_struct *mm, unsigned long start, size_t len,
	     vm_flags_t flags, bool may_lock);
int do_munlock(struct mm_struct *mm, unsigned long start, size_t len);
int do_mlockall(struct mm_struct *mm, int flags, bool may_lock);
int do_munlockall(struct mm_struct *mm);
int do_msync(struct mm_struct *mm, unsigned long start, size_t len, int flags);
/* May the caller know which pages of a file are cached? */
typedef bool (*mincore_filter_t)(struct file *file);
long do_mincore(struct mm_struct *mm, unsigned long addr, unsigned long pages,
		unsigned char *vec, mincore_filter_t may_see);
/* What mm/ asks of the scheduler, in long walks: let others run; true: the
 * caller is being killed and should stop. May sleep. kernel/sched.c */
bool resched_or_killed(void);
/* What mm/ tells it: so many faults were taken in advance for the caller, who
 * answers for them as for his own (getrusage(2)). kernel/rusage.c */
void count_faults_in_advance(unsigned long nr);
/* ->mmap of /dev/zero: give a shared @vma a new object of its own. 0, -ENOMEM. */
int shmem_zero_setup(struct vm_area_struct *vma);
/* Free at least @want pages that programs have given up, if there are so many;
 * returns how many. May sleep; mmap_lock may be held. mm/reclaim.c */
unsigned long reclaim_pages(unsigned long want);
/* Fault in [start, start + len) as far as possible; takes mmap_lock. */
void mm_populate(struct mm_struct *mm, unsigned long start, unsigned long len);

/* Pages of the kernel's own in a program, such as the vdso. Either ->fault,
 * or @pages, ended by NULL: mm/special_mapping.c. */
struct vm_special_mapping {
	const char *name; /* in /proc/PID/maps, with its brackets */
	struct page **pages;
	vm_fault_t (*fault)(const struct vm_special_mapping *spec,
			    struct vm_fault *vmf);
};
int install_special_mapping(struct mm_struct *mm, unsigned long addr,
			    unsigned long len, vm_flags_t flags,
			    const struct vm_special_mapping *spec);
unsigned long vm_unmapped_area(struct mm_struct *mm, unsigned long hint,
			       unsigned long len);

/* Frames without a struct page: mm/pfnmap.c. */
vm_fault_t vmf_insert_pfn(struct vm_fault *vmf, unsigned long pfn);
vm_fault_t vmf_insert_pfn_prot(struct vm_fault *vmf, unsigned long pfn,
			       pgprot_t prot);
int remap_pfn_range(struct vm_area_struct *vma, unsigned long addr,
		    unsigned long pfn, unsigned long size, pgprot_t prot);
vm_fault_t remap_pfn_fault(struct vm_fault *vmf);
bool range_has_ram(unsigned long start, unsigned long end);
bool pfn_is_ram(unsigned long pfn);

/* Make the first stack VMA: one page below @top, growing. exec only. */
int vm_setup_stack(struct mm_struct *mm, unsigned long top, vm_flags_t extra);
/* Let the stack VMA reach down to @addr, within its limits, without pages.
 * 0 or -ENOMEM; takes mmap_lock. */
int vm_expand_stack(struct mm_struct *mm, unsigned long addr);

/*
 * The one way in for page faults. @cache: the faulting task's, or NULL.
 * Takes and releases mmap_lock. Returns VM_FAULT_*; 0 or VM_FAULT_MAJOR:
 * repeat the access.
 */
vm_fault_t mm_fault(struct mm_struct *mm, struct vmacache *cache,
		    unsigned long addr, unsigned int flags);

/* Read or write another address space, faulting as needed; bytes done. */
size_t access_remote_vm(struct mm_struct *mm, unsigned long addr, void *buf,
			size_t len, unsigned int flags);

/* Resident pages, and the highest they have been. */
static inline unsigned long mm_counter(struct mm_struct *mm, int member)
{
	long v = atomic64_read(&mm->rss_stat[member]);

	return v < 0 ? 0 : (unsigned long)v;
}
static inline unsigned long mm_rss(struct mm_struct *mm)
{
	return mm_counter(mm, MM_FILEPAGES) + mm_counter(mm, MM_ANONPAGES) +
	       mm_counter(mm, MM_SHMEMPAGES);
}
unsigned long mm_hiwater_rss(struct mm_struct *mm);

/* Debugging: mm/debug.c */
/* Check every numbered invariant; panics with its number when @fatal, else
 * returns it (0: all hold). mmap_lock held. */
int validate_mm(struct mm_struct *mm, bool fatal);
void dump_mm(struct mm_struct *mm);
void dump_pgtable(struct mm_struct *mm, unsigned long addr);

/* Unmap [start, end) pages of @mapping from every address space (truncate). */
void unmap_mapping_range(struct address_space *mapping, pgoff_t start,
			 pgoff_t end);
/* The same; private copies of those pages go only with @even_cows. */
void unmap_mapping_pages(struct address_space *mapping, pgoff_t start,
			 pgoff_t end, bool even_cows);

/* Committed_AS and CommitLimit, in pages. */
unsigned long vm_committed(void);
unsigned long vm_commit_limit(void);

/* sysinfo(2), /proc/meminfo: pages. */
struct mem_info {
	unsigned long total, free, available, buffers, cached, shmem, slab,
		pagetables, anon, mapped, kernel_stack, committed, commit_limit;
};
void mm_meminfo(struct mem_info *info);

#endif
