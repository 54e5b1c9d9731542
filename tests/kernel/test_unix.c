/* SPDX-License-Identifier: MIT */
/* AF_UNIX sockets: queues, descriptors in flight, cycles of them. */
#include "test_unix.h"

struct other_end {
	struct file *file;
	struct completion done;
	ssize_t result;
};

KTEST(unix, bytes_and_ends)
{
	struct file *p[2];
	char buf[8];

	ASSERT(!create_socket_pair(p, SOCK_STREAM, O_NONBLOCK));
	EXPECT_EQ(take(p[0], buf, 8), -EAGAIN);
	EXPECT_EQ(poll_of(p[0]), POLLOUT | POLLWRNORM | POLLWRBAND);
	EXPECT_EQ(put(p[1], "abc", 3), 3);
	EXPECT_EQ(put(p[1], "de", 2), 2);
	EXPECT_EQ(take(p[0], buf, 8), 5);
	EXPECT(!memcmp(buf, "abcde", 5));
	fput(p[1]);
	EXPECT_EQ(take(p[0], buf, 8), 0);
	EXPECT(poll_of(p[0]) & POLLHUP);
	fput(p[0]);
}

KTEST(unix, who_reads_gives_the_room_back)
{
	struct file *p[2];
	struct unix_sock *sk;
	char *buf = kzalloc(40000, GFP_KERNEL);
	ssize_t sent, got = 0, n;

	ASSERT(buf);
	ASSERT(!create_socket_pair(p, SOCK_STREAM, O_NONBLOCK));
	sk = p[0]->private_data;
	for (sent = 0; (n = put(p[0], buf, 40000)) > 0; sent += n)
		;
	EXPECT_EQ(n, -EAGAIN);
	EXPECT(sk->wmem >= sk->sndbuf && sk->wmem < 2 * sk->sndbuf);
	EXPECT_EQ(poll_of(p[0]), 0);
	while ((n = take(p[1], buf, 40000)) > 0)
		got += n;
	EXPECT_EQ(got, sent);
	EXPECT_EQ(sk->wmem, 0);
	fput(p[0]);
	fput(p[1]);
	kfree(buf);
}

KTEST(unix, a_socket_in_its_own_queue)
{
	struct file *p[2];

	ASSERT(!create_socket_pair(p, SOCK_DGRAM, 0));
	EXPECT_EQ(send_file(p[0], p[1]), 1);
	EXPECT_EQ(send_file(p[0], p[0]), 1);
	fput(p[0]);
	fput(p[1]);
	close_one_more(ktest_self);
}

KTEST(unix, two_sockets_in_each_others_queue)
{
	struct file *a[2], *b[2];

	ASSERT(!create_socket_pair(a, SOCK_STREAM, 0));
	ASSERT(!create_socket_pair(b, SOCK_SEQPACKET, 0));
	EXPECT_EQ(send_file(a[0], b[1]), 1);
	EXPECT_EQ(send_file(b[0], a[1]), 1);
	fput(a[1]);
	fput(b[1]);
	/* These are closed at once and look for garbage. */
	fput(a[0]);
	fput(b[0]);
}

KTEST(unix, a_cycle_that_can_still_be_read_lives)
{
	struct file *a[2], *b[2], *got;

	ASSERT(!create_socket_pair(a, SOCK_STREAM, 0));
	ASSERT(!create_socket_pair(b, SOCK_STREAM, 0));
	EXPECT_EQ(send_file(a[0], b[1]), 1); /* in a[1]: b[1] */
	EXPECT_EQ(send_file(b[0], a[1]), 1); /* in b[1]: a[1] */
	fput(b[1]);
	close_one_more(ktest_self);
	got = recv_file(a[1], MSG_PEEK);
	ASSERT(!IS_ERR_OR_NULL(got));
	fput(got);
	got = recv_file(a[1], 0);
	ASSERT(!IS_ERR_OR_NULL(got));
	fput(a[1]);
	close_one_more(ktest_self);
	/* The peeked at, taken out of the first: the second is in it. */
	fput(a[0]);
	a[1] = recv_file(got, 0);
	ASSERT(!IS_ERR_OR_NULL(a[1]));
	fput(a[1]);
	fput(got);
	fput(b[0]);
}

/* Cycles each of which hangs on something alive. */
KTEST(unix, what_hangs_on_the_living_lives)
{
	struct file *first[2], *p[2];
	int n;

	ASSERT(!create_socket_pair(first, SOCK_DGRAM, 0));
	for (n = 0; n < 100; n++) {
		ASSERT(!create_socket_pair(p, SOCK_DGRAM, 0));
		EXPECT_EQ(send_file(p[0], p[0]), 1); /* p[1]: p[0] */
		EXPECT_EQ(send_file(first[0], p[1]), 1);
		fput(p[0]);
		fput(p[1]);
	}
	close_one_more(ktest_self);
	for (n = 0; n < 100; n++) {
		p[1] = recv_file(first[1], 0);
		ASSERT(!IS_ERR_OR_NULL(p[1]));
		p[0] = recv_file(p[1], 0);
		ASSERT(!IS_ERR_OR_NULL(p[0]));
		fput(p[0]);
		fput(p[1]);
	}
	fput(first[0]);
	fput(first[1]);
}

/* Each holds the next in its queue: no deep recursion when the first goes. */
KTEST(unix, a_long_chain_goes_without_much_stack)
{
	struct file *prev = NULL, *p[2];

	for (int n = 0; n < 2000; n++) {
		ASSERT(!create_socket_pair(p, SOCK_DGRAM, 0));
		if (prev) {
			EXPECT_EQ(send_file(p[0], prev), 1);
			fput(prev);
		}
		fput(p[0]);
		prev = p[1];
	}
	fput(prev);
}

KTEST(unix, garbage_of_a_hundred_pairs)
{
	struct file *p[2], *q[2];

	for (int n = 0; n < 100; n++) {
		ASSERT(!create_socket_pair(p, SOCK_STREAM, 0));
		ASSERT(!create_socket_pair(q, SOCK_STREAM, 0));
		EXPECT_EQ(send_file(p[0], q[0]), 1);
		EXPECT_EQ(send_file(p[0], q[1]), 1);
		EXPECT_EQ(send_file(q[0], p[0]), 1);
		EXPECT_EQ(send_file(q[0], p[1]), 1);
		fput(p[0]);
		fput(p[1]);
		fput(q[0]);
		fput(q[1]);
	}
	close_one_more(ktest_self);
}

static int slow_writer(void *arg)
{
	struct other_end *end = arg;

	end->result = put(end->file, "late", 4);
	fput(end->file);
	complete(&end->done);
	return 0;
}

KTEST(unix, a_reader_waits_for_the_writer)
{
	struct other_end end;
	struct file *p[2];
	char buf[8];

	ASSERT(!create_socket_pair(p, SOCK_STREAM, 0));
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
	char *data = kzalloc(500000, GFP_KERNEL);

	end->result = data ? put(end->file, data, 500000) : -ENOMEM;
	kfree(data);
	fput(end->file);
	complete(&end->done);
	return 0;
}

KTEST(unix, a_writer_waits_for_room)
{
	struct other_end end;
	struct file *p[2];
	char *buf = kmalloc(5000, GFP_KERNEL);
	ssize_t total = 0, n;

	ASSERT(buf);
	ASSERT(!create_socket_pair(p, SOCK_STREAM, 0));
	init_completion(&end.done);
	end.file = p[1];
	ASSERT(!IS_ERR(kthread_run(big_writer, &end, "writer")));
	while ((n = take(p[0], buf, 5000)) > 0)
		total += n;
	EXPECT_EQ(n, 0);
	EXPECT_EQ(total, 500000);
	wait_for_completion(&end.done);
	EXPECT_EQ(end.result, 500000);
	fput(p[0]);
	kfree(buf);
}

/* Make a pair, send a descriptor, look at it, take it: the first error. */
static long whole_round(void)
{
	struct file *p[2], *got;
	long err = create_socket_pair(p, SOCK_DGRAM, 0);

	if (err)
		return err;
	err = send_file(p[0], p[0]);
	if (err > 0) {
		got = recv_file(p[1], MSG_PEEK);
		err = IS_ERR(got) ? PTR_ERR(got) : 0;
		if (!err)
			fput(got);
	}
	if (!err) {
		got = recv_file(p[1], 0);
		err = IS_ERR(got) ? PTR_ERR(got) : 0;
		if (!err)
			fput(got);
	}
	fput(p[0]);
	fput(p[1]);
	return err;
}

KTEST(unix, no_allocation_is_indispensable)
{
	unsigned long nth = 0;
	bool hit;
	long err;

	do {
		fail_nth_set(++nth);
		err = whole_round();
		hit = fail_nth_hit();
		fail_nth_set(0);
		if (hit)
			EXPECT(err == -ENOMEM || err == -ENFILE ||
			       err == -ENOBUFS);
		else
			EXPECT_EQ(err, 0);
	} while (hit && nth < 50);
	EXPECT(nth >= 10 || !hit);
}
