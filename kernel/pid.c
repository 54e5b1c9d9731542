/* SPDX-License-Identifier: MIT */
/*
 * Process numbers. One object stands for a number as long as anything has it:
 * a process, a process group, a session. It sits in a hash table and heads
 * three lists, of the tasks that have the number in each role:
 *
 *	pid 7:	PID  -> ash		$ a | b &
 *		PGID -> ash		pid 8: PGID -> a, b (SID of both: 7)
 *		SID  -> ash, a, b
 *
 * While a list has members the number is not given to a new process, so a
 * group outlives its leader safely. Numbers are handed out in a cycle; the
 * search for a free one looks each candidate up, which costs time only when
 * the cycle comes round to a stretch of long-lived processes.
 *
 * Lock: tasklist_lock guards the table and all lists.
 * Source: setpgid(2), credentials(7). Differs from Linux: no namespaces.
 */
#include <ikos/err.h>
#include <ikos/kernel.h>
#include <ikos/mm.h>
#include <ikos/slab.h>
#include <ikos/string.h>

#include "task_internal.h"

#define RESERVED_PIDS 300 /* not used again after the first round */

struct pid {
	pid_t nr;
	unsigned int users; /* tasks in the lists */
	struct pid *hash_next;
	struct list_head members[NR_PIDTYPES];
};

DEFINE_SPINLOCK(tasklist_lock);

static struct kmem_cache *pid_cache;
static struct pid **pid_hash;
static unsigned int hash_mask;
static pid_t last_pid;

static struct pid **hash_slot(pid_t nr)
{
	return &pid_hash[(unsigned int)nr & hash_mask];
}

static struct pid *find_pid(pid_t nr)
{
	struct pid *pid = *hash_slot(nr);

	while (pid && pid->nr != nr)
		pid = pid->hash_next;
	return pid;
}

/* The next number that nobody has. tasklist_lock held. */
static int next_free_number(void)
{
	pid_t nr = last_pid;

	for (int tries = 0; tries < PID_MAX; tries++) {
		if (++nr >= PID_MAX)
			nr = RESERVED_PIDS;
		if (!find_pid(nr)) {
			last_pid = nr;
			return nr;
		}
	}
	return -EAGAIN;
}

/* The number that clone3(2) asks for, if it may have it. */
static int check_number(pid_t nr)
{
	if (nr < 1 || nr >= PID_MAX)
		return -EINVAL;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return find_pid(nr) ? -EEXIST : nr;
}

static void unhash(struct pid *pid)
{
	struct pid **slot = hash_slot(pid->nr);

	while (*slot != pid)
		slot = &(*slot)->hash_next;
	*slot = pid->hash_next;
}

/**
 * alloc_pid - reserve a process number
 * @wanted: that one; 0: the next
 *
 * Context: may sleep. Return: the number's object, or ERR_PTR(): -ENOMEM;
 * -EAGAIN: every number is in use; and of @wanted -EINVAL: there is no such
 * number, -EPERM: not root, -EEXIST.
 */
struct pid *alloc_pid(pid_t wanted)
{
	struct pid *pid = kmem_cache_zalloc(pid_cache, GFP_KERNEL);
	int nr;

	if (!pid)
		return ERR_PTR(-ENOMEM);
	for (int type = 0; type < NR_PIDTYPES; type++)
		INIT_LIST_HEAD(&pid->members[type]);
	spin_lock_irq(&tasklist_lock);
	nr = wanted ? check_number(wanted) : next_free_number();
	if (nr > 0) {
		pid->nr = nr;
		pid->hash_next = *hash_slot(nr);
		*hash_slot(nr) = pid;
	}
	spin_unlock_irq(&tasklist_lock);
	if (nr > 0)
		return pid;
	kmem_cache_free(pid_cache, pid);
	return ERR_PTR(nr);
}

/**
 * free_pid - give a number back that nothing was attached to
 *
 * Context: task, without tasklist_lock.
 */
void free_pid(struct pid *pid)
{
	spin_lock_irq(&tasklist_lock);
	unhash(pid);
	spin_unlock_irq(&tasklist_lock);
	kmem_cache_free(pid_cache, pid);
}

/**
 * pid_nr - the number
 */
pid_t pid_nr(const struct pid *pid)
{
	return pid->nr;
}

/**
 * attach_pid - a task gets a number in one of its roles
 * @pid: NULL: none, the task is in no group or session
 *
 * Context: tasklist_lock held; @t has no number in that role.
 */
void attach_pid(struct task_struct *t, enum pid_type type, struct pid *pid)
{
	t->pids[type] = pid;
	if (!pid)
		return;
	list_add_tail(&t->pid_links[type], &pid->members[type]);
	pid->users++;
}

/**
 * detach_pid - a task loses its number in one of its roles
 *
 * The number is free when it was the last that had it in any role.
 * Context: tasklist_lock held.
 */
void detach_pid(struct task_struct *t, enum pid_type type)
{
	struct pid *pid = t->pids[type];

	if (!pid)
		return;
	t->pids[type] = NULL;
	list_del(&t->pid_links[type]);
	if (--pid->users)
		return;
	unhash(pid);
	kmem_cache_free(pid_cache, pid);
}

static void swap_pids(struct task_struct *a, struct task_struct *b)
{
	struct pid *of_a = a->pids[PIDTYPE_PID], *of_b = b->pids[PIDTYPE_PID];

	list_del(&a->pid_links[PIDTYPE_PID]);
	list_del(&b->pid_links[PIDTYPE_PID]);
	a->pids[PIDTYPE_PID] = of_b;
	b->pids[PIDTYPE_PID] = of_a;
	list_add(&a->pid_links[PIDTYPE_PID], &of_b->members[PIDTYPE_PID]);
	list_add(&b->pid_links[PIDTYPE_PID], &of_a->members[PIDTYPE_PID]);
	swap(a->pid, b->pid);
}

/**
 * take_leaders_pids - a thread becomes the one that its process is known by
 * @t: the thread; gets the leader's number, group and session
 * @leader: gets the thread's number
 *
 * Context: tasklist_lock held.
 */
void take_leaders_pids(struct task_struct *t, struct task_struct *leader)
{
	swap_pids(t, leader);
	for (int type = PIDTYPE_PID + 1; type < NR_PIDTYPES; type++) {
		t->pids[type] = leader->pids[type];
		leader->pids[type] = NULL;
		if (t->pids[type])
			list_replace(&leader->pid_links[type],
				     &t->pid_links[type]);
	}
}

/**
 * pid_first - the first task that has a number in a role
 * @nr: 0: nobody is listed there
 *
 * Context: tasklist_lock held. Return: NULL when there is none.
 */
struct task_struct *pid_first(pid_t nr, enum pid_type type)
{
	struct pid *pid = nr > 0 ? find_pid(nr) : NULL;

	if (!pid || list_empty(&pid->members[type]))
		return NULL;
	return list_first_entry(&pid->members[type], struct task_struct,
				pid_links[type]);
}

/**
 * pid_next_member - the task after @t in the same list
 *
 * Context: tasklist_lock held since pid_first(). Return: NULL at the end.
 */
struct task_struct *pid_next_member(struct task_struct *t, enum pid_type type)
{
	struct list_head *next = t->pid_links[type].next;

	if (next == &t->pids[type]->members[type])
		return NULL;
	return list_entry(next, struct task_struct, pid_links[type]);
}

/**
 * find_task - the task with a number
 *
 * Context: tasklist_lock held; no reference is taken.
 * Return: NULL when there is none; a zombie is found until it is reaped.
 */
struct task_struct *find_task(pid_t pid)
{
	return pid_first(pid, PIDTYPE_PID);
}

/**
 * find_get_task - the task with a number, with a reference
 *
 * Context: any. Return: NULL when there is none.
 */
struct task_struct *find_get_task(pid_t pid)
{
	struct task_struct *t;
	unsigned long flags;

	spin_lock_irqsave(&tasklist_lock, flags);
	t = find_task(pid);
	if (t)
		get_task_struct(t);
	spin_unlock_irqrestore(&tasklist_lock, flags);
	return t;
}

/**
 * pgrp_exists - whether a process group has members
 *
 * Context: tasklist_lock held.
 */
bool pgrp_exists(pid_t pgrp)
{
	return pid_first(pgrp, PIDTYPE_PGID) != NULL;
}

/**
 * change_pgrp - move a process to another group
 * @leader: the process
 * @pgrp: a group that exists, or the process's own number
 *
 * Context: tasklist_lock held.
 */
void change_pgrp(struct task_struct *leader, pid_t pgrp)
{
	struct pid *pid = find_pid(pgrp);

	VM_BUG_ON(!pid);
	if (leader->pids[PIDTYPE_PGID] == pid)
		return;
	detach_pid(leader, PIDTYPE_PGID);
	attach_pid(leader, PIDTYPE_PGID, pid);
	leader->signal->pgrp = pgrp;
}

/**
 * change_session - make a process the leader of a new session and group
 *
 * Context: tasklist_lock held. Source: setsid(2).
 */
void change_session(struct task_struct *leader)
{
	struct pid *pid = leader->pids[PIDTYPE_PID];

	if (leader->pids[PIDTYPE_SID] != pid) {
		detach_pid(leader, PIDTYPE_SID);
		attach_pid(leader, PIDTYPE_SID, pid);
	}
	leader->signal->session = pid->nr;
	change_pgrp(leader, pid->nr);
}

/**
 * last_pid_allocated - the newest process number, for /proc/loadavg
 */
pid_t last_pid_allocated(void)
{
	return READ_ONCE(last_pid);
}

/**
 * pid_init - size the hash table by memory: a slot for each two processes
 *
 * Context: boot, threads_max is known.
 */
void pid_init(void)
{
	unsigned int slots = 512;
	struct page *page;

	while (slots < threads_max / 2 && slots < 65536)
		slots *= 2;
	pid_cache = KMEM_CACHE(pid);
	page = alloc_pages(__GFP_ZERO,
			   ilog2(slots * sizeof(void *) / PAGE_SIZE));
	if (!page)
		panic("there is no memory for the table of process numbers");
	pid_hash = page_address(page);
	hash_mask = slots - 1;
}
