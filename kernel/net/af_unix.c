/* SPDX-License-Identifier: MIT */
/*
 * AF_UNIX sockets: their life, their peers, what poll(2) sees.
 *
 * A socket holds the queue of what is to be read from it; to send is to put a
 * message into the peer's queue:
 *
 *	file --> sock A <--- peer ---> sock B <-- file
 *	         queue: [m3]           queue: [m1][m2]
 *	                                from A: A->wmem counts them
 *
 * A socket lives on without its file while a peer or an unread message of its
 * points to it.
 * Source: unix(7), socketpair(2), shutdown(2).
 */
#include <ikos/net.h>

#include <ikos/slab.h>
#include <uapi/poll.h>

/* Guards every queue, peer pointer and count of every socket. */
DEFINE_SPINLOCK(unix_lock);

/* All that have a file, or will have one by accept(2). */
LIST_HEAD(unix_socks);

/**
 * unix_sock_alloc - a socket without peer and file
 * @type: SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET
 *
 * Context: may sleep.
 * Return: the socket with one reference; NULL: no memory.
 */
struct unix_sock *unix_sock_alloc(int type)
{
	struct unix_sock *sk = kzalloc(sizeof(*sk), GFP_KERNEL);

	if (!sk)
		return NULL;
	atomic_set(&sk->count, 1);
	sk->type = (short)type;
	sk->sndbuf = sk->rcvbuf = SK_MEM_MAX;
	sk->rcvlowat = 1;
	sk->rcvtimeo = sk->sndtimeo = MAX_SCHEDULE_TIMEOUT;
	sk->peercred = (struct ucred_k){ 0, NO_ID, NO_ID };
	mutex_init(&sk->iolock);
	mutex_init(&sk->bindlock);
	init_waitqueue_head(&sk->wait);
	init_waitqueue_head(&sk->peer_wait);
	INIT_LIST_HEAD(&sk->all);
	INIT_LIST_HEAD(&sk->queue);
	INIT_LIST_HEAD(&sk->bound);
	INIT_LIST_HEAD(&sk->pending);
	INIT_LIST_HEAD(&sk->pending_link);
	INIT_LIST_HEAD(&sk->senders);
	INIT_LIST_HEAD(&sk->sender_link);
	INIT_LIST_HEAD(&sk->inflight_list);
	return sk;
}

/**
 * unix_sock_put - drop a reference to a socket
 * @sk: may be NULL
 *
 * Context: any; unix_lock may be held.
 */
void unix_sock_put(struct unix_sock *sk)
{
	if (!sk || !atomic_dec_and_test(&sk->count))
		return;
	unix_address_put(sk->addr);
	kfree(sk);
}

/**
 * unix_current_cred - who we are, for SO_PEERCRED
 *
 * Context: any task context.
 */
struct ucred_k unix_current_cred(void)
{
	return (struct ucred_k){ .pid = current->tgid,
				 .uid = current->cred.euid,
				 .gid = current->cred.egid };
}

/**
 * unix_set_peer - where a socket sends to from now on
 * @sk: the socket
 * @peer: gets another reference; NULL: nobody
 *
 * Context: unix_lock held, or nobody else has them.
 * Return: the old peer, whose reference is the caller's now; NULL: none.
 */
struct unix_sock *unix_set_peer(struct unix_sock *sk, struct unix_sock *peer)
{
	struct unix_sock *old = sk->peer;

	list_del_init(&sk->sender_link);
	WRITE_ONCE(sk->peer, peer);
	if (!peer)
		return old;
	atomic_inc(&peer->count);
	if (sk->type == SOCK_DGRAM)
		list_add_tail(&sk->sender_link, &peer->senders);
	return old;
}

/**
 * unix_pair - connect two new sockets
 *
 * Context: takes unix_lock.
 */
void unix_pair(struct unix_sock *a, struct unix_sock *b)
{
	spin_lock(&unix_lock);
	unix_set_peer(a, b);
	unix_set_peer(b, a);
	a->peercred = b->peercred = unix_current_cred();
	spin_unlock(&unix_lock);
}

/**
 * unix_dgram_full - whether a datagram socket takes no more from a sender
 * @to: the receiver
 * @from: the sender; the receiver's own peer only has its send buffer's limit
 *
 * Context: unix_lock held, or just a look.
 */
bool unix_dgram_full(const struct unix_sock *to, const struct unix_sock *from)
{
	return to->type == SOCK_DGRAM && to != from &&
	       READ_ONCE(to->peer) != from &&
	       READ_ONCE(to->qlen) > UNIX_MAX_DGRAM;
}

static void wake_senders(struct unix_sock *sk)
{
	struct unix_sock *sender;

	wake_up_all(&sk->peer_wait);
	list_for_each_entry (sender, &sk->senders, sender_link)
		wake_up_all(&sender->wait);
}

/**
 * unix_dequeued - a message has left a queue
 *
 * Context: unix_lock held.
 */
void unix_dequeued(struct unix_sock *sk)
{
	WRITE_ONCE(sk->qlen, sk->qlen - 1);
	if (sk->type == SOCK_DGRAM && sk->qlen == UNIX_MAX_DGRAM)
		wake_senders(sk);
}

/* The peer learns that we are gone; unix_lock held. */
static void hang_up(struct unix_sock *sk, struct unix_sock *peer)
{
	if (unix_connected_type(sk)) {
		WRITE_ONCE(peer->shutdown, SHUTDOWN_MASK);
		/* Nobody has read it, or not even accepted it. */
		if (!list_empty(&sk->queue) || !sk->file)
			WRITE_ONCE(peer->err, ECONNRESET);
	}
	wake_up_all(&peer->wait);
}

/* unix_lock held. Returns the peer, to be dropped. */
static struct unix_sock *detach(struct unix_sock *sk, struct path *path,
				struct list_head *unread,
				struct list_head *pending)
{
	struct unix_sock *peer = unix_set_peer(sk, NULL);

	WRITE_ONCE(sk->closed, true);
	WRITE_ONCE(sk->shutdown, SHUTDOWN_MASK);
	if (peer)
		hang_up(sk, peer);
	sk->file = NULL;
	list_del_init(&sk->all);
	list_del_init(&sk->bound);
	*path = sk->path;
	sk->path = (struct path){};
	wake_senders(sk);
	list_splice_tail_init(&sk->queue, unread);
	list_splice_tail_init(&sk->pending, pending);
	sk->qlen = sk->nr_pending = 0;
	return peer;
}

/**
 * unix_release - the file of a socket is closed, or it will never have one
 * @sk: its reference is taken over
 *
 * What nobody has read goes; the peer of a stream learns of it by ECONNRESET.
 *
 * Context: may sleep.
 */
void unix_release(struct unix_sock *sk)
{
	struct unix_sock *peer, *embryo, *next;
	LIST_HEAD(unread);
	LIST_HEAD(pending);
	struct path path;

	spin_lock(&unix_lock);
	peer = detach(sk, &path, &unread, &pending);
	spin_unlock(&unix_lock);
	list_for_each_entry_safe (embryo, next, &pending, pending_link) {
		list_del_init(&embryo->pending_link);
		unix_release(embryo);
	}
	if (path.dentry)
		path_put(&path);
	unix_sock_put(peer);
	unix_free_msgs(&unread);
	unix_sock_put(sk);
}

/**
 * unix_shutdown - shutdown(2)
 * @sk: the socket
 * @how: SHUT_*
 *
 * Context: any.
 * Return: 0; -EINVAL: @how. No error without a peer, as on Linux.
 */
int unix_shutdown(struct unix_sock *sk, int how)
{
	unsigned int mode = (unsigned int)how + 1;
	struct unix_sock *peer;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	spin_lock(&unix_lock);
	WRITE_ONCE(sk->shutdown, sk->shutdown | mode);
	peer = unix_connected_type(sk) ? sk->peer : NULL;
	if (peer) {
		/* What we do not read it cannot send, and so on. */
		if (mode & RCV_SHUTDOWN)
			WRITE_ONCE(peer->shutdown,
				   peer->shutdown | SEND_SHUTDOWN);
		if (mode & SEND_SHUTDOWN)
			WRITE_ONCE(peer->shutdown,
				   peer->shutdown | RCV_SHUTDOWN);
		wake_up_all(&peer->wait);
	}
	wake_up_all(&sk->wait);
	wake_up_all(&sk->peer_wait);
	spin_unlock(&unix_lock);
	return 0;
}

/**
 * unix_writable - whether poll(2) says POLLOUT
 *
 * Context: any.
 * Return: true: at most a quarter of the send buffer is in use.
 */
bool unix_writable(const struct unix_sock *sk)
{
	return !READ_ONCE(sk->listening) &&
	       READ_ONCE(sk->wmem) * 4 <= READ_ONCE(sk->sndbuf);
}

/* What it sends to is full; a peer that is another's makes it wait, too. */
static bool peer_full(struct unix_sock *sk)
{
	bool full;

	if (sk->type != SOCK_DGRAM || !READ_ONCE(sk->peer))
		return false;
	spin_lock(&unix_lock);
	full = sk->peer && unix_dgram_full(sk->peer, sk);
	spin_unlock(&unix_lock);
	return full;
}

/**
 * unix_poll_mask - POLL* bits of a socket
 *
 * Context: any.
 */
unsigned int unix_poll_mask(struct unix_sock *sk)
{
	unsigned int down = READ_ONCE(sk->shutdown), mask = 0;

	if (READ_ONCE(sk->err))
		mask |= POLLERR;
	if (down == SHUTDOWN_MASK)
		mask |= POLLHUP;
	if (down & RCV_SHUTDOWN)
		mask |= POLLRDHUP | POLLIN | POLLRDNORM;
	if (!list_empty(&sk->queue) || !list_empty(&sk->pending))
		mask |= POLLIN | POLLRDNORM;
	if (unix_connected_type(sk) && !READ_ONCE(sk->peer) &&
	    !READ_ONCE(sk->listening))
		mask |= POLLHUP;
	if (unix_writable(sk) && !peer_full(sk))
		mask |= POLLOUT | POLLWRNORM | POLLWRBAND;
	return mask;
}

/**
 * sock_error - take a socket's pending error
 *
 * Context: unix_lock not held.
 * Return: 0 or -errno; it is told once.
 */
int sock_error(struct unix_sock *sk)
{
	int err;

	spin_lock(&unix_lock);
	err = sk->err;
	WRITE_ONCE(sk->err, 0);
	spin_unlock(&unix_lock);
	return -err;
}

/**
 * sock_set_error - an error for the next call that looks
 * @err: positive
 *
 * Context: unix_lock not held.
 */
void sock_set_error(struct unix_sock *sk, int err)
{
	spin_lock(&unix_lock);
	WRITE_ONCE(sk->err, err);
	spin_unlock(&unix_lock);
}

/**
 * unix_inq_len - FIONREAD
 *
 * Context: any.
 * Return: bytes that can be read; of datagrams, those of the first; -EINVAL:
 * it listens.
 */
long unix_inq_len(struct unix_sock *sk)
{
	struct unix_msg *msg;
	long n = 0;

	if (READ_ONCE(sk->listening))
		return -EINVAL;
	spin_lock(&unix_lock);
	list_for_each_entry (msg, &sk->queue, list) {
		n += (long)(msg->len - msg->consumed);
		if (sk->type == SOCK_DGRAM)
			break;
	}
	spin_unlock(&unix_lock);
	return n;
}
