/* SPDX-License-Identifier: MIT */
/* Pipes and FIFOs: order, room, ends. */
#include "test_fs.h"

#include <uapi/poll.h>

struct other_end {
	struct file *file;
	struct completion done;
	ssize_t result;
};

static ssize_t put(struct file *file, const void *data, size_t n)
{
	return kernel_write(file, data, n, &file->f_pos);
}

static ssize_t take(struct file *file, void *data, size_t n)
{
	return kernel_read(file, data, n, &file->f_pos);
}

KTEST(pipe, bytes_come_out_in_order)
{
	struct file *p[2];
	char buf[16] = {};

	ASSERT(!create_pipe_files(p, O_NONBLOCK));
	EXPECT_EQ(take(p[0], buf, 4), -EAGAIN);
	EXPECT_EQ(put(p[1], "abc", 3), 3);
	EXPECT_EQ(put(p[1], "defg", 4), 4);
	EXPECT_EQ(take(p[0], buf, 2), 2);
	EXPECT_EQ(take(p[0], buf + 2, 10), 5);
	EXPECT(!strcmp(buf, "abcdefg"));
	EXPECT_EQ(take(p[1], buf, 1), -EBADF);
	EXPECT_EQ(put(p[0], buf, 1), -EBADF);
	fput(p[1]);
	EXPECT_EQ(take(p[0], buf, 1), 0);
	fput(p[0]);
}

KTEST(pipe, holds_64_kib_and_tells_when_full)
{
	struct file *p[2];
	char *page = kzalloc(PAGE_SIZE, GFP_KERNEL);
	ssize_t total = 0, n;

	ASSERT(page);
	ASSERT(!create_pipe_files(p, O_NONBLOCK));
	EXPECT_EQ(p[1]->f_op->poll(p[1], NULL), POLLOUT | POLLWRNORM);
	while ((n = put(p[1], page, PAGE_SIZE)) > 0)
		total += n;
	EXPECT_EQ(n, -EAGAIN);
	EXPECT_EQ(total, 65536);
	EXPECT_EQ(p[1]->f_op->poll(p[1], NULL), 0);
	EXPECT_EQ(p[0]->f_op->poll(p[0], NULL), POLLIN | POLLRDNORM);
	/* A page must be empty before there is room again. */
	EXPECT_EQ(take(p[0], page, 1), 1);
	EXPECT_EQ(put(p[1], page, 1), -EAGAIN);
	EXPECT_EQ(take(p[0], page, PAGE_SIZE), PAGE_SIZE);
	EXPECT_EQ(put(p[1], page, 1), 1);
	fput(p[1]);
	EXPECT_EQ(p[0]->f_op->poll(p[0], NULL), POLLIN | POLLRDNORM | POLLHUP);
	fput(p[0]);
	kfree(page);
}

/* 4096 bytes, PIPE_BUF, are never torn: they do not fit behind 1 byte. */
KTEST(pipe, small_writes_are_whole)
{
	struct file *p[2];
	char *page = kzalloc(PAGE_SIZE, GFP_KERNEL);
	int writes = 0;

	ASSERT(page);
	ASSERT(!create_pipe_files(p, O_NONBLOCK));
	EXPECT_EQ(put(p[1], page, 1), 1);
	while (put(p[1], page, PAGE_SIZE) == PAGE_SIZE)
		writes++;
	EXPECT_EQ(writes, 15);
	fput(p[0]);
	fput(p[1]);
	kfree(page);
}

KTEST(pipe, packets_stay_apart)
{
	struct file *p[2];
	char buf[16];

	ASSERT(!create_pipe_files(p, O_NONBLOCK | O_DIRECT));
	EXPECT_EQ(put(p[1], "abcd", 4), 4);
	EXPECT_EQ(put(p[1], "ef", 2), 2);
	EXPECT_EQ(take(p[0], buf, 2), 2);
	EXPECT_EQ(take(p[0], buf, 16), 2);
	EXPECT(!memcmp(buf, "ef", 2));
	fput(p[0]);
	fput(p[1]);
}

static int slow_writer(void *arg)
{
	struct other_end *end = arg;

	end->result = put(end->file, "late", 4);
	fput(end->file);
	complete(&end->done);
	return 0;
}

KTEST(pipe, a_reader_waits_for_the_writer)
{
	struct other_end end;
	struct file *p[2];
	char buf[8];

	ASSERT(!create_pipe_files(p, 0));
	init_completion(&end.done);
	end.file = p[1];
	ASSERT(!IS_ERR(kthread_run(slow_writer, &end, "writer")));
	EXPECT_EQ(take(p[0], buf, 8), 4);
	EXPECT_EQ(take(p[0], buf, 8), 0);
	wait_for_completion(&end.done);
	EXPECT_EQ(end.result, 4);
	fput(p[0]);
}

static int big_writer(void *arg)
{
	struct other_end *end = arg;
	char *data = kzalloc(3 * 65536, GFP_KERNEL);

	end->result = data ? put(end->file, data, 3 * 65536) : -ENOMEM;
	kfree(data);
	fput(end->file);
	complete(&end->done);
	return 0;
}

KTEST(pipe, a_writer_waits_for_room)
{
	struct other_end end;
	struct file *p[2];
	char *buf = kmalloc(5000, GFP_KERNEL);
	ssize_t total = 0, n;

	ASSERT(buf);
	ASSERT(!create_pipe_files(p, 0));
	init_completion(&end.done);
	end.file = p[1];
	ASSERT(!IS_ERR(kthread_run(big_writer, &end, "writer")));
	while ((n = take(p[0], buf, 5000)) > 0)
		total += n;
	EXPECT_EQ(n, 0);
	EXPECT_EQ(total, 3 * 65536);
	wait_for_completion(&end.done);
	EXPECT_EQ(end.result, 3 * 65536);
	fput(p[0]);
	kfree(buf);
}

static int fifo_reader(void *arg)
{
	struct other_end *end = arg;
	char buf[8];

	end->file = filp_open(AT_FDCWD, AT "/fifo", O_RDONLY, 0);
	end->result = IS_ERR(end->file) ? PTR_ERR(end->file)
					: take(end->file, buf, 8);
	if (!IS_ERR(end->file))
		fput(end->file);
	complete(&end->done);
	return 0;
}

KTEST(pipe, a_fifo_waits_for_its_other_end)
{
	struct other_end end;
	struct file *w, *r;

	FS_BEGIN;
	EXPECT_EQ(vfs_mknod(AT_FDCWD, AT "/fifo", S_IFIFO | 0600, 0), 0);
	EXPECT_EQ(try_open(AT "/fifo", O_WRONLY | O_NONBLOCK), -ENXIO);
	r = filp_open(AT_FDCWD, AT "/fifo", O_RDONLY | O_NONBLOCK, 0);
	ASSERT(!IS_ERR(r));
	EXPECT_EQ(r->f_op->poll(r, NULL), 0);
	fput(r);
	init_completion(&end.done);
	ASSERT(!IS_ERR(kthread_run(fifo_reader, &end, "reader")));
	w = filp_open(AT_FDCWD, AT "/fifo", O_WRONLY, 0);
	ASSERT(!IS_ERR(w));
	EXPECT_EQ(put(w, "fifo!", 5), 5);
	wait_for_completion(&end.done);
	EXPECT_EQ(end.result, 5);
	fput(w);
	/* Both ends at once; what is left inside goes with the last close. */
	w = filp_open(AT_FDCWD, AT "/fifo", O_RDWR | O_NONBLOCK, 0);
	ASSERT(!IS_ERR(w));
	EXPECT_EQ(put(w, "lost", 4), 4);
	fput(w);
	w = filp_open(AT_FDCWD, AT "/fifo", O_RDWR | O_NONBLOCK, 0);
	ASSERT(!IS_ERR(w));
	EXPECT_EQ(take(w, &end, 1), -EAGAIN);
	fput(w);
	FS_END;
}

KTEST(pipe, no_allocation_is_indispensable)
{
	unsigned long nth = 0;
	bool hit;

	do {
		struct file *p[2];
		int err;

		fail_nth_set(++nth);
		err = create_pipe_files(p, 0);
		hit = fail_nth_hit();
		fail_nth_set(0);
		EXPECT_EQ(err, hit ? -ENFILE : 0);
		if (!err) {
			fput(p[0]);
			fput(p[1]);
		}
	} while (hit && nth < 50);
	EXPECT(nth >= 6 || !hit);
}
