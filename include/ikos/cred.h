/* SPDX-License-Identifier: MIT */
#ifndef IKOS_CRED_H
#define IKOS_CRED_H

#include <ikos/atomic.h>
#include <ikos/types.h>
#include <uapi/capability.h>

#define NGROUPS_MAX 65536

#define CAP_BIT(cap) (1UL << (cap))
#define CAP_ALL	     (CAP_BIT(CAP_LAST_CAP + 1) - 1)

/* Supplementary groups in ascending order; never changed once in use. */
struct group_info {
	atomic_t count;
	unsigned int n;
	gid_t gid[];
};

struct task_struct;

/*
 * Who a task is: credentials(7), capabilities(7). Each task has its own and
 * only it changes them, by cred_commit(). Others may read one number without a
 * lock: of a change under way they see the old or the new, and either would
 * have been right. Several that have to go together, and @groups, which would
 * be freed under them, are got by get_task_cred().
 */
struct cred {
	uid_t uid, euid, suid, fsuid;
	gid_t gid, egid, sgid, fsgid;
	u64 cap_inheritable, cap_permitted, cap_effective;
	u64 cap_bset; /* what exec may give */
	u64 cap_ambient; /* what exec keeps without being root */
	unsigned int securebits; /* SECBIT_* */
	struct group_info *groups; /* NULL: none */
};

/* Whether the effective user is root: for what goes by that and not by a
 * capability. */
static inline bool cred_is_root(const struct cred *cred)
{
	return cred->euid == 0;
}

static inline bool cred_has_cap(const struct cred *cred, int cap)
{
	return cred->cap_effective & CAP_BIT(cap);
}

#define capable(cap) cred_has_cap(&current->cred, cap)

/* kernel/cred.c */
bool cred_gains(const struct cred *old, const struct cred *new);
void cred_commit(const struct cred *new);
void get_task_cred(struct task_struct *t, struct cred *cred);
void cred_fixup_setuid(struct cred *new, const struct cred *old);
void cred_fixup_fsuid(struct cred *new, const struct cred *old);
void cred_exec(struct cred *new, bool setid);
bool in_group(gid_t gid); /* is current's fsgid or a group */
bool in_egroup(gid_t gid); /* is current's egid or a group */

/* kernel/groups.c */
static inline struct group_info *groups_get(struct group_info *groups)
{
	if (groups)
		atomic_inc(&groups->count);
	return groups;
}
void groups_put(struct group_info *groups);

/* kernel/capability.c: prctl(2)'s part of it. */
long cap_prctl(int option, unsigned long a2, unsigned long a3, unsigned long a4,
	       unsigned long a5);

#endif
