/* SPDX-License-Identifier: MIT */
/*
 * Terminals and sessions: who controls a terminal, who is in the foreground,
 * and what happens to the others.
 *
 *	session 7 (leader: the shell)        tty->session = 7
 *	  group 7   the shell
 *	  group 12  vi, in the foreground    tty->pgrp = 12
 *	  group 15  make &                   reads: SIGTTIN; writes under
 *	                                     TOSTOP and settings: SIGTTOU
 *
 * Invariant: when signal->tty is set, tty->session is signal->session.
 *
 * Locks: tasklist_lock keeps groups and sessions still; signal->tty is under
 * siglock; tty->pgrp and tty->session are under tty->lock and change only with
 * tasklist_lock held too. In this order.
 *
 * Follows credentials(7), termios(3), ioctl_tty(2), POSIX.1 chapter 11.
 */
#include <ikos/kernel.h>
#include <ikos/sched.h>
#include <ikos/syscall.h>
#include <ikos/tty.h>
#include <ikos/uaccess.h>
#include <uapi/capability.h>

/**
 * get_current_tty - the controlling terminal
 *
 * Context: takes siglock. Return: NULL: there is none.
 */
struct tty_struct *get_current_tty(void)
{
	struct tty_struct *tty;
	unsigned long flags;

	spin_lock_irqsave(&current->sighand->siglock, flags);
	tty = current->signal->tty;
	spin_unlock_irqrestore(&current->sighand->siglock, flags);
	return tty;
}

static pid_t foreground(struct tty_struct *tty)
{
	unsigned long flags;
	pid_t pgrp;

	spin_lock_irqsave(&tty->lock, flags);
	pgrp = tty->pgrp;
	spin_unlock_irqrestore(&tty->lock, flags);
	return pgrp;
}

static bool is_ignored(int sig)
{
	unsigned long flags;
	bool ret;

	spin_lock_irqsave(&current->sighand->siglock, flags);
	ret = (current->blocked & sigmask(sig)) ||
	      current->sighand->action[sig - 1].handler == SIG_IGN;
	spin_unlock_irqrestore(&current->sighand->siglock, flags);
	return ret;
}

/**
 * tty_check_change - may the caller use the terminal as the foreground does
 * @sig: SIGTTIN for reading, SIGTTOU for changing it
 *
 * A background caller gets its group stopped with @sig. If it ignores or
 * blocks SIGTTOU, it may go on.
 *
 * Context: no lock held.
 * Return: 0; -EIO when nobody could ever continue the group, or SIGTTIN is
 * ignored; -ERESTARTSYS: the signal is on its way.
 */
int tty_check_change(struct tty_struct *tty, int sig)
{
	pid_t pgrp = foreground(tty);

	if (get_current_tty() != tty || !pgrp || pgrp == current->signal->pgrp)
		return 0;
	if (is_ignored(sig))
		return sig == SIGTTIN ? -EIO : 0;
	if (is_current_pgrp_orphaned())
		return -EIO;
	kill_pgrp(current->signal->pgrp, sig);
	return -ERESTARTSYS;
}

static void set_signal_tty(struct task_struct *p, struct tty_struct *tty)
{
	unsigned long flags;

	spin_lock_irqsave(&p->sighand->siglock, flags);
	p->signal->tty = tty;
	spin_unlock_irqrestore(&p->sighand->siglock, flags);
}

/* Nobody's any more; tasklist_lock held. */
static void release_session(struct tty_struct *tty)
{
	struct task_struct *p;
	unsigned long flags;
	pid_t session;

	spin_lock_irqsave(&tty->lock, flags);
	session = tty->session;
	tty->session = 0;
	tty->pgrp = 0;
	spin_unlock_irqrestore(&tty->lock, flags);
	if (!session)
		return;
	for_each_session_member(p, session)
	{
		if (p->signal->tty == tty)
			set_signal_tty(p, NULL);
	}
}

/* The caller's session takes the terminal; tasklist_lock held. */
static void acquire(struct tty_struct *tty)
{
	unsigned long flags;

	spin_lock_irqsave(&tty->lock, flags);
	tty->session = current->signal->session;
	tty->pgrp = current->signal->pgrp;
	spin_unlock_irqrestore(&tty->lock, flags);
	set_signal_tty(current, tty);
}

/**
 * tty_open_set_ctty - a terminal was opened: a session leader without one
 * takes it, if it is nobody's
 *
 * Context: takes tasklist_lock.
 */
void tty_open_set_ctty(struct tty_struct *tty, struct file *file)
{
	spin_lock_irq(&tasklist_lock);
	if (current->signal->session_leader && !current->signal->tty &&
	    !tty->session && (file->f_mode & FMODE_READ))
		acquire(tty);
	spin_unlock_irq(&tasklist_lock);
}

/* TIOCSCTTY; tasklist_lock held. @steal: root asked for it by force. */
static long set_ctty(struct tty_struct *tty, struct file *file, bool steal)
{
	struct signal_struct *sig = current->signal;
	bool root = capable(CAP_SYS_ADMIN);

	if (sig->session_leader && sig->session == tty->session)
		return 0;
	if (!sig->session_leader || sig->tty)
		return -EPERM;
	if (tty->session) {
		if (!steal || !root)
			return -EPERM;
		release_session(tty);
	}
	if (!(file->f_mode & FMODE_READ) && !root)
		return -EPERM;
	acquire(tty);
	return 0;
}

static void signal_group(pid_t pgrp, int sig)
{
	if (pgrp)
		kill_pgrp(pgrp, sig);
}

/* The leader of @session, who learns of the hang-up even in the background. */
static void signal_leader(pid_t session, int sig)
{
	struct task_struct *leader = find_get_task(session);

	if (!leader)
		return;
	send_sig(sig, leader);
	put_task_struct(leader);
}

/**
 * tty_hangup_session - the session's leader has gone: nobody uses the line
 *
 * The leader and the foreground group get SIGHUP, open files are cut off, the
 * terminal is free for another session.
 *
 * Context: no lock held.
 */
void tty_hangup_session(struct tty_struct *tty)
{
	unsigned long flags;
	pid_t pgrp, session;

	spin_lock_irq(&tasklist_lock);
	spin_lock_irqsave(&tty->lock, flags);
	pgrp = tty->pgrp;
	session = tty->session;
	spin_unlock_irqrestore(&tty->lock, flags);
	release_session(tty);
	spin_unlock_irq(&tasklist_lock);
	if (session) {
		signal_leader(session, SIGHUP);
		signal_leader(session, SIGCONT);
	}
	signal_group(pgrp, SIGHUP);
	tty_hangup(tty);
}

/* TIOCNOTTY of a leader: the others lose it too, but their files live on. */
static void give_up(struct tty_struct *tty)
{
	pid_t pgrp = foreground(tty);

	signal_group(pgrp, SIGHUP);
	signal_group(pgrp, SIGCONT);
	spin_lock_irq(&tasklist_lock);
	release_session(tty);
	spin_unlock_irq(&tasklist_lock);
}

static bool controls(const struct task_struct *leader,
		     const struct tty_struct *tty)
{
	return leader->signal->session_leader &&
	       tty->session == leader->signal->session;
}

/**
 * disassociate_ctty - a process leaves its controlling terminal
 * @leader: the process: it exits, or has just begun a session of its own
 *
 * When it is the leader of the terminal's session, the terminal is hung up.
 *
 * Context: no lock held.
 */
void disassociate_ctty(struct task_struct *leader)
{
	struct tty_struct *tty;
	unsigned long flags;

	spin_lock_irqsave(&leader->sighand->siglock, flags);
	tty = leader->signal->tty;
	leader->signal->tty = NULL;
	spin_unlock_irqrestore(&leader->sighand->siglock, flags);
	if (tty && controls(leader, tty))
		tty_hangup_session(tty);
}

static long no_tty(struct tty_struct *tty)
{
	if (get_current_tty() != tty)
		return -ENOTTY;
	if (controls(current, tty))
		give_up(tty);
	set_signal_tty(current, NULL);
	return 0;
}

static long get_pgrp(struct tty_struct *tty, pid_t __user *arg)
{
	if (get_current_tty() != tty)
		return -ENOTTY;
	return put_user(foreground(tty), arg);
}

/* tasklist_lock held. */
static long change_foreground(struct tty_struct *tty, pid_t pgrp)
{
	struct task_struct *member = pid_first(pgrp, PIDTYPE_PGID);
	unsigned long flags;

	/* Like Linux, take the number of any process for a group to come. */
	if (!member)
		member = find_task(pgrp);
	if (!member)
		return -ESRCH;
	if (member->signal->session != current->signal->session)
		return -EPERM;
	spin_lock_irqsave(&tty->lock, flags);
	tty->pgrp = pgrp;
	spin_unlock_irqrestore(&tty->lock, flags);
	return 0;
}

static long set_pgrp(struct tty_struct *tty, const pid_t __user *arg)
{
	long err = tty_check_change(tty, SIGTTOU);
	pid_t pgrp;

	if (err == -EIO)
		return -ENOTTY;
	if (err)
		return err;
	if (get_current_tty() != tty ||
	    tty->session != current->signal->session)
		return -ENOTTY;
	if (get_user(pgrp, arg))
		return -EFAULT;
	if (pgrp < 0)
		return -EINVAL;
	spin_lock_irq(&tasklist_lock);
	err = change_foreground(tty, pgrp);
	spin_unlock_irq(&tasklist_lock);
	return err;
}

static long get_sid(struct tty_struct *tty, pid_t __user *arg)
{
	if (get_current_tty() != tty || !tty->session)
		return -ENOTTY;
	return put_user(tty->session, arg);
}

/**
 * tty_jobctrl_ioctl - the requests that concern sessions and groups
 *
 * Context: no lock held.
 * Return: 0 or -errno; -ENOIOCTLCMD: not one of them.
 */
long tty_jobctrl_ioctl(struct tty_struct *tty, struct file *file,
		       unsigned int cmd, unsigned long arg)
{
	long ret;

	switch (cmd) {
	case TIOCSCTTY:
		spin_lock_irq(&tasklist_lock);
		ret = set_ctty(tty, file, arg == 1);
		spin_unlock_irq(&tasklist_lock);
		return ret;
	case TIOCNOTTY:
		return no_tty(tty);
	case TIOCGPGRP:
		return get_pgrp(tty, (pid_t __user *)arg);
	case TIOCSPGRP:
		return set_pgrp(tty, (const pid_t __user *)arg);
	case TIOCGSID:
		return get_sid(tty, (pid_t __user *)arg);
	default:
		return -ENOIOCTLCMD;
	}
}

/**
 * tty_proc_info - what /proc/PID/stat says of a task's terminal
 * @dev: its number, 0: none
 * @tpgid: its foreground group, -1: none
 *
 * Context: takes @t's siglock; a reference to @t held.
 */
void tty_proc_info(struct task_struct *t, dev_t *dev, pid_t *tpgid)
{
	struct tty_struct *tty;
	unsigned long flags;

	flags = lock_task_sighand(t);
	tty = t->signal->tty;
	unlock_task_sighand(t, flags);
	*dev = tty ? tty->dev : 0;
	*tpgid = tty ? foreground(tty) : -1;
}

/**
 * sys_vhangup - vhangup(2): hang up one's own terminal, if there is one
 *
 * Return: 0 or -EPERM.
 */
SYSCALL_DEFINE0(vhangup)
{
	struct tty_struct *tty;

	if (!capable(CAP_SYS_TTY_CONFIG))
		return -EPERM;
	tty = get_current_tty();
	if (tty)
		tty_hangup_session(tty);
	return 0;
}
