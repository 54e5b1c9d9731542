/* SPDX-License-Identifier: MIT */
/*
 * open(2): walk, create if asked to, check, make a struct file; and the
 * opening of programs for exec.
 */
#include "internal.h"

#include <ikos/syscall.h>
#include <ikos/uaccess.h>

/* What open(2) was asked for. */
struct open_request {
	int flags; /* O_* */
	umode_t mode; /* of a new file */
	int acc_mode; /* MAY_* to check on an existing file */
	bool created;
};

/* Flags that matter only while opening; F_GETFL does not show them. */
#define O_ONCE (O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC)

static const int acc_modes[] = { MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE,
				 MAY_READ | MAY_WRITE };
/* Access mode 3 checks both and gives neither: good for ioctl(2) only. */
static const unsigned int file_modes[] = { FMODE_READ, FMODE_WRITE,
					   FMODE_READ | FMODE_WRITE, 0 };

static int open_prepare(struct open_request *req, int flags, umode_t mode)
{
	req->created = false;
	req->mode = mode & S_IALLUGO;
	if (flags & O_PATH) {
		req->flags =
			flags & (O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC);
		req->acc_mode = 0;
		return 0;
	}
	req->flags = flags;
	req->acc_mode = acc_modes[flags & O_ACCMODE];
	if (flags & __O_TMPFILE) {
		if (!(flags & O_DIRECTORY) || !(req->acc_mode & MAY_WRITE))
			return -EINVAL;
	} else if ((flags & O_CREAT) && (flags & O_DIRECTORY)) {
		return -EINVAL;
	}
	if (flags & O_TRUNC)
		req->acc_mode |= MAY_WRITE;
	return 0;
}

/* Make the file that is missing; the directory's i_lock is held. */
static int create_file(struct nameidata *nd, struct dentry *dentry,
		       struct open_request *req)
{
	struct inode *dir = nd->path.dentry->d_inode;
	int err = mnt_want_write(nd->path.mnt);

	if (!err)
		err = may_create(dir);
	if (!err && !dir->i_op->create)
		err = -EACCES;
	if (!err)
		err = dir->i_op->create(dir, dentry, S_IFREG | req->mode);
	req->created = !err;
	return err;
}

/* The last component with O_CREAT. */
static int open_create(struct nameidata *nd, struct open_request *req)
{
	struct inode *dir = nd->path.dentry->d_inode;
	struct dentry *dentry;
	int err = 0;

	if (nd->last_slash)
		return -EISDIR;
	mutex_lock(&dir->i_lock);
	dentry = lookup_locked(nd->path.dentry, nd->last, nd->last_len);
	if (!IS_ERR(dentry) && !dentry->d_inode)
		err = create_file(nd, dentry, req);
	mutex_unlock(&dir->i_lock);
	if (IS_ERR(dentry))
		return (int)PTR_ERR(dentry);
	if (!err && !req->created && (req->flags & O_EXCL))
		err = -EEXIST;
	if (err) {
		dput(dentry);
		return err;
	}
	return step_into(nd, dentry, !(req->flags & O_NOFOLLOW));
}

static int open_walk(struct nameidata *nd, struct open_request *req)
{
	bool slash;
	int err;

	do {
		err = walk_parent(nd);
		if (err)
			return err;
		slash = nd->last_slash;
		if ((req->flags & O_CREAT) && nd->last_type == LAST_NORM)
			err = open_create(nd, req);
		else
			err = walk_last(nd, !(req->flags & O_NOFOLLOW));
	} while (err > 0);
	if (err)
		return err;
	if ((slash || (req->flags & O_DIRECTORY)) &&
	    !S_ISDIR(nd->path.dentry->d_inode->i_mode))
		return -ENOTDIR;
	if (nd->last_type != LAST_NORM && (req->flags & O_CREAT) &&
	    (req->flags & O_EXCL))
		return -EEXIST;
	return 0;
}

/* May this file be opened like that? */
static int may_open(const struct path *path, struct open_request *req)
{
	struct inode *inode = path->dentry->d_inode;
	umode_t mode = inode->i_mode;

	if (req->flags & O_PATH)
		return 0;
	if (S_ISLNK(mode))
		return -ELOOP;
	if (S_ISDIR(mode) &&
	    ((req->acc_mode & MAY_WRITE) || (req->flags & O_CREAT)))
		return -EISDIR;
	if ((S_ISCHR(mode) || S_ISBLK(mode)) &&
	    (path->mnt->mnt_flags & MS_NODEV))
		return -EACCES;
	if (!req->created) {
		int err = path_permission(path, req->acc_mode);

		if (err)
			return err;
	}
	if ((req->flags & O_NOATIME) && !inode_owner_or_capable(inode))
		return -EPERM;
	return 0;
}

/* Of an O_PATH descriptor, and of what can be done nothing with. */
static const struct file_operations no_fops;

/**
 * file_open_path - attach a new struct file to what a path names
 * @file: f_flags and f_mode are set
 * @path: checked; the file takes references
 *
 * Context: may sleep; a FIFO waits for its other end.
 * Return: 0; -ETXTBSY: it is being executed; or what its open() says. On
 * failure @file is good for fput() only.
 */
int file_open_path(struct file *file, const struct path *path)
{
	struct inode *inode = path->dentry->d_inode;
	int err = 0;

	path_get(path);
	file->f_path = *path;
	if (file->f_mode & FMODE_PATH) {
		file->f_inode = inode;
		file->f_op = &no_fops;
		return 0;
	}
	if ((file->f_mode & FMODE_WRITE) && S_ISREG(inode->i_mode))
		err = get_write_access(inode);
	if (err)
		return err;
	file->f_inode = inode;
	file->f_mapping = &inode->i_data;
	file->f_op = inode->i_fop ? inode->i_fop : &no_fops;
	file->f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	if (file->f_op->open)
		err = file->f_op->open(inode, file);
	if (err) {
		if ((file->f_mode & FMODE_WRITE) && S_ISREG(inode->i_mode))
			put_write_access(inode);
		file->f_inode = NULL;
		return err;
	}
	if (!file->f_op->llseek || file->f_op->llseek == no_llseek)
		file->f_mode &= ~(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE);
	return 0;
}

/* O_TMPFILE: a file without a name in the directory that nd has reached. */
static int make_tmpfile(struct nameidata *nd, struct open_request *req)
{
	struct inode *dir = nd->path.dentry->d_inode;
	struct dentry *dentry;
	int err = path_permission(&nd->path, MAY_WRITE | MAY_EXEC);

	if (err)
		return err;
	if (!dir->i_op || !dir->i_op->tmpfile)
		return -EOPNOTSUPP;
	dentry = d_alloc(nd->path.dentry, "#", 1);
	if (!dentry)
		return -ENOMEM;
	err = dir->i_op->tmpfile(dir, dentry, S_IFREG | req->mode);
	if (err) {
		dput(dentry);
		return err;
	}
	dentry->d_inode->i_linkable = !(req->flags & O_EXCL);
	dput(nd->path.dentry);
	nd->path.dentry = dentry;
	req->created = true;
	return 0;
}

static int open_at(struct nameidata *nd, struct open_request *req,
		   struct file *file)
{
	int err = open_walk(nd, req);

	if (!err && (req->flags & __O_TMPFILE))
		err = make_tmpfile(nd, req);
	if (!err)
		err = may_open(&nd->path, req);
	if (!err)
		err = file_open_path(file, &nd->path);
	if (!err && (req->flags & O_TRUNC) && !req->created &&
	    S_ISREG(file->f_inode->i_mode))
		err = do_truncate(&nd->path, 0, true);
	return err;
}

/**
 * filp_open - open(2) for the kernel itself
 * @dfd: where a relative path starts
 * @name: the path, in kernel memory
 * @flags: O_*
 * @mode: permissions of a new file; the umask is not applied
 *
 * Context: may sleep.
 * Return: the file, or ERR_PTR of what open(2) says.
 */
struct file *filp_open(int dfd, const char *name, int flags, umode_t mode)
{
	struct open_request req;
	struct nameidata nd;
	struct file *file;
	int err = open_prepare(&req, flags, mode);

	if (err)
		return ERR_PTR(err);
	file = file_alloc();
	if (!file)
		return ERR_PTR(-ENOMEM);
	file->f_flags = (unsigned int)req.flags & ~O_CLOEXEC;
	file->f_mode =
		flags & O_PATH ? FMODE_PATH : file_modes[flags & O_ACCMODE];
	err = walk_start(&nd, dfd, name);
	if (!err) {
		err = open_at(&nd, &req, file);
		walk_end(&nd);
	}
	if (err) {
		fput(file);
		return ERR_PTR(err);
	}
	/* open() of a terminal has looked at O_NOCTTY. */
	file->f_flags &= ~O_ONCE;
	return file;
}

/* Only regular files with an x bit are programs. */
static int may_exec(const struct path *path)
{
	struct inode *inode = path->dentry->d_inode;

	if (!S_ISREG(inode->i_mode) || (path->mnt->mnt_flags & MS_NOEXEC))
		return -EACCES;
	return inode_permission(inode, MAY_EXEC);
}

/**
 * open_exec - open a program
 * @name: its path, in kernel memory
 *
 * Until the file is closed nobody can open it for writing.
 *
 * Context: may sleep.
 * Return: the file; ERR_PTR of -EACCES: not a regular file or not executable;
 * -ETXTBSY: somebody has it open for writing; or what the walk says.
 */
struct file *open_exec(const char *name)
{
	struct path path;
	struct file *file;
	int err = path_lookup(AT_FDCWD, name, LOOKUP_FOLLOW, &path);

	if (err)
		return ERR_PTR(err);
	err = may_exec(&path);
	if (!err)
		err = deny_write_access(path.dentry->d_inode);
	if (err)
		goto out;
	file = file_alloc();
	err = -ENOMEM;
	if (!file)
		goto out_allow;
	file->f_flags = O_RDONLY | O_LARGEFILE;
	file->f_mode = FMODE_READ;
	err = file_open_path(file, &path);
	if (err) {
		fput(file);
		goto out_allow;
	}
	file->f_mode |= FMODE_EXEC; /* fput() allows writing again */
	path_put(&path);
	return file;
out_allow:
	atomic_inc(&path.dentry->d_inode->i_writecount);
out:
	path_put(&path);
	return ERR_PTR(err);
}

static long do_open(int dfd, const char __user *name, int flags, umode_t mode)
{
	char *kname = getname(name, 0);
	struct file *file;
	int fd;

	if (IS_ERR(kname))
		return PTR_ERR(kname);
	if (!(flags & O_PATH))
		flags |= O_LARGEFILE;
	fd = get_unused_fd(0, (unsigned int)flags);
	if (fd >= 0) {
		file = filp_open(dfd, kname, flags, mode & ~current_umask());
		if (IS_ERR(file)) {
			put_unused_fd((unsigned int)fd);
			fd = (int)PTR_ERR(file);
		} else {
			fd_install((unsigned int)fd, file);
		}
	}
	putname(kname);
	return fd;
}

/**
 * sys_open - open(2)
 */
SYSCALL_DEFINE3(open, const char __user *, name, int, flags, umode_t, mode)
{
	return do_open(AT_FDCWD, name, flags, mode);
}

/**
 * sys_openat - openat(2)
 */
SYSCALL_DEFINE4(openat, int, dfd, const char __user *, name, int, flags,
		umode_t, mode)
{
	return do_open(dfd, name, flags, mode);
}

/**
 * sys_creat - creat(2)
 */
SYSCALL_DEFINE2(creat, const char __user *, name, umode_t, mode)
{
	return do_open(AT_FDCWD, name, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
