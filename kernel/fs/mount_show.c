/* SPDX-License-Identifier: MIT */
/*
 * The text of /proc/mounts: one line a mount, as getmntent(3) reads it.
 */
#include "internal.h"

#include <ikos/seq_file.h>

static const struct {
	unsigned int flag;
	const char *text;
} flag_names[] = {
	{ MS_NOSUID, ",nosuid" },	  { MS_NODEV, ",nodev" },
	{ MS_NOEXEC, ",noexec" },	  { MS_NOATIME, ",noatime" },
	{ MS_NODIRATIME, ",nodiratime" },
};

static void show_flags(struct seq_file *m, unsigned int flags)
{
	seq_puts(m, flags & MS_RDONLY ? "ro" : "rw");
	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++)
		if (flags & flag_names[i].flag)
			seq_puts(m, flag_names[i].text);
	if (!(flags & (MS_NOATIME | MS_STRICTATIME)))
		seq_puts(m, ",relatime");
}

/* Blanks and backslashes as octal numbers: they would end the field. */
static void show_escaped(struct seq_file *m, const char *s)
{
	for (; *s; s++) {
		if (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\\')
			seq_printf(m, "\\%03o", (unsigned int)(u8)*s);
		else
			seq_putc(m, *s);
	}
}

static int show_mount(struct mount *mnt, void *data)
{
	struct path path = { mnt, mnt->mnt_root };
	struct seq_file *m = data;

	show_escaped(m, mnt->mnt_devname);
	seq_putc(m, ' ');
	seq_path(m, &path, " \t\n\\");
	seq_printf(m, " %s ", mnt->mnt_sb->s_type);
	show_flags(m, mnt->mnt_flags);
	if (mnt->mnt_sb->s_op && mnt->mnt_sb->s_op->show_options)
		mnt->mnt_sb->s_op->show_options(m, mnt->mnt_sb);
	seq_puts(m, " 0 0\n");
	return 0;
}

/**
 * mounts_show - print /proc/mounts
 * @m: where to
 * @unused: of single_open()
 *
 * Context: may sleep.
 * Return: 0. Source: proc(5), fstab(5).
 */
int mounts_show(struct seq_file *m, void *unused)
{
	return for_each_mount(show_mount, m);
}

/* ID parent's-ID device root mount-point options - type source options */
static int show_mountinfo(struct mount *mnt, void *data)
{
	struct path path = { mnt, mnt->mnt_root };
	struct super_block *sb = mnt->mnt_sb;
	struct seq_file *m = data;

	seq_printf(m, "%d %d %u:%u / ", mnt->mnt_id, mnt->mnt_parent->mnt_id,
		   MAJOR(sb->s_dev), MINOR(sb->s_dev));
	seq_path(m, &path, " \t\n\\");
	seq_putc(m, ' ');
	show_flags(m, mnt->mnt_flags);
	seq_printf(m, " - %s ", sb->s_type);
	show_escaped(m, mnt->mnt_devname);
	seq_puts(m, mnt->mnt_flags & MS_RDONLY ? " ro" : " rw");
	if (sb->s_op && sb->s_op->show_options)
		sb->s_op->show_options(m, sb);
	seq_putc(m, '\n');
	return 0;
}

/**
 * mountinfo_show - print /proc/PID/mountinfo
 * @m: where to
 * @unused: of single_open()
 *
 * Context: may sleep. Return: 0. Source: proc(5).
 */
int mountinfo_show(struct seq_file *m, void *unused)
{
	return for_each_mount(show_mountinfo, m);
}
