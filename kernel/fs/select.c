/* SPDX-License-Identifier: MIT */
/*
 * select(2) and pselect6(2): three sets of descriptors as bits.
 *
 * One allocation holds six sets: what the caller asks for, and what it gets.
 */
#include <ikos/kernel.h>
#include <ikos/slab.h>
#include <ikos/string.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <uapi/poll.h>

#include "poll_wait.h"

#define POLLIN_SET  (POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR)
#define POLLOUT_SET (POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR)
#define POLLEX_SET  POLLPRI

#define NR_SETS 3

static const unsigned int set_bits[NR_SETS] = { POLLIN_SET, POLLOUT_SET,
						POLLEX_SET };

struct fd_sets {
	unsigned int nfds, words; /* of a set */
	unsigned long *in[NR_SETS], *out[NR_SETS];
	unsigned long small[2 * NR_SETS * 4]; /* 256 descriptors */
	unsigned long *memory; /* small, or allocated */
};

static unsigned int max_fds(void)
{
	struct files_struct *files = current->files;
	unsigned int n;

	spin_lock(&files->lock);
	n = files->max_fds;
	spin_unlock(&files->lock);
	return n;
}

static int alloc_sets(struct fd_sets *s, unsigned int n)
{
	/* Beyond the table's end nothing can be open, or asked for. */
	s->nfds = min(n, max_fds());
	s->words = DIV_ROUND_UP(s->nfds, 64);
	s->memory = s->small;
	if (s->words > ARRAY_SIZE(s->small) / (2 * NR_SETS)) {
		s->memory = kcalloc(2 * NR_SETS * s->words, sizeof(long),
				    GFP_KERNEL);
		if (!s->memory)
			return -ENOMEM;
	}
	for (unsigned int i = 0; i < NR_SETS; i++) {
		s->in[i] = s->memory + i * s->words;
		s->out[i] = s->memory + (NR_SETS + i) * s->words;
	}
	return 0;
}

static void free_sets(struct fd_sets *s)
{
	if (s->memory != s->small)
		kfree(s->memory);
}

static int get_sets(struct fd_sets *s, unsigned long __user *const *user)
{
	size_t size = s->words * sizeof(long);

	for (unsigned int i = 0; i < NR_SETS; i++) {
		memset(s->in[i], 0, size);
		if (user[i] && copy_from_user(s->in[i], user[i], size))
			return -EFAULT;
	}
	return 0;
}

static int put_sets(struct fd_sets *s, unsigned long __user *const *user)
{
	size_t size = s->words * sizeof(long);

	for (unsigned int i = 0; i < NR_SETS; i++)
		if (user[i] && copy_to_user(user[i], s->out[i], size))
			return -EFAULT;
	return 0;
}

/* Ask one descriptor; bits set in the results, -EBADF. */
static int select_fd(struct fd_sets *s, unsigned int fd,
		     struct poll_table *table)
{
	unsigned long bit = BIT(fd % 64);
	struct file *file = fget(fd);
	unsigned int mask;
	int count = 0;

	if (!file)
		return -EBADF;
	mask = vfs_poll(file, table);
	fput(file);
	for (unsigned int i = 0; i < NR_SETS; i++) {
		if (!(s->in[i][fd / 64] & bit) || !(mask & set_bits[i]))
			continue;
		s->out[i][fd / 64] |= bit;
		count++;
	}
	if (count)
		table->quiet = true;
	return count;
}

static int select_pass(void *data, struct poll_table *table)
{
	struct fd_sets *s = data;
	int count = 0;

	memset(s->out[0], 0, NR_SETS * s->words * sizeof(long));
	for (unsigned int fd = 0; fd < s->nfds; fd++) {
		unsigned long all = s->in[0][fd / 64] | s->in[1][fd / 64] |
				    s->in[2][fd / 64];
		int n;

		if (!(all & BIT(fd % 64)))
			continue;
		n = select_fd(s, fd, table);
		if (n < 0)
			return n;
		count += n;
	}
	return count;
}

static long do_select(int n, unsigned long __user *const *user, u64 deadline)
{
	struct fd_sets sets;
	long ret;

	if (n < 0)
		return -EINVAL;
	ret = alloc_sets(&sets, (unsigned int)n);
	if (ret)
		return ret;
	ret = get_sets(&sets, user);
	if (!ret)
		ret = poll_loop(select_pass, &sets, deadline);
	if (ret >= 0 && put_sets(&sets, user))
		ret = -EFAULT;
	free_sets(&sets);
	return ret;
}

static u64 remaining(u64 deadline)
{
	u64 now = ktime_get_ns();

	return deadline > now ? deadline - now : 0;
}

SYSCALL_DEFINE5(select, int, n, unsigned long __user *, in,
		unsigned long __user *, out, unsigned long __user *, ex,
		struct timeval64 __user *, utv)
{
	unsigned long __user *const sets[] = { in, out, ex };
	struct timeval64 tv;
	u64 deadline = POLL_FOREVER;
	long ret;

	if (utv) {
		struct timespec64 ts;

		if (copy_from_user(&tv, utv, sizeof(tv)))
			return -EFAULT;
		if (tv.tv_sec < 0 || tv.tv_usec < 0)
			return -EINVAL;
		/* Linux takes any number of microseconds. */
		if (tv.tv_usec >= 1000000 &&
		    __builtin_add_overflow(tv.tv_sec, tv.tv_usec / 1000000,
					   &tv.tv_sec))
			return -EINVAL;
		ts.tv_sec = tv.tv_sec;
		ts.tv_nsec = tv.tv_usec % 1000000 * 1000;
		deadline = poll_deadline(&ts);
	}
	ret = do_select(n, sets, deadline);
	if (utv) {
		u64 left = remaining(deadline);

		tv.tv_sec = (s64)(left / NSEC_PER_SEC);
		tv.tv_usec = (s64)(left % NSEC_PER_SEC / NSEC_PER_USEC);
		/* A restart would read it: without the write, none. */
		if (put_user(tv, utv) && ret == -ERESTARTNOHAND)
			ret = -EINTR;
	}
	return ret;
}

struct sigset_argpack {
	const sigset_t_k __user *p;
	size_t size;
};

SYSCALL_DEFINE6(pselect6, int, n, unsigned long __user *, in,
		unsigned long __user *, out, unsigned long __user *, ex,
		struct timespec64 __user *, uts,
		const struct sigset_argpack __user *, sig)
{
	unsigned long __user *const sets[] = { in, out, ex };
	struct sigset_argpack pack = { NULL, 0 };
	struct timespec64 ts;
	u64 deadline;
	long ret;

	if (sig && copy_from_user(&pack, sig, sizeof(pack)))
		return -EFAULT;
	if (uts) {
		if (copy_from_user(&ts, uts, sizeof(ts)))
			return -EFAULT;
		if (!timespec_valid(&ts))
			return -EINVAL;
	}
	deadline = poll_deadline(uts ? &ts : NULL);
	ret = set_user_sigmask(pack.p, pack.size);
	if (ret)
		return ret;
	ret = do_select(n, sets, deadline);
	restore_saved_sigmask_unless(ret == -ERESTARTNOHAND);
	if (uts) {
		ts = ns_to_timespec(remaining(deadline));
		if (put_user(ts, uts) && ret == -ERESTARTNOHAND)
			ret = -EINTR;
	}
	return ret;
}
