/* SPDX-License-Identifier: MIT */
/*
 * mmap: putting a new range into an address space.
 *
 *	vm_mmap            lock, do_mmap, unlock, populate
 *	  do_mmap          decode: what is asked for, and may it be?
 *	    get_unmapped_area      where?
 *	    mmap_region    check limits, reserve, commit
 *
 * Where mappings go. By default the search is top-down from mm->mmap_base,
 * which lies below the room kept for the stack, so that the heap, growing up
 * from below, and the mappings, growing down, share all the room between.
 *
 *	0                                                            TASK_SIZE
 *	│ text data │ heap ─▶ ...            ... ◀─ mappings │ room │ ◀─ stack │
 *	            start_brk                         mmap_base
 *
 * A worked example. mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE |
 * MAP_ANONYMOUS, -1, 0) twice: the first call gets the two pages below
 * mmap_base. The second gets the two below those; its area has the same flags
 * and ends where the first begins, so vma_merge (case 3) grows the first area
 * downwards, and /proc/PID/maps shows one line of 16 KiB.
 *
 * mmap_region() is check, reserve, commit. Every step that can fail - limits,
 * promise of memory, the new area, the object's ->mmap, room for a split of
 * what MAP_FIXED replaces - comes before the first one that changes anything.
 * A failed MAP_FIXED leaves the old mappings in place.
 *
 * Locks: mmap_lock for writing.
 *
 * Linux unmaps what MAP_FIXED replaces before it calls ->mmap, and a failure
 * then leaves a hole. Here ->mmap comes first; so it may fill in the area, but
 * must leave the page tables alone: pages come by ->fault.
 */
#include <ikos/fs.h>
#include <ikos/mm_views.h>
#include <ikos/string.h>

#include "internal.h"

int sysctl_max_map_count = SYSCTL_MAX_MAP_COUNT;

/* MAP_32BIT: the second gigabyte, for code that keeps 31-bit pointers. */
#define MAP_32BIT_START 0x40000000UL
#define MAP_32BIT_END	0x80000000UL

/* Flags that MAP_SHARED_VALIDATE knows; all others are EOPNOTSUPP. */
#define MAP_KNOWN_FLAGS                                                        \
	(MAP_SHARED | MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS |                \
	 MAP_DENYWRITE | MAP_EXECUTABLE | MAP_GROWSDOWN | MAP_LOCKED |         \
	 MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK |             \
	 MAP_HUGETLB | MAP_32BIT)

/* --- where ----------------------------------------------------------------------- */

/* The hint, if the whole range there is free; 0: it is not. */
static unsigned long try_hint(struct mm_struct *mm, unsigned long addr,
			      unsigned long len, unsigned long limit)
{
	struct vm_area_struct *vma;

	if (!addr || limit - len < addr)
		return 0;
	vma = find_vma(mm, addr);
	return !vma || addr + len <= vm_start_gap(vma) ? addr : 0;
}

static unsigned long search_bottomup(struct mm_struct *mm, unsigned long len,
				     unsigned long low, unsigned long high)
{
	const struct gap_request req = { .len = len, .low = low, .high = high };

	return vma_gap_bottomup(mm, &req);
}

/* Top-down from mmap_base; when that is full, anywhere above the legacy base. */
static unsigned long search_topdown(struct mm_struct *mm, unsigned long len)
{
	const struct gap_request req = { .len = len,
					 .low = MMAP_MIN_ADDR,
					 .high = mm->mmap_base };
	unsigned long addr = vma_gap_topdown(mm, &req);

	if (!IS_ERR_VALUE(addr))
		return addr;
	return search_bottomup(mm, len, mm->mmap_legacy_base, TASK_SIZE);
}

static unsigned long find_free_range(struct mm_struct *mm,
				     const struct mmap_request *req)
{
	bool low = req->flags & MAP_32BIT;
	unsigned long limit = low ? MAP_32BIT_END : TASK_SIZE;
	unsigned long addr;

	if (req->len > limit)
		return -ENOMEM;
	addr = try_hint(mm, req->addr & PAGE_MASK, req->len, limit);
	if (addr)
		return addr;
	if (low)
		return search_bottomup(mm, req->len, MAP_32BIT_START, limit);
	if (mm->mmap_bottom_up)
		return search_bottomup(mm, req->len, mm->mmap_legacy_base,
				       limit);
	return search_topdown(mm, req->len);
}

/**
 * get_unmapped_area - choose the address of a new mapping
 * @mm: address space
 * @req: the request; len is rounded to pages already
 *
 * MAP_FIXED: the address asked for, free or not. Else the hint if it is free,
 * else the layout's choice.
 *
 * Context: mmap_lock held.
 * Return: the address; -ENOMEM: no such range, or beyond TASK_SIZE; -EINVAL:
 * MAP_FIXED and not page aligned; -EPERM: below MMAP_MIN_ADDR without the
 * right to go there.
 */
unsigned long get_unmapped_area(struct mm_struct *mm,
				const struct mmap_request *req)
{
	unsigned long addr = req->addr;

	if (req->len > TASK_SIZE)
		return -ENOMEM;
	if (!(req->flags & MAP_FIXED))
		addr = find_free_range(mm, req);
	if (IS_ERR_VALUE(addr) && !(req->flags & MAP_FIXED))
		return addr;
	if (addr > TASK_SIZE - req->len)
		return -ENOMEM;
	if (offset_in_page(addr))
		return -EINVAL;
	if (addr < MMAP_MIN_ADDR && !req->may_low)
		return -EPERM;
	return addr;
}

/* --- mmap_region: check, reserve, commit ------------------------------------------ */

/* Pages of [start, end) that are mapped now. */
static unsigned long count_mapped_pages(struct mm_struct *mm,
					unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma = find_vma_intersection(mm, start, end);
	unsigned long bytes = 0;

	for (; vma && vma->vm_start < end; vma = vma->vm_next)
		bytes += min(end, vma->vm_end) - max(start, vma->vm_start);
	return bytes >> PAGE_SHIFT;
}

/* Limits on address space; what is replaced counts only when it must. */
static bool region_fits(struct mm_struct *mm, vm_flags_t flags,
			unsigned long addr, unsigned long len)
{
	unsigned long pages = len >> PAGE_SHIFT;

	if (may_expand_vm(mm, flags, pages))
		return true;
	pages -= count_mapped_pages(mm, addr, addr + len);
	return may_expand_vm(mm, flags, pages);
}

/* Private writable memory is promised, unless the program waives it. */
static bool accountable(vm_flags_t flags)
{
	return (flags & (VM_NORESERVE | VM_SHARED | VM_WRITE)) == VM_WRITE;
}

/* Let the object fill in its side of @vma: file, shared memory, or nothing. */
static int attach_object(struct vm_area_struct *vma,
			 const struct vma_attr *attr)
{
	int ret;

	if (!attr->file)
		return vma->vm_flags & VM_SHARED ? shmem_zero_setup(vma) : 0;
	vma->vm_file = get_file(attr->file);
	ret = attr->file->f_op->mmap(attr->file, vma);
	if (ret && vma->vm_file)
		fput(vma->vm_file);
	return ret;
}

/* A complete area in no list yet; ERR_PTR. */
static struct vm_area_struct *make_area(struct mm_struct *mm,
					unsigned long addr, unsigned long len,
					const struct vma_attr *attr)
{
	struct vm_area_struct *vma = vm_area_alloc(mm);
	int ret;

	if (!vma)
		return ERR_PTR(-ENOMEM);
	vma->vm_start = addr;
	vma->vm_end = addr + len;
	vma->vm_flags = attr->flags;
	vma->vm_pgoff = attr->pgoff;
	ret = attach_object(vma, attr);
	if (ret) {
		vm_area_put(vma);
		return ERR_PTR(ret);
	}
	if (vma->vm_flags & VM_SPECIAL) /* stays anyway: not counted */
		vma->vm_flags &= ~(VM_LOCKED | VM_LOCKONFAULT);
	vma_set_page_prot(vma);
	return vma;
}

/* Link @vma at @place, or let a neighbour take its range and drop it. */
static void link_area(struct mm_struct *mm, struct vm_area_struct *vma,
		      const struct vma_place *place)
{
	const struct vma_attr attr = { .flags = vma->vm_flags,
				       .file = vma->vm_file,
				       .pgoff = vma->vm_pgoff,
				       .ops = vma->vm_ops,
				       .private_data = vma->vm_private_data };

	if (vma_merge(mm, place->prev, vma->vm_start, vma->vm_end, &attr))
		vma_destroy(vma);
	else
		vma_link(mm, vma, place);
}

/* [addr, end) is free, at @place. 0 or -errno with nothing changed. */
static int fill_room(struct mm_struct *mm, unsigned long addr,
		     unsigned long end, const struct vma_attr *attr,
		     const struct vma_place *place)
{
	struct vm_area_struct *vma;

	if (vma_merge(mm, place->prev, addr, end, attr))
		return 0;
	vma = make_area(mm, addr, end - addr, attr);
	if (IS_ERR(vma))
		return (int)PTR_ERR(vma);
	if (vma->vm_flags == attr->flags)
		vma_link(mm, vma, place);
	else
		link_area(mm, vma, place); /* ->mmap changed them: try again */
	return 0;
}

/* Something is in [addr, end): make the new area ready before the old go. */
static int replace_areas(struct mm_struct *mm, unsigned long addr,
			 unsigned long end, const struct vma_attr *attr)
{
	struct vm_area_struct *vma;
	struct vma_place place;
	struct unmap u;
	int ret;

	ret = unmap_prepare(&u, mm, addr, end);
	if (ret)
		return ret;
	vma = make_area(mm, addr, end - addr, attr);
	if (IS_ERR(vma)) {
		unmap_abort(&u);
		return (int)PTR_ERR(vma);
	}
	unmap_commit(&u);
	vma_find_place(mm, addr, end, &place);
	link_area(mm, vma, &place);
	return 0;
}

/**
 * mmap_region - map [addr, addr + len), replacing what is there
 * @mm: address space
 * @addr: first byte, page aligned
 * @len: bytes, page aligned
 * @attr: flags, object and offset of the new area; VM_ACCOUNT is added to the
 *	flags when its memory is promised
 *
 * Context: mmap_lock for writing; may sleep.
 * Return: @addr; -ENOMEM: a limit, no memory, or more than can be promised;
 * what the object's ->mmap returns. On failure nothing changed.
 */
unsigned long mmap_region(struct mm_struct *mm, unsigned long addr,
			  unsigned long len, struct vma_attr *attr)
{
	unsigned long pages = len >> PAGE_SHIFT;
	struct vma_place place;
	int ret;

	mmap_assert_write_locked(mm);
	if (!region_fits(mm, attr->flags, addr, len))
		return -ENOMEM;
	if (accountable(attr->flags)) {
		if (mm_enough_memory(mm, pages) < 0)
			return -ENOMEM;
		attr->flags |= VM_ACCOUNT;
	}
	if (vma_find_place(mm, addr, addr + len, &place))
		ret = fill_room(mm, addr, addr + len, attr, &place);
	else
		ret = replace_areas(mm, addr, addr + len, attr);
	if (ret) {
		if (attr->flags & VM_ACCOUNT)
			vm_unacct_memory(pages);
		return ret;
	}
	if (unlikely(attr->flags & VM_LOCKED)) /* perhaps it is not */
		attr->flags = find_vma(mm, addr)->vm_flags;
	vm_stat_account(mm, attr->flags, (long)pages);
	return addr;
}

/* --- do_mmap: decode ----------------------------------------------------------------- */

static vm_flags_t calc_vm_flags(unsigned long prot, unsigned long flags)
{
	vm_flags_t vm_flags = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;

	vm_flags |= prot & (PROT_READ | PROT_WRITE | PROT_EXEC);
	if (flags & MAP_GROWSDOWN)
		vm_flags |= VM_GROWSDOWN;
	if (flags & MAP_LOCKED)
		vm_flags |= VM_LOCKED;
	if ((flags & MAP_NORESERVE) &&
	    sysctl_overcommit_memory != OVERCOMMIT_NEVER)
		vm_flags |= VM_NORESERVE;
	return vm_flags;
}

/* The last page must have an offset that the file can have, too. */
static bool file_offset_ok(const struct file *file,
			   const struct mmap_request *req)
{
	unsigned long max =
		S_ISREG(file->f_inode->i_mode) ? LONG_MAX : ULONG_MAX;

	return req->len <= max && req->pgoff <= (max - req->len) >> PAGE_SHIFT;
}

/* MAP_SHARED of a file: what the open mode allows, now and by mprotect. */
static int check_shared_file(const struct mmap_request *req, vm_flags_t *flags)
{
	if ((req->flags & MAP_TYPE) == MAP_SHARED_VALIDATE &&
	    (req->flags & ~(unsigned long)MAP_KNOWN_FLAGS))
		return -EOPNOTSUPP;
	*flags |= VM_SHARED | VM_MAYSHARE;
	if (req->file->f_mode & FMODE_WRITE)
		return 0;
	if (req->prot & PROT_WRITE)
		return -EACCES;
	*flags &= ~(VM_MAYWRITE | VM_SHARED);
	return 0;
}

static int check_file(const struct mmap_request *req, vm_flags_t *flags)
{
	unsigned long type = req->flags & MAP_TYPE;
	int ret;

	if (!file_offset_ok(req->file, req))
		return -EOVERFLOW;
	if (type == MAP_SHARED || type == MAP_SHARED_VALIDATE) {
		ret = check_shared_file(req, flags);
		if (ret)
			return ret;
	} else if (type != MAP_PRIVATE) {
		return -EINVAL;
	}
	if (!(req->file->f_mode & FMODE_READ))
		return -EACCES;
	if (req->noexec && (*flags & VM_EXEC))
		return -EPERM;
	if (req->noexec)
		*flags &= ~VM_MAYEXEC;
	if (!req->file->f_op->mmap)
		return -ENODEV;
	return *flags & VM_GROWSDOWN ? -EINVAL : 0;
}

static int check_anonymous(const struct mmap_request *req, vm_flags_t *flags)
{
	switch (req->flags & MAP_TYPE) {
	case MAP_SHARED:
		if (*flags & VM_GROWSDOWN)
			return -EINVAL;
		*flags |= VM_SHARED | VM_MAYSHARE;
		return 0;
	case MAP_PRIVATE:
		return 0;
	default:
		return -EINVAL;
	}
}

/* Normalise lengths and hints: 0 or -errno. */
static int decode_range(const struct mm_struct *mm, struct mmap_request *req)
{
	if (!req->len)
		return -EINVAL;
	if (req->flags & MAP_FIXED_NOREPLACE)
		req->flags |= MAP_FIXED;
	if (!(req->flags & MAP_FIXED)) {
		req->addr &= PAGE_MASK;
		if (req->addr && req->addr < MMAP_MIN_ADDR)
			req->addr = MMAP_MIN_ADDR;
	}
	req->len = PAGE_ALIGN(req->len);
	if (!req->len)
		return -ENOMEM;
	if (req->pgoff + (req->len >> PAGE_SHIFT) < req->pgoff)
		return -EOVERFLOW;
	return mm->map_count > sysctl_max_map_count ? -ENOMEM : 0;
}

static int check_lock(struct mm_struct *mm, const struct mmap_request *req,
		      vm_flags_t flags)
{
	if ((req->flags & MAP_LOCKED) && !can_do_mlock(mm, req->may_lock))
		return -EPERM;
	return mlock_future_ok(mm, flags, req->len, req->may_lock) ? 0
								   : -EAGAIN;
}

/**
 * do_mmap - vm_mmap() for who holds mmap_lock, without populating
 * @mm: address space
 * @req: what is asked for; len is rounded to pages
 * @flags_out: VM_* of the new area
 *
 * Context: mmap_lock for writing; may sleep.
 * Return: as vm_mmap().
 */
unsigned long do_mmap(struct mm_struct *mm, struct mmap_request *req,
		      vm_flags_t *flags_out)
{
	vm_flags_t flags = calc_vm_flags(req->prot, req->flags) | mm->def_flags;
	struct vma_attr attr;
	unsigned long addr;
	int ret;

	if (unlikely(mm->read_implies_exec) && (flags & VM_READ) &&
	    !req->noexec)
		flags |= VM_EXEC;
	ret = decode_range(mm, req);
	if (ret)
		return ret;
	addr = get_unmapped_area(mm, req);
	if (IS_ERR_VALUE(addr))
		return addr;
	if ((req->flags & MAP_FIXED_NOREPLACE) &&
	    find_vma_intersection(mm, addr, addr + req->len))
		return -EEXIST;
	ret = check_lock(mm, req, flags);
	if (!ret)
		ret = req->file ? check_file(req, &flags)
				: check_anonymous(req, &flags);
	if (ret)
		return ret;
	/* All members, so that none is cleared first. */
	attr = (struct vma_attr){ .flags = flags,
				  .file = req->file,
				  .pgoff = req->pgoff,
				  .ops = NULL,
				  .private_data = NULL,
				  .alone = false };
	if (!req->file)
		attr.pgoff = flags & VM_SHARED ? 0 : addr >> PAGE_SHIFT;
	*flags_out = flags;
	return mmap_region(mm, addr, req->len, &attr);
}

/**
 * vm_mmap - mmap(2)
 * @mm: address space
 * @req: what is asked for
 *
 * The caller has checked what concerns descriptors: that the file is open and
 * that its offset is a multiple of the page size.
 *
 * Context: may sleep; takes mmap_lock for writing, then for reading when pages
 * are wanted at once.
 * Return: the address, or
 *   -EINVAL     length 0, a type that is none, MAP_FIXED not page aligned,
 *               MAP_GROWSDOWN of a file or shared memory
 *   -ENOMEM     no room, no memory, RLIMIT_AS, RLIMIT_DATA, too many areas
 *   -EOVERFLOW  offset plus length is more than a file can have
 *   -EEXIST     MAP_FIXED_NOREPLACE and something is there
 *   -EACCES     the file is not open for reading, or shared and writable and
 *               it is not open for writing
 *   -EPERM      MAP_LOCKED without the right, or below MMAP_MIN_ADDR, or
 *               PROT_EXEC of a file whose mount forbids it
 *   -EAGAIN     more locked memory than RLIMIT_MEMLOCK
 *   -ENODEV     the file cannot be mapped
 *   -EOPNOTSUPP MAP_SHARED_VALIDATE with an unknown flag
 *   -EINTR      the caller is being killed
 * On failure nothing changed.
 */
unsigned long vm_mmap(struct mm_struct *mm, const struct mmap_request *req)
{
	struct mmap_request r = *req;
	vm_flags_t flags = 0;
	unsigned long addr;

	if (mmap_write_lock_killable(mm))
		return (unsigned long)-EINTR;
	addr = do_mmap(mm, &r, &flags);
	debug_validate_mm(mm);
	mmap_write_unlock(mm);
	if (IS_ERR_VALUE(addr))
		return addr;
	if ((flags & VM_LOCKED) ||
	    (r.flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE)
		mm_populate(mm, addr, r.len);
	return addr;
}
