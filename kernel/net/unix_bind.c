/* SPDX-License-Identifier: MIT */
/*
 * bind(2): a name for an AF_UNIX socket, and with it, for a path, an inode.
 */
#include <ikos/kernel.h>
#include <ikos/net.h>
#include <ikos/printk.h>
#include <ikos/random.h>
#include <ikos/slab.h>
#include <ikos/string.h>

#include "../fs/internal.h"

#define NAME_OFFSET offsetof(struct sockaddr_un_k, sun_path)

/* An address of @n bytes of name. NULL: no memory. */
static struct unix_address *address_alloc(const char *name, size_t n)
{
	struct unix_address *addr = kzalloc(sizeof(*addr), GFP_KERNEL);

	if (!addr)
		return NULL;
	atomic_set(&addr->count, 1);
	addr->un.sun_family = AF_UNIX;
	memcpy(addr->un.sun_path, name, n);
	if (name[0]) /* up to the first 0, which need not be there */
		n = strlen(addr->un.sun_path) + 1;
	addr->len = (int)(NAME_OFFSET + n);
	return addr;
}

/* Make the inode and give the socket its name, at @dentry below @parent. */
static int bind_at(struct unix_sock *sk, struct unix_address *addr,
		   const struct path *parent, struct dentry *dentry)
{
	struct inode *dir = parent->dentry->d_inode;
	umode_t mode = S_IFSOCK | (sk->file->f_inode->i_mode & S_IALLUGO &
				   ~current_umask());
	struct path path = { parent->mnt, dentry };
	int err;

	if (sk->addr)
		return -EINVAL;
	if (!dir->i_op->mknod)
		return -EPERM;
	err = dir->i_op->mknod(dir, dentry, mode, 0);
	if (err)
		return err;
	path_get(&path);
	return unix_hash(sk, addr, &path);
}

static int bind_path(struct unix_sock *sk, struct unix_address *addr)
{
	struct dentry *dentry;
	struct path parent;
	int err;

	dentry = create_begin(AT_FDCWD, addr->un.sun_path, false, &parent);
	if (IS_ERR(dentry)) {
		err = (int)PTR_ERR(dentry);
		return err == -EEXIST ? -EADDRINUSE : err;
	}
	err = bind_at(sk, addr, &parent, dentry);
	create_end(&parent, dentry);
	return err;
}

/**
 * unix_autobind - an abstract name that nobody has, unless it has a name
 * @sk: with a file
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM; -ENOSPC: all 2^20 are taken.
 */
int unix_autobind(struct unix_sock *sk)
{
	unsigned int first = (unsigned int)get_random_u64(), n;
	struct unix_address *addr = NULL;
	char name[8] = "";
	int err = 0;

	mutex_lock(&sk->bindlock);
	if (sk->addr)
		goto out;
	addr = address_alloc(name, 6);
	err = -ENOMEM;
	if (!addr)
		goto out;
	err = -ENOSPC;
	for (n = 0; n < 1u << 20 && err; n++) {
		snprintf(addr->un.sun_path + 1, 6, "%05x",
			 (first + n) & 0xfffff);
		if (!unix_hash(sk, addr, NULL))
			err = 0;
		cond_resched();
	}
	if (!err)
		addr = NULL;
out:
	mutex_unlock(&sk->bindlock);
	unix_address_put(addr);
	return err;
}

/**
 * unix_bind - bind(2)
 * @sk: with a file
 * @name: the address
 * @len: its bytes
 *
 * Context: may sleep.
 * Return: 0; -EINVAL: no such address, or it has a name already; -EADDRINUSE;
 * -ENOMEM; for a path, what mknod(2) gives.
 */
int unix_bind(struct unix_sock *sk, const struct sockaddr_storage_k *name,
	      int len)
{
	struct unix_address *addr;
	int err;

	if (len == NAME_OFFSET && name->ss_family == AF_UNIX)
		return unix_autobind(sk);
	err = unix_check_name(name, len);
	if (err)
		return err;
	addr = address_alloc(name->ss_data, (size_t)len - NAME_OFFSET);
	if (!addr)
		return -ENOMEM;
	mutex_lock(&sk->bindlock);
	if (name->ss_data[0])
		err = bind_path(sk, addr);
	else
		err = sk->addr ? -EINVAL : unix_hash(sk, addr, NULL);
	mutex_unlock(&sk->bindlock);
	if (err)
		unix_address_put(addr);
	return err;
}
