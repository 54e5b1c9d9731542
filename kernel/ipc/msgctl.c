/* SPDX-License-Identifier: MIT */
/*
 * msgctl(2): looking at queues, changing and removing them, and
 * /proc/sysvipc/msg.
 *
 * Locks: msg_ids.lock. Source: msgctl(2), proc(5).
 */
#include "msg.h"

#include <ikos/sched.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

static long msg_limits(int cmd, void __user *buf)
{
	struct msginfo info = { .msgpool = MSGPOOL,
				.msgmap = MSGMAP,
				.msgmax = sysctl_msgmax,
				.msgmnb = sysctl_msgmnb,
				.msgmni = sysctl_msgmni,
				.msgssz = MSGSSZ,
				.msgtql = MSGTQL,
				.msgseg = MSGSEG };
	int highest;

	mutex_lock(&msg_ids.lock);
	if (cmd == MSG_INFO) {
		info.msgpool = msg_ids.in_use;
		info.msgmap = (s32)msg_headers;
		info.msgtql = (s32)msg_bytes;
	}
	highest = max(msg_ids.max_index, 0);
	mutex_unlock(&msg_ids.lock);
	return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : highest;
}

static void fill_ds(const struct msg_queue *q, struct msqid64_ds *ds)
{
	ipc_fill_perm(&q->perm, &ds->msg_perm);
	ds->msg_stime = q->stime;
	ds->msg_rtime = q->rtime;
	ds->msg_ctime = q->ctime;
	ds->msg_cbytes = q->cbytes;
	ds->msg_qnum = q->qnum;
	ds->msg_qbytes = q->qbytes;
	ds->msg_lspid = q->lspid;
	ds->msg_lrpid = q->lrpid;
}

static long msg_stat(int id, int cmd, void __user *buf)
{
	struct msqid64_ds ds = {};
	struct kern_ipc_perm *perm;
	long ret = 0;

	mutex_lock(&msg_ids.lock);
	perm = ipc_find_stat(&msg_ids, id, cmd != IPC_STAT,
			     cmd == MSG_STAT_ANY);
	if (IS_ERR(perm)) {
		ret = PTR_ERR(perm);
	} else {
		fill_ds(to_msq(perm), &ds);
		if (cmd != IPC_STAT)
			ret = perm->id;
	}
	mutex_unlock(&msg_ids.lock);
	if (ret >= 0 && copy_to_user(buf, &ds, sizeof(ds)))
		ret = -EFAULT;
	return ret;
}

static long set_locked(int id, const struct msqid64_ds *ds)
{
	struct kern_ipc_perm *perm = ipc_find_owned(&msg_ids, id);
	struct msg_queue *q;
	long ret;

	if (IS_ERR(perm))
		return PTR_ERR(perm);
	if (ds->msg_qbytes > (u64)sysctl_msgmnb && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	ret = ipc_set_perm(perm, &ds->msg_perm);
	if (ret)
		return ret;
	q = to_msq(perm);
	q->qbytes = ds->msg_qbytes;
	q->ctime = ipc_seconds();
	/* Permissions and room may be other ones now. */
	msg_wake_all(&q->receivers, -EAGAIN);
	msg_wake_all(&q->senders, -EAGAIN);
	return 0;
}

static long msg_set(int id, const void __user *buf)
{
	struct msqid64_ds ds;
	long ret;

	if (copy_from_user(&ds, buf, sizeof(ds)))
		return -EFAULT;
	mutex_lock(&msg_ids.lock);
	ret = set_locked(id, &ds);
	mutex_unlock(&msg_ids.lock);
	return ret;
}

static long msg_remove(int id)
{
	struct kern_ipc_perm *perm;

	mutex_lock(&msg_ids.lock);
	perm = ipc_find_owned(&msg_ids, id);
	if (!IS_ERR(perm))
		msg_destroy(to_msq(perm));
	mutex_unlock(&msg_ids.lock);
	return IS_ERR(perm) ? PTR_ERR(perm) : 0;
}

/**
 * sys_msgctl - msgctl(2)
 *
 * Return: 0; for the commands that look at all queues the highest index in
 * use, or an identifier; -EINVAL: no such queue or command, or no such owner;
 * -EACCES; -EPERM: neither owner nor creator, or msg_qbytes beyond MSGMNB;
 * -EFAULT.
 */
SYSCALL_DEFINE3(msgctl, int, msqid, int, cmd, void __user *, buf)
{
	if (msqid < 0 || cmd < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
	case MSG_INFO:
		return msg_limits(cmd, buf);
	case IPC_STAT:
	case MSG_STAT:
	case MSG_STAT_ANY:
		return msg_stat(msqid, cmd, buf);
	case IPC_SET:
		return msg_set(msqid, buf);
	case IPC_RMID:
		return msg_remove(msqid);
	default:
		return -EINVAL;
	}
}

/* --- /proc/sysvipc/msg ------------------------------------------------------------------ */

static void show_queue(struct seq_file *m, struct kern_ipc_perm *perm)
{
	const struct msg_queue *q = to_msq(perm);

	seq_printf(m, "%10d %10d  %4o  %10lu %10lu %5u %5u ", perm->key,
		   perm->id, perm->mode, q->cbytes, q->qnum, q->lspid,
		   q->lrpid);
	seq_printf(m, "%5u %5u %5u %5u %10lld %10lld %10lld\n", perm->uid,
		   perm->gid, perm->cuid, perm->cgid, (long long)q->stime,
		   (long long)q->rtime, (long long)q->ctime);
}

static int open_msg(struct inode *inode, struct file *file)
{
	static const struct ipc_proc msg_proc = {
		.head = "       key      msqid perms      cbytes       qnum "
			"lspid lrpid   uid   gid  cuid  cgid      stime      "
			"rtime      ctime\n",
		.ids = &msg_ids,
		.show = show_queue,
	};

	return ipc_proc_open(file, &msg_proc);
}

const struct file_operations proc_sysvipc_msg_fop = {
	.open = open_msg,
	.release = seq_release,
	.read = seq_read,
	.llseek = seq_lseek,
};
