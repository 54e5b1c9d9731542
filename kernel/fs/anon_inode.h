/* SPDX-License-Identifier: MIT */
#ifndef FS_ANON_INODE_H
#define FS_ANON_INODE_H

#include "internal.h"

/* kernel/fs/anon_inode.c */
void anon_inode_init(void);
int anon_inode_setattr(struct dentry *dentry, const struct iattr *attr);
loff_t noop_llseek(struct file *file, loff_t offset, int whence);
struct file *anon_inode_getfile(const char *name,
				const struct file_operations *fop, void *priv,
				unsigned int flags);
int anon_inode_getfd(const char *name, const struct file_operations *fop,
		     void *priv, unsigned int flags);

#endif
