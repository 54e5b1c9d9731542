/* SPDX-License-Identifier: MIT */
/*
 * /proc/sys: the kernel's settings. Those whose variable exists can be
 * written; the others tell what is.
 */
#include "proc_internal.h"

#include <ikos/binfmt.h>
#include <ikos/fdtable.h>
#include <ikos/ipc.h>
#include <ikos/kernel.h>
#include <ikos/mm_views.h>
#include <ikos/random.h>
#include <ikos/string.h>
#include <ikos/utsname.h>

/* --- text ------------------------------------------------------------------ */

static int show_text(struct seq_file *m, void *text)
{
	seq_printf(m, "%s\n", (const char *)text);
	return 0;
}

static int show_uts(struct seq_file *m, void *text)
{
	spin_lock(&uts_lock);
	show_text(m, text);
	spin_unlock(&uts_lock);
	return 0;
}

/* One line of at most NEW_UTS_LEN bytes, as sethostname(2) sets it. */
static ssize_t write_uts(const struct proc_entry *entry, char *text, size_t n)
{
	size_t len = 0;

	while (len < n && len < NEW_UTS_LEN && text[len] && text[len] != '\n')
		len++;
	spin_lock(&uts_lock);
	memset(entry->data, 0, NEW_UTS_LEN + 1);
	memcpy(entry->data, text, len);
	spin_unlock(&uts_lock);
	return (ssize_t)n;
}

/* --- numbers --------------------------------------------------------------- */

struct sys_int {
	int *var;
	int min, max;
};

/* Without the blanks around it. */
static char *trim(char *text, size_t len)
{
	while (len && (text[len - 1] == '\n' || text[len - 1] == ' ' ||
		       text[len - 1] == '\t'))
		text[--len] = '\0';
	while (*text == ' ' || *text == '\t')
		text++;
	return text;
}

static int show_int(struct seq_file *m, void *data)
{
	const struct sys_int *s = data;

	seq_printf(m, "%d\n", *s->var);
	return 0;
}

static ssize_t write_int(const struct proc_entry *entry, char *text, size_t n)
{
	const struct sys_int *s = entry->data;
	long v;

	if (kstrtol(trim(text, n), 0, &v) || v < s->min || v > s->max)
		return -EINVAL;
	WRITE_ONCE(*s->var, (int)v);
	return (ssize_t)n;
}

static int show_ulong(struct seq_file *m, void *var)
{
	seq_printf(m, "%lu\n", *(unsigned long *)var);
	return 0;
}

/* A negative number is no error, but nothing changes. */
static ssize_t write_ulong(const struct proc_entry *entry, char *text, size_t n)
{
	unsigned long v;
	bool negative;

	text = trim(text, n);
	negative = *text == '-';
	if (kstrtoul(text + negative, 0, &v))
		return -EINVAL;
	if (!negative)
		WRITE_ONCE(*(unsigned long *)entry->data, v);
	return (ssize_t)n;
}

/* --- vm -------------------------------------------------------------------- */

static struct sys_int va_space = { &randomize_va_space, INT_MIN, INT_MAX };
static struct sys_int legacy_va_layout = { &sysctl_legacy_va_layout, INT_MIN,
					   INT_MAX };
static struct sys_int max_map_count = { &sysctl_max_map_count, 0, INT_MAX };
static struct sys_int overcommit_memory = { &sysctl_overcommit_memory,
					    OVERCOMMIT_GUESS,
					    OVERCOMMIT_NEVER };
static struct sys_int overcommit_ratio = { &sysctl_overcommit_ratio, INT_MIN,
					   INT_MAX };

/* The limit is either a part of memory or a number: the last one written. */
static ssize_t write_overcommit_ratio(const struct proc_entry *entry,
				      char *text, size_t n)
{
	ssize_t ret = write_int(entry, text, n);

	if (ret > 0)
		sysctl_overcommit_kbytes = 0;
	return ret;
}

static ssize_t write_overcommit_kbytes(const struct proc_entry *entry,
				       char *text, size_t n)
{
	ssize_t ret = write_ulong(entry, text, n);

	if (ret > 0)
		sysctl_overcommit_ratio = 0;
	return ret;
}

#define SETTING(name_, show_, write_, data_)                                   \
	{                                                                      \
		.name = (name_), .mode = S_IFREG | 0644, .show = (show_),      \
		.write = (write_), .data = (data_)                             \
	}

static int show_number(struct seq_file *m, void *number)
{
	seq_printf(m, "%lu\n", (unsigned long)number);
	return 0;
}

static int show_threads_max(struct seq_file *m, void *unused)
{
	seq_printf(m, "%u\n", threads_max);
	return 0;
}

#define NUMBER(name_, n)                                                       \
	{                                                                      \
		.name = (name_), .show = show_number, .data = (void *)(n)      \
	}

/* --- System V IPC ---------------------------------------------------------- */

static struct sys_int shmmni = { &sysctl_shmmni, 0, IPCMNI };
static struct sys_int msgmax = { &sysctl_msgmax, 0, INT_MAX };
static struct sys_int msgmnb = { &sysctl_msgmnb, 0, INT_MAX };
static struct sys_int msgmni = { &sysctl_msgmni, 0, IPCMNI };

static struct sys_int rmid_forced = { &sysctl_shm_rmid_forced, 0, 1 };

static ssize_t write_rmid_forced(const struct proc_entry *entry, char *text,
				 size_t n)
{
	ssize_t ret = write_int(entry, text, n);

	if (ret > 0)
		shm_end_orphans();
	return ret;
}

static int show_sem(struct seq_file *m, void *unused)
{
	for (int i = 0; i < 4; i++)
		seq_printf(m, "%d%c", sysctl_sem[i], i < 3 ? '\t' : '\n');
	return 0;
}

/* Up to four numbers; those that are missing stay. */
static ssize_t write_sem(const struct proc_entry *entry, char *text, size_t n)
{
	int values[4];
	long v;

	memcpy(values, sysctl_sem, sizeof(values));
	text = trim(text, n);
	for (int i = 0; i < 4 && *text; i++) {
		char *end = text;

		while (*end && *end != ' ' && *end != '\t')
			end++;
		if (*end)
			*end++ = '\0';
		if (kstrtol(text, 0, &v) || v < INT_MIN || v > INT_MAX)
			return -EINVAL;
		values[i] = (int)v;
		for (text = end; *text == ' ' || *text == '\t';)
			text++;
	}
	if (values[SEM_MNI] < 0 || values[SEM_MNI] > IPCMNI)
		return -EINVAL;
	memcpy(sysctl_sem, values, sizeof(values));
	return (ssize_t)n;
}

/* --- random ---------------------------------------------------------------- */

/* RFC 4122: version 4, random. */
static void show_uuid_bytes(struct seq_file *m, const u8 *u)
{
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			seq_putc(m, '-');
		seq_printf(m, "%02x", u[i]);
	}
	seq_putc(m, '\n');
}

static void make_uuid(u8 *u)
{
	get_random_bytes(u, 16);
	u[6] = (u8)((u[6] & 0x0f) | 0x40);
	u[8] = (u8)((u[8] & 0x3f) | 0x80);
}

static int show_uuid(struct seq_file *m, void *unused)
{
	u8 u[16];

	make_uuid(u);
	show_uuid_bytes(m, u);
	return 0;
}

static int show_boot_id(struct seq_file *m, void *unused)
{
	static DEFINE_SPINLOCK(lock);
	static u8 boot_id[16];

	spin_lock(&lock);
	if (!boot_id[8])
		make_uuid(boot_id);
	spin_unlock(&lock);
	show_uuid_bytes(m, boot_id);
	return 0;
}

/* --- directories ------------------------------------------------------------ */

static const struct inode_operations sys_file_iop;

static int sys_lookup(struct inode *dir, struct dentry *dentry)
{
	const struct proc_entry *e =
		proc_find(PROC_I(dir)->entry->children, dentry->d_name);
	struct inode *inode;

	if (!e)
		return -ENOENT;
	inode = proc_new_inode(dir, dentry, e, NULL, 0, 0);
	if (!inode)
		return -ENOMEM;
	if (S_ISREG(inode->i_mode))
		inode->i_op = &sys_file_iop;
	d_add(dentry, inode);
	return 0;
}

/* A setting's bits bind root, too: what nobody may write is not opened. */
static int sys_permission(struct inode *inode, int mask)
{
	umode_t mode = inode->i_mode;

	if (cred_is_root(&current->cred))
		mode >>= 6;
	else if (in_egroup(0))
		mode >>= 3;
	return mask & ~mode & 7 ? -EACCES : 0;
}

static const struct inode_operations sys_file_iop = {
	.setattr = proc_setattr,
	.permission = sys_permission,
};

static const struct inode_operations sys_dir_iop = {
	.setattr = proc_setattr,
	.lookup = sys_lookup,
};

/* --- the tree -------------------------------------------------------------- */

static const struct proc_entry random_table[] = {
	{ .name = "boot_id", .show = show_boot_id },
	{ .name = "uuid", .show = show_uuid },
	NUMBER("entropy_avail", 256),
	NUMBER("poolsize", 256),
	{},
};

static const struct proc_entry kernel_table[] = {
	{ .name = "ostype", .show = show_text, .data = system_utsname.sysname },
	{ .name = "osrelease",
	  .show = show_text,
	  .data = system_utsname.release },
	{ .name = "version",
	  .show = show_text,
	  .data = system_utsname.version },
	{ .name = "hostname",
	  .mode = S_IFREG | 0644,
	  .show = show_uts,
	  .write = write_uts,
	  .data = system_utsname.nodename },
	{ .name = "domainname",
	  .mode = S_IFREG | 0644,
	  .show = show_uts,
	  .write = write_uts,
	  .data = system_utsname.domainname },
	NUMBER("pid_max", PID_MAX),
	{ .name = "threads-max", .show = show_threads_max },
	NUMBER("ngroups_max", NGROUPS_MAX),
	NUMBER("cap_last_cap", 40),
	SETTING("randomize_va_space", show_int, write_int, &va_space),
	{ .name = "random", .children = random_table, .iop = &sys_dir_iop },
	SETTING("shmmax", show_ulong, write_ulong, &sysctl_shmmax),
	SETTING("shmall", show_ulong, write_ulong, &sysctl_shmall),
	SETTING("shmmni", show_int, write_int, &shmmni),
	SETTING("shm_rmid_forced", show_int, write_rmid_forced, &rmid_forced),
	SETTING("sem", show_sem, write_sem, NULL),
	SETTING("msgmax", show_int, write_int, &msgmax),
	SETTING("msgmnb", show_int, write_int, &msgmnb),
	SETTING("msgmni", show_int, write_int, &msgmni),
	{},
};

static const struct proc_entry vm_table[] = {
	SETTING("admin_reserve_kbytes", show_ulong, write_ulong,
		&sysctl_admin_reserve_kbytes),
	SETTING("legacy_va_layout", show_int, write_int, &legacy_va_layout),
	SETTING("max_map_count", show_int, write_int, &max_map_count),
	SETTING("overcommit_kbytes", show_ulong, write_overcommit_kbytes,
		&sysctl_overcommit_kbytes),
	SETTING("overcommit_memory", show_int, write_int, &overcommit_memory),
	SETTING("overcommit_ratio", show_int, write_overcommit_ratio,
		&overcommit_ratio),
	SETTING("user_reserve_kbytes", show_ulong, write_ulong,
		&sysctl_user_reserve_kbytes),
	NUMBER("mmap_min_addr", MMAP_MIN_ADDR),
	{},
};

static const struct proc_entry fs_table[] = {
	/* No limit for the whole machine, like a Linux that has the most. */
	NUMBER("file-max", LONG_MAX),
	NUMBER("nr_open", NR_OPEN_MAX),
	NUMBER("pipe-max-size", MiB(1)),
	{},
};

const struct proc_entry proc_sys_table[] = {
	{ .name = "fs", .children = fs_table, .iop = &sys_dir_iop },
	{ .name = "kernel", .children = kernel_table, .iop = &sys_dir_iop },
	{ .name = "vm", .children = vm_table, .iop = &sys_dir_iop },
	{},
};
