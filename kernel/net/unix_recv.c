/* SPDX-License-Identifier: MIT */
/*
 * Receiving over AF_UNIX. Readers of a socket take turns (iolock), so that the
 * first message stays where it is while its bytes are copied without
 * unix_lock: senders only add at the other end.
 */
#include <ikos/net.h>

#include <ikos/slab.h>

static bool has_news(const struct unix_sock *sk)
{
	return !list_empty(&sk->queue) || READ_ONCE(sk->err) ||
	       (READ_ONCE(sk->shutdown) & RCV_SHUTDOWN);
}

/* The message behind @prev, or the first; iolock held. */
static struct unix_msg *next_msg(struct unix_sock *sk, struct unix_msg *prev)
{
	struct list_head *next;

	spin_lock(&unix_lock);
	next = prev ? prev->list.next : sk->queue.next;
	spin_unlock(&unix_lock);
	return next == &sk->queue ? NULL
				  : list_entry(next, struct unix_msg, list);
}

/* Sleep until there is news; iolock is dropped meanwhile. */
static long wait_for_news(struct unix_sock *sk, u64 deadline)
{
	long err;

	if (!deadline)
		return -EAGAIN;
	mutex_unlock(&sk->iolock);
	err = sock_wait_event(sk->wait, has_news(sk), deadline);
	mutex_lock(&sk->iolock);
	return err;
}

/* The descriptors of a message become the receiver's. */
static void take_fds(struct unix_msg *msg, struct scm *scm)
{
	if (!msg->scm.fp)
		return;
	spin_lock(&unix_lock);
	unix_notinflight(msg->scm.fp);
	scm->fp = msg->scm.fp;
	msg->scm.fp = NULL;
	spin_unlock(&unix_lock);
}

/* Copies of them do: unix_lock keeps the collector of cycles away. */
static int peek_fds(struct unix_msg *msg, struct scm *scm)
{
	struct scm_fp *room;

	if (!msg->scm.fp)
		return 0;
	room = kmalloc(sizeof(*room), GFP_KERNEL);
	if (!room)
		return -ENOMEM;
	spin_lock(&unix_lock);
	scm->fp = scm_fp_dup(msg->scm.fp, room);
	spin_unlock(&unix_lock);
	return 0;
}

static void unlink_msg(struct unix_sock *sk, struct unix_msg *msg)
{
	spin_lock(&unix_lock);
	list_del_init(&msg->list);
	unix_dequeued(sk);
	spin_unlock(&unix_lock);
}

/* --- packets ------------------------------------------------------------------- */

/* The first packet; NULL: the end; ERR_PTR. iolock held. */
static struct unix_msg *wait_for_packet(struct unix_sock *sk,
					unsigned int flags)
{
	u64 deadline = sock_deadline(sk->rcvtimeo, flags);

	for (;;) {
		struct unix_msg *msg;
		long err = sock_error(sk);
		bool down = READ_ONCE(sk->shutdown) & RCV_SHUTDOWN;

		if (err)
			return ERR_PTR(err);
		msg = next_msg(sk, NULL);
		if (msg)
			return msg;
		/* A datagram socket that must not wait just has none. */
		if (down &&
		    (sk->type == SOCK_SEQPACKET || !(flags & MSG_DONTWAIT)))
			return NULL;
		err = wait_for_news(sk, deadline);
		if (err)
			return ERR_PTR(err);
	}
}

/* Who sent it, when the sender has a name. */
static void copy_name(const struct unix_msg *msg, struct sock_msg *m)
{
	m->namelen = 0;
	if (msg->from->addr)
		m->namelen = unix_copy_address(msg->from, &m->name);
}

/* What of a packet fits; the rest is lost. */
static ssize_t copy_packet(struct unix_msg *msg, struct sock_msg *m)
{
	size_t n = min(msg->len, m->iter->count);

	if (n < msg->len)
		m->out_flags |= MSG_TRUNC;
	if (copy_to_iter(msg->data, n, m->iter) < n)
		return -EFAULT;
	m->scm.cred = msg->scm.cred;
	copy_name(msg, m);
	return (ssize_t)(m->flags & MSG_TRUNC ? msg->len : n);
}

static ssize_t packet_recv(struct unix_sock *sk, struct sock_msg *m)
{
	struct unix_msg *msg;
	ssize_t ret;
	int err;

	if (sk->type == SOCK_SEQPACKET && !READ_ONCE(sk->peer))
		return -ENOTCONN;
	mutex_lock(&sk->iolock);
	msg = wait_for_packet(sk, m->flags);
	if (IS_ERR_OR_NULL(msg)) {
		mutex_unlock(&sk->iolock);
		return PTR_ERR(msg);
	}
	if (m->flags & MSG_PEEK) {
		ret = copy_packet(msg, m);
		err = ret < 0 ? 0 : peek_fds(msg, &m->scm);
		mutex_unlock(&sk->iolock);
		return err ? err : ret;
	}
	unlink_msg(sk, msg);
	mutex_unlock(&sk->iolock);
	ret = copy_packet(msg, m);
	take_fds(msg, &m->scm);
	unix_msg_free(msg);
	return ret;
}

/* --- streams ------------------------------------------------------------------- */

static bool same_writer(const struct unix_msg *msg, const struct scm *scm)
{
	return msg->scm.cred.pid == scm->cred.pid &&
	       msg->scm.cred.uid == scm->cred.uid &&
	       msg->scm.cred.gid == scm->cred.gid;
}

/* How far a read of a stream has come. */
struct stream_read {
	size_t target; /* bytes that are waited for */
	u64 deadline;
	struct unix_msg *last; /* peeked at */
	ssize_t copied;
	bool cred_known;
	bool done;
};

/* One message, or a part of it: 0, or what ends the read. iolock held. */
static int read_msg(struct unix_sock *sk, struct unix_msg *msg,
		    struct sock_msg *m, struct stream_read *r)
{
	size_t n = min(msg->len - msg->consumed, m->iter->count);
	bool peek = m->flags & MSG_PEEK;

	if (copy_to_iter(msg->data + msg->consumed, n, m->iter) < n)
		return -EFAULT;
	if (!r->copied)
		copy_name(msg, m);
	r->copied += (ssize_t)n;
	if (peek) {
		r->last = msg;
		r->done = msg->scm.fp != NULL;
		return peek_fds(msg, &m->scm);
	}
	msg->consumed += n;
	take_fds(msg, &m->scm);
	r->done = m->scm.fp || msg->consumed < msg->len;
	if (msg->consumed == msg->len) {
		unlink_msg(sk, msg);
		unix_msg_free(msg);
	}
	return 0;
}

/* Nothing is left: 0 to look again, 1 at the end, or -errno. */
static int stream_empty(struct unix_sock *sk, struct sock_msg *m,
			struct stream_read *r)
{
	long err;

	if ((size_t)r->copied >= r->target ||
	    ((m->flags & MSG_PEEK) && r->last))
		return 1;
	err = sock_error(sk);
	if (err)
		return (int)err;
	/* What came between looking and closing is still to be read. */
	if (READ_ONCE(sk->shutdown) & RCV_SHUTDOWN)
		return next_msg(sk, NULL) ? 0 : 1;
	return (int)wait_for_news(sk, r->deadline);
}

static int read_some(struct unix_sock *sk, struct sock_msg *m,
		     struct stream_read *r)
{
	struct unix_msg *msg = next_msg(sk, r->last);
	int err;

	if (!msg)
		return stream_empty(sk, m, r);
	/* Bytes of two writers never come as one. */
	if (r->cred_known && !same_writer(msg, &m->scm))
		return 1;
	if (!r->cred_known) {
		m->scm.cred = msg->scm.cred;
		r->cred_known = sk->passcred;
	}
	err = read_msg(sk, msg, m, r);
	return err ? err : r->done;
}

/* Bytes that a read waits for: MSG_WAITALL, SO_RCVLOWAT. */
static size_t least(const struct unix_sock *sk, const struct sock_msg *m)
{
	size_t n = m->iter->count;

	if (!(m->flags & MSG_WAITALL))
		n = min(n, (size_t)sk->rcvlowat);
	return max(n, 1ul);
}

static ssize_t stream_recv(struct unix_sock *sk, struct sock_msg *m)
{
	struct stream_read r = { .target = least(sk, m) };
	int err;

	if (!READ_ONCE(sk->peer))
		return -EINVAL;
	r.deadline = sock_deadline(sk->rcvtimeo, m->flags);
	mutex_lock(&sk->iolock);
	do {
		err = read_some(sk, m, &r);
	} while (!err && m->iter->count);
	mutex_unlock(&sk->iolock);
	return r.copied || err >= 0 ? r.copied : err;
}

/**
 * unix_recvmsg - recv(2) in all its forms
 * @sk: the receiver
 * @m: where to; its flags, descriptors and credentials are filled and become
 * the caller's also after an error
 *
 * Context: may sleep: for a message.
 * Return: bytes, 0 at the end; -EOPNOTSUPP: MSG_OOB; -EINVAL: a stream that is
 * not connected; -ENOTCONN: neither is this SOCK_SEQPACKET; -ECONNRESET;
 * -EAGAIN; -EFAULT; -ENOMEM; -ERESTARTSYS. Source: recv(2).
 */
ssize_t unix_recvmsg(struct unix_sock *sk, struct sock_msg *m)
{
	if (m->flags & MSG_OOB)
		return sk->type == SOCK_STREAM ? -EINVAL : -EOPNOTSUPP;
	return sk->type == SOCK_STREAM ? stream_recv(sk, m)
				       : packet_recv(sk, m);
}
