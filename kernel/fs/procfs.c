/* SPDX-License-Identifier: MIT */
/*
 * The proc file system: what is common to all of it. Names come from tables
 * (struct proc_entry); the numbered directories are proc_pid.c.
 *
 *	/proc				the root's own operations
 *	  meminfo, sys/ …		proc_root_table, proc_sys_table
 *	  12/				proc_pid.c: a task's tables
 *
 * Nothing is kept: a lookup makes an inode, the last use frees it. Its number
 * is a hash of the directory's number and the name, so that readdir(3) and
 * stat(2) agree and it stays the same.
 *
 * A name that is not there fails the lookup itself, so that making one says
 * ENOENT, as on Linux.
 *
 * Inodes below a process's directory hold a reference to the task. Once it
 * has been waited for, its names are not valid any more and its open files
 * say ESRCH.
 *
 * Source: proc(5).
 */
#include "proc_internal.h"

#include <ikos/ipc.h>
#include <ikos/kernel.h>
#include <ikos/printk.h>
#include <ikos/slab.h>
#include <ikos/string.h>
#include <ikos/uaccess.h>

#include "devices.h"

#define PROC_ROOT_INO 1

static struct super_block *proc_sb;
static struct kmem_cache *proc_inode_cache;
static const struct proc_entry proc_root_table[];

static u64 ino_of(u64 dir, const char *name, size_t len)
{
	u64 h = 0xcbf29ce484222325UL ^ dir;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (u8)name[i]) * 0x100000001b3UL;
	/* Some programs keep it in a double: 52 bits. */
	return (h ^ h >> 40) & ((1UL << 52) - 1);
}

/* --- files ----------------------------------------------------------------- */

static int show_entry(struct seq_file *m, void *inode)
{
	struct proc_inode *pi = PROC_I(inode);

	if (!pi->task)
		return pi->entry->show(m, pi->entry->data);
	if (proc_task_gone(pi->task))
		return -ESRCH;
	return pi->entry->show(m, pi->task);
}

static int proc_file_open(struct inode *inode, struct file *file)
{
	return single_open(file, show_entry, inode);
}

/**
 * proc_get_text - copy what a program writes to a file of /proc
 * @text: kernel memory, @size bytes; gets a 0 at the end
 *
 * Context: may sleep. Return: bytes; -EFAULT; -EINVAL: too long.
 */
ssize_t proc_get_text(char *text, size_t size, const char __user *buf, size_t n)
{
	if (n >= size)
		return -EINVAL;
	if (copy_from_user(text, buf, n))
		return -EFAULT;
	text[n] = '\0';
	return (ssize_t)n;
}

static ssize_t proc_file_write(struct file *file, const char __user *buf,
			       size_t n, loff_t *pos)
{
	const struct proc_entry *entry = PROC_I(file->f_inode)->entry;
	char text[256];
	ssize_t len;

	if (!entry->write)
		return -EIO;
	/* A number is written at once: the rest of a long text is nothing. */
	if (*pos)
		return (ssize_t)n;
	len = proc_get_text(text, sizeof(text), buf, n);
	if (len >= 0)
		len = entry->write(entry, text, (size_t)len);
	if (len > 0)
		*pos += len;
	return len;
}

static const struct file_operations proc_file_fop = {
	.open = proc_file_open,
	.release = single_release,
	.read = seq_read,
	.write = proc_file_write,
	.llseek = seq_lseek,
};

/**
 * proc_setattr - ->setattr() of everything in /proc: who may do what is fixed
 *
 * Truncation is allowed and does nothing, since shells open what they write to
 * with O_TRUNC. Return: 0 or -EPERM.
 */
int proc_setattr(struct dentry *dentry, const struct iattr *attr)
{
	return attr->valid & (ATTR_MODE | ATTR_UID | ATTR_GID) ? -EPERM : 0;
}

static const struct inode_operations proc_file_iop = {
	.setattr = proc_setattr,
};

/* --- inodes ---------------------------------------------------------------- */

static umode_t mode_of(const struct proc_entry *entry)
{
	if (entry->mode)
		return entry->mode;
	return entry->children ? S_IFDIR | 0555 : S_IFREG | 0444;
}

static unsigned int dir_nlink(const struct proc_entry *dir)
{
	const struct proc_entry *e = dir->children;
	unsigned int n = 2;

	for (; e && e->name; e++)
		n += S_ISDIR(mode_of(e));
	return n;
}

static void set_operations(struct inode *inode, const struct proc_entry *entry)
{
	inode->i_op = entry->iop;
	inode->i_fop = entry->fop;
	if (S_ISDIR(inode->i_mode)) {
		inode->i_nlink = dir_nlink(entry);
		if (!inode->i_op)
			inode->i_op = &proc_table_iop;
		if (!inode->i_fop)
			inode->i_fop = &proc_table_fop;
	} else if (S_ISREG(inode->i_mode)) {
		if (!inode->i_op)
			inode->i_op = &proc_file_iop;
		if (!inode->i_fop)
			inode->i_fop = &proc_file_fop;
	}
}

static struct inode *make_inode(struct super_block *sb,
				const struct proc_entry *entry,
				struct task_struct *task, unsigned int fd,
				umode_t mode)
{
	struct proc_inode *pi = kmem_cache_alloc(proc_inode_cache, GFP_KERNEL);
	struct inode *inode;

	if (!pi)
		return NULL;
	inode = new_inode(sb);
	if (!inode) {
		kmem_cache_free(proc_inode_cache, pi);
		return NULL;
	}
	*pi = (struct proc_inode){ .entry = entry, .task = task, .fd = fd };
	if (task)
		get_task_struct(task);
	inode->i_private = pi;
	inode->i_mode = mode;
	inode->i_uid = inode->i_gid = 0;
	set_operations(inode, entry);
	if (task)
		proc_update_owner(inode);
	return inode;
}

static void proc_evict_inode(struct inode *inode)
{
	struct proc_inode *pi = PROC_I(inode);

	if (pi->task)
		put_task_struct(pi->task);
	kmem_cache_free(proc_inode_cache, pi);
}

/* A process that changes its user takes its directory along. */
static bool proc_d_valid(struct dentry *dentry)
{
	struct proc_inode *pi;

	if (!dentry->d_inode)
		return true;
	pi = PROC_I(dentry->d_inode);
	if (!pi->task)
		return true;
	if (proc_task_gone(pi->task))
		return false;
	proc_update_owner(dentry->d_inode);
	return true;
}

static const struct super_operations proc_sops = {
	.evict_inode = proc_evict_inode,
	.d_valid = proc_d_valid,
};

/**
 * proc_new_inode - an inode that a lookup gives to d_add() when it is complete
 * @dir: where the name is
 * @dentry: the name
 * @entry: what it is
 * @task: of whom, gets a reference; or NULL
 * @fd: which descriptor
 * @mode: type and permissions, 0: @entry's
 *
 * Context: may sleep. Return: the inode or NULL: no memory.
 */
struct inode *proc_new_inode(struct inode *dir, struct dentry *dentry,
			     const struct proc_entry *entry,
			     struct task_struct *task, unsigned int fd,
			     umode_t mode)
{
	struct inode *inode = make_inode(dir->i_sb, entry, task, fd,
					 mode ? mode : mode_of(entry));

	if (inode)
		inode->i_ino =
			ino_of(dir->i_ino, dentry->d_name, dentry->d_len);
	return inode;
}

/**
 * proc_add - a lookup has found something
 * @dentry: of the lookup
 * @entry: what it is
 * @task: whose it is, or NULL
 * @fd: for fd/ and fdinfo/
 * @mode: 0: what @entry says
 *
 * Context: ->lookup(). Return: 0 or -ENOMEM.
 */
int proc_add(struct inode *dir, struct dentry *dentry,
	     const struct proc_entry *entry, struct task_struct *task,
	     unsigned int fd, umode_t mode)
{
	struct inode *inode =
		proc_new_inode(dir, dentry, entry, task, fd, mode);

	if (!inode)
		return -ENOMEM;
	d_add(dentry, inode);
	return 0;
}

/* --- directories ----------------------------------------------------------- */

/**
 * proc_find - look a name up in a table
 * @table: ends with a name of NULL
 * @name: the name
 *
 * Context: any. Return: the entry or NULL.
 */
const struct proc_entry *proc_find(const struct proc_entry *table,
				   const char *name)
{
	for (const struct proc_entry *e = table; e->name; e++)
		if (!strcmp(e->name, name))
			return e;
	return NULL;
}

/**
 * proc_lookup_table - find a name in a table
 * @dir: its task and number are those of the new inode
 *
 * Context: ->lookup(). Return: 0, -ENOENT, -ENOMEM.
 */
int proc_lookup_table(struct inode *dir, struct dentry *dentry,
		      const struct proc_entry *table)
{
	const struct proc_entry *e = proc_find(table, dentry->d_name);

	return e ? proc_add(dir, dentry, e, PROC_I(dir)->task, 0, 0) : -ENOENT;
}

/**
 * proc_emit - report one name of a directory, at ctx->pos, and move on
 *
 * Return: false: no room.
 */
bool proc_emit(struct file *file, struct dir_context *ctx, const char *name,
	       unsigned int d_type)
{
	size_t len = strlen(name);

	if (!dir_emit(ctx, name, len, ino_of(file->f_inode->i_ino, name, len),
		      d_type))
		return false;
	ctx->pos++;
	return true;
}

/**
 * proc_emit_table - report "." and ".." and the names of a table
 *
 * Return: false: no room.
 */
bool proc_emit_table(struct file *file, struct dir_context *ctx,
		     const struct proc_entry *table)
{
	loff_t i = 2;

	if (!dir_emit_dots(file, ctx))
		return false;
	for (const struct proc_entry *e = table; e->name; e++, i++) {
		if (i < ctx->pos)
			continue;
		if (!proc_emit(file, ctx, e->name, mode_of(e) >> 12 & 15))
			return false;
	}
	return true;
}

static int table_lookup(struct inode *dir, struct dentry *dentry)
{
	return proc_lookup_table(dir, dentry, PROC_I(dir)->entry->children);
}

static int table_iterate(struct file *file, struct dir_context *ctx)
{
	struct proc_inode *pi = PROC_I(file->f_inode);

	if (pi->task && proc_task_gone(pi->task))
		return -ENOENT;
	proc_emit_table(file, ctx, pi->entry->children);
	return 0;
}

const struct inode_operations proc_table_iop = {
	.setattr = proc_setattr,
	.lookup = table_lookup,
};

const struct file_operations proc_table_fop = {
	.iterate = table_iterate,
	.llseek = generic_llseek,
};

/**
 * proc_parse_number - a name as a number: decimal, no leading zero
 *
 * Return: false: it is not one, or too large.
 */
bool proc_parse_number(const char *name, size_t len, unsigned int *n)
{
	if (!len || len > 9 || (len > 1 && name[0] == '0'))
		return false;
	*n = 0;
	for (size_t i = 0; i < len; i++) {
		if (name[i] < '0' || name[i] > '9')
			return false;
		*n = *n * 10 + (unsigned int)(name[i] - '0');
	}
	return true;
}

/* --- the root -------------------------------------------------------------- */

static int root_lookup(struct inode *dir, struct dentry *dentry)
{
	unsigned int n;

	if (proc_parse_number(dentry->d_name, dentry->d_len, &n))
		return proc_pid_lookup(dir, dentry);
	return proc_lookup_table(dir, dentry, proc_root_table);
}

static int root_iterate(struct file *file, struct dir_context *ctx)
{
	if (ctx->pos < PROC_FIRST_PID) {
		if (!proc_emit_table(file, ctx, proc_root_table))
			return 0;
		ctx->pos = PROC_FIRST_PID;
	}
	return proc_pid_iterate(file, ctx);
}

static int root_getattr(struct inode *inode, struct kstat *stat)
{
	generic_fillattr(inode, stat);
	stat->nlink = 3 + nr_processes();
	return 0;
}

static const struct inode_operations root_iop = {
	.setattr = proc_setattr,
	.lookup = root_lookup,
	.getattr = root_getattr,
};

static const struct file_operations root_fop = {
	.iterate = root_iterate,
	.llseek = generic_llseek,
};

static long text_readlink(struct inode *inode, char *buf, size_t size)
{
	const char *text = PROC_I(inode)->entry->data;
	size_t len = min(strlen(text), size);

	memcpy(buf, text, len);
	return (long)len;
}

static const struct inode_operations text_link_iop = {
	.readlink = text_readlink,
};

static long self_readlink(struct inode *inode, char *buf, size_t size)
{
	return min_t(long, (long)size,
		     snprintf(buf, size, "%d", current->tgid));
}

static long thread_self_readlink(struct inode *inode, char *buf, size_t size)
{
	return min_t(
		long, (long)size,
		snprintf(buf, size, "%d/task/%d", current->tgid, current->pid));
}

static const struct inode_operations self_iop = { .readlink = self_readlink };
static const struct inode_operations thread_self_iop = {
	.readlink = thread_self_readlink,
};

/* Tables that nothing is in: no disks, no swap. */
static int show_header(struct seq_file *m, void *text)
{
	seq_puts(m, text);
	return 0;
}

static char partitions_header[] = "major minor  #blocks  name\n\n";
static char swaps_header[] =
	"Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";

#define LINK_MODE (S_IFLNK | 0777)

static const struct proc_entry sysvipc_table[] = {
	{ .name = "shm", .fop = &proc_sysvipc_shm_fop },
	{ .name = "sem", .fop = &proc_sysvipc_sem_fop },
	{ .name = "msg", .fop = &proc_sysvipc_msg_fop },
	{},
};

static const struct proc_entry proc_root_table[] = {
	{ .name = "self", .mode = LINK_MODE, .iop = &self_iop },
	{ .name = "thread-self", .mode = LINK_MODE, .iop = &thread_self_iop },
	{ .name = "cmdline", .show = proc_cmdline_show },
	{ .name = "cpuinfo", .show = proc_cpuinfo_show },
	{ .name = "devices", .show = chrdevs_show },
	{ .name = "filesystems", .show = filesystems_show },
	{ .name = "interrupts", .show = proc_interrupts_show },
	{ .name = "loadavg", .show = proc_loadavg_show },
	{ .name = "partitions",
	  .show = show_header,
	  .data = partitions_header },
	{ .name = "swaps", .show = show_header, .data = swaps_header },
	{ .name = "meminfo", .show = proc_meminfo_show },
	{ .name = "mounts",
	  .mode = LINK_MODE,
	  .iop = &text_link_iop,
	  .data = "self/mounts" },
	{ .name = "net",
	  .mode = LINK_MODE,
	  .iop = &text_link_iop,
	  .data = "self/net" },
	{ .name = "slabinfo",
	  .mode = S_IFREG | 0400,
	  .show = proc_slabinfo_show },
	{ .name = "stat", .show = proc_stat_show },
	{ .name = "sys", .children = proc_sys_table },
	{ .name = "sysvipc", .children = sysvipc_table },
	{ .name = "uptime", .show = proc_uptime_show },
	{ .name = "version", .show = proc_version_show },
	{ .name = "buddyinfo", .show = proc_buddyinfo_show },
	{ .name = "vmstat", .show = proc_vmstat_show },
	{ .name = "zoneinfo", .show = proc_zoneinfo_show },
#ifdef CONFIG_DEBUG_VM
	{ .name = "inuse", .mode = S_IFREG | 0400, .show = proc_inuse_show },
#endif
	{},
};
_Static_assert(ARRAY_SIZE(proc_root_table) + 2 < PROC_FIRST_PID,
	       "positions in /proc: names, then processes");

static const struct proc_entry root_entry = {
	.name = "/",
	.mode = S_IFDIR | 0555,
	.iop = &root_iop,
	.fop = &root_fop,
};

/* There is one /proc, mounted as often as one likes. */
static struct super_block *proc_mount(struct file_system_type *type,
				      const char *data)
{
	return proc_sb;
}

static struct file_system_type proc_type = {
	.name = "proc",
	.nodev = true,
	.mount = proc_mount,
};

/**
 * proc_make_sb - a file system out of tables
 * @root: its root
 *
 * Context: boot. Return: NULL: no memory; said so.
 */
struct super_block *proc_make_sb(const char *type, unsigned long magic,
				 const struct proc_entry *root)
{
	struct super_block *sb = sb_alloc(type, magic, &proc_sops);
	struct inode *inode;

	inode = sb ? make_inode(sb, root, NULL, 0, root->mode) : NULL;
	if (inode) {
		inode->i_ino = PROC_ROOT_INO;
		sb->s_root = d_alloc_root(inode);
	}
	if (inode && sb->s_root)
		return sb;
	pr_err("%s: there is no memory for the file system\n", type);
	return NULL;
}

/**
 * proc_init - make the proc file system; mount(2) shows it
 *
 * Context: boot, after vfs_init().
 */
void proc_init(void)
{
	proc_inode_cache = KMEM_CACHE(proc_inode);
	proc_sb = proc_make_sb("proc", PROC_SUPER_MAGIC, &root_entry);
	if (proc_sb)
		register_filesystem(&proc_type);
	sysfs_init();
}
