/* SPDX-License-Identifier: MIT */
/*
 * shmat(2) and shmdt(2): segments in address spaces.
 *
 * Each attach is a shared mapping of the segment's memory through an open file
 * of its own, read-only or not. That file tells attaches apart: two of them
 * that lie side by side stay two, and shmdt(2) takes away exactly what one
 * shmat(2) has put there, even when mprotect(2) has split it or munmap(2) has
 * made holes in it.
 *
 *	shmat(id) at 0x1000, 3 pages; mprotect of page 1; shmat(id) at 0x4000
 *
 *	area      0x1000 [ rw ) [ r ) [ rw ) [ rw                ) 0x7000
 *	file             A      A     A      B
 *	vm_pgoff         0      1     2      0
 *
 *	shmdt(0x1000): areas whose address less 0x1000 is their offset, and
 *	whose file is that of the first of them, within the segment's size.
 *
 * nattch counts areas: here 4. It goes up with every copy of an area (fork,
 * split, move) and down when one goes (munmap, shmdt, exec, exit).
 *
 * Locks: mmap_lock, then shm_ids.lock. While a call of shmat(2) is under way it
 * counts as an attach, so that the segment stays.
 * Source: shmat(2).
 */
#include "shm.h"

#include <ikos/mm.h>
#include <ikos/sched.h>
#include <ikos/syscall.h>

/* --- areas ------------------------------------------------------------------------- */

static struct shm_segment *segment_of(const struct vm_area_struct *vma)
{
	return vma->vm_file->private_data;
}

static void shm_vm_open(struct vm_area_struct *vma)
{
	struct shm_segment *shm = segment_of(vma);

	mutex_lock(&shm_ids.lock);
	shm->atime = ipc_seconds();
	shm->lpid = current->tgid;
	shm->nattch++;
	mutex_unlock(&shm_ids.lock);
}

static void shm_vm_close(struct vm_area_struct *vma)
{
	struct shm_segment *shm = segment_of(vma);
	struct file *file;

	mutex_lock(&shm_ids.lock);
	shm->dtime = ipc_seconds();
	shm->lpid = current->tgid;
	file = shm_detach(shm);
	mutex_unlock(&shm_ids.lock);
	if (file)
		fput(file);
}

/* Not mergeable: an area more is an attach more. */
static const struct vm_operations_struct shm_vm_ops = {
	.open = shm_vm_open,
	.close = shm_vm_close,
	.fault = filemap_fault,
	.map_pages = filemap_map_pages,
	.page_mkwrite = filemap_page_mkwrite,
};

/* --- the file of an attach ----------------------------------------------------------- */

static int shm_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &shm_vm_ops;
	shm_vm_open(vma);
	return 0;
}

static int shm_fsync(struct file *file)
{
	return 0;
}

static long shm_fallocate(struct file *file, int mode, loff_t offset,
			  loff_t len)
{
	return file->f_inode->i_fop->fallocate(file, mode, offset, len);
}

static const struct file_operations shm_file_fops = {
	.mmap = shm_mmap,
	.fsync = shm_fsync,
	.fallocate = shm_fallocate,
};

/* --- shmat --------------------------------------------------------------------------- */

/* What shmat's flags ask for. */
struct attach {
	struct mmap_request req;
	int access; /* permission bits */
	unsigned int open_flags; /* O_* */
	bool replace; /* SHM_REMAP */
};

static int decode_address(struct attach *a, unsigned long addr, int shmflg)
{
	if (!addr)
		return shmflg & SHM_REMAP ? -EINVAL : 0;
	if (addr & (SHMLBA - 1)) {
		if (!(shmflg & SHM_RND))
			return -EINVAL;
		addr &= ~(SHMLBA - 1);
		if (!addr && (shmflg & SHM_REMAP))
			return -EINVAL;
	}
	a->req.addr = addr;
	a->req.flags |= MAP_FIXED;
	if (addr && !(shmflg & SHM_REMAP))
		a->req.flags |= MAP_FIXED_NOREPLACE;
	return 0;
}

static int decode_attach(struct attach *a, unsigned long addr, int shmflg)
{
	const struct cred *cred = &current->cred;

	*a = (struct attach){
		.req = { .prot = PROT_READ | PROT_WRITE,
			 .flags = MAP_SHARED,
			 .may_lock = cred_has_cap(cred, CAP_IPC_LOCK),
			 .may_low = cred_has_cap(cred, CAP_SYS_RAWIO) },
		.access = S_IRUGO | S_IWUGO,
		.open_flags = O_RDWR
	};
	if (shmflg & SHM_RDONLY) {
		a->req.prot = PROT_READ;
		a->access = S_IRUGO;
		a->open_flags = O_RDONLY;
	}
	if (shmflg & SHM_EXEC) {
		a->req.prot |= PROT_EXEC;
		a->access |= S_IXUGO;
	}
	return decode_address(a, addr, shmflg);
}

/* The segment, kept by one attach more; ERR_PTR. */
static struct shm_segment *hold_segment(int id, int access)
{
	struct kern_ipc_perm *perm;

	mutex_lock(&shm_ids.lock);
	perm = ipc_find_permitted(&shm_ids, id, access);
	if (!IS_ERR(perm))
		to_shm(perm)->nattch++;
	mutex_unlock(&shm_ids.lock);
	return IS_ERR(perm) ? ERR_PTR(PTR_ERR(perm)) : to_shm(perm);
}

static void release_segment(struct shm_segment *shm)
{
	struct file *file;

	mutex_lock(&shm_ids.lock);
	file = shm_detach(shm);
	mutex_unlock(&shm_ids.lock);
	if (file)
		fput(file);
}

static long map_segment(struct attach *a, struct shm_segment *shm)
{
	struct file *file =
		alloc_file_clone(shm->file, a->open_flags, &shm_file_fops);
	long ret;

	if (IS_ERR(file))
		return PTR_ERR(file);
	file->private_data = shm;
	a->req.file = file;
	a->req.len = shm->size;
	if ((a->req.flags & MAP_FIXED_NOREPLACE) &&
	    a->req.addr + shm->size < a->req.addr)
		ret = -EINVAL;
	else
		ret = (long)vm_mmap(current->mm, &a->req);
	fput(file);
	/* Only with SHM_REMAP may something be there. */
	return ret == -EEXIST ? -EINVAL : ret;
}

/**
 * sys_shmat - shmat(2)
 *
 * Return: the address; -EINVAL: no such segment, a bad address, something is
 * there, or SHM_REMAP without an address; -EACCES: not permitted; -ENOMEM: no
 * memory or no room; -EPERM: below MMAP_MIN_ADDR; -EAGAIN: RLIMIT_MEMLOCK;
 * -EINTR: the caller is being killed.
 */
SYSCALL_DEFINE3(shmat, int, shmid, unsigned long, shmaddr, int, shmflg)
{
	struct shm_segment *shm;
	struct attach a;
	long ret;

	if (shmid < 0)
		return -EINVAL;
	ret = decode_attach(&a, shmaddr, shmflg);
	if (ret)
		return ret;
	shm = hold_segment(shmid, a.access);
	if (IS_ERR(shm))
		return PTR_ERR(shm);
	ret = map_segment(&a, shm);
	release_segment(shm);
	return ret;
}

/* --- shmdt --------------------------------------------------------------------------- */

/* Whether @vma shows the page of a segment that an attach at @addr puts there. */
static bool belongs_at(const struct vm_area_struct *vma, unsigned long addr)
{
	return vma->vm_ops == &shm_vm_ops &&
	       (vma->vm_start - addr) >> PAGE_SHIFT == vma->vm_pgoff;
}

static int unmap_area(struct mm_struct *mm, struct vm_area_struct *vma)
{
	return do_munmap(mm, vma->vm_start, vma->vm_end - vma->vm_start);
}

/* mmap_lock for writing. Linux, too, says nothing of areas that stay. */
static int detach_at(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *next, *vma = find_vma(mm, addr);
	const struct file *file;
	unsigned long size;

	while (vma && !belongs_at(vma, addr))
		vma = vma->vm_next;
	if (!vma)
		return -EINVAL;
	file = vma->vm_file;
	size = PAGE_ALIGN((unsigned long)file->f_mapping->size);
	for (; vma && vma->vm_end - addr <= size; vma = next) {
		next = vma->vm_next;
		if (belongs_at(vma, addr) && vma->vm_file == file)
			unmap_area(mm, vma);
	}
	return 0;
}

/**
 * sys_shmdt - shmdt(2)
 *
 * Return: 0; -EINVAL: not page aligned, or nothing is attached there; -EINTR:
 * the caller is being killed.
 */
SYSCALL_DEFINE1(shmdt, unsigned long, shmaddr)
{
	struct mm_struct *mm = current->mm;
	int ret;

	if (offset_in_page(shmaddr))
		return -EINVAL;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	ret = detach_at(mm, shmaddr);
	mmap_write_unlock(mm);
	return ret;
}
