/* SPDX-License-Identifier: MIT */
/*
 * Capabilities: looking at them, giving them up.
 *
 *	inheritable   permitted   effective	of a task; capset(2)
 *	bounding				what exec may give; prctl(2)
 *	ambient					what exec keeps; prctl(2)
 *
 * Effective is part of permitted; ambient is part of permitted and inheritable.
 * What has left permitted or bounding does not come back, but by an exec as
 * root. What they do when ids change is in cred.c.
 *
 * Source: capabilities(7), capget(2), prctl(2).
 */
#include <ikos/sched.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <uapi/prctl.h>

/* How many words a set has in the caller's structure; @header gets the version
 * that is known here when it asks for another. */
static int words_of(struct cap_user_header __user *header, pid_t *pid)
{
	struct cap_user_header h;

	if (get_user(h.version, &header->version))
		return -EFAULT;
	switch (h.version) {
	case LINUX_CAPABILITY_VERSION_1:
	case LINUX_CAPABILITY_VERSION_2:
	case LINUX_CAPABILITY_VERSION_3:
		break;
	default:
		h.version = LINUX_CAPABILITY_VERSION_3;
		return put_user(h.version, &header->version) ? -EFAULT
							     : -EINVAL;
	}
	if (get_user(h.pid, &header->pid))
		return -EFAULT;
	*pid = h.pid;
	return h.version == LINUX_CAPABILITY_VERSION_1 ? 1 : 2;
}

static int copy_cred(pid_t pid, struct cred *cred)
{
	struct task_struct *t;

	if (!pid || pid == current->pid) {
		*cred = current->cred;
		return 0;
	}
	t = find_get_task(pid);
	if (!t)
		return -ESRCH;
	*cred = t->cred;
	put_task_struct(t);
	return 0;
}

/**
 * sys_capget() - the three sets of a thread
 *
 * Context: process context. Return: 0; -EINVAL: an unknown version (a NULL
 * @data asks for it: then 0), a negative pid; -ESRCH; -EFAULT.
 */
SYSCALL_DEFINE2(capget, struct cap_user_header __user *, header,
		struct cap_user_data __user *, data)
{
	struct cap_user_data d[2];
	struct cred cred;
	pid_t pid = 0;
	int words = words_of(header, &pid), err;

	if (words < 0)
		return words == -EINVAL && !data ? 0 : words;
	if (!data)
		return 0;
	if (pid < 0)
		return -EINVAL;
	err = copy_cred(pid, &cred);
	if (err)
		return err;
	for (int i = 0; i < 2; i++) {
		d[i].effective = (u32)(cred.cap_effective >> 32 * i);
		d[i].permitted = (u32)(cred.cap_permitted >> 32 * i);
		d[i].inheritable = (u32)(cred.cap_inheritable >> 32 * i);
	}
	return copy_to_user(data, d, (size_t)words * sizeof(d[0])) ? -EFAULT
								   : 0;
}

/* The rules of capset(2), in the order of its manual page. */
static bool may_capset(const struct cred *old, const struct cred *new)
{
	u64 add = new->cap_inheritable & ~old->cap_inheritable;

	if ((add & ~old->cap_permitted) && !capable(CAP_SETPCAP))
		return false;
	if (add & ~old->cap_bset)
		return false;
	if (new->cap_permitted & ~old->cap_permitted)
		return false;
	return !(new->cap_effective & ~new->cap_permitted);
}

/**
 * sys_capset() - set the three sets of the calling thread
 *
 * Context: process context. Return: 0; -EPERM: more than the rules allow, or
 * another thread; -EINVAL: an unknown version; -EFAULT.
 */
SYSCALL_DEFINE2(capset, struct cap_user_header __user *, header,
		const struct cap_user_data __user *, data)
{
	struct cap_user_data d[2] = {};
	struct cred new = current->cred;
	pid_t pid = 0;
	int words = words_of(header, &pid);

	if (words < 0)
		return words;
	if (pid && pid != current->pid)
		return -EPERM;
	if (copy_from_user(d, data, (size_t)words * sizeof(d[0])))
		return -EFAULT;
	new.cap_effective =
		(d[0].effective | (u64)d[1].effective << 32) & CAP_ALL;
	new.cap_permitted =
		(d[0].permitted | (u64)d[1].permitted << 32) & CAP_ALL;
	new.cap_inheritable =
		(d[0].inheritable | (u64)d[1].inheritable << 32) & CAP_ALL;
	if (!may_capset(&current->cred, &new))
		return -EPERM;
	new.cap_ambient &= new.cap_permitted &new.cap_inheritable;
	cred_commit(&new);
	return 0;
}

/* --- prctl(2) -------------------------------------------------------------------- */

static long drop_bounding(unsigned long cap)
{
	struct cred new = current->cred;

	if (!capable(CAP_SETPCAP))
		return -EPERM;
	if (cap > CAP_LAST_CAP)
		return -EINVAL;
	new.cap_bset &= ~CAP_BIT(cap);
	cred_commit(&new);
	return 0;
}

/* A locked bit stays, a lock is not opened, other bits mean nothing. */
static long set_securebits(unsigned long bits)
{
	struct cred new = current->cred;
	unsigned long old = new.securebits;
	unsigned long locks = old & SECBITS_LOCKS;

	if (((old & SECBITS_ALL) ^ (bits & SECBITS_ALL)) & locks >> 1 ||
	    (locks & ~bits) || (bits & ~(SECBITS_ALL | SECBITS_LOCKS)) ||
	    !capable(CAP_SETPCAP))
		return -EPERM;
	new.securebits = (unsigned int)bits;
	cred_commit(&new);
	return 0;
}

static long set_keepcaps(unsigned long keep)
{
	struct cred new = current->cred;

	if (keep > 1)
		return -EINVAL;
	if (new.securebits & SECBIT_KEEP_CAPS_LOCKED)
		return -EPERM;
	new.securebits &= ~SECBIT_KEEP_CAPS;
	if (keep)
		new.securebits |= SECBIT_KEEP_CAPS;
	cred_commit(&new);
	return 0;
}

static bool may_raise_ambient(const struct cred *cred, u64 bit)
{
	return (cred->cap_permitted & cred->cap_inheritable & bit) &&
	       !(cred->securebits & SECBIT_NO_CAP_AMBIENT_RAISE);
}

static long set_ambient(unsigned long what, unsigned long cap)
{
	struct cred new = current->cred;

	if (what == PR_CAP_AMBIENT_CLEAR_ALL) {
		if (cap)
			return -EINVAL;
		new.cap_ambient = 0;
		cred_commit(&new);
		return 0;
	}
	if (cap > CAP_LAST_CAP)
		return -EINVAL;
	if (what == PR_CAP_AMBIENT_IS_SET)
		return !!(new.cap_ambient &CAP_BIT(cap));
	if (what != PR_CAP_AMBIENT_RAISE && what != PR_CAP_AMBIENT_LOWER)
		return -EINVAL;
	if (what == PR_CAP_AMBIENT_RAISE &&
	    !may_raise_ambient(&new, CAP_BIT(cap)))
		return -EPERM;
	if (what == PR_CAP_AMBIENT_RAISE)
		new.cap_ambient |= CAP_BIT(cap);
	else
		new.cap_ambient &= ~CAP_BIT(cap);
	cred_commit(&new);
	return 0;
}

/**
 * cap_prctl() - the operations of prctl(2) on capabilities and securebits
 * @option: PR_CAPBSET_READ and the others; @a2 to @a5 as there
 *
 * Context: process context.
 * Return: 0 or the value asked for; -EINVAL: no such operation, capability or
 * value; -EPERM.
 */
long cap_prctl(int option, unsigned long a2, unsigned long a3, unsigned long a4,
	       unsigned long a5)
{
	switch (option) {
	case PR_CAPBSET_READ:
		return a2 > CAP_LAST_CAP
			       ? -EINVAL
			       : !!(current->cred.cap_bset & CAP_BIT(a2));
	case PR_CAPBSET_DROP:
		return drop_bounding(a2);
	case PR_GET_SECUREBITS:
		return current->cred.securebits;
	case PR_SET_SECUREBITS:
		return set_securebits(a2);
	case PR_GET_KEEPCAPS:
		return !!(current->cred.securebits & SECBIT_KEEP_CAPS);
	case PR_SET_KEEPCAPS:
		return set_keepcaps(a2);
	case PR_CAP_AMBIENT:
		return a4 || a5 ? -EINVAL : set_ambient(a2, a3);
	default:
		return -EINVAL;
	}
}
