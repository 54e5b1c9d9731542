/* SPDX-License-Identifier: MIT */
/*
 * Page faults: the way in, the decision, anonymous memory.
 *
 * A program touches an address whose pte is empty or does not allow the
 * access; the CPU raises #PF and arch code calls mm_fault(). Everything here
 * answers one question: which page belongs there, and what may the program do
 * with it?
 *
 *	VMA                 access  pte        answer
 *	------------------  ------  ---------  ------------------------------
 *	none                any     -          MAPERR (a stack may grow)
 *	rights missing      any     -          ACCERR
 *	anonymous private   read    empty      the zero page, read-only
 *	anonymous private   write   empty      a new zeroed page
 *	private             write   read-only  do_wp_page: reuse or copy
 *	file or shmem       read    empty      do_fault: cache, fault-around
 *	file, private       write   empty      do_fault: copy from the cache
 *	shared              write   empty      do_fault: the object's page
 *	shared              write   read-only  do_wp_page: make it writable
 *	file                any     empty      beyond its end: SIGBUS
 *
 * A worked example: calloc() gets a page at 0x7000 by mmap. The program reads
 * it: do_anonymous_page() maps the zero page, read-only, one pte and nothing
 * allocated. It writes 0x7008: the pte is there but read-only, so do_wp_page()
 * puts a zeroed page of its own in place. It writes 0x7010: no fault.
 *
 *	mm_fault ─▶ fault_lock_vma ─▶ handle_mm_fault ─▶ do_anonymous_page
 *	             find, grow         decide        ├▶ do_fault    (fault_file.c)
 *	                                              └▶ do_wp_page  (cow.c)
 *
 * Invariants:
 *	- a handler decides on vmf->orig_pte without a lock, takes the table's
 *	  ptl, and goes on only if the entry is still the same; else another
 *	  thread was faster and the access is simply repeated
 *	- a pte is set only under that lock, with the page's reference handed
 *	  to it, and counted in pt_entries when it was empty before
 *
 * Locks: the area is pinned over the whole fault (mm/vma_lock.c); where that is
 * not possible, or not enough, mmap_lock is held for reading instead. Handlers
 * need not know which. The page table's ptl is held around the change; memory
 * is allocated before it is taken.
 *
 * Linux may drop its lock in the middle of a fault and retry; here it is held to
 * the end, except to make a page table its own that fork shares.
 */
#include "internal.h"

/* --- the way in -------------------------------------------------------------- */

/*
 * @addr is below @vma, which grows down. Growing changes the address space:
 * take mmap_lock again for writing, look again, grow, and go on as a reader.
 * NULL: no; mmap_lock is released.
 */
static struct vm_area_struct *grow_stack_locked(struct mm_struct *mm,
						unsigned long addr)
{
	struct vm_area_struct *vma;

	mmap_read_unlock(mm);
	mmap_write_lock(mm);
	vma = find_vma(mm, addr);
	if (vma && vma->vm_start > addr &&
	    (!(vma->vm_flags & VM_GROWSDOWN) || expand_stack(vma, addr) < 0))
		vma = NULL;
	if (!vma) {
		mmap_write_unlock(mm);
		return NULL;
	}
	mmap_write_downgrade(mm);
	return vma;
}

/* Find the area of @addr with mmap_lock: it has to grow, is being changed, or
 * there is none. NULL: there is none, and nothing is locked. */
static noinline struct vm_area_struct *fault_lock_mm(struct mm_struct *mm,
						     struct vmacache *cache,
						     unsigned long addr,
						     unsigned int *flags)
{
	struct vm_area_struct *vma;

	*flags &= ~FAULT_FLAG_PINNED;
	mmap_read_lock(mm);
	vma = find_vma_cached(mm, cache, addr);
	if (likely(vma && vma->vm_start <= addr))
		return vma;
	if (vma && (vma->vm_flags & VM_GROWSDOWN))
		return grow_stack_locked(mm, addr);
	mmap_read_unlock(mm);
	return NULL;
}

/*
 * Find the area of @addr and keep it from changing: the one place that knows
 * how a fault locks. NULL: there is none, and nothing is locked. *flags says
 * how it is to be unlocked.
 */
static struct vm_area_struct *fault_lock_vma(struct mm_struct *mm,
					     struct vmacache *cache,
					     unsigned long addr,
					     unsigned int *flags)
{
	struct vm_area_struct *vma = vma_pin(mm, cache, addr);

	*flags |= FAULT_FLAG_PINNED;
	return likely(vma) ? vma : fault_lock_mm(mm, cache, addr, flags);
}

static void fault_unlock_vma(struct vm_area_struct *vma, unsigned int flags)
{
	if (likely(flags & FAULT_FLAG_PINNED))
		vma_unpin(vma);
	else
		mmap_read_unlock(vma->vm_mm);
}

/*
 * x86 has no way to allow writing or executing without reading, so any right
 * includes the right to read. FAULT_FLAG_FORCE: a debugger may read what could
 * be made readable, and write to a private copy of what it could not.
 */
static bool access_allowed(const struct vm_area_struct *vma, unsigned int flags)
{
	vm_flags_t have = vma->vm_flags;

	if (flags & FAULT_FLAG_WRITE) {
		if (have & VM_WRITE)
			return true;
		return (flags & FAULT_FLAG_FORCE) &&
		       (have & (VM_MAYWRITE | VM_MAYSHARE)) == VM_MAYWRITE;
	}
	if (flags & FAULT_FLAG_EXEC)
		return have & VM_EXEC;
	/* Another task is held to what the area says, not to what x86 can. */
	if (have & (flags & FAULT_FLAG_REMOTE ? VM_READ : VM_ACCESS_FLAGS))
		return true;
	return (flags & FAULT_FLAG_FORCE) && (have & VM_MAYREAD);
}

/* The pte table of @addr is shared; change that, then look again. */
static vm_fault_t unshare_at(struct mm_struct *mm, unsigned long addr)
{
	int ret;

	addr &= PAGE_MASK;
	mmap_write_lock(mm);
	ret = unshare_tables(mm, addr, addr + PAGE_SIZE);
	mmap_write_unlock(mm);
	return ret ? VM_FAULT_OOM : 0;
}

/**
 * mm_fault - make an access possible, or say why it is not
 * @mm: address space
 * @cache: the faulting task's look-up cache, or NULL
 * @addr: the address, any byte of the page
 * @flags: FAULT_FLAG_*
 *
 * Context: may sleep; mmap_lock not held, may be taken and released.
 * Return: 0 or VM_FAULT_MAJOR: repeat the access. VM_FAULT_MAPERR: nothing is
 * mapped there; VM_FAULT_ACCERR: the area forbids it; VM_FAULT_SIGBUS: beyond
 * the end of the object, or it cannot be read; VM_FAULT_OOM: no memory.
 */
vm_fault_t mm_fault(struct mm_struct *mm, struct vmacache *cache,
		    unsigned long addr, unsigned int flags)
{
	struct vm_area_struct *vma;
	vm_fault_t ret;

	if (addr >= TASK_SIZE)
		return VM_FAULT_MAPERR;
	do {
		vma = fault_lock_vma(mm, cache, addr, &flags);
		if (!vma)
			return VM_FAULT_MAPERR;
		ret = VM_FAULT_ACCERR;
		if (likely(access_allowed(vma, flags)))
			ret = handle_mm_fault(vma, addr, flags);
		fault_unlock_vma(vma, flags);
	} while (unlikely(ret == VM_FAULT_UNSHARE) &&
		 !(ret = unshare_at(mm, addr)));
	return ret;
}

/* --- anonymous memory ------------------------------------------------------------ */

/**
 * alloc_anon_page - a page for anonymous memory
 * @zeroed: filled with zeroes; else the caller fills it
 *
 * Context: may sleep.
 * Return: the page with one reference; NULL: out of memory.
 */
struct page *alloc_anon_page(bool zeroed)
{
	return alloc_page(GFP_USER | (zeroed ? __GFP_ZERO : 0));
}

/**
 * set_anon_pte - map a new anonymous page, writable if the area is
 * @vmf: the fault; its entry is empty
 * @page: the page; its reference becomes the pte's
 *
 * Context: the table's ptl.
 */
void set_anon_pte(struct vm_fault *vmf, struct page *page)
{
	struct vm_area_struct *vma = vmf->vma;
	pte_t pte = pfn_pte(page_to_pfn(page), vma->vm_page_prot);

	pte = pte_mkdirty(pte_mkyoung(pte));
	if (vma->vm_flags & VM_WRITE)
		pte = pte_mkwrite(pte);
	page_add_anon_rmap(page);
	mm_counter_add(vma->vm_mm, MM_ANONPAGES, 1);
	vma_anon_prepare(vma);
	vmf->table->pt_entries++;
	vmf->table->pt_anon++;
	set_pte(vmf->pte, pte);
}

static vm_fault_t map_zero_page(struct vm_fault *vmf)
{
	pte_t pte = pfn_pte(page_to_pfn(zero_page), vmf->vma->vm_page_prot);

	vmf_lock(vmf);
	if (vmf_pte_same(vmf)) {
		vmf->table->pt_entries++;
		set_pte(vmf->pte, pte_mkspecial(pte_wrprotect(pte)));
	}
	vmf_unlock(vmf);
	return 0;
}

static vm_fault_t do_anonymous_page(struct vm_fault *vmf)
{
	struct page *page;

	if (!(vmf->flags & FAULT_FLAG_WRITE))
		return map_zero_page(vmf);
	page = alloc_anon_page(true);
	if (unlikely(!page))
		return VM_FAULT_OOM;
	vmf_lock(vmf);
	if (likely(vmf_pte_same(vmf))) {
		set_anon_pte(vmf, page);
		page = NULL;
	}
	vmf_unlock(vmf);
	if (unlikely(page))
		put_page(page);
	return 0;
}

/* --- the decision ------------------------------------------------------------------ */

/* Another thread was faster, or the write is only pretended: populate.c. */
static vm_fault_t touch_page(struct vm_fault *vmf)
{
	if (!(vmf->flags & FAULT_FLAG_WRITE) || pte_dirty(vmf->orig_pte))
		return 0;
	vmf_lock(vmf);
	/* The CPU sets these two bits only: no change of its is lost. */
	if (vmf_pte_same(vmf))
		set_pte(vmf->pte, pte_mkdirty(pte_mkyoung(vmf->orig_pte)));
	vmf_unlock(vmf);
	return 0;
}

static vm_fault_t handle_pte_fault(struct vm_fault *vmf)
{
	vmf->orig_pte = pte_read(vmf->pte);
	if (pte_none(vmf->orig_pte)) {
		if (vma_is_anonymous(vmf->vma))
			return do_anonymous_page(vmf);
		return do_fault(vmf);
	}
	if ((vmf->flags & FAULT_FLAG_WRITE) && !pte_write(vmf->orig_pte))
		return do_wp_page(vmf);
	return touch_page(vmf);
}

/* The table is shared: get one of our own, or have the caller do it. */
static vm_fault_t fault_unshare(struct vm_fault *vmf)
{
	struct mm_struct *mm = vmf->vma->vm_mm;

	if ((vmf->flags & FAULT_FLAG_PINNED) ||
	    !rwsem_is_write_locked(&mm->mmap_lock))
		return VM_FAULT_UNSHARE;
	return pmd_unshare(mm, vmf->pmd, vmf->address) < 0 ? VM_FAULT_OOM : 0;
}

/**
 * handle_mm_fault - resolve a fault in an area that allows the access
 * @vma: the area
 * @addr: the address, inside @vma
 * @flags: FAULT_FLAG_*
 *
 * Context: mmap_lock in either mode, or, with FAULT_FLAG_PINNED, @vma pinned; may
 * sleep.
 * Return: as mm_fault(), without MAPERR and ACCERR; VM_FAULT_UNSHARE: the table
 * is shared and mmap_lock is not held for writing.
 */
vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long addr,
			   unsigned int flags)
{
	struct vm_fault vmf;
	pmd_t pmd;

	vmf.vma = vma;
	vmf.address = addr & PAGE_MASK;
	vmf.flags = flags;
	vmf.pgoff = linear_page_index(vma, vmf.address);
	vmf.page = NULL;
	vmf.pmd = pmd_alloc(vma->vm_mm, addr);
	if (unlikely(!vmf.pmd || pte_alloc(vma->vm_mm, vmf.pmd) < 0))
		return VM_FAULT_OOM;
	pmd = pmd_read(vmf.pmd);
	if (unlikely(!pmd_write(pmd))) {
		vm_fault_t ret = fault_unshare(&vmf);

		if (ret)
			return ret;
		pmd = pmd_read(vmf.pmd);
	}
	vmf.table = pmd_page(pmd);
	vmf.pte = pte_offset(pmd, addr);
	return handle_pte_fault(&vmf);
}
