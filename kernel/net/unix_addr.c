/* SPDX-License-Identifier: MIT */
/*
 * The names of AF_UNIX sockets, and finding a socket by one: unix(7).
 *
 *	sun_path	kind		found by
 *	"/tmp/x"	path		the inode that bind(2) made
 *	"\0name"	abstract	all its bytes, and the type
 *	(no bytes)	unnamed		not at all
 *
 * Both kinds are in one hash table; a socket is in it from bind(2) until it is
 * closed. A path that has been unlinked leads nowhere, though the socket is
 * still in the table.
 */
#include <ikos/net.h>
#include <ikos/slab.h>
#include <ikos/string.h>

#include "../fs/internal.h"

#define NAME_OFFSET offsetof(struct sockaddr_un_k, sun_path)
#define BUCKETS	    64

static struct list_head buckets[BUCKETS];

static struct list_head *bucket(unsigned long hash)
{
	struct list_head *head = &buckets[hash % BUCKETS];

	if (!head->next)
		INIT_LIST_HEAD(head);
	return head;
}

static struct list_head *name_bucket(const char *name, size_t len, int type)
{
	unsigned long hash = (unsigned long)type;

	while (len--)
		hash = hash * 31 + (u8)*name++;
	return bucket(hash);
}

static struct list_head *inode_bucket(const struct inode *inode)
{
	return bucket((unsigned long)inode->i_ino);
}

/**
 * unix_check_name - whether an address can name a socket
 * @name: the address
 * @len: its bytes
 *
 * Context: any.
 * Return: 0; -EINVAL: too short, too long, or of another family.
 */
int unix_check_name(const struct sockaddr_storage_k *name, int len)
{
	if (len <= (int)NAME_OFFSET ||
	    len > (int)sizeof(struct sockaddr_un_k) ||
	    name->ss_family != AF_UNIX)
		return -EINVAL;
	return 0;
}

/* The socket of that abstract name; unix_lock held. */
static struct unix_sock *find_name(const char *name, size_t len, int type)
{
	struct unix_sock *sk;

	list_for_each_entry (sk, name_bucket(name, len, type), bound)
		if (sk->type == type && !sk->path.dentry &&
		    (size_t)sk->addr->len == len + NAME_OFFSET &&
		    !memcmp(sk->addr->un.sun_path, name, len))
			return sk;
	return NULL;
}

/* The socket that is bound to @inode; unix_lock held. */
static struct unix_sock *find_inode(const struct inode *inode)
{
	struct unix_sock *sk;

	list_for_each_entry (sk, inode_bucket(inode), bound)
		if (sk->path.dentry && sk->path.dentry->d_inode == inode)
			return sk;
	return NULL;
}

static struct unix_sock *get_sock(struct unix_sock *sk)
{
	if (sk)
		atomic_inc(&sk->count);
	return sk;
}

static struct unix_sock *find_by_path(const char *name)
{
	struct unix_sock *sk = NULL;
	struct path path;
	int err = path_lookup(AT_FDCWD, name, LOOKUP_FOLLOW, &path);

	if (err)
		return ERR_PTR(err);
	err = path_permission(&path, MAY_WRITE);
	if (!err && S_ISSOCK(path.dentry->d_inode->i_mode)) {
		spin_lock(&unix_lock);
		sk = get_sock(find_inode(path.dentry->d_inode));
		spin_unlock(&unix_lock);
	}
	path_put(&path);
	if (err)
		return ERR_PTR(err);
	return sk ? sk : ERR_PTR(-ECONNREFUSED);
}

/**
 * unix_find - the socket that has a name
 * @name: an address for which unix_check_name() gives 0
 * @len: its bytes
 * @type: SOCK_* that it must have
 *
 * Context: may sleep.
 * Return: the socket with a reference; ERR_PTR of -ECONNREFUSED: nobody has
 * that name, or no socket is there; -EPROTOTYPE: of another type; -ENOENT,
 * -EACCES and what else a walk along a path gives.
 */
struct unix_sock *unix_find(const struct sockaddr_storage_k *name, int len,
			    int type)
{
	size_t n = (size_t)len - NAME_OFFSET;
	char text[UNIX_PATH_MAX + 1];
	struct unix_sock *sk;

	memcpy(text, name->ss_data, n);
	text[n] = '\0';
	if (text[0]) {
		sk = find_by_path(text);
		if (!IS_ERR(sk) && sk->type != type) {
			unix_sock_put(sk);
			return ERR_PTR(-EPROTOTYPE);
		}
		return sk;
	}
	spin_lock(&unix_lock);
	sk = get_sock(find_name(text, n, type));
	spin_unlock(&unix_lock);
	return sk ? sk : ERR_PTR(-ECONNREFUSED);
}

/**
 * unix_address_put - drop a reference to an address
 * @addr: may be NULL
 *
 * Context: any; unix_lock may be held.
 */
void unix_address_put(struct unix_address *addr)
{
	if (addr && atomic_dec_and_test(&addr->count))
		kfree(addr);
}

/**
 * unix_copy_address - what a socket is called
 * @sk: the socket
 * @to: filled
 *
 * Context: any; unix_lock is not needed: a name stays.
 * Return: bytes; 2, only the family, of one without a name.
 */
int unix_copy_address(struct unix_sock *sk, struct sockaddr_storage_k *to)
{
	struct unix_address *addr =
		__atomic_load_n(&sk->addr, __ATOMIC_ACQUIRE);

	to->ss_family = AF_UNIX;
	if (!addr)
		return NAME_OFFSET;
	memcpy(to, &addr->un, (size_t)addr->len);
	return addr->len;
}

/**
 * unix_hash - a socket gets its name
 * @sk: without one; its bindlock is held
 * @addr: its reference goes to @sk
 * @path: of the inode, its references go to @sk; NULL: an abstract name
 *
 * Context: takes unix_lock.
 * Return: 0; -EADDRINUSE: somebody has that abstract name, @addr stays the
 * caller's.
 */
int unix_hash(struct unix_sock *sk, struct unix_address *addr,
	      const struct path *path)
{
	size_t n = (size_t)addr->len - NAME_OFFSET;
	struct list_head *head;
	int err = 0;

	spin_lock(&unix_lock);
	if (path)
		head = inode_bucket(path->dentry->d_inode);
	else
		head = name_bucket(addr->un.sun_path, n, sk->type);
	if (!path && find_name(addr->un.sun_path, n, sk->type)) {
		err = -EADDRINUSE;
	} else {
		if (path)
			sk->path = *path;
		__atomic_store_n(&sk->addr, addr, __ATOMIC_RELEASE);
		list_add(&sk->bound, head);
	}
	spin_unlock(&unix_lock);
	return err;
}
