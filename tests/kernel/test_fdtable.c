/* SPDX-License-Identifier: MIT */
/* Descriptor tables: the lowest free number, growth, copies, exec. */
#include "test_fs.h"

/* Give the test a table of its own. */
static struct files_struct *begin(struct files_struct **saved)
{
	*saved = current->files;
	current->files = files_alloc();
	return current->files;
}

static void end(struct files_struct *saved)
{
	files_put(current->files);
	current->files = saved;
}

static int open_null(unsigned int min, unsigned int flags)
{
	struct file *file = filp_open(AT_FDCWD, "/dev/null", O_RDWR, 0);
	int fd;

	if (IS_ERR(file))
		return (int)PTR_ERR(file);
	fd = get_unused_fd(min, flags);
	if (fd < 0)
		fput(file);
	else
		fd_install((unsigned int)fd, file);
	return fd;
}

KTEST(fdtable, the_lowest_free_number_is_taken)
{
	struct files_struct *saved;

	ASSERT(begin(&saved));
	EXPECT_EQ(open_null(0, 0), 0);
	EXPECT_EQ(open_null(0, 0), 1);
	EXPECT_EQ(open_null(0, 0), 2);
	EXPECT_EQ(open_null(10, 0), 10);
	EXPECT_EQ(open_null(0, 0), 3);
	EXPECT_EQ(get_unused_fd(0, 0), 4);
	EXPECT(!fget(4)); /* reserved is not open */
	EXPECT_EQ(open_null(0, 0), 5);
	put_unused_fd(4);
	EXPECT_EQ(open_null(0, 0), 4);
	EXPECT(!fget(6));
	EXPECT(!fget(1000000));
	EXPECT(!fget(-1u));
	end(saved);
}

KTEST(fdtable, grows_up_to_the_limit)
{
	struct rlimit *limit = &current->signal->rlim[RLIMIT_NOFILE];
	struct rlimit old = *limit;
	struct files_struct *saved;

	ASSERT(begin(&saved));
	limit->rlim_cur = 700;
	for (int i = 0; i < 700; i++)
		EXPECT_EQ(open_null(0, 0), i);
	EXPECT_EQ(open_null(0, 0), -EMFILE);
	EXPECT_EQ(open_null(700, 0), -EMFILE);
	limit->rlim_cur = 100000;
	EXPECT_EQ(open_null(70000, 0), 70000);
	EXPECT_EQ(open_null(0, 0), 700);
	EXPECT_EQ(open_null(70000, 0), 70001);
	*limit = old;
	end(saved);
}

KTEST(fdtable, a_copy_has_the_same_files)
{
	struct files_struct *saved, *copy;
	struct file *file;
	unsigned int fd = 0;
	int count = 0;

	ASSERT(begin(&saved));
	for (int i = 0; i < 100; i++)
		EXPECT_EQ(open_null(0, 0), i);
	EXPECT_EQ(get_unused_fd(0, 0), 100); /* not in the copy */
	copy = dup_files(current->files);
	ASSERT(copy);
	while ((file = files_next(copy, &fd))) {
		struct file *mine = fget(fd);

		EXPECT(file == mine);
		fput(file);
		fput(mine);
		fd++;
		count++;
	}
	EXPECT_EQ(count, 100);
	put_unused_fd(100);
	files_put(current->files);
	current->files = copy;
	EXPECT_EQ(open_null(0, 0), 100);
	end(saved);
}

KTEST(fdtable, exec_closes_what_it_should)
{
	struct files_struct *saved;
	struct file *file;

	ASSERT(begin(&saved));
	for (int i = 0; i < 130; i++)
		EXPECT_EQ(open_null(0, i % 2 ? O_CLOEXEC : 0), i);
	files_close_on_exec(current->files);
	for (unsigned int i = 0; i < 130; i++) {
		file = fget(i);
		EXPECT_EQ(file != NULL, i % 2 == 0);
		if (file)
			fput(file);
	}
	EXPECT_EQ(open_null(0, 0), 1);
	files_close_on_exec(current->files);
	file = fget(1);
	EXPECT(file);
	if (file)
		fput(file);
	end(saved);
}

KTEST(fdtable, no_allocation_is_indispensable)
{
	struct rlimit *limit = &current->signal->rlim[RLIMIT_NOFILE];
	struct rlimit old = *limit;
	struct files_struct *saved, *copy;
	unsigned long nth = 0;
	bool hit;

	ASSERT(begin(&saved));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(open_null(100 * (unsigned int)i, 0), 100 * i);
	do {
		fail_nth_set(++nth);
		copy = dup_files(current->files);
		hit = fail_nth_hit();
		fail_nth_set(0);
		EXPECT_EQ(copy == NULL, hit);
		files_put(copy);
	} while (hit && nth < 20);
	limit->rlim_cur = 100000;
	fail_nth_set(1);
	EXPECT_EQ(get_unused_fd(5000, 0), fail_nth_hit() ? -ENOMEM : 5000);
	fail_nth_set(0);
	*limit = old;
	end(saved);
}
