/* SPDX-License-Identifier: MIT */
/*
 * shmctl(2): looking at segments, changing, locking and removing them, and
 * /proc/sysvipc/shm.
 *
 * SHM_LOCK. There is no swap, so every page of a segment stays where it is;
 * what is left of locking is what it counts: RLIMIT_MEMLOCK of the user who
 * did it, by all the segments that he has locked.
 *
 * Locks: shm_ids.lock. Source: shmctl(2), proc(5).
 */
#include "shm.h"

#include <ikos/mm_types.h>
#include <ikos/sched.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

static int max_index(void)
{
	return max(shm_ids.max_index, 0);
}

/* --- looking ------------------------------------------------------------------------ */

static long shm_limits(void __user *buf)
{
	struct shminfo64 info = { .shmmax = sysctl_shmmax,
				  .shmmin = SHMMIN,
				  .shmmni = (u64)sysctl_shmmni,
				  .shmseg = (u64)sysctl_shmmni,
				  .shmall = sysctl_shmall };
	int max;

	mutex_lock(&shm_ids.lock);
	max = max_index();
	mutex_unlock(&shm_ids.lock);
	return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : max;
}

static long shm_usage(void __user *buf)
{
	struct shm_info info = {};
	struct kern_ipc_perm *perm;
	int i, max;

	mutex_lock(&shm_ids.lock);
	info.used_ids = shm_ids.in_use;
	info.shm_tot = shm_total;
	for_each_ipc(perm, &shm_ids, i) info.shm_rss +=
		shm_resident(to_shm(perm));
	max = max_index();
	mutex_unlock(&shm_ids.lock);
	return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : max;
}

static void fill_ds(const struct shm_segment *shm, struct shmid64_ds *ds)
{
	ipc_fill_perm(&shm->perm, &ds->shm_perm);
	ds->shm_segsz = shm->size;
	ds->shm_atime = shm->atime;
	ds->shm_dtime = shm->dtime;
	ds->shm_ctime = shm->ctime;
	ds->shm_cpid = shm->cpid;
	ds->shm_lpid = shm->lpid;
	ds->shm_nattch = shm->nattch;
}

static long shm_stat(int id, int cmd, void __user *buf)
{
	struct shmid64_ds ds = {};
	struct kern_ipc_perm *perm;
	long ret = 0;

	mutex_lock(&shm_ids.lock);
	perm = ipc_find_stat(&shm_ids, id, cmd != IPC_STAT,
			     cmd == SHM_STAT_ANY);
	if (IS_ERR(perm)) {
		ret = PTR_ERR(perm);
	} else {
		fill_ds(to_shm(perm), &ds);
		if (cmd != IPC_STAT)
			ret = perm->id;
	}
	mutex_unlock(&shm_ids.lock);
	if (ret >= 0 && copy_to_user(buf, &ds, sizeof(ds)))
		ret = -EFAULT;
	return ret;
}

/* --- changing ------------------------------------------------------------------------- */

static long shm_set(int id, const void __user *buf)
{
	struct kern_ipc_perm *perm;
	struct shmid64_ds ds;
	long ret;

	if (copy_from_user(&ds, buf, sizeof(ds)))
		return -EFAULT;
	mutex_lock(&shm_ids.lock);
	perm = ipc_find_owned(&shm_ids, id);
	ret = IS_ERR(perm) ? PTR_ERR(perm) : ipc_set_perm(perm, &ds.shm_perm);
	if (!ret)
		to_shm(perm)->ctime = ipc_seconds();
	mutex_unlock(&shm_ids.lock);
	return ret;
}

static long shm_remove(int id)
{
	struct kern_ipc_perm *perm;
	struct file *file = NULL;

	mutex_lock(&shm_ids.lock);
	perm = ipc_find_owned(&shm_ids, id);
	if (!IS_ERR(perm) && to_shm(perm)->nattch) {
		perm->mode |= SHM_DEST;
		ipc_make_private(&shm_ids, perm);
	} else if (!IS_ERR(perm)) {
		file = shm_destroy(to_shm(perm));
	}
	mutex_unlock(&shm_ids.lock);
	if (file)
		fput(file);
	return IS_ERR(perm) ? PTR_ERR(perm) : 0;
}

/* Pages of all the segments that @uid has locked. */
static unsigned long locked_pages(uid_t uid)
{
	struct kern_ipc_perm *perm;
	unsigned long pages = 0;
	int i;

	for_each_ipc(perm, &shm_ids, i)
	{
		const struct shm_segment *shm = to_shm(perm);

		if ((perm->mode & SHM_LOCKED) && shm->lock_uid == uid)
			pages += shm_pages(shm);
	}
	return pages;
}

static long may_lock(const struct shm_segment *shm, int cmd)
{
	const struct cred *cred = &current->cred;

	if (capable(CAP_IPC_LOCK))
		return 0;
	if (cred->euid != shm->perm.uid && cred->euid != shm->perm.cuid)
		return -EPERM;
	return cmd == SHM_LOCK && !rlimit(RLIMIT_MEMLOCK) ? -EPERM : 0;
}

static long lock_segment(struct shm_segment *shm)
{
	unsigned long limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	uid_t uid = current->cred.uid;

	if (shm->perm.mode & SHM_LOCKED)
		return 0;
	if (!capable(CAP_IPC_LOCK) &&
	    locked_pages(uid) + shm_pages(shm) > limit)
		return -ENOMEM;
	shm->perm.mode |= SHM_LOCKED;
	shm->lock_uid = uid;
	return 0;
}

static long shm_lock(int id, int cmd)
{
	struct kern_ipc_perm *perm;
	long ret;

	mutex_lock(&shm_ids.lock);
	perm = ipc_find(&shm_ids, id);
	ret = IS_ERR(perm) ? PTR_ERR(perm) : may_lock(to_shm(perm), cmd);
	if (!ret && cmd == SHM_LOCK)
		ret = lock_segment(to_shm(perm));
	else if (!ret)
		perm->mode &= ~(unsigned int)SHM_LOCKED;
	mutex_unlock(&shm_ids.lock);
	return ret;
}

/**
 * sys_shmctl - shmctl(2)
 *
 * Return: 0; for the commands that look at all segments the highest index in
 * use, or an identifier; -EINVAL: no such segment or command, or no such owner;
 * -EACCES: may not be read; -EPERM: neither owner nor creator; -EFAULT;
 * -ENOMEM: SHM_LOCK beyond RLIMIT_MEMLOCK.
 */
SYSCALL_DEFINE3(shmctl, int, shmid, int, cmd, void __user *, buf)
{
	if (cmd < 0 || shmid < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
		return shm_limits(buf);
	case SHM_INFO:
		return shm_usage(buf);
	case IPC_STAT:
	case SHM_STAT:
	case SHM_STAT_ANY:
		return shm_stat(shmid, cmd, buf);
	case IPC_SET:
		return shm_set(shmid, buf);
	case IPC_RMID:
		return shm_remove(shmid);
	case SHM_LOCK:
	case SHM_UNLOCK:
		return shm_lock(shmid, cmd);
	default:
		return -EINVAL;
	}
}

/* --- /proc/sysvipc/shm ------------------------------------------------------------------ */

static void show_segment(struct seq_file *m, struct kern_ipc_perm *perm)
{
	const struct shm_segment *shm = to_shm(perm);

	seq_printf(m, "%10d %10d  %4o %21lu %5u %5u  %5lu ", perm->key,
		   perm->id, perm->mode, shm->size, shm->cpid, shm->lpid,
		   shm->nattch);
	seq_printf(m, "%5u %5u %5u %5u %10lld %10lld %10lld ", perm->uid,
		   perm->gid, perm->cuid, perm->cgid, (long long)shm->atime,
		   (long long)shm->dtime, (long long)shm->ctime);
	seq_printf(m, "%21lu %21lu\n", shm_resident(shm) << PAGE_SHIFT, 0UL);
}

static int open_shm(struct inode *inode, struct file *file)
{
	static const struct ipc_proc shm_proc = {
		.head = "       key      shmid perms                  size  "
			"cpid  lpid nattch   uid   gid  cuid  cgid      atime  "
			"    dtime      ctime                   rss            "
			"      swap\n",
		.ids = &shm_ids,
		.show = show_segment,
	};

	return ipc_proc_open(file, &shm_proc);
}

const struct file_operations proc_sysvipc_shm_fop = {
	.open = open_shm,
	.release = seq_release,
	.read = seq_read,
	.llseek = seq_lseek,
};
