/* SPDX-License-Identifier: MIT */
/* AF_UNIX sockets with names: who listens, who waits, what goes with whom. */
#include "test_unix.h"

static struct file *make_socket(int type)
{
	struct unix_sock *sk = unix_sock_alloc(type);

	return sk ? sock_alloc_file(sk, O_NONBLOCK) : ERR_PTR(-ENOMEM);
}

/* "@x": the abstract name "x". */
static int set_name(struct sockaddr_storage_k *addr, const char *name)
{
	size_t n = strlen(name);

	memset(addr, 0, sizeof(*addr));
	addr->ss_family = AF_UNIX;
	memcpy(addr->ss_data, name, n);
	if (name[0] == '@')
		addr->ss_data[0] = 0;
	return (int)(n + sizeof(addr->ss_family));
}

static int bind_to(struct file *file, const char *name)
{
	struct sockaddr_storage_k addr;
	int len = set_name(&addr, name);

	return unix_bind(file->private_data, &addr, len);
}

static int connect_to(struct file *file, const char *name)
{
	struct sockaddr_storage_k addr;
	int len = set_name(&addr, name);

	return unix_connect(file->private_data, &addr, len, MSG_DONTWAIT);
}

static struct file *make_listener(const char *name)
{
	struct file *file = make_socket(SOCK_STREAM);
	int err;

	if (IS_ERR(file))
		return file;
	err = bind_to(file, name);
	if (!err)
		err = unix_listen(file->private_data, 5);
	if (!err)
		return file;
	fput(file);
	return ERR_PTR(err);
}

static struct file *accept_one(struct file *listener)
{
	struct file *file = sock_alloc_file(NULL, 0);
	struct unix_sock *sk;

	if (IS_ERR(file))
		return file;
	sk = unix_accept(listener->private_data, MSG_DONTWAIT);
	if (!IS_ERR(sk)) {
		sock_attach(file, sk);
		return file;
	}
	fput(file);
	return ERR_PTR(PTR_ERR(sk));
}

KTEST(unix, a_name_is_free_when_its_socket_is_closed)
{
	struct file *a = make_listener("@a"), *b = make_socket(SOCK_STREAM);

	ASSERT(!IS_ERR(a) && !IS_ERR(b));
	EXPECT_EQ(bind_to(b, "@a"), -EADDRINUSE);
	fput(a);
	EXPECT_EQ(bind_to(b, "@a"), 0);
	EXPECT_EQ(bind_to(b, "@b"), -EINVAL);
	fput(b);
}

KTEST(unix, a_path_holds_its_file_system)
{
	struct file *a;

	FS_BEGIN;
	a = make_listener(AT "/a");
	ASSERT(!IS_ERR(a));
	EXPECT_EQ(vfs_umount(AT, 0), -EBUSY);
	EXPECT_EQ(UNLINK("/a"), 0);
	EXPECT_EQ(connect_to(a, AT "/a"), -ENOENT);
	EXPECT_EQ(vfs_umount(AT, 0), -EBUSY);
	fput(a);
	FS_END;
}

KTEST(unix, a_listener_takes_its_pending_ones_along)
{
	struct file *l = make_listener("@l"), *c[3];
	char byte;

	ASSERT(!IS_ERR(l));
	for (int n = 0; n < 3; n++) {
		c[n] = make_socket(SOCK_STREAM);
		ASSERT(!IS_ERR(c[n]));
		EXPECT_EQ(connect_to(c[n], "@l"), 0);
		EXPECT_EQ(put(c[n], "x", 1), 1);
	}
	EXPECT_EQ(send_file(c[0], c[1]), 1);
	fput(c[2]);
	fput(l);
	EXPECT_EQ(take(c[0], &byte, 1), -ECONNRESET);
	EXPECT_EQ(take(c[0], &byte, 1), 0);
	EXPECT_EQ(connect_to(c[0], "@l"), -ECONNREFUSED);
	fput(c[0]);
	fput(c[1]);
}

/* It lies in the queue of a connection that only it could accept. */
KTEST(unix, a_listener_in_the_queue_of_a_pending_one)
{
	struct file *l = make_listener("@l"), *c = make_socket(SOCK_STREAM);

	ASSERT(!IS_ERR(l) && !IS_ERR(c));
	EXPECT_EQ(connect_to(c, "@l"), 0);
	EXPECT_EQ(send_file(c, l), 1);
	EXPECT_EQ(send_file(c, c), 1);
	fput(l);
	close_one_more(ktest_self);
	fput(c);
	close_one_more(ktest_self);
	/* Nobody has the name any more. */
	l = make_listener("@l");
	ASSERT(!IS_ERR(l));
	fput(l);
}

KTEST(unix, what_a_listener_can_still_accept_lives)
{
	struct file *l = make_listener("@l"), *c = make_socket(SOCK_STREAM);
	struct file *a, *got;

	ASSERT(!IS_ERR(l) && !IS_ERR(c));
	EXPECT_EQ(connect_to(c, "@l"), 0);
	EXPECT_EQ(send_file(c, c), 1);
	fput(c);
	close_one_more(ktest_self);
	a = accept_one(l);
	ASSERT(!IS_ERR(a));
	got = recv_file(a, 0);
	ASSERT(!IS_ERR_OR_NULL(got));
	EXPECT_EQ(put(got, "y", 1), 1);
	fput(got);
	fput(a);
	fput(l);
}

KTEST(unix, a_receiver_tells_its_senders_that_there_is_room)
{
	struct file *a = make_socket(SOCK_DGRAM), *b = make_socket(SOCK_DGRAM);
	char byte;
	int n = 0;

	ASSERT(!IS_ERR(a) && !IS_ERR(b));
	EXPECT_EQ(bind_to(a, "@a"), 0);
	EXPECT_EQ(connect_to(b, "@a"), 0);
	while (put(b, "x", 1) == 1)
		n++;
	EXPECT_EQ(n, UNIX_MAX_DGRAM + 1);
	EXPECT(!(poll_of(b) & POLLOUT));
	EXPECT_EQ(take(a, &byte, 1), 1);
	EXPECT(poll_of(b) & POLLOUT);
	fput(a);
	EXPECT_EQ(put(b, "x", 1), -ECONNREFUSED);
	EXPECT_EQ(put(b, "x", 1), -ENOTCONN);
	fput(b);
}

/* Bind, listen, connect, accept, by path: the first error. */
static long whole_connection(void)
{
	struct file *l = make_listener(AT "/l"), *c, *a;
	long err;

	if (IS_ERR(l))
		return PTR_ERR(l);
	c = make_socket(SOCK_STREAM);
	if (IS_ERR(c)) {
		fput(l);
		return PTR_ERR(c);
	}
	err = connect_to(c, AT "/l");
	if (!err)
		err = unix_autobind(c->private_data);
	if (!err) {
		a = accept_one(l);
		err = IS_ERR(a) ? PTR_ERR(a) : 0;
		if (!err)
			fput(a);
	}
	fput(c);
	fput(l);
	return err;
}

KTEST(unix, no_allocation_of_a_connection_is_indispensable)
{
	unsigned long nth = 0;
	bool hit;
	long err;

	FS_BEGIN;
	do {
		fail_nth_set(++nth);
		err = whole_connection();
		hit = fail_nth_hit();
		fail_nth_set(0);
		if (hit)
			EXPECT(err == -ENOMEM || err == -ENFILE ||
			       err == -ENOSPC);
		else
			EXPECT_EQ(err, 0);
		UNLINK("/l");
	} while (hit && nth < 60);
	EXPECT(nth >= 10 || !hit);
	FS_END;
}
