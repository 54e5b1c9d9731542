/* SPDX-License-Identifier: MIT */
#ifndef IKOS_NET_H
#define IKOS_NET_H

#include <ikos/fs.h>
#include <ikos/sched.h>
#include <uapi/socket.h>

/*
 * Sockets of the family AF_UNIX: what the files of kernel/net/ share. Each
 * function is documented where it is defined; kernel/net/README.md has the
 * tour and the lock rules.
 */
#define RCV_SHUTDOWN  1u
#define SEND_SHUTDOWN 2u
#define SHUTDOWN_MASK 3u

#define SK_MEM_MAX     212992
#define SK_SNDBUF_MIN  4608
#define SK_RCVBUF_MIN  2304
#define OVERFLOW_ID    65534u /* who has no number here */
#define NO_ID	       (~0u)
#define UNIX_CHUNK_MAX 8064 /* bytes of a stream in one message */
#define UNIX_MAX_DGRAM                                                         \
	10 /* so many and one more wait for who does not know us */
#define SOMAXCONN_K 4096

/* Descriptors on their way: SCM_RIGHTS. */
struct scm_fp {
	unsigned int count;
	uid_t user; /* whom inflight counts */
	struct file *files[SCM_MAX_FD];
};

/* What goes beside the bytes. */
struct scm {
	struct scm_fp *fp;
	struct ucred_k cred; /* pid 0: nobody said */
};

/* A datagram, or a piece of a stream. */
struct unix_msg {
	struct list_head list; /* of the receiver's queue: unix_lock */
	struct unix_sock *from; /* a reference; pays for it */
	size_t len, consumed, truesize;
	struct scm scm;
	char data[];
};

/* The name of a socket: never changes. */
struct unix_address {
	atomic_t count;
	int len; /* bytes of @un; of a path, its 0 included */
	struct sockaddr_un_k un;
	char end; /* 0, behind the longest path */
};

struct unix_sock {
	atomic_t count; /* file, peer, messages sent and not yet read … */
	short type; /* SOCK_* */
	bool passcred;
	int sndbuf, rcvbuf, rcvlowat, priority;
	unsigned int flags; /* bit n: the option SO_* of number n is on */
	struct linger_k linger;
	u64 rcvtimeo, sndtimeo; /* ns; MAX_SCHEDULE_TIMEOUT: for ever */
	struct ucred_k peercred;
	struct mutex iolock; /* one reader at a time */
	struct mutex bindlock; /* who gives it a name */
	struct wait_queue_head wait; /* every kind of news */
	struct wait_queue_head peer_wait; /* others, until we have room */

	/* unix_lock: */
	struct unix_sock *peer; /* a reference */
	struct file *file; /* without one; NULL: closed or not yet accepted */
	bool closed;
	struct list_head all; /* of unix_socks */
	struct list_head queue; /* to be read */
	unsigned int qlen; /* messages in it */
	unsigned int shutdown; /* *_SHUTDOWN */
	int err; /* SO_ERROR, positive */
	long wmem; /* sent and not yet read, with overhead */

	/* unix_lock; unix_addr.c: */
	struct unix_address *addr; /* a reference; stays once it is set */
	struct path path; /* where it is bound; dentry NULL: nowhere */
	struct list_head bound; /* the hash chain */

	/* unix_lock; unix_connect.c: */
	bool listening;
	unsigned int backlog; /* so many and one more may be @pending */
	unsigned int nr_pending;
	struct list_head pending; /* to be accepted */
	struct list_head pending_link;
	struct list_head senders; /* SOCK_DGRAM: whose peer we are */
	struct list_head sender_link;

	/* unix_lock; unix_gc.c: */
	unsigned int inflight; /* how often @file is in messages */
	unsigned int gc_refs;
	bool gc_garbage;
	struct list_head inflight_list;
};

extern spinlock_t unix_lock;
extern struct list_head unix_socks;

static inline bool unix_connected_type(const struct unix_sock *sk)
{
	return sk->type != SOCK_DGRAM;
}

/* A request to send or to receive. */
struct sock_msg {
	struct iov_iter *iter;
	unsigned int flags; /* MSG_* */
	unsigned int out_flags; /* MSG_*: what happened */
	struct scm scm;
	int namelen; /* of @name, 0: none */
	struct sockaddr_storage_k name;
};

/*
 * Wait for @cond until @deadline, a time of ktime_get_ns(). 0; -EAGAIN: it
 * has passed; a signal: -ERESTARTSYS, or -EINTR where there is a deadline.
 */
#define sock_wait_event(wq, cond, deadline)                                    \
	sock_wait_result(wait_event_interruptible_timeout(                     \
				 wq, cond, sock_time_left(deadline)),          \
			 deadline)

/* socket.c */
u64 sock_deadline(u64 timeo, unsigned int flags);
u64 sock_time_left(u64 deadline);
long sock_wait_result(long ret, u64 deadline);
extern const struct file_operations socket_fops;
struct unix_sock *sock_from_file(const struct file *file);
struct file *sock_file_get(unsigned int fd);
struct file *sock_alloc_file(struct unix_sock *sk, unsigned int flags);
void sock_attach(struct file *file, struct unix_sock *sk);
int sock_check_type(int family, int type, int protocol);
int create_socket_pair(struct file *res[2], int type, unsigned int flags);

/* af_unix.c */
struct unix_sock *unix_sock_alloc(int type);
void unix_sock_put(struct unix_sock *sk);
void unix_pair(struct unix_sock *a, struct unix_sock *b);
struct unix_sock *unix_set_peer(struct unix_sock *sk, struct unix_sock *peer);
struct ucred_k unix_current_cred(void);
bool unix_dgram_full(const struct unix_sock *to, const struct unix_sock *from);
void unix_dequeued(struct unix_sock *sk);
void unix_release(struct unix_sock *sk);
int unix_shutdown(struct unix_sock *sk, int how);
unsigned int unix_poll_mask(struct unix_sock *sk);
bool unix_writable(const struct unix_sock *sk);
int sock_error(struct unix_sock *sk);
void sock_set_error(struct unix_sock *sk, int err);
long unix_inq_len(struct unix_sock *sk);

/* unix_addr.c, unix_bind.c */
int unix_check_name(const struct sockaddr_storage_k *name, int len);
struct unix_sock *unix_find(const struct sockaddr_storage_k *name, int len,
			    int type);
void unix_address_put(struct unix_address *addr);
int unix_copy_address(struct unix_sock *sk, struct sockaddr_storage_k *to);
int unix_hash(struct unix_sock *sk, struct unix_address *addr,
	      const struct path *path);
int unix_bind(struct unix_sock *sk, const struct sockaddr_storage_k *name,
	      int len);
int unix_autobind(struct unix_sock *sk);

/* proc_unix.c */
struct seq_file;
int unix_proc_show(struct seq_file *m, void *unused);

/* unix_connect.c */
int unix_connect(struct unix_sock *sk, const struct sockaddr_storage_k *name,
		 int len, unsigned int flags);
void unix_peer_gone(struct unix_sock *sk, struct unix_sock *peer);
int unix_listen(struct unix_sock *sk, int backlog);
struct unix_sock *unix_accept(struct unix_sock *sk, unsigned int flags);

/* unix_send.c, unix_recv.c */
ssize_t unix_sendmsg(struct unix_sock *sk, struct sock_msg *m);
ssize_t unix_recvmsg(struct unix_sock *sk, struct sock_msg *m);
struct unix_msg *unix_msg_alloc(struct unix_sock *sk, size_t len);
void unix_msg_free(struct unix_msg *msg);

/* unix_gc.c */
int unix_inflight(struct scm_fp *fp);
void unix_notinflight(struct scm_fp *fp);
void unix_free_msgs(struct list_head *msgs);

/* scm.c, scm_recv.c */
int scm_send(struct scm *scm, const void __user *control, size_t len);
void scm_fp_free(struct scm_fp *fp);
struct scm_fp *scm_fp_dup(const struct scm_fp *fp, struct scm_fp *room);
void scm_recv(struct unix_sock *sk, struct scm *scm, struct msghdr_k *hdr,
	      unsigned int flags);

#endif
