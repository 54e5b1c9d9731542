/* SPDX-License-Identifier: MIT */
/*
 * Sending over AF_UNIX: a message is made with everything in it and then put
 * into the peer's queue, so that the peer never sees half of one.
 *
 * The sender pays: its send buffer bounds what it has sent and nobody has
 * read. A message may go beyond the bound, the next one waits.
 */
#include <ikos/net.h>

#include <ikos/slab.h>

/* Linux's overhead of a message of @len bytes, so that as many fit. */
static size_t truesize(size_t len)
{
	size_t data = ALIGN(len, 64) + 320, size = 512;

	if (data > PAGE_SIZE)
		return 256 + ALIGN(data, PAGE_SIZE);
	while (size < data)
		size *= 2;
	return 256 + size;
}

/**
 * unix_msg_alloc - an empty message that the sender pays for
 * @sk: the sender
 * @len: bytes of data
 *
 * Context: may sleep.
 * Return: the message; NULL: no memory.
 */
struct unix_msg *unix_msg_alloc(struct unix_sock *sk, size_t len)
{
	struct unix_msg *msg = kmalloc(sizeof(*msg) + len, GFP_KERNEL);

	if (!msg)
		return NULL;
	memset(msg, 0, sizeof(*msg));
	INIT_LIST_HEAD(&msg->list);
	msg->len = len;
	msg->truesize = truesize(len);
	msg->from = sk;
	atomic_inc(&sk->count);
	spin_lock(&unix_lock);
	WRITE_ONCE(sk->wmem, sk->wmem + (long)msg->truesize);
	spin_unlock(&unix_lock);
	return msg;
}

/**
 * unix_msg_free - the end of a message
 * @msg: in no queue; its descriptors no longer count as in flight
 *
 * Context: may sleep: closes the descriptors in it.
 */
void unix_msg_free(struct unix_msg *msg)
{
	struct unix_sock *from = msg->from;

	scm_fp_free(msg->scm.fp);
	spin_lock(&unix_lock);
	WRITE_ONCE(from->wmem, from->wmem - (long)msg->truesize);
	if (from->file && unix_writable(from))
		wake_up_all(&from->wait);
	spin_unlock(&unix_lock);
	unix_sock_put(from);
	kfree(msg);
}

static void send_sigpipe(void)
{
	struct siginfo info = { .si_signo = SIGPIPE, .si_code = SI_USER };

	info.si_pid = current->tgid;
	info.si_uid = current->cred.uid;
	send_sig_info(SIGPIPE, &info, current, false);
}

static bool may_send(const struct unix_sock *sk)
{
	return READ_ONCE(sk->wmem) < READ_ONCE(sk->sndbuf) ||
	       READ_ONCE(sk->err) || (READ_ONCE(sk->shutdown) & SEND_SHUTDOWN);
}

/* Until there is room in the send buffer: 0 or -errno. */
static long wait_for_room(struct unix_sock *sk, unsigned int flags)
{
	u64 deadline = sock_deadline(sk->sndtimeo, flags);
	long err;

	for (;;) {
		err = sock_error(sk);
		if (err)
			return err;
		if (READ_ONCE(sk->shutdown) & SEND_SHUTDOWN)
			return -EPIPE;
		if (READ_ONCE(sk->wmem) < READ_ONCE(sk->sndbuf))
			return 0;
		if (!deadline)
			return -EAGAIN;
		err = sock_wait_event(sk->wait, may_send(sk), deadline);
		if (err)
			return err;
	}
}

/* Wait for room and fill a message: ERR_PTR. */
static struct unix_msg *make_msg(struct unix_sock *sk, struct sock_msg *m,
				 size_t len)
{
	long err = wait_for_room(sk, m->flags);
	struct unix_msg *msg;

	if (err)
		return ERR_PTR(err);
	msg = unix_msg_alloc(sk, len);
	if (!msg)
		return ERR_PTR(-ENOBUFS);
	msg->scm.cred = m->scm.cred;
	if (copy_from_iter(msg->data, len, m->iter) < len) {
		unix_msg_free(msg);
		return ERR_PTR(-EFAULT);
	}
	return msg;
}

/* Descriptors go with the first message: 0 or -ETOOMANYREFS, -ENOMEM. */
static int attach_fds(struct unix_msg *msg, struct sock_msg *m)
{
	int err;

	if (!m->scm.fp)
		return 0;
	err = unix_inflight(m->scm.fp);
	if (err)
		return err;
	msg->scm.fp = m->scm.fp;
	m->scm.fp = NULL;
	return 0;
}

/* A message that did not get into a queue. */
static void drop_msg(struct unix_msg *msg)
{
	LIST_HEAD(one);

	list_add(&msg->list, &one);
	unix_free_msgs(&one);
}

/* Who cares about the sender's name is told it unasked; unix_lock held. */
static void add_cred(struct unix_msg *msg, const struct unix_sock *sk,
		     const struct unix_sock *to)
{
	if (msg->scm.cred.pid || !(sk->passcred || to->passcred))
		return;
	msg->scm.cred = (struct ucred_k){ .pid = current->tgid,
					  .uid = current->cred.uid,
					  .gid = current->cred.gid };
}

/* Into @to's queue, or @sk's peer's when it is NULL: 0, or why it does not want
 * it. */
static int queue_msg(struct unix_sock *sk, struct unix_sock *to,
		     struct unix_msg *msg)
{
	int err = 0;

	spin_lock(&unix_lock);
	if (!to)
		to = sk->peer;
	if (!to) {
		err = -ENOTCONN;
	} else if (sk->type == SOCK_DGRAM && to->peer && to->peer != sk) {
		err = -EPERM;
	} else if (to->closed && sk->type == SOCK_DGRAM) {
		err = -ECONNREFUSED;
	} else if (to->closed || (to->shutdown & RCV_SHUTDOWN)) {
		err = -EPIPE;
	} else if (unix_dgram_full(to, sk)) {
		err = -EAGAIN;
	} else {
		add_cred(msg, sk, to);
		list_add_tail(&msg->list, &to->queue);
		WRITE_ONCE(to->qlen, to->qlen + 1);
		wake_up_all(&to->wait);
	}
	spin_unlock(&unix_lock);
	return err;
}

static int send_one(struct unix_sock *sk, struct sock_msg *m, size_t len)
{
	struct unix_msg *msg = make_msg(sk, m, len);
	int err;

	if (IS_ERR(msg))
		return (int)PTR_ERR(msg);
	err = attach_fds(msg, m);
	if (!err)
		err = queue_msg(sk, NULL, msg);
	if (err)
		drop_msg(msg);
	return err;
}

/* No more than half of the buffer at once, so that the peer can start. */
static size_t chunk_len(const struct unix_sock *sk, size_t left)
{
	size_t half = (size_t)READ_ONCE(sk->sndbuf) / 2 - 64;

	left = min(left, half);
	return min(left, (size_t)UNIX_CHUNK_MAX);
}

static ssize_t stream_send(struct unix_sock *sk, struct sock_msg *m)
{
	ssize_t sent = 0;
	int err = 0;

	if (m->namelen)
		return READ_ONCE(sk->peer) ? -EISCONN : -EOPNOTSUPP;
	if (!READ_ONCE(sk->peer))
		return -ENOTCONN;
	if (READ_ONCE(sk->shutdown) & SEND_SHUTDOWN)
		goto pipe;
	while (m->iter->count) {
		size_t len = chunk_len(sk, m->iter->count);
		bool room = READ_ONCE(sk->wmem) < READ_ONCE(sk->sndbuf);

		err = send_one(sk, m, len);
		if (err == -EPIPE && room)
			goto pipe;
		if (err)
			return sent ? sent : err;
		sent += (ssize_t)len;
	}
	return sent;
pipe:
	if (!sent && !(m->flags & MSG_NOSIGNAL))
		send_sigpipe();
	return sent ? sent : -EPIPE;
}

/* --- packets ------------------------------------------------------------------- */

static struct unix_sock *get_peer(struct unix_sock *sk)
{
	struct unix_sock *peer;

	spin_lock(&unix_lock);
	peer = sk->peer;
	if (peer)
		atomic_inc(&peer->count);
	spin_unlock(&unix_lock);
	return peer ? peer : ERR_PTR(-ENOTCONN);
}

static struct unix_sock *find_receiver(struct unix_sock *sk,
				       const struct sock_msg *m)
{
	if (!m->namelen)
		return get_peer(sk);
	return unix_find(&m->name, m->namelen, sk->type);
}

static bool has_room(const struct unix_sock *to, const struct unix_sock *sk)
{
	return !unix_dgram_full(to, sk) || READ_ONCE(to->closed) ||
	       (READ_ONCE(to->shutdown) & RCV_SHUTDOWN);
}

/* Until the receiver takes it; who that is is asked again after each wait. */
static int deliver(struct unix_sock *sk, struct sock_msg *m,
		   struct unix_msg *msg)
{
	u64 deadline = sock_deadline(sk->sndtimeo, m->flags);
	struct unix_sock *to;
	int err;

	for (;;) {
		to = find_receiver(sk, m);
		if (IS_ERR(to))
			return (int)PTR_ERR(to);
		err = queue_msg(sk, to, msg);
		if (err == -ECONNREFUSED)
			unix_peer_gone(sk, to);
		if (err == -EAGAIN && deadline)
			err = (int)sock_wait_event(to->peer_wait,
						   has_room(to, sk), deadline);
		else
			deadline = 0;
		unix_sock_put(to);
		if (err || !deadline)
			return err;
	}
}

/* What there is to object before a packet is made: 0 or -errno. */
static int check_packet(struct unix_sock *sk, struct sock_msg *m)
{
	int err = 0;

	if (sk->type == SOCK_SEQPACKET) {
		m->namelen = 0;
		err = sock_error(sk);
		if (!err && !READ_ONCE(sk->peer))
			err = -ENOTCONN;
	}
	if (!err && m->namelen)
		err = unix_check_name(&m->name, m->namelen);
	if (!err && sk->type == SOCK_DGRAM && sk->passcred && !sk->addr)
		err = unix_autobind(sk);
	if (!err && m->iter->count > (size_t)READ_ONCE(sk->sndbuf) - 32)
		err = -EMSGSIZE;
	return err;
}

static ssize_t packet_send(struct unix_sock *sk, struct sock_msg *m)
{
	size_t len = m->iter->count;
	struct unix_msg *msg;
	int err = check_packet(sk, m);

	if (err)
		return err;
	msg = make_msg(sk, m, len);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	err = attach_fds(msg, m);
	if (!err)
		err = deliver(sk, m, msg);
	if (err)
		drop_msg(msg);
	return err ? err : (ssize_t)len;
}

/**
 * unix_sendmsg - send(2) in all its forms
 * @sk: the sender
 * @m: what; of @m->scm the descriptors are taken over when they are sent
 *
 * Context: may sleep: for room in the send buffer.
 * Return: bytes; -EOPNOTSUPP: MSG_OOB, or a name for a stream; -EISCONN;
 * -ENOTCONN; -EPIPE, with SIGPIPE for a stream; -ECONNREFUSED: the peer of a
 * datagram socket has gone; -EPERM: it has another peer; unix_find()'s errors;
 * -ECONNRESET: it went without reading; -EMSGSIZE; -EAGAIN; -ENOBUFS; -EFAULT;
 * -ETOOMANYREFS; -EINTR, -ERESTARTSYS. Source: send(2).
 */
ssize_t unix_sendmsg(struct unix_sock *sk, struct sock_msg *m)
{
	if (m->flags & MSG_OOB)
		return -EOPNOTSUPP;
	return sk->type == SOCK_STREAM ? stream_send(sk, m)
				       : packet_send(sk, m);
}
