/* SPDX-License-Identifier: MIT */
#ifndef FS_TMPFS_H
#define FS_TMPFS_H

#include "internal.h"

/*
 * A directory's entries by cookie: the number that readdir gives each, growing
 * and never used again, so that a reading can go on wherever it stopped while
 * others add and remove. 0 and 1 are "." and "..".
 */
struct tmpfs_dir {
	struct radix_tree_root entries; /* cookie -> dentry; i_lock */
	unsigned long next_cookie;
};

#define TMPFS_DIRENT_SIZE 20 /* what an entry adds to a directory's size */

/* Mount options. */
struct tmpfs_sb {
	struct page_quota quota; /* of all its files */
	struct page_quota inodes;
	bool size_given;
	umode_t mode;
	uid_t uid;
	gid_t gid;
};

extern const struct inode_operations tmpfs_dir_iops;
extern const struct file_operations tmpfs_dir_fops;

/* kernel/fs/tmpfs.c */
struct inode *tmpfs_new_inode(struct super_block *sb, struct inode *dir,
			      umode_t mode, dev_t dev);
extern const struct inode_operations tmpfs_symlink_iops;
extern const struct inode_operations tmpfs_file_iops;
int tmpfs_setattr(struct dentry *dentry, const struct iattr *attr);

/* kernel/fs/tmpfs_fallocate.c */
long tmpfs_fallocate(struct file *file, int mode, loff_t offset, loff_t len);

/* kernel/fs/tmpfs_dir.c */
void tmpfs_drop_tree(struct dentry *root);

#endif
