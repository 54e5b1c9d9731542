/* SPDX-License-Identifier: MIT */
/*
 * prctl(2) and personality(2). An operation that is not here is EINVAL, as on
 * a Linux that was built without it.
 */
#include <ikos/mm.h>
#include <ikos/sched.h>
#include <ikos/string.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <uapi/prctl.h>

static long set_name(const char __user *uname)
{
	char name[TASK_COMM_LEN];
	long len = strncpy_from_user(name, uname, sizeof(name) - 1);

	if (len < 0)
		return len;
	name[sizeof(name) - 1] = '\0';
	strscpy(current->comm, name, sizeof(current->comm));
	return 0;
}

static long get_name(char __user *uname)
{
	char name[TASK_COMM_LEN];

	memset(name, 0, sizeof(name));
	strscpy(name, current->comm, sizeof(name));
	return copy_to_user(uname, name, sizeof(name)) ? -EFAULT : 0;
}

static long set_no_new_privs(unsigned long a2, unsigned long a3,
			     unsigned long a4, unsigned long a5)
{
	if (a2 != 1 || a3 || a4 || a5)
		return -EINVAL;
	current->no_new_privs = true;
	return 0;
}

static long set_pdeath_signal(unsigned long sig)
{
	if (!valid_signal(sig))
		return -EINVAL;
	current->pdeath_signal = (int)sig;
	return 0;
}

static long set_dumpable(unsigned long dumpable)
{
	if (dumpable > 1)
		return -EINVAL;
	WRITE_ONCE(current->mm->undumpable, !dumpable);
	return 0;
}

#define DEFAULT_SLACK (50 * NSEC_PER_USEC)

static long timer_slack(const struct task_struct *t)
{
	return (long)(t->timer_slack ? t->timer_slack : DEFAULT_SLACK);
}

#define ANON_VMA_NAME_MAX 80 /* with its end */

/* What would confuse who reads /proc/PID/maps. */
static bool good_name(const char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~' || strchr("\\`$[]", *s))
			return false;
	return true;
}

static long set_vma(unsigned long what, unsigned long start, size_t len,
		    const char __user *uname)
{
	char name[ANON_VMA_NAME_MAX];
	long n;

	if (what != PR_SET_VMA_ANON_NAME)
		return -EINVAL;
	if (!uname)
		return vma_set_anon_name(current->mm, start, len, NULL);
	n = strncpy_from_user(name, uname, sizeof(name));
	if (n < 0)
		return n;
	if (n == sizeof(name) || !good_name(name))
		return -EINVAL;
	return vma_set_anon_name(current->mm, start, len, name);
}

/**
 * sys_prctl() - operations on the process and the thread
 *
 * Context: process context. Return: 0 or the value asked for; -EINVAL: no
 * such operation or value; -EFAULT.
 */
SYSCALL_DEFINE5(prctl, int, option, unsigned long, a2, unsigned long, a3,
		unsigned long, a4, unsigned long, a5)
{
	switch (option) {
	case PR_SET_NAME:
		return set_name((const char __user *)a2);
	case PR_GET_NAME:
		return get_name((char __user *)a2);
	case PR_SET_PDEATHSIG:
		return set_pdeath_signal(a2);
	case PR_GET_PDEATHSIG:
		return put_user(current->pdeath_signal, (int __user *)a2);
	case PR_SET_DUMPABLE:
		return set_dumpable(a2);
	case PR_GET_DUMPABLE:
		return !current->mm->undumpable;
	case PR_GET_TIMING:
		return 0;
	case PR_SET_TIMING:
		/* Only by ticks and the clock together: statistical. */
		return a2 ? -EINVAL : 0;
	case PR_SET_TIMERSLACK:
		current->timer_slack = a2 ? a2 : current->default_slack;
		return 0;
	case PR_GET_TIMERSLACK:
		return timer_slack(current);
	case PR_SET_VMA:
		return set_vma(a2, a3, a4, (const char __user *)a5);
	case PR_SET_NO_NEW_PRIVS:
		return set_no_new_privs(a2, a3, a4, a5);
	case PR_GET_NO_NEW_PRIVS:
		return a2 || a3 || a4 || a5 ? -EINVAL : current->no_new_privs;
	case PR_SET_CHILD_SUBREAPER:
		current->signal->child_subreaper = a2 != 0;
		return 0;
	case PR_GET_CHILD_SUBREAPER:
		return put_user((int)current->signal->child_subreaper,
				(int __user *)a2);
	case PR_GET_TSC:
		return put_user(PR_TSC_ENABLE, (int __user *)a2);
	case PR_SET_TSC:
		/* rdtsc is for everybody. */
		return a2 == PR_TSC_ENABLE ? 0 : -EINVAL;
	case PR_GET_TID_ADDRESS:
		return put_user(current->clear_child_tid,
				(int __user *__user *)a2);
	default:
		return cap_prctl(option, a2, a3, a4, a5);
	}
}

#define PERSONALITY_QUERY 0xffffffffu

/**
 * sys_personality() - the execution domain
 *
 * All bits are kept and read back. exec heeds ADDR_NO_RANDOMIZE,
 * ADDR_COMPAT_LAYOUT and MMAP_PAGE_ZERO, uname(2) PER_LINUX32 and UNAME26;
 * READ_IMPLIES_EXEC counts at once. The others are about 32-bit programs and
 * calls that do not exist.
 *
 * Context: process context. Return: the one before.
 */
SYSCALL_DEFINE1(personality, unsigned int, persona)
{
	unsigned int old = current->personality;

	if (persona == PERSONALITY_QUERY)
		return old;
	current->personality = persona;
	WRITE_ONCE(current->mm->read_implies_exec,
		   (persona & READ_IMPLIES_EXEC) != 0);
	return old;
}
