/* SPDX-License-Identifier: MIT */
/*
 * memfd_create(2): a file in memory without a name, and its seals.
 *
 * A seal is a promise to whoever gets the descriptor: what is sealed will not
 * be done to the file any more, by nobody, and no seal can be taken off.
 *
 *	F_SEAL_SHRINK		truncation to less
 *	F_SEAL_GROW		truncation to more, writes beyond the end
 *	F_SEAL_WRITE		writes, holes, writable shared mappings: there
 *				must be none when it is set
 *	F_SEAL_FUTURE_WRITE	the same, but mappings that exist may go on
 *	F_SEAL_SEAL		more seals
 *
 * Every regular file in memory is born with F_SEAL_SEAL, so that only those
 * made with MFD_ALLOW_SEALING can get one.
 *
 * i_mmap_writable of a file that may yet be sealed counts the areas that share
 * it and may write, now or by mprotect(2): F_SEAL_WRITE turns it from 0 to -1,
 * and a mapping that comes later finds that it is too late, without a lock.
 *
 * Locks: i_lock for i_seals; mmap(2) reads them without it.
 * Source: memfd_create(2), fcntl(2).
 */
#include "internal.h"

#include <ikos/mm.h>
#include <ikos/slab.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <uapi/memfd.h>

#define MFD_NAME_PREFIX	 "memfd:"
#define MFD_NAME_MAX_LEN (NAME_MAX - sizeof(MFD_NAME_PREFIX) + 1)

#define F_SEAL_ANY_WRITE (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)
#define F_ALL_SEALS                                                            \
	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_ANY_WRITE)

/**
 * seals_forbid_resize - whether a file must keep its size
 * @inode: i_lock held
 * @size: what it is to become, bytes
 *
 * Context: i_lock.
 * Return: true: a seal forbids it.
 */
bool seals_forbid_resize(const struct inode *inode, loff_t size)
{
	loff_t old = inode->i_data.size;

	return (size < old && (inode->i_seals & F_SEAL_SHRINK)) ||
	       (size > old && (inode->i_seals & F_SEAL_GROW));
}

/**
 * seals_forbid_write - whether bytes must not be written
 * @inode: i_lock held
 * @end: where the write ends
 *
 * Context: i_lock.
 * Return: true: a seal forbids it.
 */
bool seals_forbid_write(const struct inode *inode, loff_t end)
{
	unsigned int seals = inode->i_seals;

	if (likely(!(seals & (F_SEAL_ANY_WRITE | F_SEAL_GROW))))
		return false;
	return (seals & F_SEAL_ANY_WRITE) || end > inode->i_data.size;
}

/* --- mappings of files that may be sealed ---------------------------------- */

static struct address_space *mapping_of(const struct vm_area_struct *vma)
{
	return vma->vm_file->f_mapping;
}

static void sealable_open(struct vm_area_struct *vma)
{
	atomic_inc(&mapping_of(vma)->i_mmap_writable);
}

static void sealable_close(struct vm_area_struct *vma)
{
	atomic_dec(&mapping_of(vma)->i_mmap_writable);
}

static const struct vm_operations_struct sealable_vm_ops = {
	.open = sealable_open,
	.close = sealable_close,
	.fault = filemap_fault,
	.map_pages = filemap_map_pages,
	.page_mkwrite = filemap_page_mkwrite,
	.mergeable = true,
};

/* One more writer, unless there must be none. */
static int map_writable(struct address_space *mapping)
{
	int n = atomic_read(&mapping->i_mmap_writable);

	do {
		if (n < 0)
			return -EPERM;
	} while (!atomic_try_cmpxchg(&mapping->i_mmap_writable, &n, n + 1));
	return 0;
}

static int deny_writable(struct address_space *mapping)
{
	int none = 0;

	return atomic_try_cmpxchg(&mapping->i_mmap_writable, &none, -1)
		       ? 0
		       : -EBUSY;
}

/**
 * seals_mmap - ->mmap of a file that is sealed, or may yet be
 * @file: a file in memory
 * @vma: the area that is being made
 *
 * A shared mapping of what is sealed against writing can only be read, for
 * ever: VM_MAYWRITE goes. One that may write counts as a writer.
 *
 * Context: mmap_lock for writing.
 * Return: 0; -EPERM: it would be written.
 */
int seals_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned int seals = READ_ONCE(file->f_inode->i_seals);
	int err;

	if ((vma->vm_flags & VM_SHARED) && (seals & F_SEAL_ANY_WRITE)) {
		if (vma->vm_flags & VM_WRITE)
			return -EPERM;
		vma->vm_flags &= ~VM_MAYWRITE;
	}
	if ((vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) !=
	    (VM_SHARED | VM_MAYWRITE))
		return generic_file_mmap(file, vma);
	err = map_writable(file->f_mapping);
	if (!err)
		vma->vm_ops = &sealable_vm_ops;
	return err;
}

/* --- fcntl ------------------------------------------------------------------- */

static long add_seals(struct inode *inode, unsigned int seals)
{
	long err = 0;

	mutex_lock(&inode->i_lock);
	if (inode->i_seals & F_SEAL_SEAL)
		err = -EPERM;
	else if (seals & ~inode->i_seals & F_SEAL_WRITE)
		err = deny_writable(&inode->i_data);
	if (!err)
		WRITE_ONCE(inode->i_seals, inode->i_seals | seals);
	mutex_unlock(&inode->i_lock);
	return err;
}

/**
 * memfd_fcntl - F_ADD_SEALS and F_GET_SEALS
 * @file: any file
 * @cmd: which of the two
 * @arg: F_SEAL_*
 *
 * Context: may sleep; takes i_lock.
 * Return: 0, or the seals; -EINVAL: not a file in memory, or unknown seals;
 * -EPERM: not open for writing, or sealed against seals; -EBUSY: F_SEAL_WRITE
 * and a writable shared mapping exists. Source: fcntl(2).
 */
long memfd_fcntl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct inode *inode = file->f_inode;
	bool sealable = S_ISREG(inode->i_mode) && inode->i_data.swapbacked;

	if (cmd == F_GET_SEALS)
		return sealable ? (long)inode->i_seals : -EINVAL;
	if (!(file->f_mode & FMODE_WRITE))
		return -EPERM;
	if (arg & ~(unsigned long)F_ALL_SEALS)
		return -EINVAL;
	return sealable ? add_seals(inode, (unsigned int)arg) : -EINVAL;
}

/* --- memfd_create -------------------------------------------------------------- */

/* "memfd:" and the user's name, to be freed; ERR_PTR. */
static char *memfd_name(const char __user *uname)
{
	const size_t prefix = sizeof(MFD_NAME_PREFIX) - 1;
	long len = strnlen_user(uname, MFD_NAME_MAX_LEN + 1);
	char *name;

	if (len <= 0)
		return ERR_PTR(-EFAULT);
	if (len > (long)MFD_NAME_MAX_LEN + 1)
		return ERR_PTR(-EINVAL);
	name = kmalloc(prefix + (size_t)len, GFP_KERNEL);
	if (!name)
		return ERR_PTR(-ENOMEM);
	memcpy(name, MFD_NAME_PREFIX, prefix);
	if (copy_from_user(name + prefix, uname, (size_t)len)) {
		kfree(name);
		return ERR_PTR(-EFAULT);
	}
	/* Another thread may have changed it since it was measured. */
	if (name[prefix + (size_t)len - 1]) {
		kfree(name);
		return ERR_PTR(-EFAULT);
	}
	return name;
}

static struct file *memfd_file(const char *name, unsigned int flags)
{
	struct file *file;

	if (flags & MFD_HUGETLB)
		return ERR_PTR(-ENOSYS);
	file = shmem_file_setup(name, 0, VM_NORESERVE);
	if (IS_ERR(file))
		return file;
	file->f_flags |= O_LARGEFILE;
	if (flags & MFD_ALLOW_SEALING)
		file->f_inode->i_seals &= ~F_SEAL_SEAL;
	return file;
}

static bool flags_known(unsigned int flags)
{
	unsigned int known = MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB;

	if (flags & MFD_HUGETLB)
		known |= (unsigned int)MFD_HUGE_MASK << MFD_HUGE_SHIFT;
	return !(flags & ~known);
}

/**
 * sys_memfd_create - memfd_create(2)
 *
 * Return: the descriptor; -EINVAL: unknown flags (MFD_EXEC, MFD_NOEXEC_SEAL
 * among them), or a name of more than 249 bytes; -EFAULT; -ENOSYS: huge pages;
 * -EMFILE, -ENFILE, -ENOMEM.
 */
SYSCALL_DEFINE2(memfd_create, const char __user *, uname, unsigned int, flags)
{
	struct file *file;
	char *name;
	int fd;

	if (!flags_known(flags))
		return -EINVAL;
	name = memfd_name(uname);
	if (IS_ERR(name))
		return PTR_ERR(name);
	fd = get_unused_fd(0, flags & MFD_CLOEXEC ? O_CLOEXEC : 0);
	if (fd >= 0) {
		file = memfd_file(name, flags);
		if (IS_ERR(file)) {
			put_unused_fd((unsigned int)fd);
			fd = (int)PTR_ERR(file);
		} else {
			fd_install((unsigned int)fd, file);
		}
	}
	kfree(name);
	return fd;
}
