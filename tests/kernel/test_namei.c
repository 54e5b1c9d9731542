/* SPDX-License-Identifier: MIT */
/* Paths: what a walk finds, what it says when it finds nothing. */
#include "test_fs.h"

KTEST(namei, dots_and_slashes_lead_to_the_same_file)
{
	struct kstat a, b;

	FS_BEGIN;
	EXPECT_EQ(MKDIR("/d"), 0);
	EXPECT_EQ(put_file(AT "/d/f", "x"), 0);
	EXPECT_EQ(lookup_stat(AT "/d/f", 0, &a), 0);
	EXPECT_EQ(lookup_stat(AT "//d/./../d///f", 0, &b), 0);
	EXPECT_EQ(a.ino, b.ino);
	EXPECT_EQ(lookup_stat("/../../.." AT "/d/../d/f", 0, &b), 0);
	EXPECT_EQ(a.ino, b.ino);
	EXPECT_EQ(lookup_stat(AT "/d/", 0, &b), 0);
	EXPECT_EQ(lookup_stat(AT "/d/f/", 0, &b), -ENOTDIR);
	EXPECT_EQ(lookup_stat(AT "/d/f/.", 0, &b), -ENOTDIR);
	EXPECT_EQ(lookup_stat(AT "/d/f/x", 0, &b), -ENOTDIR);
	EXPECT_EQ(lookup_stat(AT "/no/..", 0, &b), -ENOENT);
	EXPECT_EQ(lookup_stat("", 0, &b), -ENOENT);
	EXPECT_EQ(lookup_stat("/", 0, &b), 0);
	FS_END;
}

KTEST(namei, dotdot_leaves_a_mount)
{
	struct kstat dev, up;

	FS_BEGIN;
	EXPECT_EQ(lookup_stat("/dev", 0, &dev), 0);
	EXPECT_EQ(lookup_stat(AT "/..", 0, &up), 0);
	EXPECT_EQ(dev.ino, up.ino);
	EXPECT_EQ(dev.dev, up.dev);
	FS_END;
}

KTEST(namei, links_are_followed_where_asked)
{
	struct kstat st;

	FS_BEGIN;
	EXPECT_EQ(MKDIR("/d"), 0);
	EXPECT_EQ(put_file(AT "/d/f", "abc"), 0);
	EXPECT_EQ(SYMLINK("d/f", "/l"), 0);
	EXPECT_EQ(SYMLINK("l", "/l2"), 0);
	EXPECT_EQ(SYMLINK(AT "/d", "/abs"), 0);
	EXPECT_EQ(SYMLINK("missing", "/dangling"), 0);
	EXPECT_EQ(size_of(AT "/l2"), 3);
	EXPECT_EQ(lookup_stat(AT "/l2", 0, &st), 0);
	EXPECT(S_ISLNK(st.mode));
	EXPECT_EQ(size_of(AT "/abs/f"), 3);
	EXPECT_EQ(size_of(AT "/abs/../l"), 3);
	EXPECT_EQ(lookup_stat(AT "/abs", 0, &st), 0);
	EXPECT(S_ISLNK(st.mode));
	/* A slash behind a link follows it. */
	EXPECT_EQ(lookup_stat(AT "/abs/", 0, &st), 0);
	EXPECT(S_ISDIR(st.mode));
	EXPECT_EQ(lookup_stat(AT "/l/", 0, &st), -ENOTDIR);
	EXPECT_EQ(lookup_stat(AT "/dangling", LOOKUP_FOLLOW, &st), -ENOENT);
	EXPECT_EQ(lookup_stat(AT "/dangling", 0, &st), 0);
	FS_END;
}

KTEST(namei, forty_links_and_no_more)
{
	char name[32], to[32];
	struct kstat st;

	FS_BEGIN;
	EXPECT_EQ(put_file(AT "/l0", "x"), 0);
	for (int i = 1; i <= 41; i++) {
		snprintf(name, sizeof(name), AT "/l%d", i);
		snprintf(to, sizeof(to), "l%d", i - 1);
		EXPECT_EQ(vfs_symlink(to, AT_FDCWD, name), 0);
	}
	EXPECT_EQ(lookup_stat(AT "/l40", LOOKUP_FOLLOW, &st), 0);
	EXPECT_EQ(lookup_stat(AT "/l41", LOOKUP_FOLLOW, &st), -ELOOP);
	EXPECT_EQ(SYMLINK("self", "/self"), 0);
	EXPECT_EQ(lookup_stat(AT "/self", LOOKUP_FOLLOW, &st), -ELOOP);
	EXPECT_EQ(lookup_stat(AT "/self/x", 0, &st), -ELOOP);
	FS_END;
}

KTEST(namei, names_of_255_bytes)
{
	char name[sizeof(AT) + 258];

	FS_BEGIN;
	memset(name, 'n', sizeof(name));
	memcpy(name, AT "/", sizeof(AT));
	name[sizeof(AT) + 255] = '\0';
	EXPECT_EQ(put_file(name, "x"), 0);
	EXPECT_EQ(size_of(name), 1);
	name[sizeof(AT) + 255] = 'n';
	name[sizeof(AT) + 256] = '\0';
	EXPECT_EQ(put_file(name, "x"), -ENAMETOOLONG);
	EXPECT_EQ(exists(name), -ENAMETOOLONG);
	FS_END;
}

KTEST(namei, open_heeds_its_flags)
{
	FS_BEGIN;
	EXPECT_EQ(MKDIR("/d"), 0);
	EXPECT_EQ(put_file(AT "/f", "x"), 0);
	EXPECT_EQ(SYMLINK("f", "/l"), 0);
	EXPECT_EQ(SYMLINK("new", "/dangling"), 0);
	EXPECT_EQ(try_open(AT "/f", O_RDWR), 0);
	EXPECT_EQ(try_open(AT "/d", O_RDONLY), 0);
	EXPECT_EQ(try_open(AT "/d", O_RDWR), -EISDIR);
	EXPECT_EQ(try_open(AT "/d", O_CREAT | O_RDONLY), -EISDIR);
	EXPECT_EQ(try_open(AT "/d/.", O_CREAT | O_RDONLY), -EISDIR);
	EXPECT_EQ(try_open(AT "/f", O_DIRECTORY), -ENOTDIR);
	EXPECT_EQ(try_open(AT "/l", O_NOFOLLOW), -ELOOP);
	EXPECT_EQ(try_open(AT "/l", O_NOFOLLOW | O_DIRECTORY), -ENOTDIR);
	EXPECT_EQ(try_open(AT "/l", O_NOFOLLOW | O_PATH), 0);
	EXPECT_EQ(try_open(AT "/f", O_CREAT | O_EXCL | O_RDWR), -EEXIST);
	EXPECT_EQ(try_open(AT "/dangling", O_CREAT | O_EXCL | O_RDWR), -EEXIST);
	EXPECT_EQ(try_open(AT "/dangling", O_CREAT | O_RDWR), 0);
	EXPECT_EQ(exists(AT "/new"), 0);
	EXPECT_EQ(try_open(AT "/x/", O_CREAT | O_RDWR), -EISDIR);
	EXPECT_EQ(try_open(AT "/x", O_RDONLY), -ENOENT);
	EXPECT_EQ(try_open(AT "/no/x", O_CREAT | O_RDWR), -ENOENT);
	EXPECT_EQ(try_open(AT "/d", O_TMPFILE | O_RDWR), 0);
	EXPECT_EQ(try_open(AT "/d", O_TMPFILE), -EINVAL);
	FS_END;
}

KTEST(namei, a_stranger_is_kept_out)
{
	struct cred root = current->cred;

	FS_BEGIN;
	EXPECT_EQ(vfs_mkdir(AT_FDCWD, AT "/shut", 0700), 0);
	EXPECT_EQ(put_file(AT "/shut/f", "x"), 0);
	EXPECT_EQ(put_file(AT "/readable", "x"), 0);
	EXPECT_EQ(vfs_mkdir(AT_FDCWD, AT "/sticky", S_ISVTX | 0777), 0);
	EXPECT_EQ(put_file(AT "/sticky/root", "x"), 0);
	current->cred.fsuid = current->cred.fsgid = 1000;
	current->cred.cap_effective = 0;
	EXPECT_EQ(exists(AT "/shut/f"), -EACCES);
	EXPECT_EQ(exists(AT "/shut"), 0);
	EXPECT_EQ(try_open(AT "/shut", O_RDONLY), -EACCES);
	EXPECT_EQ(try_open(AT "/readable", O_RDONLY), 0);
	EXPECT_EQ(try_open(AT "/readable", O_WRONLY), -EACCES);
	EXPECT_EQ(try_open(AT "/readable", O_RDONLY | O_TRUNC), -EACCES);
	EXPECT_EQ(size_of(AT "/readable"), 1);
	EXPECT_EQ(UNLINK("/sticky/root"), -EPERM);
	EXPECT_EQ(RENAME("/sticky/root", "/sticky/mine", 0), -EPERM);
	EXPECT_EQ(put_file(AT "/sticky/own", "x"), 0);
	EXPECT_EQ(UNLINK("/sticky/own"), 0);
	EXPECT_EQ(vfs_mknod(AT_FDCWD, AT "/sticky/dev", S_IFCHR | 0666,
			    MKDEV(1, 3)),
		  -EPERM);
	current->cred = root;
	/* Root needs an x bit somewhere to execute. */
	EXPECT(IS_ERR(open_exec(AT "/readable")));
	FS_END;
}

KTEST(namei, a_path_comes_back_as_text)
{
	struct file *file;
	char *buf = kmalloc(PATH_MAX, GFP_KERNEL);

	ASSERT(buf);
	FS_BEGIN;
	EXPECT_EQ(MKDIR("/d"), 0);
	file = filp_open(AT_FDCWD, AT "/d/f", O_CREAT | O_RDWR, 0600);
	ASSERT(!IS_ERR(file));
	EXPECT(!strcmp(d_path(&file->f_path, buf, PATH_MAX), AT "/d/f"));
	EXPECT_EQ(PTR_ERR(d_path(&file->f_path, buf, 5)), -ENAMETOOLONG);
	EXPECT_EQ(RENAME("/d", "/e", 0), 0);
	EXPECT(!strcmp(d_path(&file->f_path, buf, PATH_MAX), AT "/e/f"));
	EXPECT_EQ(UNLINK("/e/f"), 0);
	EXPECT(!strcmp(d_path(&file->f_path, buf, PATH_MAX),
		       AT "/e/f (deleted)"));
	fput(file);
	FS_END;
	kfree(buf);
}

KTEST(namei, a_mount_in_use_is_busy)
{
	struct file *file;

	FS_BEGIN;
	file = filp_open(AT_FDCWD, AT "/f", O_CREAT | O_RDWR, 0600);
	ASSERT(!IS_ERR(file));
	EXPECT_EQ(vfs_umount(AT, 0), -EBUSY);
	EXPECT_EQ(MKDIR("/d"), 0);
	EXPECT_EQ(vfs_umount(AT "/d", 0), -EINVAL);
	EXPECT_EQ(vfs_mount("tmpfs", AT "/d", 0, NULL), 0);
	EXPECT_EQ(vfs_rmdir(AT_FDCWD, AT "/d"), -EBUSY);
	EXPECT_EQ(vfs_mount("nosuchfs", AT "/d", 0, NULL), -ENODEV);
	/* With everything in it, while a file is open. */
	EXPECT_EQ(vfs_umount(AT, MNT_DETACH), 0);
	EXPECT_EQ(exists(AT "/f"), -ENOENT);
	fput(file);
}

KTEST(namei, a_read_only_mount_is_not_written)
{
	FS_BEGIN;
	EXPECT_EQ(put_file(AT "/f", "x"), 0);
	EXPECT_EQ(vfs_mount(NULL, AT, MS_REMOUNT | MS_RDONLY, NULL), 0);
	EXPECT_EQ(put_file(AT "/f", "y"), -EROFS);
	EXPECT_EQ(put_file(AT "/g", "y"), -EROFS);
	EXPECT_EQ(MKDIR("/d"), -EROFS);
	EXPECT_EQ(UNLINK("/f"), -EROFS);
	EXPECT_EQ(RENAME("/f", "/g", 0), -EROFS);
	EXPECT(holds(AT "/f", "x"));
	FS_END;
}

static int make_things(void)
{
	int err = MKDIR("/d");

	if (!err)
		err = put_file(AT "/d/a name longer than what a dentry holds",
			       "x");
	if (!err)
		err = SYMLINK("d", "/l");
	if (!err)
		err = RENAME("/d/a name longer than what a dentry holds",
			     "/d/another", 0);
	if (!err)
		err = exists(AT "/l/another");
	return err;
}

KTEST(namei, no_allocation_is_indispensable)
{
	unsigned long nth = 0;
	bool hit;

	do {
		int err;

		FS_BEGIN;
		fail_nth_set(++nth);
		err = make_things();
		hit = fail_nth_hit();
		fail_nth_set(0);
		if (hit)
			EXPECT(err == -ENOMEM || err == -ENOSPC ||
			       err == -ENFILE);
		else
			EXPECT_EQ(err, 0);
		FS_END;
	} while (hit && nth < 200);
}
