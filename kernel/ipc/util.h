/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_IPC_UTIL_H
#define KERNEL_IPC_UTIL_H

#include <ikos/err.h>
#include <ikos/ipc.h>
#include <ikos/list.h>
#include <ikos/mutex.h>
#include <ikos/seq_file.h>
#include <uapi/ipc.h>

/*
 * An identifier is a place in a table and a number that makes it unlike those
 * which had the place before:
 *
 *	id = seq << 15 | index		index < 32768, seq < 65536
 */
#define IPC_INDEX_BITS 15
#define IPC_SEQ_MAX    (INT_MAX >> IPC_INDEX_BITS)
#define IPC_MIN_CYCLE  64 /* indices that are used before one is used again */
#define IPC_HASH_SIZE  512

/* Permissions, without the bits that mean other things. */
#define S_IRWXUGO 0777
#define S_IRUGO	  0444
#define S_IWUGO	  0222
#define S_IXUGO	  0111

/* The head of every object: segment, set of semaphores, message queue. */
struct kern_ipc_perm {
	int id;
	s32 key; /* IPC_PRIVATE: cannot be found by key */
	uid_t uid, cuid; /* owner and creator */
	gid_t gid, cgid;
	unsigned int mode;
	unsigned int seq;
	struct kern_ipc_perm *hash_next; /* with the same hash of key */
};

/* One kind of objects; everything under its lock. */
struct ipc_ids {
	struct mutex lock;
	int in_use;
	int max_index; /* highest in use; -1: none */
	int next_index; /* where the search for a free one begins */
	int last_index; /* given out last; -1 */
	unsigned int seq;
	int size; /* of table */
	struct kern_ipc_perm **table;
	struct kern_ipc_perm *first_table[IPC_MIN_CYCLE];
	struct kern_ipc_perm *hash[IPC_HASH_SIZE];
};

#define IPC_IDS_INIT(name)                                                     \
	{                                                                      \
		.lock = MUTEX_INIT((name).lock), .max_index = -1,              \
		.last_index = -1, .size = IPC_MIN_CYCLE,                       \
		.table = (name).first_table                                    \
	}

/* What a ...get(2) call asks for, and how its kind of object is made. */
struct ipc_params {
	s32 key;
	int flags; /* IPC_CREAT, IPC_EXCL and permissions */
	union {
		size_t size;
		int nsems;
	} u;
};
struct ipc_ops {
	/* A new object: its id or -errno. */
	int (*new)(const struct ipc_params *params);
	/* An existing one serves @params: 0 or -errno; may be NULL. */
	int (*check)(struct kern_ipc_perm *perm,
		     const struct ipc_params *params);
};

int ipc_get(struct ipc_ids *ids, const struct ipc_ops *ops,
	    const struct ipc_params *params);
int ipc_add(struct ipc_ids *ids, struct kern_ipc_perm *perm,
	    const struct ipc_params *params, int limit);
void ipc_remove(struct ipc_ids *ids, struct kern_ipc_perm *perm);
void ipc_make_private(struct ipc_ids *ids, struct kern_ipc_perm *perm);

struct kern_ipc_perm *ipc_find_index(struct ipc_ids *ids, int index);
struct kern_ipc_perm *ipc_find(struct ipc_ids *ids, int id);
struct kern_ipc_perm *ipc_find_permitted(struct ipc_ids *ids, int id,
					 int access);
struct kern_ipc_perm *ipc_find_owned(struct ipc_ids *ids, int id);
struct kern_ipc_perm *ipc_find_stat(struct ipc_ids *ids, int id, bool by_index,
				    bool any);
int ipc_permitted(const struct kern_ipc_perm *perm, int access);
int ipc_set_perm(struct kern_ipc_perm *perm, const struct ipc64_perm *from);
void ipc_fill_perm(const struct kern_ipc_perm *perm, struct ipc64_perm *to);
s64 ipc_seconds(void);

/* Every object of a kind; the body may remove @perm. */
#define for_each_ipc(perm, ids, i)                                             \
	for ((i) = 0; (i) <= (ids)->max_index; (i)++)                          \
		if (((perm) = (ids)->table[i]) != NULL)

/* A file of /proc/sysvipc: a line of names, then one for each object. */
struct ipc_proc {
	const char *head;
	struct ipc_ids *ids;
	void (*show)(struct seq_file *m, struct kern_ipc_perm *perm);
};
int ipc_proc_open(struct file *file, const struct ipc_proc *proc);

#endif
