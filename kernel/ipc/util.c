/* SPDX-License-Identifier: MIT */
/*
 * What the three kinds of System V IPC have in common: identifiers, keys,
 * owners and permissions.
 *
 *	shmget(key) ──▶ hash of keys ─┐
 *	                              ├─▶ object: owner, creator, mode
 *	shmat(id) ──▶ table[id % 32768]┘   found only if its seq is id / 32768
 *
 * Indices go round: the next object gets the next free one, and starts again
 * at 0 after 64 or, with many objects, half as many again as there are. Each
 * time round the sequence number grows. So an identifier that is kept after
 * its object went is not soon that of another.
 *
 * A worked example. Objects are made and removed one by one: 0, 1, 2 … 63,
 * then 32768 (index 0, seq 1).
 *
 * Locks: ids->lock of the kind, for everything here and for the objects too.
 * It comes after mmap_lock, so user memory is never touched under it. Linux
 * has a lock for each object and RCU for the way to it; here operations on one
 * kind exclude each other.
 *
 * Source: sysvipc(7), shmget(2), semget(2), msgget(2).
 */
#include "util.h"

#include <ikos/sched.h>
#include <ikos/slab.h>
#include <ikos/string.h>

/* --- permissions --------------------------------------------------------------- */

/**
 * ipc_permitted - may the current task do this to an object?
 * @perm: the object
 * @access: permission bits, in any of the three places of a mode
 *
 * Context: the kind's lock.
 * Return: 0 or -EACCES. Source: sysvipc(7), "Resource access permissions".
 */
int ipc_permitted(const struct kern_ipc_perm *perm, int access)
{
	const struct cred *cred = &current->cred;
	unsigned int want = (unsigned int)(access >> 6 | access >> 3 | access);
	unsigned int granted = perm->mode;

	if (cred->euid == perm->cuid || cred->euid == perm->uid)
		granted >>= 6;
	else if (in_group(perm->cgid) || in_group(perm->gid))
		granted >>= 3;
	if ((want & ~granted & 7) && !capable(CAP_IPC_OWNER))
		return -EACCES;
	return 0;
}

/**
 * ipc_set_perm - IPC_SET: another owner, other permissions
 * @perm: the object
 * @from: uid, gid and the low nine bits of mode count
 *
 * Context: the kind's lock.
 * Return: 0; -EINVAL: not an id.
 */
int ipc_set_perm(struct kern_ipc_perm *perm, const struct ipc64_perm *from)
{
	if (from->uid == (uid_t)-1 || from->gid == (gid_t)-1)
		return -EINVAL;
	perm->uid = from->uid;
	perm->gid = from->gid;
	perm->mode = (perm->mode & ~(unsigned int)S_IRWXUGO) |
		     (from->mode & S_IRWXUGO);
	return 0;
}

/**
 * ipc_fill_perm - an object's head as programs see it
 * @perm: the object
 * @to: filled; zeroed before
 *
 * Context: the kind's lock.
 */
void ipc_fill_perm(const struct kern_ipc_perm *perm, struct ipc64_perm *to)
{
	to->key = perm->key;
	to->uid = perm->uid;
	to->gid = perm->gid;
	to->cuid = perm->cuid;
	to->cgid = perm->cgid;
	to->mode = perm->mode;
	to->seq = (u16)perm->seq;
}

/**
 * ipc_seconds - the wall clock, for the times of an object
 */
s64 ipc_seconds(void)
{
	return (s64)(ktime_get_real_ns() / NSEC_PER_SEC);
}

/* --- finding -------------------------------------------------------------------- */

/**
 * ipc_find_index - the object at a place in the table
 * @ids: the kind, locked
 * @index: a place; an identifier's upper part is ignored
 *
 * Return: the object or ERR_PTR(-EINVAL).
 */
struct kern_ipc_perm *ipc_find_index(struct ipc_ids *ids, int index)
{
	struct kern_ipc_perm *perm = NULL;

	index &= IPCMNI - 1;
	if (index < ids->size)
		perm = ids->table[index];
	return perm ? perm : ERR_PTR(-EINVAL);
}

/**
 * ipc_find - the object of an identifier
 * @ids: the kind, locked
 * @id: not negative
 *
 * Return: the object or ERR_PTR(-EINVAL): it does not exist, or no more.
 */
struct kern_ipc_perm *ipc_find(struct ipc_ids *ids, int id)
{
	struct kern_ipc_perm *perm = ipc_find_index(ids, id);

	if (!IS_ERR(perm) && perm->id != id)
		return ERR_PTR(-EINVAL);
	return perm;
}

/**
 * ipc_find_permitted - the same, if the current task may use it so
 * @ids: the kind, locked
 * @id: not negative
 * @access: as ipc_permitted()
 *
 * Return: the object, or ERR_PTR: -EINVAL, -EACCES.
 */
struct kern_ipc_perm *ipc_find_permitted(struct ipc_ids *ids, int id,
					 int access)
{
	struct kern_ipc_perm *perm = ipc_find(ids, id);

	if (!IS_ERR(perm) && ipc_permitted(perm, access))
		return ERR_PTR(-EACCES);
	return perm;
}

/**
 * ipc_find_owned - the same, for its owner or creator: IPC_SET, IPC_RMID
 * @ids: the kind, locked
 * @id: not negative
 *
 * Return: the object, or ERR_PTR: -EINVAL, -EPERM.
 */
struct kern_ipc_perm *ipc_find_owned(struct ipc_ids *ids, int id)
{
	struct kern_ipc_perm *perm = ipc_find(ids, id);
	const struct cred *cred = &current->cred;

	if (IS_ERR(perm) || capable(CAP_SYS_ADMIN) || cred->euid == perm->uid ||
	    cred->euid == perm->cuid)
		return perm;
	return ERR_PTR(-EPERM);
}

/**
 * ipc_find_stat - the same, to be looked at: IPC_STAT, SHM_STAT, SHM_STAT_ANY
 * @ids: the kind, locked
 * @id: not negative
 * @by_index: @id is a place in the table
 * @any: whoever asks may
 *
 * Return: the object, or ERR_PTR: -EINVAL, -EACCES.
 */
struct kern_ipc_perm *ipc_find_stat(struct ipc_ids *ids, int id, bool by_index,
				    bool any)
{
	struct kern_ipc_perm *perm =
		by_index ? ipc_find_index(ids, id) : ipc_find(ids, id);

	if (!IS_ERR(perm) && !any && ipc_permitted(perm, S_IRUGO))
		return ERR_PTR(-EACCES);
	return perm;
}

/* --- keys ------------------------------------------------------------------------- */

static struct kern_ipc_perm **bucket(struct ipc_ids *ids, s32 key)
{
	u32 hash = (u32)key * 0x9e3779b1u; /* golden ratio: spreads ftok(3) */

	return &ids->hash[hash >> 16 & (IPC_HASH_SIZE - 1)];
}

static struct kern_ipc_perm *find_key(struct ipc_ids *ids, s32 key)
{
	struct kern_ipc_perm *perm = *bucket(ids, key);

	while (perm && perm->key != key)
		perm = perm->hash_next;
	return perm;
}

static void hash_key(struct ipc_ids *ids, struct kern_ipc_perm *perm)
{
	struct kern_ipc_perm **head = bucket(ids, perm->key);

	perm->hash_next = *head;
	*head = perm;
}

/**
 * ipc_make_private - an object is not found by its key any more
 * @ids: the kind, locked
 * @perm: an object in it
 */
void ipc_make_private(struct ipc_ids *ids, struct kern_ipc_perm *perm)
{
	struct kern_ipc_perm **link = bucket(ids, perm->key);

	if (perm->key == IPC_PRIVATE)
		return;
	while (*link != perm)
		link = &(*link)->hash_next;
	*link = perm->hash_next;
	perm->key = IPC_PRIVATE;
}

/* --- identifiers ----------------------------------------------------------------- */

static bool grow_table(struct ipc_ids *ids, int need)
{
	int size = min(max(2 * ids->size, need), IPCMNI);
	struct kern_ipc_perm **table =
		kcalloc((size_t)size, sizeof(*table), GFP_KERNEL);

	if (!table)
		return false;
	memcpy(table, ids->table, (size_t)ids->size * sizeof(*table));
	if (ids->table != ids->first_table)
		kfree(ids->table);
	ids->table = table;
	ids->size = size;
	return true;
}

/* With the last object goes the large table. */
static void shrink_table(struct ipc_ids *ids)
{
	if (ids->table == ids->first_table)
		return;
	kfree(ids->table);
	ids->table = ids->first_table;
	ids->size = IPC_MIN_CYCLE;
	memset(ids->first_table, 0, sizeof(ids->first_table));
}

/* The next free place, or -errno. */
static int free_index(struct ipc_ids *ids)
{
	int limit = max(ids->in_use * 3 / 2, IPC_MIN_CYCLE);
	int index;

	limit = min(limit, IPCMNI);
	if (limit > ids->size && !grow_table(ids, limit))
		return -ENOMEM;
	for (index = ids->next_index; index < limit; index++)
		if (!ids->table[index])
			return index;
	for (index = 0; index < limit; index++)
		if (!ids->table[index])
			return index;
	return -ENOSPC;
}

static void set_creator(struct kern_ipc_perm *perm,
			const struct ipc_params *params)
{
	perm->key = params->key;
	perm->mode = (unsigned int)params->flags & S_IRWXUGO;
	perm->uid = perm->cuid = current->cred.euid;
	perm->gid = perm->cgid = current->cred.egid;
}

/**
 * ipc_add - give a new object an identifier and let it be found
 * @ids: the kind, locked
 * @perm: the head of the object
 * @params: key and permissions
 * @limit: how many objects there may be
 *
 * Context: may sleep.
 * Return: the identifier; -ENOSPC: there are as many as may be; -ENOMEM.
 */
int ipc_add(struct ipc_ids *ids, struct kern_ipc_perm *perm,
	    const struct ipc_params *params, int limit)
{
	int index;

	if (ids->in_use >= min(limit, IPCMNI))
		return -ENOSPC;
	index = free_index(ids);
	if (index < 0)
		return index;
	if (index <= ids->last_index && ++ids->seq > IPC_SEQ_MAX)
		ids->seq = 0;
	ids->last_index = index;
	ids->next_index = index + 1;
	ids->max_index = max(ids->max_index, index);
	ids->in_use++;
	set_creator(perm, params);
	perm->seq = ids->seq;
	perm->id = (int)(ids->seq << IPC_INDEX_BITS) + index;
	ids->table[index] = perm;
	if (perm->key != IPC_PRIVATE)
		hash_key(ids, perm);
	return perm->id;
}

/**
 * ipc_remove - an object is found no more
 * @ids: the kind, locked
 * @perm: an object in it
 */
void ipc_remove(struct ipc_ids *ids, struct kern_ipc_perm *perm)
{
	ipc_make_private(ids, perm);
	ids->table[perm->id & (IPCMNI - 1)] = NULL;
	ids->in_use--;
	while (ids->max_index >= 0 && !ids->table[ids->max_index])
		ids->max_index--;
	if (!ids->in_use)
		shrink_table(ids);
}

static int use_existing(struct kern_ipc_perm *perm, const struct ipc_ops *ops,
			const struct ipc_params *params)
{
	int err = 0;

	if ((params->flags & IPC_CREAT) && (params->flags & IPC_EXCL))
		return -EEXIST;
	if (ops->check)
		err = ops->check(perm, params);
	if (!err)
		err = ipc_permitted(perm, params->flags);
	return err ? err : perm->id;
}

/**
 * ipc_get - the common part of shmget(2), semget(2), msgget(2)
 * @ids: the kind
 * @ops: how it is made and checked
 * @params: what is asked for
 *
 * Context: may sleep; takes the kind's lock.
 * Return: an identifier; -ENOENT: none has the key and IPC_CREAT was not
 * given; -EEXIST: one has and IPC_EXCL was given; -EACCES; what @ops say.
 */
int ipc_get(struct ipc_ids *ids, const struct ipc_ops *ops,
	    const struct ipc_params *params)
{
	struct kern_ipc_perm *perm = NULL;
	int ret;

	mutex_lock(&ids->lock);
	if (params->key != IPC_PRIVATE)
		perm = find_key(ids, params->key);
	if (perm)
		ret = use_existing(perm, ops, params);
	else if (params->key != IPC_PRIVATE && !(params->flags & IPC_CREAT))
		ret = -ENOENT;
	else
		ret = ops->new (params);
	mutex_unlock(&ids->lock);
	return ret;
}
