/* SPDX-License-Identifier: MIT */
/*
 * connect(2), listen(2), accept(2).
 *
 * To connect makes the socket that accept(2) will return, at once: it hangs in
 * the listener's list of pending ones, and the client may already send to it.
 *
 *	client --- peer ---> embryo		listener
 *	       <--- peer --- (no file) <------- pending
 *
 * A datagram socket just notes where it sends to; its peer knows who they are
 * (senders), to tell them when it has room.
 */
#include <ikos/net.h>
#include <ikos/slab.h>

static bool backlog_full(const struct unix_sock *sk)
{
	return READ_ONCE(sk->nr_pending) > READ_ONCE(sk->backlog);
}

static bool takes_connections(const struct unix_sock *sk)
{
	return READ_ONCE(sk->listening) && !READ_ONCE(sk->closed) &&
	       !(READ_ONCE(sk->shutdown) & RCV_SHUTDOWN);
}

/* unix_lock held: 0 or why @sk cannot connect to @to now. */
static int may_connect(const struct unix_sock *sk, const struct unix_sock *to)
{
	if (!takes_connections(to))
		return -ECONNREFUSED;
	if (backlog_full(to))
		return -EAGAIN;
	if (sk->peer)
		return -EISCONN;
	return sk->listening ? -EINVAL : 0;
}

/* unix_lock held; @embryo's reference goes to the list. */
static void hang_in(struct unix_sock *sk, struct unix_sock *to,
		    struct unix_sock *embryo)
{
	embryo->addr = to->addr;
	atomic_inc(&to->addr->count);
	embryo->passcred = to->passcred;
	embryo->peercred = unix_current_cred();
	sk->peercred = to->peercred;
	unix_set_peer(embryo, sk);
	unix_set_peer(sk, embryo);
	list_add_tail(&embryo->all, &unix_socks);
	list_add_tail(&embryo->pending_link, &to->pending);
	WRITE_ONCE(to->nr_pending, to->nr_pending + 1);
	wake_up_all(&to->wait);
}

/* One try: 0, -EAGAIN: the backlog is full, or another error. */
static int try_connect(struct unix_sock *sk, struct unix_sock *to,
		       struct unix_sock *embryo)
{
	int err;

	spin_lock(&unix_lock);
	err = may_connect(sk, to);
	if (!err)
		hang_in(sk, to, embryo);
	spin_unlock(&unix_lock);
	return err;
}

static int stream_connect(struct unix_sock *sk,
			  const struct sockaddr_storage_k *name, int len,
			  u64 deadline, struct unix_sock *embryo)
{
	struct unix_sock *to;
	int err;

	/* Who has the name is asked again after each wait. */
	do {
		to = unix_find(name, len, sk->type);
		if (IS_ERR(to))
			return (int)PTR_ERR(to);
		err = try_connect(sk, to, embryo);
		if (err == -EAGAIN && deadline) {
			err = (int)sock_wait_event(to->peer_wait,
						   !takes_connections(to) ||
							   !backlog_full(to),
						   deadline);
			if (!err)
				err = -EALREADY;
		}
		unix_sock_put(to);
	} while (err == -EALREADY);
	return err;
}

/*
 * Somebody else is the peer from now on: what has come before goes, and if that
 * is something, an old peer that still thinks of us learns of it.
 */
static void forget_peer(struct unix_sock *sk, struct unix_sock *old,
			struct list_head *unread)
{
	if (list_empty(&sk->queue))
		return;
	list_splice_tail_init(&sk->queue, unread);
	sk->qlen = 0;
	wake_up_all(&sk->peer_wait);
	if (!old->closed && old->peer == sk) {
		WRITE_ONCE(old->err, ECONNRESET);
		wake_up_all(&old->wait);
	}
}

/* @to: a reference, dropped; NULL: nobody. */
static int change_peer(struct unix_sock *sk, struct unix_sock *to)
{
	struct unix_sock *old = NULL;
	LIST_HEAD(unread);
	int err = 0;

	mutex_lock(&sk->iolock); /* no reader is at the first message */
	spin_lock(&unix_lock);
	if (to && to->peer && to->peer != sk) {
		err = -EPERM;
	} else if (to && to->closed) {
		err = -ECONNREFUSED;
	} else {
		old = unix_set_peer(sk, to);
		if (old && old != to)
			forget_peer(sk, old, &unread);
		wake_up_all(&sk->wait);
	}
	spin_unlock(&unix_lock);
	mutex_unlock(&sk->iolock);
	unix_sock_put(old);
	unix_sock_put(to);
	if (!list_empty(&unread))
		unix_free_msgs(&unread);
	return err;
}

/**
 * unix_peer_gone - a datagram socket has found its peer closed
 * @sk: the socket
 * @peer: who was it; another one meanwhile stays
 *
 * It has none from then on, and has forgotten what it had not read.
 *
 * Context: may sleep.
 */
void unix_peer_gone(struct unix_sock *sk, struct unix_sock *peer)
{
	struct unix_sock *old = NULL;
	LIST_HEAD(unread);

	mutex_lock(&sk->iolock); /* no reader is at the first message */
	spin_lock(&unix_lock);
	if (sk->peer == peer) {
		old = unix_set_peer(sk, NULL);
		forget_peer(sk, peer, &unread);
	}
	spin_unlock(&unix_lock);
	mutex_unlock(&sk->iolock);
	unix_sock_put(old);
	if (!list_empty(&unread))
		unix_free_msgs(&unread);
}

static int dgram_connect(struct unix_sock *sk,
			 const struct sockaddr_storage_k *name, int len)
{
	struct unix_sock *to;
	int err;

	if (len < (int)sizeof(name->ss_family))
		return -EINVAL;
	if (name->ss_family == AF_UNSPEC)
		return change_peer(sk, NULL);
	err = unix_check_name(name, len);
	if (err)
		return err;
	if (sk->passcred && !sk->addr) {
		err = unix_autobind(sk);
		if (err)
			return err;
	}
	to = unix_find(name, len, sk->type);
	return IS_ERR(to) ? (int)PTR_ERR(to) : change_peer(sk, to);
}

/**
 * unix_connect - connect(2)
 * @sk: with a file
 * @name: the address
 * @len: its bytes
 * @flags: MSG_DONTWAIT
 *
 * Context: may sleep: until the listener has room.
 * Return: 0; -EINVAL: the address, or it listens itself; unix_find()'s errors;
 * -ECONNREFUSED: nobody listens there; -EAGAIN: its backlog is full; -EISCONN;
 * -EPERM: the other has another peer; -ENOMEM; -EINTR, -ERESTARTSYS.
 */
int unix_connect(struct unix_sock *sk, const struct sockaddr_storage_k *name,
		 int len, unsigned int flags)
{
	u64 deadline = sock_deadline(sk->sndtimeo, flags);
	struct unix_sock *embryo;
	int err;

	if (sk->type == SOCK_DGRAM)
		return dgram_connect(sk, name, len);
	err = unix_check_name(name, len);
	if (!err && sk->passcred && !sk->addr)
		err = unix_autobind(sk);
	if (err)
		return err;
	embryo = unix_sock_alloc(sk->type);
	if (!embryo)
		return -ENOMEM;
	err = stream_connect(sk, name, len, deadline, embryo);
	if (err)
		unix_sock_put(embryo);
	return err;
}

/**
 * unix_listen - listen(2)
 * @sk: the socket
 * @backlog: how many may be pending; negative: as many as can be
 *
 * Context: any.
 * Return: 0; -EOPNOTSUPP: a datagram socket; -EINVAL: no name, or connected.
 */
int unix_listen(struct unix_sock *sk, int backlog)
{
	unsigned int max = min_t(unsigned int, backlog, SOMAXCONN_K);
	int err = 0;

	if (sk->type == SOCK_DGRAM)
		return -EOPNOTSUPP;
	spin_lock(&unix_lock);
	if (!sk->addr || sk->peer) {
		err = -EINVAL;
	} else {
		WRITE_ONCE(sk->backlog, max);
		WRITE_ONCE(sk->listening, true);
		sk->peercred = unix_current_cred();
		wake_up_all(&sk->peer_wait);
	}
	spin_unlock(&unix_lock);
	return err;
}

static struct unix_sock *take_pending(struct unix_sock *sk)
{
	struct unix_sock *embryo = NULL;

	spin_lock(&unix_lock);
	if (!list_empty(&sk->pending)) {
		embryo = list_first_entry(&sk->pending, struct unix_sock,
					  pending_link);
		list_del_init(&embryo->pending_link);
		WRITE_ONCE(sk->nr_pending, sk->nr_pending - 1);
		wake_up_all(&sk->peer_wait);
	}
	spin_unlock(&unix_lock);
	return embryo;
}

/**
 * unix_accept - the next one of those that have connected
 * @sk: a listener
 * @flags: MSG_DONTWAIT
 *
 * Context: may sleep: until one comes.
 * Return: the socket, with a reference and without a file; ERR_PTR of
 * -EOPNOTSUPP: a datagram socket; -EINVAL: does not listen, or not any more;
 * -EAGAIN; -EINTR, -ERESTARTSYS.
 */
struct unix_sock *unix_accept(struct unix_sock *sk, unsigned int flags)
{
	u64 deadline = sock_deadline(sk->rcvtimeo, flags);
	struct unix_sock *embryo;
	long err;

	if (sk->type == SOCK_DGRAM)
		return ERR_PTR(-EOPNOTSUPP);
	if (!READ_ONCE(sk->listening))
		return ERR_PTR(-EINVAL);
	while (!(embryo = take_pending(sk))) {
		if (READ_ONCE(sk->shutdown) & RCV_SHUTDOWN)
			return ERR_PTR(-EINVAL);
		if (!deadline)
			return ERR_PTR(-EAGAIN);
		err = sock_wait_event(
			sk->wait,
			!list_empty(&sk->pending) ||
				(READ_ONCE(sk->shutdown) & RCV_SHUTDOWN),
			deadline);
		if (err)
			return ERR_PTR(err);
	}
	return embryo;
}
