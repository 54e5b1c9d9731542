/* SPDX-License-Identifier: MIT */
/*
 * Dentries: the names in directories, as far as somebody uses them. Owns
 * their hash table, their reference counts and their place in the tree.
 *
 *	"/"  <- d_parent -  "etc"  <- d_parent -  "passwd"
 *	                      |                     |
 *	                    inode                 inode
 *
 * Invariants:
 *	D1 a dentry holds a reference to its parent and to its inode
 *	D2 a hashed dentry has d_count > 0: the last dput() takes it out
 *	D3 name, parent, hash chain change only under dcache_lock
 *	D4 a negative dentry (no inode) lives only while a lookup uses it
 *
 * A file system whose names exist only here (tmpfs) holds a reference to each
 * dentry for as long as the name exists. Linux keeps unused ones for later;
 * here every file system is in memory, so that there is nothing to gain.
 */
#include "internal.h"

#include <ikos/slab.h>

#define HASH_BITS 13

DEFINE_SPINLOCK(dcache_lock);
static struct dentry *hash_table[1u << HASH_BITS];
static struct kmem_cache *dentry_cache;

/**
 * dcache_init - make the dentry cache
 *
 * Context: boot, once.
 */
void dcache_init(void)
{
	dentry_cache = KMEM_CACHE(dentry);
}

/* FNV-1a over the name, seeded with the parent's address. */
static u32 hash_name(const struct dentry *parent, const char *name, size_t len)
{
	u32 h = 2166136261u ^ (u32)((unsigned long)parent >> 6);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (u8)name[i]) * 16777619u;
	return h;
}

static struct dentry **hash_bucket(u32 hash)
{
	return &hash_table[(hash * 0x9e3779b1u) >> (32 - HASH_BITS)];
}

static void hash_add(struct dentry *dentry)
{
	struct dentry **head;

	dentry->d_hash =
		hash_name(dentry->d_parent, dentry->d_name, dentry->d_len);
	head = hash_bucket(dentry->d_hash);
	dentry->d_hash_next = *head;
	*head = dentry;
	dentry->d_unhashed = false;
}

static void hash_del(struct dentry *dentry)
{
	struct dentry **link = hash_bucket(dentry->d_hash);

	if (dentry->d_unhashed)
		return;
	while (*link != dentry)
		link = &(*link)->d_hash_next;
	*link = dentry->d_hash_next;
	dentry->d_hash_next = NULL;
	dentry->d_unhashed = true;
}

static bool set_name(struct dentry *dentry, const char *name, size_t len)
{
	dentry->d_name = dentry->d_iname;
	if (len >= sizeof(dentry->d_iname))
		dentry->d_name = kmalloc(len + 1, GFP_KERNEL);
	if (!dentry->d_name)
		return false;
	memcpy(dentry->d_name, name, len);
	dentry->d_name[len] = '\0';
	dentry->d_len = (u32)len;
	return true;
}

static void free_dentry(struct dentry *dentry)
{
	if (dentry->d_name != dentry->d_iname)
		kfree(dentry->d_name);
	kmem_cache_free(dentry_cache, dentry);
}

/**
 * d_alloc - a dentry that nobody finds yet
 * @parent: the directory it will be in; NULL: a root, its own parent
 * @name: its name, not terminated
 * @len: of @name, bytes
 *
 * Context: may sleep.
 * Return: the dentry with one reference, or NULL when there is no memory.
 */
struct dentry *d_alloc(struct dentry *parent, const char *name, size_t len)
{
	struct dentry *dentry = kmem_cache_zalloc(dentry_cache, GFP_KERNEL);

	if (!dentry)
		return NULL;
	if (!set_name(dentry, name, len)) {
		kmem_cache_free(dentry_cache, dentry);
		return NULL;
	}
	atomic_set(&dentry->d_count, 1);
	INIT_LIST_HEAD(&dentry->d_children);
	INIT_LIST_HEAD(&dentry->d_child);
	dentry->d_unhashed = true;
	dentry->d_parent = dentry;
	if (parent) {
		dentry->d_parent = dget(parent);
		dentry->d_sb = parent->d_sb;
		spin_lock(&dcache_lock);
		list_add_tail(&dentry->d_child, &parent->d_children);
		spin_unlock(&dcache_lock);
	}
	return dentry;
}

/**
 * d_alloc_root - the root dentry of a file system
 * @inode: its directory; the reference is taken over, also on failure
 *
 * Context: may sleep.
 * Return: the dentry with one reference, or NULL when @inode is NULL or there
 * is no memory.
 */
struct dentry *d_alloc_root(struct inode *inode)
{
	struct dentry *dentry;

	if (!inode)
		return NULL;
	dentry = d_alloc(NULL, "/", 1);
	if (!dentry) {
		iput(inode);
		return NULL;
	}
	dentry->d_sb = inode->i_sb;
	d_add(dentry, inode);
	return dentry;
}

/**
 * d_instantiate - make a negative dentry name an inode
 * @dentry: negative, its directory's i_lock held
 * @inode: the reference is taken over
 *
 * Context: i_lock of the directory.
 */
void d_instantiate(struct dentry *dentry, struct inode *inode)
{
	spin_lock(&dcache_lock);
	VM_BUG_ON(dentry->d_inode);
	dentry->d_inode = inode;
	spin_unlock(&dcache_lock);
}

/**
 * d_add - the answer of a lookup: name an inode and be found
 * @dentry: not hashed
 * @inode: the reference is taken over; NULL: there is no such name
 *
 * Context: i_lock of the directory.
 */
void d_add(struct dentry *dentry, struct inode *inode)
{
	spin_lock(&dcache_lock);
	dentry->d_inode = inode;
	if (dentry->d_unhashed)
		hash_add(dentry);
	spin_unlock(&dcache_lock);
}

/**
 * d_drop - let no lookup find a dentry any more
 * @dentry: whoever has it keeps it
 *
 * Context: any task context; takes dcache_lock.
 */
void d_drop(struct dentry *dentry)
{
	spin_lock(&dcache_lock);
	hash_del(dentry);
	spin_unlock(&dcache_lock);
}

/**
 * dget - take a reference to a dentry
 * @dentry: one that is held already
 *
 * Context: any.
 * Return: @dentry.
 */
struct dentry *dget(struct dentry *dentry)
{
	atomic_inc(&dentry->d_count);
	return dentry;
}

/* Drop a reference unless it is the last one. */
static bool dput_not_last(struct dentry *dentry)
{
	int count = atomic_read(&dentry->d_count);

	while (count > 1)
		if (atomic_try_cmpxchg(&dentry->d_count, &count, count - 1))
			return true;
	return false;
}

/**
 * dput - drop a reference to a dentry
 * @dentry: may be NULL
 *
 * The last one frees it and drops what it held: the inode, the parent.
 *
 * Context: may sleep; no i_lock of the inode may be held when this is the last
 * reference to it.
 */
void dput(struct dentry *dentry)
{
	while (dentry && !dput_not_last(dentry)) {
		struct dentry *parent = dentry->d_parent;

		spin_lock(&dcache_lock);
		if (!atomic_dec_and_test(&dentry->d_count)) {
			spin_unlock(&dcache_lock);
			return;
		}
		hash_del(dentry);
		list_del(&dentry->d_child);
		parent = dentry->d_parent;
		spin_unlock(&dcache_lock);

		VM_BUG_ON(!list_empty(&dentry->d_children));
		iput(dentry->d_inode);
		if (parent == dentry)
			parent = NULL;
		free_dentry(dentry);
		dentry = parent;
	}
}

static bool name_is(const struct dentry *dentry, const struct dentry *parent,
		    u32 hash, const char *name, size_t len)
{
	return dentry->d_hash == hash && dentry->d_parent == parent &&
	       dentry->d_len == len && !memcmp(dentry->d_name, name, len);
}

/* Found, but the file system says that it is not true any more. */
static bool is_stale(struct dentry *dentry)
{
	const struct super_operations *op = dentry->d_sb->s_op;

	return op && op->d_valid && !op->d_valid(dentry);
}

/**
 * d_lookup - find a name among the cached ones
 * @parent: the directory
 * @name: not terminated
 * @len: bytes
 *
 * Context: any task context; takes dcache_lock.
 * Return: the dentry with a reference, or NULL.
 */
struct dentry *d_lookup(struct dentry *parent, const char *name, size_t len)
{
	u32 hash = hash_name(parent, name, len);
	struct dentry *dentry;

	spin_lock(&dcache_lock);
	for (dentry = *hash_bucket(hash); dentry; dentry = dentry->d_hash_next)
		if (name_is(dentry, parent, hash, name, len))
			break;
	if (dentry && is_stale(dentry)) {
		hash_del(dentry);
		dentry = NULL;
	}
	if (dentry)
		dget(dentry);
	spin_unlock(&dcache_lock);
	return dentry;
}

/* Exchange two names: the pointer, or the bytes where they are inside. */
static void swap_names(struct dentry *a, struct dentry *b)
{
	char *a_name = a->d_name == a->d_iname ? b->d_iname : a->d_name;
	char *b_name = b->d_name == b->d_iname ? a->d_iname : b->d_name;

	for (size_t i = 0; i < sizeof(a->d_iname); i++)
		swap(a->d_iname[i], b->d_iname[i]);
	a->d_name = b_name;
	b->d_name = a_name;
	swap(a->d_len, b->d_len);
}

/* Exchange the places of two dentries in the tree; both come out unhashed.
 * As each keeps holding a parent, no count changes. */
static void swap_places(struct dentry *a, struct dentry *b)
{
	hash_del(a);
	hash_del(b);
	swap_names(a, b);
	swap(a->d_parent, b->d_parent);
	list_move_tail(&a->d_child, &a->d_parent->d_children);
	list_move_tail(&b->d_child, &b->d_parent->d_children);
}

/**
 * d_move - give a dentry the name and place of another
 * @dentry: what is renamed
 * @target: what is replaced; found no more afterwards
 *
 * Context: i_lock of both directories, rename_mutex when they differ.
 */
void d_move(struct dentry *dentry, struct dentry *target)
{
	spin_lock(&dcache_lock);
	swap_places(dentry, target);
	hash_add(dentry);
	spin_unlock(&dcache_lock);
}

/**
 * d_exchange - let two dentries change places
 * @a: one
 * @b: the other
 *
 * Context: as d_move().
 */
void d_exchange(struct dentry *a, struct dentry *b)
{
	spin_lock(&dcache_lock);
	swap_places(a, b);
	hash_add(a);
	hash_add(b);
	spin_unlock(&dcache_lock);
}

/**
 * d_is_ancestor - whether one dentry lies above another, or is it
 * @ancestor: the upper one
 * @dentry: the lower one
 *
 * Context: takes dcache_lock; the answer stays true while rename_mutex is
 * held.
 */
bool d_is_ancestor(struct dentry *ancestor, struct dentry *dentry)
{
	spin_lock(&dcache_lock);
	while (dentry != ancestor && dentry != dentry->d_parent)
		dentry = dentry->d_parent;
	spin_unlock(&dcache_lock);
	return dentry == ancestor;
}
