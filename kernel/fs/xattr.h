/* SPDX-License-Identifier: MIT */
#ifndef FS_XATTR_H
#define FS_XATTR_H

#include "internal.h"

struct xattr {
	struct xattr *next;
	size_t size;
	char *value;
	char name[]; /* with its prefix, terminated */
};

/* kernel/fs/xattr.c; the inode's i_lock held, except at its end. */
ssize_t xattr_get(struct inode *inode, const char *name, void *value,
		  size_t size);
int xattr_set(struct inode *inode, const char *name, const void *value,
	      size_t size, int flags);
int xattr_remove(struct inode *inode, const char *name);
ssize_t xattr_list(struct inode *inode, bool trusted, char *buf, size_t size);
void xattrs_free(struct inode *inode);

#endif
