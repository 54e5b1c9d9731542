/* SPDX-License-Identifier: MIT */
/*
 * semctl(2): reading and setting values, looking at sets and removing them,
 * and /proc/sysvipc/sem.
 *
 * Values go to and come from user memory in one piece, which is allocated
 * before the set is locked for its number of semaphores, and checked after.
 *
 * Locks: sem_ids.lock. Source: semctl(2), proc(5).
 */
#include "sem.h"

#include <ikos/sched.h>
#include <ikos/slab.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

/* --- looking ------------------------------------------------------------------------ */

static long sem_limits(int cmd, void __user *buf)
{
	struct seminfo info = { .semmap = SEMMNS,
				.semmni = sysctl_sem[SEM_MNI],
				.semmns = sysctl_sem[SEM_MNS],
				.semmnu = SEMMNS,
				.semmsl = sysctl_sem[SEM_MSL],
				.semopm = sysctl_sem[SEM_OPM],
				.semume = SEMOPM,
				.semusz = SEMUSZ,
				.semvmx = SEMVMX,
				.semaem = SEMAEM };
	int highest;

	mutex_lock(&sem_ids.lock);
	if (cmd == SEM_INFO) {
		info.semusz = sem_ids.in_use;
		info.semaem = sem_total;
	}
	highest = max(sem_ids.max_index, 0);
	mutex_unlock(&sem_ids.lock);
	return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : highest;
}

static void fill_ds(const struct sem_set *set, struct semid64_ds *ds)
{
	ipc_fill_perm(&set->perm, &ds->sem_perm);
	ds->sem_otime = set->otime;
	ds->sem_ctime = set->ctime;
	ds->sem_nsems = (u64)set->nsems;
}

static long sem_stat(int id, int cmd, void __user *buf)
{
	struct semid64_ds ds = {};
	struct kern_ipc_perm *perm;
	long ret = 0;

	mutex_lock(&sem_ids.lock);
	perm = ipc_find_stat(&sem_ids, id, cmd != IPC_STAT,
			     cmd == SEM_STAT_ANY);
	if (IS_ERR(perm)) {
		ret = PTR_ERR(perm);
	} else {
		fill_ds(to_sem(perm), &ds);
		if (cmd != IPC_STAT)
			ret = perm->id;
	}
	mutex_unlock(&sem_ids.lock);
	if (ret >= 0 && copy_to_user(buf, &ds, sizeof(ds)))
		ret = -EFAULT;
	return ret;
}

/* --- changing ------------------------------------------------------------------------- */

static long sem_set_perm(int id, const void __user *buf)
{
	struct kern_ipc_perm *perm;
	struct semid64_ds ds;
	long ret;

	if (copy_from_user(&ds, buf, sizeof(ds)))
		return -EFAULT;
	mutex_lock(&sem_ids.lock);
	perm = ipc_find_owned(&sem_ids, id);
	ret = IS_ERR(perm) ? PTR_ERR(perm) : ipc_set_perm(perm, &ds.sem_perm);
	if (!ret)
		to_sem(perm)->ctime = ipc_seconds();
	mutex_unlock(&sem_ids.lock);
	return ret;
}

static long sem_remove(int id)
{
	struct kern_ipc_perm *perm;

	mutex_lock(&sem_ids.lock);
	perm = ipc_find_owned(&sem_ids, id);
	if (!IS_ERR(perm))
		sem_destroy(to_sem(perm));
	mutex_unlock(&sem_ids.lock);
	return IS_ERR(perm) ? PTR_ERR(perm) : 0;
}

/* --- one value -------------------------------------------------------------------------- */

static void set_value(struct sem *sem, int value)
{
	sem->value = value;
	sem->pid = current->tgid;
}

static long setval_locked(int id, int n, int value)
{
	struct kern_ipc_perm *perm = ipc_find(&sem_ids, id);
	struct sem_set *set;

	if (IS_ERR(perm))
		return PTR_ERR(perm);
	set = to_sem(perm);
	if (n < 0 || n >= set->nsems)
		return -EINVAL;
	if (ipc_permitted(perm, S_IWUGO))
		return -EACCES;
	sem_clear_undos(set, n, 1);
	set_value(&set->sems[n], value);
	set->ctime = ipc_seconds();
	sem_wake_waiters(set, false);
	return 0;
}

static long sem_setval(int id, int n, int value)
{
	long ret;

	if (value < 0 || value > SEMVMX)
		return -ERANGE;
	mutex_lock(&sem_ids.lock);
	ret = setval_locked(id, n, value);
	mutex_unlock(&sem_ids.lock);
	return ret;
}

/* How many wait for semaphore @n to be 0, or to grow. */
static int count_list(const struct list_head *list, int n, bool zero)
{
	const struct sem_queue *q;
	int count = 0;

	list_for_each_entry (q, list, list) {
		const struct sembuf *op = q->blocking;

		if (op->sem_num == n)
			count += zero ? op->sem_op == 0 : op->sem_op < 0;
	}
	return count;
}

static int count_waiting(const struct sem_set *set, int n, bool zero)
{
	return count_list(&set->waiting_alter, n, zero) +
	       (zero ? count_list(&set->waiting_zero, n, zero) : 0);
}

static long get_locked(int id, int n, int cmd)
{
	struct kern_ipc_perm *perm = ipc_find_permitted(&sem_ids, id, S_IRUGO);
	const struct sem_set *set;

	if (IS_ERR(perm))
		return PTR_ERR(perm);
	set = to_sem(perm);
	if (n < 0 || n >= set->nsems)
		return -EINVAL;
	switch (cmd) {
	case GETVAL:
		return set->sems[n].value;
	case GETPID:
		return set->sems[n].pid;
	default:
		return count_waiting(set, n, cmd == GETZCNT);
	}
}

static long sem_get(int id, int n, int cmd)
{
	long ret;

	mutex_lock(&sem_ids.lock);
	ret = get_locked(id, n, cmd);
	mutex_unlock(&sem_ids.lock);
	return ret;
}

/* --- all values ------------------------------------------------------------------------- */

/* Room for the values of a set that may be accessed so; ERR_PTR. */
static u16 *values_alloc(int id, int access, int *nsems)
{
	struct kern_ipc_perm *perm;
	u16 *values;

	mutex_lock(&sem_ids.lock);
	perm = ipc_find_permitted(&sem_ids, id, access);
	if (!IS_ERR(perm))
		*nsems = to_sem(perm)->nsems;
	mutex_unlock(&sem_ids.lock);
	if (IS_ERR(perm))
		return ERR_PTR(PTR_ERR(perm));
	values = kcalloc((size_t)*nsems, sizeof(*values), GFP_KERNEL);
	return values ? values : ERR_PTR(-ENOMEM);
}

static long sem_getall(int id, void __user *buf)
{
	struct kern_ipc_perm *perm;
	int nsems;
	u16 *values = values_alloc(id, S_IRUGO, &nsems);
	long ret = 0;

	if (IS_ERR(values))
		return PTR_ERR(values);
	mutex_lock(&sem_ids.lock);
	perm = ipc_find(&sem_ids, id);
	if (IS_ERR(perm) || to_sem(perm)->nsems != nsems)
		ret = -EIDRM;
	for (int i = 0; !ret && i < nsems; i++)
		values[i] = (u16)to_sem(perm)->sems[i].value;
	mutex_unlock(&sem_ids.lock);
	if (!ret && copy_to_user(buf, values, (size_t)nsems * sizeof(*values)))
		ret = -EFAULT;
	kfree(values);
	return ret;
}

static long setall_locked(int id, const u16 *values, int nsems)
{
	struct kern_ipc_perm *perm = ipc_find(&sem_ids, id);
	struct sem_set *set;

	if (IS_ERR(perm) || to_sem(perm)->nsems != nsems)
		return -EIDRM;
	set = to_sem(perm);
	for (int i = 0; i < nsems; i++)
		set_value(&set->sems[i], values[i]);
	sem_clear_undos(set, 0, nsems);
	set->ctime = ipc_seconds();
	sem_wake_waiters(set, false);
	return 0;
}

static bool values_fit(const u16 *values, int n)
{
	for (int i = 0; i < n; i++)
		if (values[i] > SEMVMX)
			return false;
	return true;
}

static long sem_setall(int id, const void __user *buf)
{
	int nsems;
	u16 *values = values_alloc(id, S_IWUGO, &nsems);
	long ret;

	if (IS_ERR(values))
		return PTR_ERR(values);
	if (copy_from_user(values, buf, (size_t)nsems * sizeof(*values))) {
		ret = -EFAULT;
	} else if (!values_fit(values, nsems)) {
		ret = -ERANGE;
	} else {
		mutex_lock(&sem_ids.lock);
		ret = setall_locked(id, values, nsems);
		mutex_unlock(&sem_ids.lock);
	}
	kfree(values);
	return ret;
}

/**
 * sys_semctl - semctl(2)
 *
 * Return: 0, or what the command asks for; -EINVAL: no such set, semaphore or
 * command, or no such owner; -EACCES; -EPERM: neither owner nor creator;
 * -EFAULT; -ERANGE: not a value; -EIDRM: removed in between; -ENOMEM.
 */
SYSCALL_DEFINE4(semctl, int, semid, int, semnum, int, cmd, unsigned long, arg)
{
	void __user *buf = (void __user *)arg;

	if (semid < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
	case SEM_INFO:
		return sem_limits(cmd, buf);
	case IPC_STAT:
	case SEM_STAT:
	case SEM_STAT_ANY:
		return sem_stat(semid, cmd, buf);
	case GETVAL:
	case GETPID:
	case GETNCNT:
	case GETZCNT:
		return sem_get(semid, semnum, cmd);
	case GETALL:
		return sem_getall(semid, buf);
	case SETALL:
		return sem_setall(semid, buf);
	case SETVAL:
		return sem_setval(semid, semnum, (int)arg);
	case IPC_SET:
		return sem_set_perm(semid, buf);
	case IPC_RMID:
		return sem_remove(semid);
	default:
		return -EINVAL;
	}
}

/* --- /proc/sysvipc/sem ------------------------------------------------------------------ */

static void show_set(struct seq_file *m, struct kern_ipc_perm *perm)
{
	const struct sem_set *set = to_sem(perm);

	seq_printf(m, "%10d %10d  %4o %10u %5u %5u %5u %5u %10lld %10lld\n",
		   perm->key, perm->id, perm->mode, (unsigned int)set->nsems,
		   perm->uid, perm->gid, perm->cuid, perm->cgid,
		   (long long)set->otime, (long long)set->ctime);
}

static int open_sem(struct inode *inode, struct file *file)
{
	static const struct ipc_proc sem_proc = {
		.head = "       key      semid perms      nsems   uid   gid  "
			"cuid  cgid      otime      ctime\n",
		.ids = &sem_ids,
		.show = show_set,
	};

	return ipc_proc_open(file, &sem_proc);
}

const struct file_operations proc_sysvipc_sem_fop = {
	.open = open_sem,
	.release = seq_release,
	.read = seq_read,
	.llseek = seq_lseek,
};
