/* SPDX-License-Identifier: MIT */
/*
 * rename(2): the one operation on two directories.
 *
 * Locks: rename_mutex when the directories differ, so that nobody moves one
 * below the other meanwhile; then both i_locks, an ancestor before what lies
 * below it, else the lower address first; then the i_lock of what is replaced.
 */
#include "internal.h"

#include <ikos/syscall.h>

static DEFINE_MUTEX(rename_mutex);

struct rename {
	struct nameidata from, to;
	struct dentry *old, *new;
	unsigned int flags; /* RENAME_* */
};

static void lock_parents(struct dentry *a, struct dentry *b)
{
	if (a == b) {
		mutex_lock(&a->d_inode->i_lock);
		return;
	}
	mutex_lock(&rename_mutex);
	if (d_is_ancestor(b, a) || (!d_is_ancestor(a, b) && b < a))
		swap(a, b);
	mutex_lock(&a->d_inode->i_lock);
	mutex_lock_nested(&b->d_inode->i_lock);
}

static void unlock_parents(struct dentry *a, struct dentry *b)
{
	mutex_unlock(&a->d_inode->i_lock);
	if (a == b)
		return;
	mutex_unlock(&b->d_inode->i_lock);
	mutex_unlock(&rename_mutex);
}

/* A slash behind a name asks for a directory. */
static int check_slashes(const struct rename *r)
{
	if (!d_is_dir(r->old)) {
		if (r->from.last_slash)
			return -ENOTDIR;
		if (!(r->flags & RENAME_EXCHANGE) && r->to.last_slash)
			return -ENOTDIR;
	}
	if ((r->flags & RENAME_EXCHANGE) && r->to.last_slash &&
	    !d_is_dir(r->new))
		return -ENOTDIR;
	return 0;
}

/* A directory must not end up below itself. */
static int check_loops(const struct rename *r)
{
	if (d_is_ancestor(r->old, r->to.path.dentry))
		return -EINVAL;
	if (d_is_ancestor(r->new, r->from.path.dentry))
		return r->flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	return 0;
}

/* A directory that goes to another one changes its "..": it must be
 * writable. */
static int check_dotdot(const struct dentry *dentry)
{
	if (!d_is_dir(dentry))
		return 0;
	return inode_permission(dentry->d_inode, MAY_WRITE);
}

static int check_permissions(const struct rename *r)
{
	struct inode *from = r->from.path.dentry->d_inode;
	struct inode *to = r->to.path.dentry->d_inode;
	bool isdir = d_is_dir(r->old);
	int err = may_delete(from, r->old, isdir);

	if (err)
		return err;
	if (!r->new->d_inode)
		err = may_create(to);
	else
		err = may_delete(to, r->new,
				 r->flags & RENAME_EXCHANGE ? d_is_dir(r->new)
							    : isdir);
	if (!err && from != to)
		err = check_dotdot(r->old);
	if (!err && from != to && (r->flags & RENAME_EXCHANGE))
		err = check_dotdot(r->new);
	return err;
}

/* Everything is checked: do it. What is replaced is locked, as its link count
 * changes. */
static int rename_perform(struct rename *r)
{
	struct inode *from = r->from.path.dentry->d_inode;
	struct inode *to = r->to.path.dentry->d_inode;
	struct inode *target = r->new->d_inode;
	int err;

	if (!from->i_op->rename)
		return -EPERM;
	if (target)
		mutex_lock_nested(&target->i_lock);
	if (r->old->d_mounted || r->new->d_mounted)
		err = -EBUSY;
	else
		err = from->i_op->rename(from, r->old, to, r->new, r->flags);
	if (!err && (r->flags & RENAME_EXCHANGE))
		d_exchange(r->old, r->new);
	else if (!err)
		d_move(r->old, r->new);
	if (target)
		mutex_unlock(&target->i_lock);
	return err;
}

static int rename_checked(struct rename *r)
{
	int err;

	if (!r->old->d_inode)
		return -ENOENT;
	if ((r->flags & RENAME_NOREPLACE) && r->new->d_inode)
		return -EEXIST;
	if ((r->flags & RENAME_EXCHANGE) && !r->new->d_inode)
		return -ENOENT;
	err = check_slashes(r);
	if (!err)
		err = check_loops(r);
	if (err)
		return err;
	/* Two names of one file: nothing to do. */
	if (r->old->d_inode == r->new->d_inode)
		return 0;
	err = check_permissions(r);
	return err ? err : rename_perform(r);
}

/* Both parents are locked. */
static int rename_lookup(struct rename *r)
{
	int err;

	r->old = lookup_locked(r->from.path.dentry, r->from.last,
			       r->from.last_len);
	if (IS_ERR(r->old))
		return (int)PTR_ERR(r->old);
	r->new = lookup_locked(r->to.path.dentry, r->to.last, r->to.last_len);
	err = IS_ERR(r->new) ? (int)PTR_ERR(r->new) : rename_checked(r);
	return err;
}

static int rename_walked(struct rename *r)
{
	int err;

	if (r->from.path.mnt != r->to.path.mnt)
		return -EXDEV;
	if (r->from.last_type != LAST_NORM)
		return -EBUSY;
	if (r->to.last_type != LAST_NORM)
		return r->flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	err = mnt_want_write(r->from.path.mnt);
	if (err)
		return err;
	r->old = r->new = NULL;
	lock_parents(r->from.path.dentry, r->to.path.dentry);
	err = rename_lookup(r);
	unlock_parents(r->from.path.dentry, r->to.path.dentry);
	if (!IS_ERR(r->new))
		dput(r->new);
	if (!IS_ERR(r->old))
		dput(r->old);
	return err;
}

/**
 * vfs_rename - rename(2) with the paths in kernel memory
 * @olddfd: where a relative @oldname starts
 * @oldname: what is renamed
 * @newdfd: where a relative @newname starts
 * @newname: its new path; replaced when it exists
 * @flags: RENAME_NOREPLACE or RENAME_EXCHANGE
 *
 * Context: may sleep.
 * Return: 0 or -errno; on failure nothing has changed.
 */
int vfs_rename(int olddfd, const char *oldname, int newdfd, const char *newname,
	       unsigned int flags)
{
	struct rename r = { .flags = flags };
	int err;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE) ||
	    flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	err = walk_start(&r.from, olddfd, oldname);
	if (err)
		return err;
	err = walk_parent(&r.from);
	if (err)
		goto out_from;
	err = walk_start(&r.to, newdfd, newname);
	if (err)
		goto out_from;
	err = walk_parent(&r.to);
	if (!err)
		err = rename_walked(&r);
	walk_end(&r.to);
out_from:
	walk_end(&r.from);
	return err;
}

static long do_renameat(int olddfd, const char __user *oldname, int newdfd,
			const char __user *newname, unsigned int flags)
{
	char *from = getname(oldname, 0);
	char *to = getname(newname, 0);
	long err;

	if (IS_ERR(from))
		err = PTR_ERR(from);
	else if (IS_ERR(to))
		err = PTR_ERR(to);
	else
		err = vfs_rename(olddfd, from, newdfd, to, flags);
	putname(to);
	putname(from);
	return err;
}

/**
 * sys_rename - rename(2)
 */
SYSCALL_DEFINE2(rename, const char __user *, from, const char __user *, to)
{
	return do_renameat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

/**
 * sys_renameat - renameat(2)
 */
SYSCALL_DEFINE4(renameat, int, olddfd, const char __user *, from, int, newdfd,
		const char __user *, to)
{
	return do_renameat(olddfd, from, newdfd, to, 0);
}

/**
 * sys_renameat2 - renameat2(2), without RENAME_WHITEOUT
 */
SYSCALL_DEFINE5(renameat2, int, olddfd, const char __user *, from, int, newdfd,
		const char __user *, to, unsigned int, flags)
{
	return do_renameat(olddfd, from, newdfd, to, flags);
}
