/* SPDX-License-Identifier: MIT */
/*
 * File system types and their instances. Owns the list of types and the
 * super blocks' device numbers: anonymous ones, major 0, as on Linux for
 * everything that has no disk.
 */
#include "internal.h"

#include <ikos/seq_file.h>
#include <ikos/slab.h>

static LIST_HEAD(file_systems);
static DEFINE_SPINLOCK(file_systems_lock);
static atomic_t next_minor;

/**
 * register_filesystem - make a type known to mount(2)
 * @type: lives for ever
 *
 * Context: any task context.
 */
void register_filesystem(struct file_system_type *type)
{
	spin_lock(&file_systems_lock);
	list_add_tail(&type->list, &file_systems);
	spin_unlock(&file_systems_lock);
}

/**
 * get_fs_type - find a type by its name
 * @name: as mount(2) gives it
 *
 * Context: any task context.
 * Return: the type, or NULL when there is none of that name.
 */
struct file_system_type *get_fs_type(const char *name)
{
	struct file_system_type *type, *found = NULL;

	spin_lock(&file_systems_lock);
	list_for_each_entry (type, &file_systems, list)
		if (!strcmp(type->name, name))
			found = type;
	spin_unlock(&file_systems_lock);
	return found;
}

/**
 * sb_alloc - a super block with a device number of its own
 * @type: the type's name; lives for ever
 * @magic: f_type of statfs(2)
 * @op: operations; may be NULL
 *
 * Context: may sleep.
 * Return: the super block without a root, or NULL when there is no memory.
 */
struct super_block *sb_alloc(const char *type, unsigned long magic,
			     const struct super_operations *op)
{
	struct super_block *sb = kzalloc(sizeof(*sb), GFP_KERNEL);

	if (!sb)
		return NULL;
	sb->s_dev = MKDEV(0, (dev_t)atomic_add_return(1, &next_minor));
	sb->s_magic = magic;
	sb->s_type = type;
	sb->s_op = op;
	return sb;
}

/**
 * sb_put - a mount of a file system has gone
 * @sb: its super block
 *
 * The last one ends the file system, where its type wants that; others stay,
 * like proc.
 *
 * Context: may sleep.
 */
void sb_put(struct super_block *sb)
{
	if (!atomic_dec_and_test(&sb->s_active))
		return;
	if (!sb->s_op || !sb->s_op->kill_sb)
		return;
	sb->s_op->kill_sb(sb);
	kfree(sb);
}

/**
 * filesystems_show - print /proc/filesystems
 * @m: where to
 * @unused: of single_open()
 *
 * Context: any task context. Return: 0. Source: filesystems(5).
 */
int filesystems_show(struct seq_file *m, void *unused)
{
	struct file_system_type *type;

	spin_lock(&file_systems_lock);
	list_for_each_entry (type, &file_systems, list)
		seq_printf(m, "%s\t%s\n", type->nodev ? "nodev" : "",
			   type->name);
	spin_unlock(&file_systems_lock);
	return 0;
}
