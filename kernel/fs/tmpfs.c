/* SPDX-License-Identifier: MIT */
/*
 * tmpfs: files whose pages exist only in the page cache. It is the root file
 * system, every "tmpfs" that is mounted, devtmpfs, and the home of shared
 * memory without a name.
 *
 * Owns inodes, file data and mount options; kernel/fs/tmpfs_dir.c has the
 * directories.
 *
 * A mount may fill as many pages as its size= says, half of all memory when
 * nothing is said; beyond that a write gives ENOSPC, and an access through a
 * mapping SIGBUS.
 *
 * Shared memory without a name (shared anonymous mappings, memfd_create(2)) is
 * files of an instance that is mounted nowhere, has no limit, and shows no
 * figures in statfs(2).
 */
#include "tmpfs.h"

#include <ikos/mm.h>
#include <ikos/seq_file.h>
#include <ikos/slab.h>

static int tmpfs_fsync(struct file *file)
{
	return 0;
}

static int tmpfs_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (unlikely(file->f_inode->i_seals != F_SEAL_SEAL))
		return seals_mmap(file, vma);
	return generic_file_mmap(file, vma);
}

static const struct file_operations tmpfs_file_fops = {
	.read_iter = generic_file_read_iter,
	.write_iter = generic_file_write_iter,
	.llseek = generic_llseek,
	.mmap = tmpfs_mmap,
	.fsync = tmpfs_fsync,
	.fallocate = tmpfs_fallocate,
};

static int set_size(struct inode *inode, loff_t size)
{
	struct address_space *mapping = &inode->i_data;

	if (seals_forbid_resize(inode, size))
		return -EPERM;
	/* What was promised in advance follows the size. */
	if (!mapping->promise_pages &&
	    mapping_promise(mapping, PFN_UP((unsigned long)size)))
		return -ENOMEM;
	if (size != mapping->size)
		inode->i_mtime = inode->i_ctime = current_time();
	truncate_setsize(mapping, size);
	return 0;
}

/**
 * tmpfs_setattr - ->setattr; the size too
 * @dentry: the file; i_lock held
 * @attr: what changes
 *
 * Context: i_lock; may sleep.
 * Return: 0; -EPERM: a seal; -ENOMEM: more than can be promised.
 */
int tmpfs_setattr(struct dentry *dentry, const struct iattr *attr)
{
	struct inode *inode = dentry->d_inode;
	int err = 0;

	if ((attr->valid & ATTR_SIZE) && S_ISREG(inode->i_mode))
		err = set_size(inode, attr->size);
	return err ? err : setattr_generic(dentry, attr);
}

static long tmpfs_readlink(struct inode *inode, char *buf, size_t size)
{
	size_t len = min((size_t)inode->i_data.size, size);

	memcpy(buf, inode->i_private, len);
	return (long)len;
}

const struct inode_operations tmpfs_file_iops = { .setattr = tmpfs_setattr };
const struct inode_operations tmpfs_symlink_iops = {
	.readlink = tmpfs_readlink,
	.setattr = tmpfs_setattr,
};

static struct tmpfs_sb *sb_info(const struct super_block *sb)
{
	return sb->s_fs_info;
}

static bool init_dir(struct inode *inode)
{
	struct tmpfs_dir *d = kzalloc(sizeof(*d), GFP_KERNEL);

	if (!d)
		return false;
	d->next_cookie = 2;
	inode->i_private = d;
	inode->i_op = &tmpfs_dir_iops;
	inode->i_fop = &tmpfs_dir_fops;
	inode->i_nlink = 2;
	inode->i_data.size = 2 * TMPFS_DIRENT_SIZE;
	return true;
}

/* A directory with the set-group-ID bit gives its group to what is made in
 * it, and the bit to directories. */
static void inherit_group(struct inode *inode, const struct inode *dir)
{
	if (!dir || !(dir->i_mode & S_ISGID))
		return;
	inode->i_gid = dir->i_gid;
	if (S_ISDIR(inode->i_mode))
		inode->i_mode |= S_ISGID;
}

/* Nor does anybody make programs there that run as a group he is not in. */
static umode_t check_setgid(const struct inode *dir, umode_t mode)
{
	if ((mode & (S_ISGID | 0010)) != (S_ISGID | 0010) || S_ISDIR(mode) ||
	    !dir || !(dir->i_mode & S_ISGID))
		return mode;
	if (in_group(dir->i_gid) || capable(CAP_FSETID))
		return mode;
	return mode & ~S_ISGID;
}

/* False: the file system has as many inodes as it may. */
static bool count_inode(struct super_block *sb)
{
	struct page_quota *inodes = &sb_info(sb)->inodes;

	if ((unsigned long)atomic64_add_return(1, &inodes->used) <= inodes->max)
		return true;
	if (!inodes->max)
		return true;
	atomic64_dec(&inodes->used);
	return false;
}

static void uncount_inode(struct super_block *sb)
{
	atomic64_dec(&sb_info(sb)->inodes.used);
}

/**
 * tmpfs_new_inode - an inode of any type
 * @sb: its file system
 * @dir: the directory it will be in; NULL: none
 * @mode: type and permissions
 * @dev: device number, for devices
 *
 * The text of a symbolic link is for the caller to set.
 *
 * Context: may sleep.
 * Return: the inode with one reference, or NULL when there is no memory or
 * the file system has as many as it may.
 */
struct inode *tmpfs_new_inode(struct super_block *sb, struct inode *dir,
			      umode_t mode, dev_t dev)
{
	struct inode *inode;

	if (!count_inode(sb))
		return NULL;
	inode = new_inode(sb);
	if (!inode) {
		uncount_inode(sb);
		return NULL;
	}
	mode = check_setgid(dir, mode);
	inode->i_mode = mode;
	inode->i_data.swapbacked = true;
	inode->i_data.promise_pages = true;
	inode->i_data.quota = &sb_info(sb)->quota;
	inode->i_seals = F_SEAL_SEAL;
	inode->i_op = &tmpfs_file_iops;
	inherit_group(inode, dir);
	switch (mode & S_IFMT) {
	case S_IFREG:
		inode->i_fop = &tmpfs_file_fops;
		break;
	case S_IFDIR:
		if (!init_dir(inode)) {
			iput(inode);
			return NULL;
		}
		break;
	case S_IFLNK:
		inode->i_op = &tmpfs_symlink_iops;
		break;
	default:
		init_special_inode(inode, mode, dev);
	}
	return inode;
}

static struct super_block *shm_sb;

/**
 * shmem_file_setup - shared memory: a tmpfs file without a name
 * @name: what d_path() and /proc/PID/maps show, between "/" and " (deleted)"
 * @size: bytes
 * @flags: VM_NORESERVE: promise pages as they are made, not all at once
 *
 * Context: may sleep.
 * Return: the file, open for reading and writing, or ERR_PTR(-ENOMEM).
 */
struct file *shmem_file_setup(const char *name, loff_t size,
			      unsigned long flags)
{
	struct inode *inode = tmpfs_new_inode(shm_sb, NULL, S_IFREG | 0777, 0);

	if (!inode)
		return ERR_PTR(-ENOMEM);
	inode->i_nlink = 0;
	inode->i_data.size = size;
	inode->i_data.promise_pages = flags & VM_NORESERVE;
	if (!inode->i_data.promise_pages &&
	    mapping_promise(&inode->i_data, PFN_UP((unsigned long)size))) {
		iput(inode);
		return ERR_PTR(-ENOMEM);
	}
	return alloc_anon_file(inode, name, O_RDWR, &tmpfs_file_fops);
}

static void tmpfs_evict(struct inode *inode)
{
	if (S_ISDIR(inode->i_mode) || S_ISLNK(inode->i_mode))
		kfree(inode->i_private);
	uncount_inode(inode->i_sb);
}

static u64 left_of(const struct page_quota *quota)
{
	unsigned long used = (unsigned long)atomic64_read(&quota->used);

	return used < quota->max ? quota->max - used : 0;
}

/* Without a limit there is nothing to tell. */
static int tmpfs_statfs(struct super_block *sb, void *buf)
{
	const struct tmpfs_sb *info = sb_info(sb);
	struct statfs_k *st = buf;

	st->f_blocks = info->quota.max;
	st->f_bavail = st->f_bfree = left_of(&info->quota);
	st->f_files = info->inodes.max;
	st->f_ffree = left_of(&info->inodes);
	return 0;
}

static void tmpfs_show_options(struct seq_file *m, struct super_block *sb)
{
	const struct tmpfs_sb *info = sb->s_fs_info;

	if (info->size_given)
		seq_printf(m, ",size=%luk",
			   info->quota.max << (PAGE_SHIFT - 10));
	if (info->inodes.max != totalram_pages() / 2)
		seq_printf(m, ",nr_inodes=%lu", info->inodes.max);
	if (info->mode != (S_ISVTX | 0777))
		seq_printf(m, ",mode=%03o", info->mode);
	if (info->uid)
		seq_printf(m, ",uid=%u", info->uid);
	if (info->gid)
		seq_printf(m, ",gid=%u", info->gid);
}

static void tmpfs_kill_sb(struct super_block *sb)
{
	tmpfs_drop_tree(sb->s_root);
	dput(sb->s_root);
	kfree(sb->s_fs_info);
}

static const struct super_operations tmpfs_sops = {
	.evict_inode = tmpfs_evict,
	.statfs = tmpfs_statfs,
	.kill_sb = tmpfs_kill_sb,
	.show_options = tmpfs_show_options,
};

/* The instances that stay whatever is mounted: the root, devtmpfs. */
static const struct super_operations tmpfs_static_sops = {
	.evict_inode = tmpfs_evict,
	.statfs = tmpfs_statfs,
};

/* "12", "12k", "1g". */
static int parse_number(char *s, unsigned long *res)
{
	size_t len = strlen(s);
	unsigned int shift = 0;
	unsigned long n;

	switch (len ? s[len - 1] | 0x20 : 0) {
	case 'k':
		shift = 10;
		break;
	case 'm':
		shift = 20;
		break;
	case 'g':
		shift = 30;
		break;
	}
	if (shift)
		s[len - 1] = '\0';
	if (kstrtoul(s, 10, &n) || n > ULONG_MAX >> 1 >> shift)
		return -EINVAL;
	*res = n << shift;
	return 0;
}

/* A number of bytes, or "50%" of all memory: pages, 0 for no limit. */
static int parse_size(char *s, unsigned long *pages)
{
	size_t len = strlen(s);
	bool percent = len && s[len - 1] == '%';
	unsigned long n;

	if (percent)
		s[len - 1] = '\0';
	if (parse_number(s, &n))
		return -EINVAL;
	if (percent)
		*pages = totalram_pages() / 100 * min(n, 100UL);
	else
		*pages = PAGE_ALIGN(n) >> PAGE_SHIFT;
	return 0;
}

/* One "name=value". */
static int parse_option(struct tmpfs_sb *info, char *option)
{
	char *value = strchr(option, '=');
	unsigned long n;

	if (!value)
		return -EINVAL;
	*value++ = '\0';
	if (!strcmp(option, "size")) {
		info->size_given = true;
		return parse_size(value, &info->quota.max);
	}
	if (!strcmp(option, "nr_inodes"))
		return parse_number(value, &info->inodes.max);
	if (!strcmp(option, "mode")) {
		if (kstrtoul(value, 8, &n) || n > S_IALLUGO)
			return -EINVAL;
		info->mode = (umode_t)n;
		return 0;
	}
	if (kstrtoul(value, 10, &n) || n >= UINT_MAX)
		return -EINVAL;
	if (!strcmp(option, "uid"))
		info->uid = (uid_t)n;
	else if (!strcmp(option, "gid"))
		info->gid = (gid_t)n;
	else
		return -EINVAL;
	return 0;
}

static int parse_options(struct tmpfs_sb *info, const char *data)
{
	char *copy, *s;
	int err = 0;

	if (!data || !*data)
		return 0;
	copy = kstrdup(data, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	for (s = copy; s && !err;) {
		char *comma = strchr(s, ',');

		if (comma)
			*comma++ = '\0';
		if (*s)
			err = parse_option(info, s);
		s = comma;
	}
	kfree(copy);
	return err;
}

static struct dentry *make_root(struct super_block *sb,
				const struct tmpfs_sb *info)
{
	struct inode *inode =
		tmpfs_new_inode(sb, NULL, S_IFDIR | info->mode, 0);

	if (!inode)
		return NULL;
	inode->i_uid = info->uid;
	inode->i_gid = info->gid;
	return d_alloc_root(inode);
}

/* A new instance. */
static struct super_block *tmpfs_instance(const char *type,
					  const struct super_operations *op,
					  umode_t mode, const char *data)
{
	struct tmpfs_sb *info = kzalloc(sizeof(*info), GFP_KERNEL);
	struct super_block *sb = NULL;
	int err = -ENOMEM;

	if (!info)
		return ERR_PTR(-ENOMEM);
	info->mode = mode;
	info->quota.max = info->inodes.max = totalram_pages() / 2;
	err = parse_options(info, data);
	if (err)
		goto out;
	err = -ENOMEM;
	sb = sb_alloc(type, TMPFS_MAGIC, op);
	if (!sb)
		goto out;
	sb->s_flags |= SB_XATTR;
	sb->s_fs_info = info;
	sb->s_root = make_root(sb, info);
	if (sb->s_root)
		return sb;
	kfree(sb);
out:
	kfree(info);
	return ERR_PTR(err);
}

static struct super_block *tmpfs_mount(struct file_system_type *type,
				       const char *data)
{
	return tmpfs_instance("tmpfs", &tmpfs_sops, S_ISVTX | 0777, data);
}

static struct super_block *dev_sb;

/* Every mount of devtmpfs shows the same files. */
static struct super_block *devtmpfs_mount(struct file_system_type *type,
					  const char *data)
{
	return dev_sb;
}

static struct file_system_type tmpfs_type = { .name = "tmpfs",
					      .nodev = true,
					      .mount = tmpfs_mount };
static struct file_system_type devtmpfs_type = { .name = "devtmpfs",
						 .nodev = true,
						 .mount = devtmpfs_mount };

/**
 * shmem_init - make the file system of shared memory without a name
 *
 * Context: boot, once, before any other file system; panics when there is no
 * memory.
 * Return: its super block.
 */
struct super_block *shmem_init(void)
{
	static struct tmpfs_sb info;

	shm_sb = sb_alloc("tmpfs", TMPFS_MAGIC, &tmpfs_static_sops);
	if (!shm_sb)
		panic("There is no memory for the file system of shared memory.");
	shm_sb->s_flags |= SB_XATTR;
	shm_sb->s_fs_info = &info;
	return shm_sb;
}

/**
 * tmpfs_init - make the root file system and devtmpfs, register the types
 *
 * Context: boot, once; panics when there is no memory.
 * Return: the root's super block.
 */
struct super_block *tmpfs_init(void)
{
	struct super_block *root;

	root = tmpfs_instance("rootfs", &tmpfs_static_sops, 0755, NULL);
	dev_sb = tmpfs_instance("devtmpfs", &tmpfs_static_sops, 0755, NULL);
	if (IS_ERR(root) || IS_ERR(dev_sb))
		panic("There is no memory for the root file system.");
	register_filesystem(&tmpfs_type);
	register_filesystem(&devtmpfs_type);
	return root;
}
