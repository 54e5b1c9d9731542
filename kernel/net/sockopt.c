/* SPDX-License-Identifier: MIT */
/*
 * getsockopt(2) and setsockopt(2): socket(7), unix(7). What has a meaning only
 * for networks is kept and told again, as Linux does it.
 */
#include <ikos/net.h>

#include <ikos/syscall.h>
#include <ikos/time.h>
#include <ikos/uaccess.h>

/* Options that are on or off, and nothing more. */
#define PLAIN_OPTIONS                                                          \
	(1u << SO_DEBUG | 1u << SO_REUSEADDR | 1u << SO_DONTROUTE |            \
	 1u << SO_BROADCAST | 1u << SO_KEEPALIVE | 1u << SO_OOBINLINE |        \
	 1u << SO_TIMESTAMP)

static bool is_plain(int name)
{
	return name > 0 && name < 32 && (PLAIN_OPTIONS & (1u << name));
}

static long put_option(const void *val, size_t size, void __user *to,
		       int __user *ulen, int len)
{
	if ((size_t)len > size)
		len = (int)size;
	if (copy_to_user(to, val, (size_t)len))
		return -EFAULT;
	return put_user(len, ulen);
}

static int get_int(struct unix_sock *sk, int name, int *val)
{
	if (is_plain(name)) {
		*val = (sk->flags >> name) & 1;
		return 0;
	}
	switch (name) {
	case SO_TYPE:
		*val = sk->type;
		return 0;
	case SO_ERROR:
		*val = -sock_error(sk);
		return 0;
	case SO_SNDBUF:
		*val = sk->sndbuf;
		return 0;
	case SO_RCVBUF:
		*val = sk->rcvbuf;
		return 0;
	case SO_PRIORITY:
		*val = sk->priority;
		return 0;
	case SO_PASSCRED:
		*val = sk->passcred;
		return 0;
	case SO_RCVLOWAT:
		*val = sk->rcvlowat;
		return 0;
	case SO_SNDLOWAT:
		*val = 1;
		return 0;
	case SO_DOMAIN:
		*val = AF_UNIX;
		return 0;
	case SO_ACCEPTCONN:
		*val = sk->listening;
		return 0;
	case SO_REUSEPORT:
	case SO_PROTOCOL:
		*val = 0;
		return 0;
	case SO_PEEK_OFF:
		return -EOPNOTSUPP;
	}
	return -ENOPROTOOPT;
}

static struct timeval64 timeval_of(u64 ns)
{
	if (ns == MAX_SCHEDULE_TIMEOUT)
		return (struct timeval64){};
	return (struct timeval64){ .tv_sec = (s64)(ns / NSEC_PER_SEC),
				   .tv_usec = (s64)(ns % NSEC_PER_SEC /
						    NSEC_PER_USEC) };
}

static long get_option(struct unix_sock *sk, int name, void __user *to,
		       int __user *ulen)
{
	struct timeval64 tv;
	int len, val, err;

	if (get_user(len, ulen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	switch (name) {
	case SO_PEERCRED:
		return put_option(&sk->peercred, sizeof(sk->peercred), to, ulen,
				  len);
	case SO_LINGER:
		return put_option(&sk->linger, sizeof(sk->linger), to, ulen,
				  len);
	case SO_RCVTIMEO:
	case SO_RCVTIMEO_NEW:
		tv = timeval_of(sk->rcvtimeo);
		return put_option(&tv, sizeof(tv), to, ulen, len);
	case SO_SNDTIMEO:
	case SO_SNDTIMEO_NEW:
		tv = timeval_of(sk->sndtimeo);
		return put_option(&tv, sizeof(tv), to, ulen, len);
	}
	err = get_int(sk, name, &val);
	return err ? err : put_option(&val, sizeof(val), to, ulen, len);
}

/**
 * sys_getsockopt - getsockopt(2)
 *
 * Return: 0; -EBADF, -ENOTSOCK, -EFAULT; -EINVAL: a negative length;
 * -ENOPROTOOPT: unknown; -EOPNOTSUPP: not SOL_SOCKET, or SO_PEEK_OFF.
 */
SYSCALL_DEFINE5(getsockopt, unsigned int, fd, int, level, int, name,
		void __user *, to, int __user *, ulen)
{
	struct file *file = sock_file_get(fd);
	long ret = -EOPNOTSUPP;

	if (IS_ERR(file))
		return PTR_ERR(file);
	if (level == SOL_SOCKET)
		ret = get_option(file->private_data, name, to, ulen);
	fput(file);
	return ret;
}

/* --- setting ------------------------------------------------------------------- */

/* Twice what was asked for: half of it is overhead. */
static int buffer_size(int val, int least, bool force)
{
	if (force)
		val = max(val, 0);
	else
		val = (int)min_t(unsigned int, val, SK_MEM_MAX);
	return max(min(val, INT_MAX / 2) * 2, least);
}

static long set_buffer(struct unix_sock *sk, int name, int val)
{
	bool force = name == SO_SNDBUFFORCE || name == SO_RCVBUFFORCE;

	if (force && !capable(CAP_NET_ADMIN))
		return -EPERM;
	if (name == SO_RCVBUF || name == SO_RCVBUFFORCE) {
		WRITE_ONCE(sk->rcvbuf, buffer_size(val, SK_RCVBUF_MIN, force));
		return 0;
	}
	WRITE_ONCE(sk->sndbuf, buffer_size(val, SK_SNDBUF_MIN, force));
	wake_up_all(&sk->wait);
	return 0;
}

static long set_flag(struct unix_sock *sk, int name, bool on)
{
	if (name == SO_DEBUG && on && !capable(CAP_NET_ADMIN))
		return -EACCES;
	spin_lock(&unix_lock);
	sk->flags &= ~(1u << name);
	sk->flags |= (unsigned int)on << name;
	spin_unlock(&unix_lock);
	return 0;
}

static long set_int(struct unix_sock *sk, int name, int val)
{
	if (is_plain(name))
		return set_flag(sk, name, val != 0);
	switch (name) {
	case SO_SNDBUF:
	case SO_RCVBUF:
	case SO_SNDBUFFORCE:
	case SO_RCVBUFFORCE:
		return set_buffer(sk, name, val);
	case SO_PASSCRED:
		WRITE_ONCE(sk->passcred, val != 0);
		return 0;
	case SO_PRIORITY:
		if ((val < 0 || val > 6) && !capable(CAP_NET_ADMIN))
			return -EPERM;
		WRITE_ONCE(sk->priority, val);
		return 0;
	case SO_RCVLOWAT:
		val = val < 0 ? INT_MAX : val;
		WRITE_ONCE(sk->rcvlowat, max(val, 1));
		return 0;
	case SO_REUSEPORT:
		return val ? -EOPNOTSUPP : 0;
	case SO_PEEK_OFF:
		return -EOPNOTSUPP;
	}
	return -ENOPROTOOPT;
}

static long set_timeout(u64 *timeo, const void __user *from, int len)
{
	struct timeval64 tv;
	struct timespec64 ts;

	if (len < (int)sizeof(tv))
		return -EINVAL;
	if (copy_from_user(&tv, from, sizeof(tv)))
		return -EFAULT;
	if (tv.tv_usec < 0 || tv.tv_usec >= (s64)(NSEC_PER_SEC / NSEC_PER_USEC))
		return -EDOM;
	ts.tv_sec = tv.tv_sec;
	ts.tv_nsec = tv.tv_usec * (s64)NSEC_PER_USEC;
	if (tv.tv_sec < 0)
		WRITE_ONCE(*timeo, 0);
	else if (!tv.tv_sec && !tv.tv_usec)
		WRITE_ONCE(*timeo, MAX_SCHEDULE_TIMEOUT);
	else
		WRITE_ONCE(*timeo, timespec_to_ns(&ts));
	return 0;
}

static long set_linger(struct unix_sock *sk, const void __user *from, int len)
{
	struct linger_k val;

	if (len < (int)sizeof(val))
		return -EINVAL;
	if (copy_from_user(&val, from, sizeof(val)))
		return -EFAULT;
	spin_lock(&unix_lock);
	sk->linger.l_onoff = val.l_onoff != 0;
	if (val.l_onoff)
		sk->linger.l_linger = val.l_linger;
	spin_unlock(&unix_lock);
	return 0;
}

static long set_option(struct unix_sock *sk, int name, const void __user *from,
		       int len)
{
	int val;

	if (len < (int)sizeof(val))
		return -EINVAL;
	if (copy_from_user(&val, from, sizeof(val)))
		return -EFAULT;
	switch (name) {
	case SO_LINGER:
		return set_linger(sk, from, len);
	case SO_RCVTIMEO:
	case SO_RCVTIMEO_NEW:
		return set_timeout(&sk->rcvtimeo, from, len);
	case SO_SNDTIMEO:
	case SO_SNDTIMEO_NEW:
		return set_timeout(&sk->sndtimeo, from, len);
	}
	return set_int(sk, name, val);
}

/**
 * sys_setsockopt - setsockopt(2)
 *
 * Return: 0; -EBADF, -ENOTSOCK, -EFAULT; -EINVAL: too short; -EDOM: no such
 * time; -EPERM, -EACCES: only for root; -ENOPROTOOPT: unknown, or only to be
 * read; -EOPNOTSUPP: not SOL_SOCKET, SO_REUSEPORT, SO_PEEK_OFF.
 */
SYSCALL_DEFINE5(setsockopt, unsigned int, fd, int, level, int, name,
		const void __user *, from, int, len)
{
	struct file *file = sock_file_get(fd);
	long ret = -EOPNOTSUPP;

	if (IS_ERR(file))
		return PTR_ERR(file);
	if (level == SOL_SOCKET)
		ret = set_option(file->private_data, name, from, len);
	fput(file);
	return ret;
}
