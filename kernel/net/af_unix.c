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
	init_waitqueue_head(&sk->wait);
	INIT_LIST_HEAD(&sk->queue);
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
	if (sk && atomic_dec_and_test(&sk->count))
		kfree(sk);
}

static void set_peercred(struct unix_sock *sk)
{
	sk->peercred = (struct ucred_k){ .pid = current->tgid,
					 .uid = current->cred.euid,
					 .gid = current->cred.egid };
}

/**
 * unix_pair - connect two new sockets
 *
 * Context: nobody else has them.
 */
void unix_pair(struct unix_sock *a, struct unix_sock *b)
{
	atomic_inc(&a->count);
	atomic_inc(&b->count);
	a->peer = b;
	b->peer = a;
	set_peercred(a);
	set_peercred(b);
}

/* The peer learns that we are gone; unix_lock held. */
static void hang_up(struct unix_sock *sk, struct unix_sock *peer)
{
	if (unix_connected_type(sk)) {
		WRITE_ONCE(peer->shutdown, SHUTDOWN_MASK);
		if (!list_empty(&sk->queue))
			WRITE_ONCE(peer->err, ECONNRESET);
	}
	wake_up_all(&peer->wait);
}

/**
 * unix_release - the file of a socket is closed
 * @sk: its reference is taken over
 *
 * What nobody has read goes; the peer of a stream learns of it by ECONNRESET.
 *
 * Context: may sleep.
 */
void unix_release(struct unix_sock *sk)
{
	LIST_HEAD(unread);
	struct unix_sock *peer;

	spin_lock(&unix_lock);
	sk->file = NULL;
	WRITE_ONCE(sk->shutdown, SHUTDOWN_MASK);
	peer = sk->peer;
	sk->peer = NULL;
	if (peer)
		hang_up(sk, peer);
	list_splice_tail_init(&sk->queue, &unread);
	spin_unlock(&unix_lock);
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
	return READ_ONCE(sk->wmem) * 4 <= READ_ONCE(sk->sndbuf);
}

/**
 * unix_poll_mask - POLL* bits of a socket
 *
 * Context: any.
 */
unsigned int unix_poll_mask(const struct unix_sock *sk)
{
	unsigned int down = READ_ONCE(sk->shutdown), mask = 0;

	if (READ_ONCE(sk->err))
		mask |= POLLERR;
	if (down == SHUTDOWN_MASK)
		mask |= POLLHUP;
	if (down & RCV_SHUTDOWN)
		mask |= POLLRDHUP | POLLIN | POLLRDNORM;
	if (!list_empty(&sk->queue))
		mask |= POLLIN | POLLRDNORM;
	if (unix_writable(sk))
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
 * Return: bytes that can be read; of datagrams, those of the first.
 */
long unix_inq_len(struct unix_sock *sk)
{
	struct unix_msg *msg;
	long n = 0;

	spin_lock(&unix_lock);
	list_for_each_entry (msg, &sk->queue, list) {
		n += (long)(msg->len - msg->consumed);
		if (sk->type == SOCK_DGRAM)
			break;
	}
	spin_unlock(&unix_lock);
	return n;
}
