/* SPDX-License-Identifier: MIT */
/* Shared memory without a name: the file, its pages, what is given back. */
#include "test_fs.h"

#include <ikos/mm.h>
#include <uapi/falloc.h>

#define HOLE (FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE)

static long allocate(struct file *file, int mode, loff_t from, loff_t len)
{
	return file->f_op->fallocate(file, mode, from, len);
}

KTEST(shmem, a_file_without_a_name_shows_its_name)
{
	struct file *file = shmem_file_setup("memfd:a name", 0, VM_NORESERVE);
	char buf[64], *s;

	ASSERT(!IS_ERR(file));
	s = d_path(&file->f_path, buf, sizeof(buf));
	EXPECT(!IS_ERR(s) && !strcmp(s, "/memfd:a name (deleted)"));
	EXPECT_EQ(PTR_ERR(d_path(&file->f_path, buf, 10)), -ENAMETOOLONG);
	EXPECT_EQ(file->f_inode->i_nlink, 0);
	EXPECT_EQ(file->f_inode->i_sb->s_dev, MKDEV(0, 1));
	fput(file);
}

KTEST(shmem, a_size_is_promised_and_given_back)
{
	unsigned long before = vm_committed();
	struct file *file = shmem_file_setup("x", 10 * PAGE_SIZE, 0);
	loff_t pos = 0;

	ASSERT(!IS_ERR(file));
	EXPECT_EQ(vm_committed(), before + 10);
	EXPECT_EQ(kernel_write(file, "data", 4, &pos), 4);
	EXPECT_EQ(vm_committed(), before + 10);
	fput(file);
	EXPECT_EQ(vm_committed(), before);
	file = shmem_file_setup("x", 10 * PAGE_SIZE, VM_NORESERVE);
	ASSERT(!IS_ERR(file));
	EXPECT_EQ(vm_committed(), before);
	pos = 0;
	EXPECT_EQ(kernel_write(file, "data", 4, &pos), 4);
	EXPECT_EQ(vm_committed(), before + 1);
	fput(file);
	EXPECT_EQ(vm_committed(), before);
	EXPECT_EQ(PTR_ERR(shmem_file_setup("x", LONG_MAX, 0)), -ENOMEM);
}

KTEST(shmem, making_a_file_survives_failing_allocations)
{
	unsigned long before = vm_committed();
	struct file *file;
	loff_t pos;

	for (unsigned long nth = 1;; nth++) {
		bool hit;

		fail_nth_set(nth);
		file = shmem_file_setup("a name that is too long for a dentry's"
					" own room",
					PAGE_SIZE, 0);
		if (!IS_ERR(file)) {
			pos = 0;
			kernel_write(file, "x", 1, &pos);
			allocate(file, 0, 0, 100 * PAGE_SIZE);
		}
		hit = fail_nth_hit();
		fail_nth_set(0);
		if (!IS_ERR(file))
			fput(file);
		EXPECT_EQ(vm_committed(), before);
		if (!hit)
			break;
	}
	EXPECT(!IS_ERR(file));
}

KTEST(shmem, a_full_file_system_gives_back_what_it_began)
{
	unsigned long before = nr_shmem_pages();
	struct page_quota *quota;
	struct file *file;
	loff_t pos = 2 * PAGE_SIZE;

	FS_BEGIN;
	file = filp_open(AT_FDCWD, AT "/f", O_CREAT | O_RDWR, 0600);
	ASSERT(!IS_ERR(file));
	quota = file->f_mapping->quota;
	quota->max = 10;
	EXPECT_EQ(kernel_write(file, "x", 1, &pos), 1);
	EXPECT_EQ(allocate(file, 0, 0, 11 * PAGE_SIZE), -ENOSPC);
	EXPECT_EQ(allocate(file, 0, 5 * PAGE_SIZE, 10 * PAGE_SIZE), -ENOSPC);
	EXPECT_EQ(atomic64_read(&quota->used), 1);
	EXPECT_EQ(size_of(AT "/f"), 2 * PAGE_SIZE + 1);
	EXPECT_EQ(allocate(file, 0, 1, 10 * PAGE_SIZE - 1), 0);
	EXPECT_EQ(atomic64_read(&quota->used), 10);
	EXPECT_EQ(nr_shmem_pages() - before, 10);
	EXPECT_EQ(allocate(file, HOLE, 0, 10 * PAGE_SIZE), 0);
	EXPECT_EQ(atomic64_read(&quota->used), 0);
	EXPECT_EQ(size_of(AT "/f"), 10 * PAGE_SIZE);
	fput(file);
	FS_END;
}
