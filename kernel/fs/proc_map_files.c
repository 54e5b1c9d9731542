/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/map_files: a link for each area that maps a file, named after its
 * bounds, to that file.
 *
 *	400000-40b000 -> /bin/busybox
 *
 * It leads to the file itself, also where its name has gone: what has been
 * mapped can be opened again. Only root may follow it; its own user may read
 * it. Source: proc(5).
 */
#include <ikos/kernel.h>
#include <ikos/mm.h>
#include <ikos/string.h>

#include "proc_internal.h"
#include "proc_link.h"

/* What stat(2) shows, whatever the target's length. */
#define LINK_SIZE 64

/* The file that exactly [start, end) maps, with a reference, or NULL. */
static struct file *mapped_file(struct task_struct *t, unsigned long start,
				unsigned long end)
{
	struct mm_struct *mm = get_task_mm(t);
	struct vm_area_struct *vma;
	struct file *file = NULL;

	if (!mm)
		return NULL;
	mmap_read_lock(mm);
	vma = find_vma(mm, start);
	if (vma && vma->vm_start == start && vma->vm_end == end && vma->vm_file)
		file = get_file(vma->vm_file);
	mmap_read_unlock(mm);
	mmput(mm);
	return file;
}

/* --- a link ------------------------------------------------------------------ */

static int get_path(struct inode *inode, struct path *path)
{
	struct proc_inode *pi = PROC_I(inode);
	struct file *file;

	if (!proc_may_inspect(pi->task))
		return -EACCES;
	file = mapped_file(pi->task, pi->start, pi->end);
	if (!file)
		return -ENOENT;
	*path = file->f_path;
	path_get(path);
	fput(file);
	return 0;
}

static int link_follow(struct inode *inode, struct path *path)
{
	if (!capable(CAP_SYS_ADMIN) && !capable(CAP_CHECKPOINT_RESTORE))
		return -EPERM;
	return get_path(inode, path);
}

static long link_readlink(struct inode *inode, char *buf, size_t size)
{
	struct path path;
	int err = get_path(inode, &path);

	return err ? err : proc_path_text(&path, buf, size);
}

static const struct inode_operations link_iop = {
	.readlink = link_readlink,
	.follow = link_follow,
};

static const struct proc_entry link_entry = { .mode = S_IFLNK,
					      .iop = &link_iop };

/* --- the directory ------------------------------------------------------------- */

/* A number in hexadecimal without leading zeroes; NULL: it is none. */
static const char *parse_hex(const char *s, unsigned long *res)
{
	const char *start = s;

	for (*res = 0;; s++) {
		unsigned int c = (unsigned char)*s, digit;

		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			digit = (c | 0x20) - 'a' + 10;
		else
			break;
		if (*res >> 60)
			return NULL;
		*res = *res << 4 | digit;
	}
	return s == start || (*start == '0' && s > start + 1) ? NULL : s;
}

static bool parse_name(const char *name, unsigned long *start,
		       unsigned long *end)
{
	name = parse_hex(name, start);
	if (!name || *name != '-')
		return false;
	name = parse_hex(name + 1, end);
	return name && !*name;
}

static umode_t link_mode(const struct file *file)
{
	umode_t mode = S_IFLNK;

	if (file->f_mode & FMODE_READ)
		mode |= 0400;
	if (file->f_mode & FMODE_WRITE)
		mode |= 0200;
	return mode;
}

static int map_files_lookup(struct inode *dir, struct dentry *dentry)
{
	struct task_struct *t = PROC_I(dir)->task;
	unsigned long start, end;
	struct inode *inode;
	struct file *file;

	if (!proc_may_inspect(t))
		return -EACCES;
	if (!parse_name(dentry->d_name, &start, &end))
		return -ENOENT;
	file = mapped_file(t, start, end);
	if (!file)
		return -ENOENT;
	inode = proc_new_inode(dir, dentry, &link_entry, t, 0, link_mode(file));
	fput(file);
	if (!inode)
		return -ENOMEM;
	PROC_I(inode)->start = start;
	PROC_I(inode)->end = end;
	inode->i_data.size = LINK_SIZE;
	d_add(dentry, inode);
	return 0;
}

/* The bounds of the first area at or above @from that maps a file. */
static bool next_area(struct mm_struct *mm, unsigned long from,
		      unsigned long *start, unsigned long *end)
{
	struct vm_area_struct *vma;

	mmap_read_lock(mm);
	vma = find_vma(mm, from);
	if (vma && vma->vm_start < from)
		vma = vma->vm_next;
	while (vma && !vma->vm_file)
		vma = vma->vm_next;
	if (vma) {
		*start = vma->vm_start;
		*end = vma->vm_end;
	}
	mmap_read_unlock(mm);
	return vma;
}

/* The position of an area is its page number, behind "." and "..": it stays
 * while others go. */
static void emit_areas(struct file *file, struct dir_context *ctx,
		       struct mm_struct *mm)
{
	unsigned long start, end;
	char name[40];

	while (next_area(mm, (unsigned long)(ctx->pos - 2) << PAGE_SHIFT,
			 &start, &end)) {
		ctx->pos = (loff_t)(start >> PAGE_SHIFT) + 2;
		snprintf(name, sizeof(name), "%lx-%lx", start, end);
		if (!proc_emit(file, ctx, name, DT_LNK))
			return;
	}
}

static int map_files_iterate(struct file *file, struct dir_context *ctx)
{
	struct task_struct *t = PROC_I(file->f_inode)->task;
	struct mm_struct *mm;

	if (proc_task_gone(t))
		return -ENOENT;
	if (!proc_may_inspect(t))
		return -EACCES;
	if (!dir_emit_dots(file, ctx))
		return 0;
	mm = get_task_mm(t);
	if (!mm)
		return 0;
	emit_areas(file, ctx, mm);
	mmput(mm);
	return 0;
}

const struct inode_operations proc_map_files_iop = {
	.lookup = map_files_lookup,
};
const struct file_operations proc_map_files_fop = {
	.iterate = map_files_iterate,
	.llseek = generic_llseek,
};
