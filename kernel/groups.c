/* SPDX-License-Identifier: MIT */
/*
 * Supplementary groups: a sorted list that parent and child share until one of
 * them sets another. Source: getgroups(2), credentials(7).
 */
#include <ikos/err.h>
#include <ikos/sched.h>
#include <ikos/slab.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

/**
 * groups_put - drop a reference to a list
 * @groups: may be NULL
 *
 * Context: any.
 */
void groups_put(struct group_info *groups)
{
	if (groups && atomic_dec_and_test(&groups->count))
		kfree(groups);
}

static bool in_list(const struct group_info *groups, gid_t gid)
{
	unsigned int low = 0, high = groups ? groups->n : 0;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (groups->gid[mid] == gid)
			return true;
		if (groups->gid[mid] < gid)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

/**
 * in_group() - whether current belongs to a group, where files are concerned
 * @gid: the group
 *
 * Context: process context.
 * Return: true when it is the file-system group id or a supplementary group.
 */
bool in_group(gid_t gid)
{
	const struct cred *cred = &current->cred;

	return gid == cred->fsgid || in_list(cred->groups, gid);
}

/**
 * in_egroup() - the same for everything else
 * @gid: the group
 *
 * Context: process context.
 * Return: true when it is the effective group id or a supplementary group.
 */
bool in_egroup(gid_t gid)
{
	const struct cred *cred = &current->cred;

	return gid == cred->egid || in_list(cred->groups, gid);
}

/**
 * sys_getgroups() - the supplementary groups; size 0 asks how many there are
 *
 * Context: process context. Return: how many; -EINVAL: @size is too small;
 * -EFAULT.
 */
SYSCALL_DEFINE2(getgroups, int, size, gid_t __user *, list)
{
	const struct group_info *groups = current->cred.groups;
	int n = groups ? (int)groups->n : 0;

	if (size < 0)
		return -EINVAL;
	if (!size || !n)
		return n;
	if (size < n)
		return -EINVAL;
	return copy_to_user(list, groups->gid, (size_t)n * sizeof(gid_t))
		       ? -EFAULT
		       : (long)n;
}

/* Let gid[root] sink to its place among the first @n: a heap, largest on top. */
static void sift_down(gid_t *gid, unsigned int root, unsigned int n)
{
	for (;;) {
		unsigned int child = 2 * root + 1;

		if (child >= n)
			return;
		if (child + 1 < n && gid[child + 1] > gid[child])
			child++;
		if (gid[root] >= gid[child])
			return;
		swap(gid[root], gid[child]);
		root = child;
	}
}

/* Ascending, as getgroups(2) shows them; 65,536 in any order are no trouble. */
static void sort_groups(gid_t *gid, unsigned int n)
{
	for (unsigned int i = n / 2; i--;)
		sift_down(gid, i, n);
	for (unsigned int end = n; end > 1; end--) {
		swap(gid[0], gid[end - 1]);
		sift_down(gid, 0, end - 1);
	}
}

static struct group_info *groups_from_user(unsigned int n,
					   const gid_t __user *list)
{
	struct group_info *groups =
		kmalloc(sizeof(*groups) + n * sizeof(gid_t), GFP_KERNEL);
	int err = 0;

	if (!groups)
		return ERR_PTR(-ENOMEM);
	atomic_set(&groups->count, 1);
	groups->n = n;
	if (copy_from_user(groups->gid, list, n * sizeof(gid_t)))
		err = -EFAULT;
	for (unsigned int i = 0; !err && i < n; i++)
		if (groups->gid[i] == (gid_t)-1)
			err = -EINVAL;
	if (err) {
		kfree(groups);
		return ERR_PTR(err);
	}
	sort_groups(groups->gid, n);
	return groups;
}

/**
 * sys_setgroups() - set the supplementary groups
 *
 * Context: process context. Return: 0; -EPERM: no CAP_SETGID; -EINVAL: too
 * many, or -1; -EFAULT; -ENOMEM.
 */
SYSCALL_DEFINE2(setgroups, int, size, const gid_t __user *, list)
{
	struct cred new = current->cred;

	if (!capable(CAP_SETGID))
		return -EPERM;
	if ((unsigned int)size > NGROUPS_MAX)
		return -EINVAL;
	new.groups = NULL;
	if (size) {
		new.groups = groups_from_user((unsigned int)size, list);
		if (IS_ERR(new.groups))
			return PTR_ERR(new.groups);
	}
	cred_commit(&new);
	return 0;
}
