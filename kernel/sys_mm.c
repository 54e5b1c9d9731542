/* SPDX-License-Identifier: MIT */
/*
 * The memory system calls: mmap, munmap, mprotect, brk, madvise, mremap, msync,
 * remap_file_pages. Locking is in sys_mlock.c, residency in sys_mincore.c.
 *
 * mm/ does the work and knows neither descriptors nor who is asking; here
 * those are looked up. What mm/ checks is not checked twice.
 */
#include <ikos/fs.h>
#include <ikos/mm.h>
#include <ikos/sched.h>
#include <ikos/syscall.h>

/* The file of @fd for a mapping: with a reference, or ERR_PTR. */
static struct file *mmap_file(unsigned long flags, unsigned int fd)
{
	struct file *file = fget(fd);

	if (!file)
		return ERR_PTR(-EBADF);
	if (flags & MAP_HUGETLB) {
		fput(file);
		return ERR_PTR(-EINVAL);
	}
	return file;
}

/* A mount without execution forbids PROT_EXEC of its files. */
static bool on_noexec_mount(const struct file *file)
{
	const struct mount *mnt = file->f_path.mnt;

	return mnt && (mnt->mnt_flags & MS_NOEXEC);
}

/**
 * sys_mmap - mmap(2)
 *
 * Return: the address, or -EINVAL: @off not a multiple of the page size, huge
 * pages; -EBADF: no such descriptor; -EPERM: execution from a noexec mount;
 * else as vm_mmap().
 */
SYSCALL_DEFINE6(mmap, unsigned long, addr, unsigned long, len, unsigned long,
		prot, unsigned long, flags, unsigned int, fd, unsigned long,
		off)
{
	const struct cred *cred = &current->cred;
	struct mmap_request req = {
		.addr = addr,
		.len = len,
		.prot = prot,
		.flags = flags,
		.pgoff = off >> PAGE_SHIFT,
		.may_lock = cred_has_cap(cred, CAP_IPC_LOCK),
		.may_low = cred_has_cap(cred, CAP_SYS_RAWIO),
	};
	long ret;

	if (offset_in_page(off))
		return -EINVAL;
	if (flags & MAP_ANONYMOUS) {
		if (flags & MAP_HUGETLB)
			return -EINVAL;
		return (long)vm_mmap(current->mm, &req);
	}
	req.file = mmap_file(flags, fd);
	if (IS_ERR(req.file))
		return PTR_ERR(req.file);
	req.noexec = on_noexec_mount(req.file);
	ret = (long)vm_mmap(current->mm, &req);
	fput(req.file);
	return ret;
}

/**
 * sys_munmap - munmap(2)
 *
 * Return: as vm_munmap().
 */
SYSCALL_DEFINE2(munmap, unsigned long, addr, size_t, len)
{
	return vm_munmap(current->mm, addr, len);
}

/**
 * sys_mprotect - mprotect(2)
 *
 * Return: as do_mprotect().
 */
SYSCALL_DEFINE3(mprotect, unsigned long, start, size_t, len, unsigned long,
		prot)
{
	return do_mprotect(current->mm, start, len, prot);
}

/**
 * sys_brk - brk(2)
 *
 * Return: the program break, moved or not.
 */
SYSCALL_DEFINE1(brk, unsigned long, brk)
{
	return (long)do_brk(current->mm, brk);
}

/**
 * sys_madvise - madvise(2)
 *
 * Return: as do_madvise().
 */
SYSCALL_DEFINE3(madvise, unsigned long, start, size_t, len, int, advice)
{
	return do_madvise(current->mm, start, len, advice);
}

/**
 * sys_mremap - mremap(2)
 *
 * Return: as vm_mremap().
 */
SYSCALL_DEFINE5(mremap, unsigned long, addr, unsigned long, old_len,
		unsigned long, new_len, unsigned long, flags, unsigned long,
		new_addr)
{
	const struct cred *cred = &current->cred;
	const struct mremap_request req = {
		.addr = addr,
		.old_len = old_len,
		.new_len = new_len,
		.flags = flags,
		.new_addr = new_addr,
		.may_lock = cred_has_cap(cred, CAP_IPC_LOCK),
		.may_low = cred_has_cap(cred, CAP_SYS_RAWIO),
	};

	return (long)vm_mremap(current->mm, &req);
}

/**
 * sys_msync - msync(2)
 *
 * Return: as do_msync().
 */
SYSCALL_DEFINE3(msync, unsigned long, start, size_t, len, int, flags)
{
	return do_msync(current->mm, start, len, flags);
}

/**
 * sys_remap_file_pages - remap_file_pages(2)
 *
 * Return: as do_remap_file_pages(); -EINVAL: @prot is not 0.
 */
SYSCALL_DEFINE5(remap_file_pages, unsigned long, start, unsigned long, size,
		unsigned long, prot, unsigned long, pgoff, unsigned long, flags)
{
	const struct cred *cred = &current->cred;
	const struct mmap_request req = {
		.addr = start,
		.len = size,
		.flags = flags,
		.pgoff = pgoff,
		.may_lock = cred_has_cap(cred, CAP_IPC_LOCK),
		.may_low = cred_has_cap(cred, CAP_SYS_RAWIO),
	};

	if (prot)
		return -EINVAL;
	return do_remap_file_pages(current->mm, &req);
}
