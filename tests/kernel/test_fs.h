/* SPDX-License-Identifier: MIT */
#ifndef TEST_FS_H
#define TEST_FS_H

#include <ikos/fs.h>
#include <ikos/ktest.h>
#include <ikos/page.h>
#include <ikos/sched.h>
#include <ikos/slab.h>
#include <ikos/string.h>

/* Each test has a tmpfs of its own, here. */
#define AT		    "/dev/shm"
#define FS_BEGIN	    ASSERT(!vfs_mount("tmpfs", AT, 0, NULL))
#define FS_END		    EXPECT_EQ(vfs_umount(AT, 0), 0)
#define MKDIR(n)	    vfs_mkdir(AT_FDCWD, AT n, 0755)
#define RMDIR(n)	    vfs_rmdir(AT_FDCWD, AT n)
#define UNLINK(n)	    vfs_unlink(AT_FDCWD, AT n)
#define RENAME(a, b, flags) vfs_rename(AT_FDCWD, AT a, AT_FDCWD, AT b, flags)
#define SYMLINK(to, n)	    vfs_symlink(to, AT_FDCWD, AT n)

/* 0 or what the lookup says; the file's size, links and inode number. */
static inline int lookup_stat(const char *name, unsigned int flags,
			      struct kstat *st)
{
	struct path path;
	int err = path_lookup(AT_FDCWD, name, flags, &path);

	if (err)
		return err;
	generic_fillattr(path.dentry->d_inode, st);
	path_put(&path);
	return 0;
}

static inline int exists(const char *name)
{
	struct kstat st;

	return lookup_stat(name, 0, &st);
}

static inline unsigned int nlink_of(const char *name)
{
	struct kstat st = {};

	return lookup_stat(name, 0, &st) ? 0 : st.nlink;
}

static inline loff_t size_of(const char *name)
{
	struct kstat st = {};

	return lookup_stat(name, LOOKUP_FOLLOW, &st) ? -1 : st.size;
}

/* open(2) and close: 0 or -errno. */
static inline int try_open(const char *name, int flags)
{
	struct file *file = filp_open(AT_FDCWD, name, flags, 0644);

	if (IS_ERR(file))
		return (int)PTR_ERR(file);
	fput(file);
	return 0;
}

static inline int put_file(const char *name, const char *text)
{
	struct file *file =
		filp_open(AT_FDCWD, name, O_CREAT | O_TRUNC | O_WRONLY, 0644);
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(file))
		return (int)PTR_ERR(file);
	n = kernel_write(file, text, strlen(text), &pos);
	fput(file);
	if (n < 0)
		return (int)n;
	return n == (ssize_t)strlen(text) ? 0 : -EIO;
}

/* Whether a file holds exactly this text. */
static inline bool holds(const char *name, const char *text)
{
	struct file *file = filp_open(AT_FDCWD, name, O_RDONLY, 0);
	size_t len = strlen(text);
	loff_t pos = 0;
	char buf[64] = {};
	ssize_t n;

	if (IS_ERR(file))
		return false;
	n = kernel_read(file, buf, sizeof(buf), &pos);
	fput(file);
	return n == (ssize_t)len && !memcmp(buf, text, len);
}

#endif
