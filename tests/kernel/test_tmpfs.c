/* SPDX-License-Identifier: MIT */
/* tmpfs: files, directories, links, rename; what is counted and given back. */
#include "test_fs.h"

KTEST(tmpfs, holes_read_as_zeroes)
{
	struct file *file;
	char buf[16];
	loff_t pos = 3 * PAGE_SIZE + 5;
	struct kstat st;

	FS_BEGIN;
	file = filp_open(AT_FDCWD, AT "/f", O_CREAT | O_RDWR, 0600);
	ASSERT(!IS_ERR(file));
	EXPECT_EQ(kernel_write(file, "end", 3, &pos), 3);
	pos = PAGE_SIZE;
	memset(buf, 'x', sizeof(buf));
	EXPECT_EQ(kernel_read(file, buf, sizeof(buf), &pos), sizeof(buf));
	EXPECT(!memchr(buf, 'x', sizeof(buf)));
	EXPECT_EQ(lookup_stat(AT "/f", 0, &st), 0);
	EXPECT_EQ(st.size, 3 * PAGE_SIZE + 8);
	EXPECT_EQ(st.blocks, 8); /* one page: reading a hole makes none */
	pos = 3 * PAGE_SIZE + 4;
	EXPECT_EQ(kernel_read(file, buf, sizeof(buf), &pos), 4);
	EXPECT(!memcmp(buf, "\0end", 4));
	EXPECT_EQ(kernel_read(file, buf, sizeof(buf), &pos), 0);
	EXPECT_EQ(generic_llseek(file, 0, SEEK_DATA), 3 * PAGE_SIZE);
	EXPECT_EQ(generic_llseek(file, 0, SEEK_HOLE), 0);
	EXPECT_EQ(generic_llseek(file, 3 * PAGE_SIZE, SEEK_HOLE),
		  3 * PAGE_SIZE + 8);
	EXPECT_EQ(generic_llseek(file, 3 * PAGE_SIZE + 8, SEEK_DATA), -ENXIO);
	fput(file);
	FS_END;
}

KTEST(tmpfs, what_truncation_cut_off_does_not_come_back)
{
	struct iattr attr = { .valid = ATTR_SIZE };
	struct file *file;
	char buf[8];
	loff_t pos = 0;

	FS_BEGIN;
	EXPECT_EQ(put_file(AT "/f", "secrets"), 0);
	file = filp_open(AT_FDCWD, AT "/f", O_RDWR, 0);
	ASSERT(!IS_ERR(file));
	attr.size = 2;
	EXPECT_EQ(file->f_inode->i_op->setattr(file->f_path.dentry, &attr), 0);
	attr.size = 7;
	EXPECT_EQ(file->f_inode->i_op->setattr(file->f_path.dentry, &attr), 0);
	EXPECT_EQ(kernel_read(file, buf, sizeof(buf), &pos), 7);
	EXPECT(!memcmp(buf, "se\0\0\0\0\0", 7));
	fput(file);
	FS_END;
}

KTEST(tmpfs, an_open_file_outlives_its_name)
{
	struct file *file;
	char buf[4];
	loff_t pos = 0;

	FS_BEGIN;
	EXPECT_EQ(put_file(AT "/f", "data"), 0);
	file = filp_open(AT_FDCWD, AT "/f", O_RDONLY, 0);
	ASSERT(!IS_ERR(file));
	EXPECT_EQ(UNLINK("/f"), 0);
	EXPECT_EQ(exists(AT "/f"), -ENOENT);
	EXPECT_EQ(file->f_inode->i_nlink, 0);
	EXPECT_EQ(put_file(AT "/f", "new"), 0);
	EXPECT_EQ(kernel_read(file, buf, 4, &pos), 4);
	EXPECT(!memcmp(buf, "data", 4));
	fput(file);
	FS_END;
}

KTEST(tmpfs, append_goes_to_the_end)
{
	struct file *file;
	loff_t pos = 0;

	FS_BEGIN;
	EXPECT_EQ(put_file(AT "/f", "one"), 0);
	file = filp_open(AT_FDCWD, AT "/f", O_WRONLY | O_APPEND, 0);
	ASSERT(!IS_ERR(file));
	EXPECT_EQ(kernel_write(file, "two", 3, &pos), 3);
	EXPECT_EQ(pos, 6);
	fput(file);
	EXPECT(holds(AT "/f", "onetwo"));
	FS_END;
}

KTEST(tmpfs, directories_count_their_links_and_size)
{
	FS_BEGIN;
	EXPECT_EQ(MKDIR("/d"), 0);
	EXPECT_EQ(nlink_of(AT "/d"), 2);
	EXPECT_EQ(size_of(AT "/d"), 40);
	EXPECT_EQ(MKDIR("/d/e"), 0);
	EXPECT_EQ(put_file(AT "/d/f", "x"), 0);
	EXPECT_EQ(nlink_of(AT "/d"), 3);
	EXPECT_EQ(size_of(AT "/d"), 80);
	EXPECT_EQ(RMDIR("/d"), -ENOTEMPTY);
	EXPECT_EQ(UNLINK("/d/e"), -EISDIR);
	EXPECT_EQ(RMDIR("/d/f"), -ENOTDIR);
	EXPECT_EQ(RMDIR("/d/e/."), -EINVAL);
	EXPECT_EQ(RMDIR("/d/e/.."), -ENOTEMPTY);
	EXPECT_EQ(RMDIR("/d/e/"), 0);
	EXPECT_EQ(UNLINK("/d/f/"), -ENOTDIR);
	EXPECT_EQ(UNLINK("/d/f"), 0);
	EXPECT_EQ(nlink_of(AT "/d"), 2);
	EXPECT_EQ(MKDIR("/d"), -EEXIST);
	EXPECT_EQ(RMDIR("/d"), 0);
	EXPECT_EQ(RMDIR("/d"), -ENOENT);
	FS_END;
}

KTEST(tmpfs, rename_replaces_what_it_may)
{
	FS_BEGIN;
	EXPECT_EQ(put_file(AT "/a", "a"), 0);
	EXPECT_EQ(put_file(AT "/b", "b"), 0);
	EXPECT_EQ(MKDIR("/d"), 0);
	EXPECT_EQ(MKDIR("/e"), 0);
	EXPECT_EQ(MKDIR("/e/sub"), 0);
	EXPECT_EQ(RENAME("/a", "/b", RENAME_NOREPLACE), -EEXIST);
	EXPECT_EQ(RENAME("/a", "/b", 0), 0);
	EXPECT(holds(AT "/b", "a"));
	EXPECT_EQ(exists(AT "/a"), -ENOENT);
	EXPECT_EQ(RENAME("/b", "/d", 0), -EISDIR);
	EXPECT_EQ(RENAME("/d", "/b", 0), -ENOTDIR);
	EXPECT_EQ(RENAME("/d", "/e", 0), -ENOTEMPTY);
	EXPECT_EQ(RENAME("/e", "/d", 0), 0);
	EXPECT_EQ(exists(AT "/d/sub"), 0);
	EXPECT_EQ(nlink_of(AT "/d"), 3);
	EXPECT_EQ(nlink_of(AT), 3);
	EXPECT_EQ(RENAME("/no", "/x", 0), -ENOENT);
	EXPECT_EQ(RENAME("/b", "/x/", 0), -ENOTDIR);
	EXPECT_EQ(RENAME("/d/.", "/x", 0), -EBUSY);
	EXPECT_EQ(RENAME("/b", "/d/..", 0), -EBUSY);
	FS_END;
}

KTEST(tmpfs, a_directory_does_not_move_into_itself)
{
	FS_BEGIN;
	EXPECT_EQ(MKDIR("/a"), 0);
	EXPECT_EQ(MKDIR("/a/b"), 0);
	EXPECT_EQ(MKDIR("/a/b/c"), 0);
	EXPECT_EQ(RENAME("/a", "/a/b/c/d", 0), -EINVAL);
	EXPECT_EQ(RENAME("/a", "/a/x", 0), -EINVAL);
	EXPECT_EQ(RENAME("/a", "/a", 0), 0);
	EXPECT_EQ(RENAME("/a/b/c", "/a", 0), -ENOTEMPTY);
	EXPECT_EQ(RENAME("/a/b/c", "/a/b", RENAME_EXCHANGE), -EINVAL);
	EXPECT_EQ(RENAME("/a/b/c", "/c", 0), 0);
	EXPECT_EQ(nlink_of(AT "/a/b"), 2);
	EXPECT_EQ(nlink_of(AT), 4);
	FS_END;
}

KTEST(tmpfs, exchange_swaps_two_names)
{
	FS_BEGIN;
	EXPECT_EQ(put_file(AT "/f", "file"), 0);
	EXPECT_EQ(MKDIR("/p"), 0);
	EXPECT_EQ(MKDIR("/p/d"), 0);
	EXPECT_EQ(RENAME("/f", "/p/d", RENAME_EXCHANGE), 0);
	EXPECT(holds(AT "/p/d", "file"));
	EXPECT_EQ(nlink_of(AT "/f"), 2);
	EXPECT_EQ(nlink_of(AT "/p"), 2);
	EXPECT_EQ(nlink_of(AT), 4);
	EXPECT_EQ(RENAME("/f", "/no", RENAME_EXCHANGE), -ENOENT);
	EXPECT_EQ(RENAME("/f", "/p/d", RENAME_EXCHANGE | RENAME_NOREPLACE),
		  -EINVAL);
	FS_END;
}

KTEST(tmpfs, a_program_is_not_written_while_it_runs)
{
	struct file *prog, *file;

	FS_BEGIN;
	file = filp_open(AT_FDCWD, AT "/p", O_CREAT | O_WRONLY, 0755);
	ASSERT(!IS_ERR(file));
	EXPECT_EQ(PTR_ERR(open_exec(AT "/p")), -ETXTBSY);
	fput(file);
	prog = open_exec(AT "/p");
	ASSERT(!IS_ERR(prog));
	EXPECT_EQ(try_open(AT "/p", O_WRONLY), -ETXTBSY);
	EXPECT_EQ(try_open(AT "/p", O_RDONLY | O_TRUNC), -ETXTBSY);
	EXPECT_EQ(try_open(AT "/p", O_RDONLY), 0);
	fput(prog);
	EXPECT_EQ(try_open(AT "/p", O_WRONLY), 0);
	EXPECT_EQ(PTR_ERR(open_exec(AT)), -EACCES);
	FS_END;
}

struct listing {
	struct dir_context ctx;
	int count, stop_after;
	char last[32];
};

static bool list_actor(struct dir_context *ctx, const char *name, size_t len,
		       loff_t pos, u64 ino, unsigned int type)
{
	struct listing *l = container_of(ctx, struct listing, ctx);

	if (l->stop_after && l->count == l->stop_after)
		return false;
	l->count++;
	snprintf(l->last, sizeof(l->last), "%s", name);
	return true;
}

static int list_some(struct file *dir, struct listing *l)
{
	int err;

	mutex_lock(&dir->f_inode->i_lock);
	err = dir->f_op->iterate(dir, &l->ctx);
	mutex_unlock(&dir->f_inode->i_lock);
	return err;
}

/* What rm -r does: read a few names, remove them, read on. */
KTEST(tmpfs, a_listing_goes_on_while_names_go)
{
	struct listing l = { .ctx = { .actor = list_actor }, .stop_after = 7 };
	struct file *dir;
	char name[32];
	int removed = 0, seen = -2;

	FS_BEGIN;
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), AT "/f%d", i);
		EXPECT_EQ(put_file(name, "x"), 0);
	}
	dir = filp_open(AT_FDCWD, AT, O_RDONLY, 0);
	ASSERT(!IS_ERR(dir));
	do {
		l.count = 0;
		EXPECT_EQ(list_some(dir, &l), 0);
		seen += l.count;
		while (removed < seen) {
			snprintf(name, sizeof(name), AT "/f%d", removed++);
			EXPECT_EQ(vfs_unlink(AT_FDCWD, name), 0);
		}
	} while (l.count);
	EXPECT_EQ(seen, 100);
	EXPECT_EQ(size_of(AT), 40);
	fput(dir);
	FS_END;
}

KTEST(tmpfs, pages_come_and_go_with_the_data)
{
	unsigned long before = nr_shmem_pages();
	struct file *file;
	char *page = kzalloc(PAGE_SIZE, GFP_KERNEL);
	loff_t pos = 0;

	ASSERT(page);
	FS_BEGIN;
	file = filp_open(AT_FDCWD, AT "/f", O_CREAT | O_RDWR, 0600);
	ASSERT(!IS_ERR(file));
	for (int i = 0; i < 100; i++)
		EXPECT_EQ(kernel_write(file, page, PAGE_SIZE, &pos), PAGE_SIZE);
	EXPECT_EQ(nr_shmem_pages() - before, 100);
	fput(file);
	EXPECT_EQ(try_open(AT "/f", O_WRONLY | O_TRUNC), 0);
	EXPECT_EQ(nr_shmem_pages(), before);
	kfree(page);
	FS_END;
}

KTEST(tmpfs, a_full_file_system_says_so)
{
	struct file *file;
	char *page = kzalloc(PAGE_SIZE, GFP_KERNEL);
	loff_t pos = 0;

	ASSERT(page);
	ASSERT(!vfs_mount("tmpfs", AT, 0, NULL));
	file = filp_open(AT_FDCWD, AT "/f", O_CREAT | O_RDWR, 0600);
	ASSERT(!IS_ERR(file));
	file->f_mapping->quota->max = 10;
	for (int i = 0; i < 10; i++)
		EXPECT_EQ(kernel_write(file, page, PAGE_SIZE, &pos), PAGE_SIZE);
	EXPECT_EQ(kernel_write(file, page, PAGE_SIZE, &pos), -ENOSPC);
	pos = PAGE_SIZE; /* what is there can be written */
	EXPECT_EQ(kernel_write(file, page, PAGE_SIZE, &pos), PAGE_SIZE);
	pos = 10 * PAGE_SIZE - 100;
	EXPECT_EQ(kernel_write(file, page, PAGE_SIZE, &pos), 100);
	EXPECT_EQ(size_of(AT "/f"), 10 * PAGE_SIZE);
	truncate_setsize(file->f_mapping, PAGE_SIZE);
	EXPECT_EQ(atomic64_read(&file->f_mapping->quota->used), 1);
	fput(file);
	kfree(page);
	FS_END;
}
