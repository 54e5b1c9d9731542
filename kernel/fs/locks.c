/* SPDX-License-Identifier: MIT */
/*
 * Locks of files: the record locks of fcntl(2), which belong to a process
 * (its descriptor table) or to an open file (F_OFD_*), and those of flock(2),
 * which belong to an open file and are of whole files.
 *
 * An inode's locks are a list in no order. Those of flock(2) and the others do
 * not see each other. An owner never has two that overlap, nor two of one kind
 * that touch: setting a range cuts what is there and melts with its
 * neighbours.
 *
 *	mine:	 RRRRRRRRRR		set W on the middle
 *	after:	 RRR WWW RRRR		one new, one cut, one split off: at
 *					most two allocations, made beforehand
 *
 * All under flock_lock; whoever waits is on one queue for all and looks again
 * when any lock has gone. A wait that would close a circle gives EDEADLK.
 *
 * Closing a descriptor takes a process's locks on the file away, also when
 * another thread is just setting one through it. Whoever sets one marks the
 * inode, then looks whether the descriptor is still there; whoever closes takes
 * the descriptor away, then looks at the mark. So either the setter sees that
 * it is too late, or the closer waits for flock_lock and finds the lock.
 */
#include "internal.h"

#include <ikos/slab.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

struct file_lock {
	struct file_lock *next;
	const void *owner; /* a files_struct, or a file */
	pid_t pid; /* -1: a file's */
	bool flock; /* of flock(2) */
	int type; /* F_RDLCK, F_WRLCK, F_UNLCK */
	loff_t start, end; /* bytes, end included */
};

/* Somebody who waits. */
struct blocked {
	struct list_head list;
	struct inode *inode;
	const struct file_lock *request;
};

static DEFINE_SPINLOCK(flock_lock);
static LIST_HEAD(blocked_list);
static DECLARE_WAIT_QUEUE_HEAD(flock_wait);

/* The range of a struct flock: 0, -EINVAL, -EOVERFLOW. */
static int set_range(struct file *file, const struct flock_k *fl,
		     struct file_lock *lock)
{
	loff_t start;

	switch (fl->l_whence) {
	case SEEK_SET:
		start = 0;
		break;
	case SEEK_CUR:
		start = file->f_pos;
		break;
	case SEEK_END:
		start = i_size_read(file->f_inode);
		break;
	default:
		return -EINVAL;
	}
	if (__builtin_add_overflow(start, fl->l_start, &start))
		return -EOVERFLOW;
	if (start < 0)
		return -EINVAL;
	lock->start = start;
	lock->end = LONG_MAX;
	if (fl->l_len > 0) {
		if (fl->l_len - 1 > LONG_MAX - start)
			return -EOVERFLOW;
		lock->end = start + fl->l_len - 1;
	} else if (fl->l_len < 0) {
		if (start + fl->l_len < 0)
			return -EINVAL;
		lock->end = start - 1;
		lock->start = start + fl->l_len;
	}
	return 0;
}

/* @ofd: for the open file, not for the process. */
static int read_request(struct file *file, const struct flock_k *fl, bool ofd,
			struct file_lock *lock)
{
	if (fl->l_type != F_RDLCK && fl->l_type != F_WRLCK &&
	    fl->l_type != F_UNLCK)
		return -EINVAL;
	if (ofd && fl->l_pid)
		return -EINVAL;
	lock->type = fl->l_type;
	lock->owner = ofd ? (const void *)file : current->files;
	lock->pid = ofd ? -1 : current->tgid;
	lock->flock = false;
	lock->next = NULL;
	return set_range(file, fl, lock);
}

static bool overlap(const struct file_lock *a, const struct file_lock *b)
{
	return a->start <= b->end && b->start <= a->end;
}

/* What keeps @request from being granted; flock_lock held. */
static struct file_lock *find_conflict(struct inode *inode,
				       const struct file_lock *request)
{
	struct file_lock *l;

	for (l = inode->i_flock; l; l = l->next)
		if (l->owner != request->owner && l->flock == request->flock &&
		    overlap(l, request) &&
		    (l->type == F_WRLCK || request->type == F_WRLCK))
			return l;
	return NULL;
}

/* Whose lock @owner waits for, or NULL. */
static const void *waits_for(const void *owner)
{
	struct blocked *b;

	list_for_each_entry (b, &blocked_list, list) {
		struct file_lock *l;

		if (b->request->owner != owner)
			continue;
		l = find_conflict(b->inode, b->request);
		if (l)
			return l->owner;
	}
	return NULL;
}

/* Would waiting for @owner be waiting for ourselves? The chain is no longer
 * than the list of those who wait. */
static bool would_deadlock(const struct file_lock *request, const void *owner)
{
	/* Who waits for an open file's lock may let go of his own meanwhile. */
	if (request->pid == -1)
		return false;
	for (int i = 0; owner && i < 1000; i++) {
		if (owner == request->owner)
			return true;
		owner = waits_for(owner);
	}
	return false;
}

/* Does @l touch or overlap @n, so that two of one kind are one? */
static bool mergeable(const struct file_lock *l, const struct file_lock *n)
{
	return (n->end == LONG_MAX || l->start <= n->end + 1) &&
	       (l->end == LONG_MAX || n->start <= l->end + 1);
}

/* Make room for @n in one lock of the same owner. True: @l is used up. */
static bool cut(struct file_lock *l, struct file_lock *n,
		struct file_lock **spare)
{
	if (l->type == n->type) {
		if (!mergeable(l, n))
			return false;
		n->start = min(n->start, l->start);
		n->end = max(n->end, l->end);
		return true;
	}
	if (!overlap(l, n))
		return false;
	if (l->start < n->start && l->end > n->end) {
		struct file_lock *right = *spare;

		*spare = NULL;
		*right = *l;
		right->start = n->end + 1;
		l->end = n->start - 1;
		l->next = right;
		return false;
	}
	if (l->start < n->start)
		l->end = n->start - 1;
	else if (l->end > n->end)
		l->start = n->end + 1;
	else
		return true;
	return false;
}

/* Set @n; flock_lock held. What is left over goes to @unused. */
static void apply(struct inode *inode, struct file_lock *n,
		  struct file_lock *spare, struct file_lock **unused)
{
	struct file_lock **link = &inode->i_flock, *l;

	while ((l = *link)) {
		if (l->owner == n->owner && l->flock == n->flock &&
		    cut(l, n, &spare)) {
			*link = l->next;
			l->next = *unused;
			*unused = l;
		} else {
			link = &l->next;
		}
	}
	if (n->type == F_UNLCK) {
		n->next = *unused;
		*unused = n;
	} else {
		n->next = inode->i_flock;
		inode->i_flock = n;
	}
	if (spare) {
		spare->next = *unused;
		*unused = spare;
	}
}

static void free_locks(struct file_lock *l)
{
	while (l) {
		struct file_lock *next = l->next;

		kfree(l);
		l = next;
	}
}

static bool is_free(struct inode *inode, const struct file_lock *request)
{
	bool free;

	spin_lock(&flock_lock);
	free = !find_conflict(inode, request);
	spin_unlock(&flock_lock);
	return free;
}

/* Sleep until nothing is in the way; flock_lock held, and again after. */
static int wait_for_lock(struct inode *inode, const struct file_lock *request,
			 struct file_lock *conflict)
{
	struct blocked b = { .inode = inode, .request = request };
	int err;

	if (would_deadlock(request, conflict->owner))
		return -EDEADLK;
	list_add(&b.list, &blocked_list);
	spin_unlock(&flock_lock);
	err = (int)wait_event_interruptible(flock_wait,
					    is_free(inode, request));
	spin_lock(&flock_lock);
	list_del(&b.list);
	return err;
}

#define NO_FD UINT_MAX

/* @fd: what the lock goes with, NO_FD: with @file itself. @n and @spare are
 * used or freed. */
static int set_lock(struct file *file, unsigned int fd, struct file_lock *n,
		    struct file_lock *spare, bool wait)
{
	struct file_lock *unused = NULL, *conflict;
	struct inode *inode = file->f_inode;
	int err = 0;

	spin_lock(&flock_lock);
	while (n->type != F_UNLCK && !err &&
	       (conflict = find_conflict(inode, n)))
		err = wait ? wait_for_lock(inode, n, conflict) : -EAGAIN;
	if (!err && fd != NO_FD && n->type != F_UNLCK) {
		WRITE_ONCE(inode->i_locks_seen, true);
		if (!fd_is(fd, file))
			err = -EBADF;
	}
	if (!err) {
		apply(inode, n, spare, &unused);
	} else {
		n->next = spare;
		unused = n;
		spare->next = NULL;
	}
	spin_unlock(&flock_lock);
	free_locks(unused);
	if (!err)
		wake_up_all(&flock_wait);
	return err;
}

static int may_lock(const struct file *file, int type)
{
	if (type == F_RDLCK && !(file->f_mode & FMODE_READ))
		return -EBADF;
	if (type == F_WRLCK && !(file->f_mode & FMODE_WRITE))
		return -EBADF;
	return 0;
}

/* The lock and what it may need besides: 0 or -ENOLCK. */
static int alloc_locks(struct file_lock **n, struct file_lock **spare)
{
	*n = kmalloc(sizeof(**n), GFP_KERNEL);
	*spare = kmalloc(sizeof(**spare), GFP_KERNEL);
	if (*n && *spare)
		return 0;
	kfree(*n);
	kfree(*spare);
	return -ENOLCK;
}

static bool is_ofd(unsigned int cmd)
{
	return cmd == F_OFD_GETLK || cmd == F_OFD_SETLK || cmd == F_OFD_SETLKW;
}

/**
 * fcntl_setlk - F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW
 * @file: the file
 * @fd: the descriptor that named it
 * @cmd: which of them
 * @arg: the request
 *
 * Context: may sleep.
 * Return: 0; -EAGAIN: somebody else's lock is in the way; -EDEADLK; -EBADF:
 * not open for that, or closed meanwhile; -EINVAL, -EOVERFLOW, -EFAULT, -ENOLCK; -ERESTARTSYS.
 */
long fcntl_setlk(struct file *file, unsigned int fd, unsigned int cmd,
		 struct flock_k __user *arg)
{
	struct file_lock *n, *spare;
	struct flock_k fl;
	int err;

	if (copy_from_user(&fl, arg, sizeof(fl)))
		return -EFAULT;
	err = alloc_locks(&n, &spare);
	if (err)
		return err;
	err = read_request(file, &fl, is_ofd(cmd), n);
	if (!err)
		err = may_lock(file, fl.l_type);
	if (err) {
		kfree(spare);
		kfree(n);
		return err;
	}
	return set_lock(file, is_ofd(cmd) ? NO_FD : fd, n, spare,
			cmd == F_SETLKW || cmd == F_OFD_SETLKW);
}

/**
 * fcntl_getlk - F_GETLK, F_OFD_GETLK
 * @file: the file
 * @cmd: which of the two
 * @arg: the request, replaced by the lock that is in its way
 *
 * Context: may sleep.
 * Return: 0, -EINVAL, -EOVERFLOW, -EFAULT.
 */
long fcntl_getlk(struct file *file, unsigned int cmd,
		 struct flock_k __user *arg)
{
	struct file_lock request, *l;
	struct flock_k fl;
	int err;

	if (copy_from_user(&fl, arg, sizeof(fl)))
		return -EFAULT;
	if (fl.l_type == F_UNLCK)
		return -EINVAL;
	err = read_request(file, &fl, is_ofd(cmd), &request);
	if (err)
		return err;
	spin_lock(&flock_lock);
	l = find_conflict(file->f_inode, &request);
	fl.l_type = F_UNLCK;
	if (l) {
		fl.l_type = (int16_t)l->type;
		fl.l_whence = SEEK_SET;
		fl.l_start = l->start;
		fl.l_len = l->end == LONG_MAX ? 0 : l->end - l->start + 1;
		fl.l_pid = l->pid;
	}
	spin_unlock(&flock_lock);
	return copy_to_user(arg, &fl, sizeof(fl)) ? -EFAULT : 0;
}

/* All locks of one owner on a file. */
static void remove_locks(struct inode *inode, const void *owner)
{
	struct file_lock **link = &inode->i_flock, *l, *unused = NULL;

	spin_lock(&flock_lock);
	while ((l = *link)) {
		if (l->owner == owner) {
			*link = l->next;
			l->next = unused;
			unused = l;
		} else {
			link = &l->next;
		}
	}
	spin_unlock(&flock_lock);
	free_locks(unused);
	wake_up_all(&flock_wait);
}

/**
 * locks_remove_posix - a process closes a descriptor of a file: all its locks
 * on it go, whatever descriptor they were set through
 * @file: the file
 * @owner: the process's table
 *
 * Context: may sleep. Source: fcntl(2).
 */
void locks_remove_posix(struct file *file, struct files_struct *owner)
{
	if (unlikely(READ_ONCE(file->f_inode->i_locks_seen)))
		remove_locks(file->f_inode, owner);
}

/**
 * locks_remove_file - an open file goes, and its own locks with it
 * @file: the file
 *
 * Context: may sleep. Source: flock(2), fcntl(2).
 */
void locks_remove_file(struct file *file)
{
	if (unlikely(READ_ONCE(file->f_inode->i_flock)))
		remove_locks(file->f_inode, file);
}

/* --- flock(2) -------------------------------------------------------------- */

#define LOCK_SH 1
#define LOCK_EX 2
#define LOCK_NB 4
#define LOCK_UN 8

static int flock_type(unsigned int cmd)
{
	switch (cmd & ~LOCK_NB) {
	case LOCK_SH:
		return F_RDLCK;
	case LOCK_EX:
		return F_WRLCK;
	case LOCK_UN:
		return F_UNLCK;
	default:
		return -EINVAL;
	}
}

/**
 * sys_flock - flock(2)
 *
 * Return: 0; -EBADF; -EINVAL: no such operation; -EAGAIN (EWOULDBLOCK):
 * LOCK_NB, and it is locked; -ENOLCK: no memory; -ERESTARTSYS.
 */
SYSCALL_DEFINE2(flock, unsigned int, fd, unsigned int, cmd)
{
	struct file_lock *n, *spare;
	int type = flock_type(cmd), err;
	struct file *file;

	if (type < 0)
		return type;
	file = fget(fd);
	if (!file)
		return -EBADF;
	err = alloc_locks(&n, &spare);
	if (!err) {
		*n = (struct file_lock){ .owner = file,
					 .pid = -1,
					 .flock = true,
					 .type = type,
					 .end = LONG_MAX };
		err = set_lock(file, NO_FD, n, spare, !(cmd & LOCK_NB));
	}
	fput(file);
	return err;
}
