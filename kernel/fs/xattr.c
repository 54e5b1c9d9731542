/* SPDX-License-Identifier: MIT */
/*
 * Extended attributes of files in memory: name and value pairs in a list that
 * the inode has. sys_xattr.c has the calls and who may do what.
 *
 * Lock: the inode's i_lock.
 */
#include "xattr.h"

#include <ikos/slab.h>
#include <uapi/xattr.h>

#define MAX_BYTES KiB(256) /* names and values of one inode */

static struct xattr **find(struct inode *inode, const char *name)
{
	struct xattr **link = &inode->i_xattrs;

	while (*link && strcmp((*link)->name, name))
		link = &(*link)->next;
	return link;
}

static void free_xattr(struct xattr *x)
{
	kfree(x->value);
	kfree(x);
}

/**
 * xattr_get - the value of an attribute
 * @value: gets it
 * @size: bytes there; 0: only say how many
 *
 * Context: i_lock. Return: bytes; -ENODATA; -ERANGE: more than @size.
 */
ssize_t xattr_get(struct inode *inode, const char *name, void *value,
		  size_t size)
{
	const struct xattr *x = *find(inode, name);

	if (!x)
		return -ENODATA;
	if (size && size < x->size)
		return -ERANGE;
	if (size)
		memcpy(value, x->value, x->size);
	return (ssize_t)x->size;
}

static size_t bytes_used(const struct inode *inode)
{
	size_t n = 0;

	for (const struct xattr *x = inode->i_xattrs; x; x = x->next)
		n += strlen(x->name) + 1 + x->size;
	return n;
}

static struct xattr *alloc_xattr(const char *name, const void *value,
				 size_t size)
{
	size_t len = strlen(name) + 1;
	struct xattr *x = kmalloc(sizeof(*x) + len, GFP_KERNEL);

	if (!x)
		return NULL;
	x->size = size;
	x->value = kmalloc(size ? size : 1, GFP_KERNEL);
	if (!x->value) {
		kfree(x);
		return NULL;
	}
	memcpy(x->name, name, len);
	memcpy(x->value, value, size);
	return x;
}

/**
 * xattr_set - make an attribute or give it another value
 * @flags: XATTR_CREATE: it must not be there; XATTR_REPLACE: it must
 *
 * Context: i_lock; may sleep. Return: 0; -EEXIST, -ENODATA: see @flags;
 * -ENOSPC: the inode has too many; -ENOMEM.
 */
int xattr_set(struct inode *inode, const char *name, const void *value,
	      size_t size, int flags)
{
	struct xattr **link = find(inode, name), *old = *link, *x;

	if (old && (flags & XATTR_CREATE))
		return -EEXIST;
	if (!old && (flags & XATTR_REPLACE))
		return -ENODATA;
	if (bytes_used(inode) + strlen(name) + 1 + size > MAX_BYTES)
		return -ENOSPC;
	x = alloc_xattr(name, value, size);
	if (!x)
		return -ENOMEM;
	x->next = old ? old->next : NULL;
	*link = x;
	if (old)
		free_xattr(old);
	inode->i_ctime = current_time();
	return 0;
}

/**
 * xattr_remove - take an attribute away
 *
 * Context: i_lock. Return: 0 or -ENODATA.
 */
int xattr_remove(struct inode *inode, const char *name)
{
	struct xattr **link = find(inode, name), *x = *link;

	if (!x)
		return -ENODATA;
	*link = x->next;
	free_xattr(x);
	inode->i_ctime = current_time();
	return 0;
}

/**
 * xattr_list - the names of all attributes, each terminated
 * @trusted: those of "trusted." too
 * @buf: gets them
 * @size: bytes there; 0: only say how many
 *
 * Context: i_lock. Return: bytes; -ERANGE: more than @size.
 */
ssize_t xattr_list(struct inode *inode, bool trusted, char *buf, size_t size)
{
	size_t done = 0;

	for (const struct xattr *x = inode->i_xattrs; x; x = x->next) {
		size_t len = strlen(x->name) + 1;

		if (!trusted && !strncmp(x->name, "trusted.", 8))
			continue;
		if (size && len > size - done)
			return -ERANGE;
		if (size)
			memcpy(buf + done, x->name, len);
		done += len;
	}
	return (ssize_t)done;
}

/**
 * xattrs_free - an inode goes
 *
 * Context: nobody else has it.
 */
void xattrs_free(struct inode *inode)
{
	struct xattr *x;

	while ((x = inode->i_xattrs)) {
		inode->i_xattrs = x->next;
		free_xattr(x);
	}
}
