/* SPDX-License-Identifier: MIT */
/*
 * Unpacking the initial files: cpio archives of the "newc" kind, into the root
 * file system.
 *
 *	| header 110 | name, NUL | pad to 4 | data | pad to 4 | header …
 *	... "TRAILER!!!", zeroes, perhaps the next archive
 *
 * The header is "070701" ("070702": with a sum of the data's bytes) and 13
 * numbers of 8 hexadecimal digits. An archive comes from outside: every field
 * is checked against what is left before it is used, and an error ends the
 * unpacking with its reason in the log; what was unpacked stays.
 *
 * Names of one file (hard links) share an inode number; the data is with one
 * of them, usually the last. The times of directories are set when all is in
 * place.
 */
#include "internal.h"

#include <ikos/printk.h>
#include <ikos/slab.h>

#define HEADER_SIZE 110
#define TRAILER	    "TRAILER!!!"

/* A header's numbers, in the order of the archive. */
struct cpio_header {
	u32 ino, mode, uid, gid, nlink, mtime, filesize;
	u32 dev_major, dev_minor, rdev_major, rdev_minor;
	u32 namesize, check;
};
#define HEADER_FIELDS 13

/* A name to come back to: the first of a hard-linked file, a directory. */
struct seen {
	struct seen *next;
	struct cpio_header h;
	char name[];
};

struct unpack {
	const char *data;
	size_t len, pos; /* bytes */
	size_t archive; /* where the current archive begins */
	struct cpio_header h;
	const char *name, *body;
	bool has_sum;
	struct seen *links, *dirs;
	unsigned long files;
};

static int complain(const struct unpack *u, int err, const char *why)
{
	pr_err("initramfs: at byte %lu: %s (%d)\n", (unsigned long)u->pos, why,
	       err);
	return err;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool parse_hex8(const char *s, u32 *res)
{
	u32 v = 0;

	for (int i = 0; i < 8; i++) {
		int digit = hex_digit(s[i]);

		if (digit < 0)
			return false;
		v = v << 4 | (u32)digit;
	}
	*res = v;
	return true;
}

static bool parse_header(struct unpack *u)
{
	const char *s = u->data + u->pos;
	u32 *field = &u->h.ino;

	_Static_assert(sizeof(u->h) == HEADER_FIELDS * sizeof(u32),
		       "the fields are parsed in order");
	u->has_sum = s[5] == '2';
	for (int i = 0; i < HEADER_FIELDS; i++)
		if (!parse_hex8(s + 6 + 8 * i, &field[i]))
			return false;
	return true;
}

/* Pad a position of the archive to 4, without running over the end. */
static size_t pad(const struct unpack *u, size_t pos)
{
	pos = u->archive + ALIGN(pos - u->archive, 4);
	return min(pos, u->len);
}

static bool sum_matches(const struct unpack *u)
{
	u32 sum = 0;

	if (!u->has_sum)
		return true;
	for (size_t i = 0; i < u->h.filesize; i++)
		sum += (u8)u->body[i];
	return sum == u->h.check;
}

/* Read the entry at u->pos; the position moves behind it. */
static int next_entry(struct unpack *u)
{
	size_t left = u->len - u->pos, pos;

	if (left < HEADER_SIZE)
		return complain(u, -EINVAL, "the archive ends in a header");
	if (memcmp(u->data + u->pos, "070701", 6) &&
	    memcmp(u->data + u->pos, "070702", 6))
		return complain(u, -EINVAL, "this is no newc cpio archive");
	if (!parse_header(u))
		return complain(u, -EINVAL, "a header field is not a number");
	left -= HEADER_SIZE;
	if (!u->h.namesize || u->h.namesize > PATH_MAX)
		return complain(u, -EINVAL, "a name is empty or too long");
	if (u->h.namesize > left)
		return complain(u, -EINVAL, "the archive ends in a name");
	u->name = u->data + u->pos + HEADER_SIZE;
	if (memchr(u->name, 0, u->h.namesize) != u->name + u->h.namesize - 1)
		return complain(u, -EINVAL,
				"a name does not end where it says");
	pos = pad(u, u->pos + HEADER_SIZE + u->h.namesize);
	if (u->h.filesize > u->len - pos)
		return complain(u, -EINVAL, "the archive ends in a file");
	u->body = u->data + pos;
	if (!sum_matches(u))
		return complain(u, -EINVAL, "a file's check sum is wrong");
	u->pos = pad(u, pos + u->h.filesize);
	return 0;
}

static struct seen *remember(struct seen **list, const struct unpack *u)
{
	struct seen *s = kmalloc(sizeof(*s) + u->h.namesize, GFP_KERNEL);

	if (!s)
		return NULL;
	s->h = u->h;
	memcpy(s->name, u->name, u->h.namesize);
	s->next = *list;
	*list = s;
	return s;
}

static void forget(struct seen **list)
{
	while (*list) {
		struct seen *s = *list;

		*list = s->next;
		kfree(s);
	}
}

static int set_attributes(const char *name, const struct cpio_header *h)
{
	struct iattr attr = { .valid = ATTR_UID | ATTR_GID | ATTR_ATIME |
				       ATTR_MTIME,
			      .uid = h->uid,
			      .gid = h->gid,
			      .mode = h->mode & S_IALLUGO };
	struct path path;
	int err = path_lookup(AT_FDCWD, name, 0, &path);

	if (err)
		return err;
	attr.mtime.tv_sec = attr.atime.tv_sec = (s64)h->mtime;
	attr.mtime.tv_nsec = attr.atime.tv_nsec = 0;
	if (!S_ISLNK(h->mode))
		attr.valid |= ATTR_MODE;
	err = notify_change(&path, &attr);
	path_put(&path);
	return err;
}

/* The directories above @name, where the archive did not bring them. */
static int make_parents(const char *name)
{
	char *copy = kstrdup(name, GFP_KERNEL), *slash;
	int err = copy ? 0 : -ENOMEM;

	for (slash = copy; !err && (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		err = vfs_mkdir(AT_FDCWD, copy, 0755);
		if (err == -EEXIST)
			err = 0;
		*slash = '/';
	}
	kfree(copy);
	return err;
}

static int remove_old(const char *name, umode_t mode)
{
	struct path path;
	umode_t old;

	if (path_lookup(AT_FDCWD, name, 0, &path))
		return 0;
	old = path.dentry->d_inode->i_mode;
	path_put(&path);
	if (S_ISDIR(old))
		return S_ISDIR(mode) ? 0 : vfs_rmdir(AT_FDCWD, name);
	return vfs_unlink(AT_FDCWD, name);
}

static int write_file(const char *name, const char *data, size_t len, int flags)
{
	struct file *file = filp_open(AT_FDCWD, name, O_WRONLY | flags, 0600);
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(file))
		return (int)PTR_ERR(file);
	n = kernel_write(file, data, len, &pos);
	fput(file);
	if (n < 0)
		return (int)n;
	return (size_t)n == len ? 0 : -ENOSPC;
}

static struct seen *find_link(const struct unpack *u)
{
	struct seen *s;

	for (s = u->links; s; s = s->next)
		if (s->h.ino == u->h.ino && s->h.dev_major == u->h.dev_major &&
		    s->h.dev_minor == u->h.dev_minor &&
		    (s->h.mode & S_IFMT) == (u->h.mode & S_IFMT))
			break;
	return s;
}

static int link_names(const char *old, const char *new)
{
	struct path path;
	struct dentry *dentry;
	struct path parent;
	int err = path_lookup(AT_FDCWD, old, 0, &path);

	if (err)
		return err;
	dentry = create_begin(AT_FDCWD, new, false, &parent);
	if (IS_ERR(dentry)) {
		path_put(&path);
		return (int)PTR_ERR(dentry);
	}
	err = -EXDEV;
	if (path.mnt == parent.mnt && parent.dentry->d_inode->i_op->link)
		err = parent.dentry->d_inode->i_op->link(
			path.dentry, parent.dentry->d_inode, dentry);
	create_end(&parent, dentry);
	path_put(&path);
	return err;
}

/* Another name of a file that is there; the data may come only now. */
static int unpack_link(struct unpack *u, const struct seen *first)
{
	int err = 0;

	if (strcmp(first->name, u->name)) {
		err = remove_old(u->name, u->h.mode);
		if (!err)
			err = link_names(first->name, u->name);
	}
	if (!err && u->h.filesize)
		err = write_file(u->name, u->body, u->h.filesize, O_TRUNC);
	return err;
}

static int unpack_regular(struct unpack *u)
{
	struct seen *first = u->h.nlink > 1 ? find_link(u) : NULL;
	int err;

	if (first)
		return unpack_link(u, first);
	err = remove_old(u->name, u->h.mode);
	if (!err)
		err = write_file(u->name, u->body, u->h.filesize,
				 O_CREAT | O_EXCL);
	if (!err && u->h.nlink > 1 && !remember(&u->links, u))
		err = -ENOMEM;
	return err;
}

static int unpack_dir(struct unpack *u)
{
	int err = remove_old(u->name, u->h.mode);

	if (!err)
		err = vfs_mkdir(AT_FDCWD, u->name, 0700);
	if (err == -EEXIST)
		err = 0;
	if (!err && !remember(&u->dirs, u))
		err = -ENOMEM;
	return err;
}

static int unpack_symlink(struct unpack *u)
{
	char *target;
	int err = -ENOMEM;

	if (!u->h.filesize || u->h.filesize >= PATH_MAX ||
	    memchr(u->body, 0, u->h.filesize))
		return -EINVAL;
	target = kmalloc(u->h.filesize + 1UL, GFP_KERNEL);
	if (!target)
		return err;
	memcpy(target, u->body, u->h.filesize);
	target[u->h.filesize] = '\0';
	err = remove_old(u->name, u->h.mode);
	if (!err)
		err = vfs_symlink(target, AT_FDCWD, u->name);
	kfree(target);
	return err;
}

static int unpack_special(struct unpack *u)
{
	int err;

	if (u->h.filesize || u->h.rdev_major > 0xfff ||
	    u->h.rdev_minor > 0xfffff)
		return -EINVAL;
	err = remove_old(u->name, u->h.mode);
	if (!err)
		err = vfs_mknod(AT_FDCWD, u->name, u->h.mode & S_IFMT,
				MKDEV(u->h.rdev_major, u->h.rdev_minor));
	return err;
}

static int unpack_by_type(struct unpack *u)
{
	switch (u->h.mode & S_IFMT) {
	case S_IFREG:
		return unpack_regular(u);
	case S_IFDIR:
		return unpack_dir(u);
	case S_IFLNK:
		return unpack_symlink(u);
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return unpack_special(u);
	default:
		return -EINVAL;
	}
}

static bool is_root(const char *name)
{
	while (*name == '/' || (*name == '.' && (!name[1] || name[1] == '/')))
		name++;
	return !*name;
}

static int unpack_entry(struct unpack *u)
{
	int err;

	if (is_root(u->name))
		return S_ISDIR(u->h.mode) && !remember(&u->dirs, u) ? -ENOMEM
								    : 0;
	err = unpack_by_type(u);
	if (err == -ENOENT) {
		err = make_parents(u->name);
		if (!err)
			err = unpack_by_type(u);
	}
	if (!err && !S_ISDIR(u->h.mode))
		err = set_attributes(u->name, &u->h);
	u->files++;
	return err;
}

/* After all: what is put into a directory changes its time. */
static int finish_dirs(struct unpack *u)
{
	int err = 0;

	for (struct seen *s = u->dirs; s && !err; s = s->next)
		err = set_attributes(s->name, &s->h);
	return err;
}

/* Between archives there may be zeroes. */
static bool skip_zeroes(struct unpack *u)
{
	while (u->pos < u->len && !u->data[u->pos])
		u->pos++;
	u->archive = u->pos;
	return u->pos < u->len;
}

static int unpack_archive(struct unpack *u)
{
	for (;;) {
		int err = next_entry(u);

		if (err)
			return err;
		if (!strcmp(u->name, TRAILER)) {
			forget(&u->links);
			return 0;
		}
		err = unpack_entry(u);
		if (err) {
			pr_err("initramfs: %s: cannot be unpacked (%d)%s\n",
			       u->name, err,
			       err == -ENOSPC || err == -ENOMEM
				       ? ": too little memory"
				       : "");
			return err;
		}
		cond_resched();
	}
}

/**
 * unpack_initramfs - unpack archives into the root file system
 * @data: one or several, one behind the other
 * @len: bytes in all
 *
 * Context: may sleep; the working directory is the root.
 * Return: 0; -EINVAL: malformed; -ENOSPC, -ENOMEM …; the reason is logged.
 * Source: cpio(5), "New ASCII Format".
 */
int unpack_initramfs(const void *data, size_t len)
{
	struct unpack u = { .data = data, .len = len };
	int err = 0;

	while (!err && skip_zeroes(&u))
		err = unpack_archive(&u);
	if (!err) {
		err = finish_dirs(&u);
		if (err)
			complain(&u, err, "a directory's attributes");
	}
	forget(&u.links);
	forget(&u.dirs);
	if (!err)
		pr_info("initramfs: %lu files unpacked\n", u.files);
	return err;
}
