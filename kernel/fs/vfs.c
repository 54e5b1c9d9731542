/* SPDX-License-Identifier: MIT */
/*
 * The start of the virtual file system: caches, the root mount, /dev.
 */
#include "internal.h"

static void set_init_fs(struct mount *mnt)
{
	init_fs.root.mnt = init_fs.pwd.mnt = mnt;
	init_fs.root.dentry = init_fs.pwd.dentry = mnt->mnt_root;
	path_get(&init_fs.root);
	path_get(&init_fs.pwd);
}

/**
 * vfs_init - make a root with an empty /dev on it
 *
 * From here on paths work, and drivers can make their nodes: devtmpfs is
 * mounted on /dev already, and a later mount of it shows the same nodes.
 *
 * Context: boot, once, as init_task; panics when there is no memory.
 */
void vfs_init(void)
{
	dcache_init();
	inode_init();
	file_init();
	files_init();
	anon_init(shmem_init());
	set_init_fs(mount_root(tmpfs_init(), "rootfs"));
	if (!current->fs)
		current->fs = &init_fs;
	if (vfs_mkdir(AT_FDCWD, "/dev", 0755) ||
	    vfs_mount("devtmpfs", "/dev", 0, "devtmpfs"))
		panic("The root file system does not take /dev.");
}
