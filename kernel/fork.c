/* SPDX-License-Identifier: MIT */
/*
 * Making tasks: processes, threads and kernel threads. The system calls that
 * ask for one are in kernel/sys_clone.c.
 *
 * copy_process() checks the flags, allocates everything that the child needs,
 * one piece after the other, and only then enters it into the process tree, a
 * step that cannot fail. Whatever fails before, free_task() gives back what
 * the half-made child has: each pointer in it is NULL until it is owned.
 *
 * How many tasks there may be: threads_max, from the size of memory, so that
 * kernel stacks and page tables cannot eat all of it; RLIMIT_NPROC for users
 * other than root. And fork() fails with ENOMEM while little memory is free,
 * before the programs that run already find none for their next page: a fork
 * bomb stops here, not in the OOM killer.
 *
 * What a thread shares with its process, and what is its own:
 *
 *	signal, sighand, mm, files, fs		shared: a reference each
 *	stack, registers, pid, blocked,
 *	pending, sas, cred, times		its own
 *	children				its own; any thread may wait
 *	tasks, sibling, group, session		only the leader is in them
 *
 * Locks: tasklist_lock for the tree, siglock inside it where a process gets a
 * thread; nothing is held across an allocation. Differs from Linux:
 * namespaces do not exist, and no pidfd is made along with a task: their flags
 * give EINVAL.
 */
#include <ikos/err.h>
#include <ikos/fdtable.h>
#include <ikos/fs.h>
#include <ikos/futex.h>
#include <ikos/ipc.h>
#include <ikos/mempolicy.h>
#include <ikos/mm.h>
#include <ikos/ptrace.h>
#include <ikos/slab.h>
#include <ikos/string.h>
#include <uapi/sched.h>

#include "signal_internal.h"
#include "task_internal.h"

/* A task costs at least so much: stack, structures, page tables. */
#define BYTES_PER_TASK KiB(48)
#define MIN_THREADS    20U
#define MAX_THREADS    4000000U

#define UNSUPPORTED_FLAGS                                                      \
	(CLONE_PIDFD | CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |          \
	 CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |          \
	 CLONE_NEWTIME | CLONE_INTO_CGROUP)

unsigned int threads_max;
atomic_t nr_threads;

static struct kmem_cache *task_cache, *signal_cache;
static unsigned long fork_reserve; /* pages that fork leaves alone */

/**
 * get_task_struct - take a reference
 */
void get_task_struct(struct task_struct *t)
{
	atomic_inc(&t->usage);
}

static void signal_put(struct signal_struct *sig)
{
	if (atomic_dec_and_test(&sig->count))
		kmem_cache_free(signal_cache, sig);
}

/* Free a task that has left the tree, or never was in it. */
static void free_task(struct task_struct *t)
{
	exit_thread(t);
	if (t->stack)
		kstack_free(t->stack);
	if (t->sighand)
		sighand_put(t->sighand);
	if (t->signal)
		signal_put(t->signal);
	groups_put(t->cred.groups);
	if (unlikely(t->ptrace))
		kfree(t->ptrace);
	kmem_cache_free(task_cache, t);
}

/**
 * put_task_struct - drop a reference; the last one frees the structure
 *
 * Context: any.
 */
void put_task_struct(struct task_struct *t)
{
	if (atomic_dec_and_test(&t->usage))
		free_task(t);
}

static int check_clone_flags(const struct kernel_clone_args *args)
{
	u64 flags = args->flags;

	if (flags & UNSUPPORTED_FLAGS)
		return -EINVAL;
	if ((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND))
		return -EINVAL;
	if ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM))
		return -EINVAL;
	/* A sibling of init would be reaped by nobody. */
	if ((flags & CLONE_PARENT) && current->tgid == 1)
		return -EINVAL;
	return 0;
}

/* Threads of a user; counted only for those whom RLIMIT_NPROC binds. */
static unsigned long count_threads(uid_t uid)
{
	struct task_struct *p, *t;
	unsigned long n = 0;

	spin_lock_irq(&tasklist_lock);
	for_each_process (p)
		for_each_thread (p, t)
			n += t->cred.uid == uid;
	spin_unlock_irq(&tasklist_lock);
	return n;
}

static int check_limits(void)
{
	unsigned long limit = rlimit(RLIMIT_NPROC), free;

	if (current->cred.uid && limit != RLIM_INFINITY &&
	    !capable(CAP_SYS_RESOURCE) && !capable(CAP_SYS_ADMIN) &&
	    count_threads(current->cred.uid) >= limit)
		return -EAGAIN;
	if ((unsigned int)atomic_read(&nr_threads) >= threads_max)
		return -EAGAIN;
	free = nr_free_pages();
	if (free < fork_reserve &&
	    free + reclaim_pages(fork_reserve - free) < fork_reserve)
		return -ENOMEM;
	return 0;
}

/* Everything in the copy that must not be the parent's. */
static void reset_task(struct task_struct *t)
{
	t->stack = NULL;
	memset(&t->thread, 0, sizeof(t->thread));
	t->mm = t->active_mm = NULL;
	t->vmacache = (struct vmacache){ 0 };
	t->signal = NULL;
	t->sighand = NULL;
	t->files = NULL;
	t->fs = NULL;
	t->ptrace = t->ptraced = NULL;
	t->sysvsem = NULL;
	t->on_rq = t->on_cpu = false;
	t->need_resched = t->sigpending = false;
	t->flags &= PF_KTHREAD;
	t->flags |= PF_FORKNOEXEC;
	atomic_set(&t->usage, 2); /* the tree's, and its own until it is dead */
	INIT_LIST_HEAD(&t->children);
	INIT_LIST_HEAD(&t->sibling);
	memset(t->pids, 0, sizeof(t->pids));
	t->pending.signal = 0;
	INIT_LIST_HEAD(&t->pending.list);
	t->real_blocked = 0;
	t->restore_sigmask = false;
	t->restart_fn = NULL;
	t->vfork_done = NULL;
	t->set_child_tid = t->clear_child_tid = NULL;
	t->robust_list = 0;
	t->pdeath_signal = 0;
	t->default_slack = t->timer_slack;
	groups_get(t->cred.groups);
	t->exit_state = t->exit_code = 0;
	t->utime = t->stime = 0;
	t->user_ticks = t->system_ticks = 0;
	t->min_flt = t->maj_flt = t->nvcsw = t->nivcsw = 0;
	spin_lock_init(&t->alloc_lock);
	lockdep_init_task(t);
	t->oom_victim = false;
	if (t->sched_reset_on_fork) {
		t->nice = max(t->nice, 0);
		t->sched_reset_on_fork = false;
	}
	t->start_time = ktime_get_ns();
}

static struct task_struct *dup_task_struct(const struct task_struct *orig)
{
	struct task_struct *t = kmem_cache_alloc(task_cache, GFP_KERNEL);

	if (!t)
		return NULL;
	*t = *orig;
	reset_task(t);
	t->stack = kstack_alloc();
	if (!t->stack) {
		free_task(t);
		return NULL;
	}
	return t;
}

static int copy_signal(u64 clone_flags, struct task_struct *t,
		       const struct task_struct *orig)
{
	struct signal_struct *sig;
	unsigned long flags;

	if (clone_flags & CLONE_THREAD) {
		t->signal = orig->signal;
		atomic_inc(&t->signal->count);
		return 0;
	}
	sig = kmem_cache_zalloc(signal_cache, GFP_KERNEL);
	if (!sig)
		return -ENOMEM;
	t->signal = sig;
	atomic_set(&sig->count, 1);
	atomic_set(&sig->live, 1);
	sig->leader = t;
	INIT_LIST_HEAD(&sig->thread_head);
	list_add(&t->thread_node, &sig->thread_head);
	INIT_LIST_HEAD(&sig->shared_pending.list);
	init_waitqueue_head(&sig->wait_chldexit);
	spin_lock_irqsave(&orig->sighand->siglock, flags);
	memcpy(sig->rlim, orig->signal->rlim, sizeof(sig->rlim));
	sig->oom_score_adj = orig->signal->oom_score_adj;
	sig->oom_score_adj_min = orig->signal->oom_score_adj_min;
	spin_unlock_irqrestore(&orig->sighand->siglock, flags);
	return 0;
}

static int copy_sighand(u64 clone_flags, struct task_struct *t,
			struct task_struct *orig)
{
	if (clone_flags & CLONE_SIGHAND) {
		atomic_inc(&orig->sighand->count);
		t->sighand = orig->sighand;
		return 0;
	}
	t->sighand = sighand_alloc(orig->sighand);
	if (!t->sighand)
		return -ENOMEM;
	if (clone_flags & CLONE_CLEAR_SIGHAND)
		flush_signal_handlers(t, true);
	return 0;
}

static int copy_files(u64 clone_flags, struct task_struct *t,
		      struct task_struct *orig)
{
	if (orig->files && (clone_flags & CLONE_FILES)) {
		t->files = files_get(orig->files);
		return 0;
	}
	/* Kernel threads have none but init, which opens its console. */
	if (!orig->files && t->pid != 1)
		return 0;
	t->files = orig->files ? dup_files(orig->files) : files_alloc();
	return t->files ? 0 : -ENOMEM;
}

static int copy_fs(u64 clone_flags, struct task_struct *t,
		   struct task_struct *orig)
{
	t->fs = clone_flags & CLONE_FS ? fs_get(orig->fs) : dup_fs(orig->fs);
	return t->fs ? 0 : -ENOMEM;
}

static int copy_mm(u64 clone_flags, struct task_struct *t,
		   struct task_struct *orig)
{
	if (!orig->mm)
		return 0;
	if (clone_flags & CLONE_VM) {
		mmget(orig->mm);
		t->mm = orig->mm;
	} else {
		t->mm = dup_mm(orig->mm);
		if (!t->mm)
			return -ENOMEM;
		t->mm->membarrier_ready = orig->mm->membarrier_ready;
	}
	t->active_mm = t->mm;
	return 0;
}

/* An alternate signal stack makes no sense on shared memory: clone(2). */
static void copy_sas(u64 clone_flags, struct task_struct *t)
{
	if ((clone_flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM)
		t->sas = (struct sigaltstack_k){ .ss_flags = SS_DISABLE };
}

static int copy_resources(const struct kernel_clone_args *args,
			  struct task_struct *t, struct task_struct *orig,
			  int (*fn)(void *), void *arg)
{
	int err;

	copy_sas(args->flags, t);
	err = copy_semundo(args->flags, t);
	if (!err)
		err = copy_signal(args->flags, t, orig);
	if (!err)
		err = copy_sighand(args->flags, t, orig);
	if (!err)
		err = copy_files(args->flags, t, orig);
	if (!err)
		err = copy_fs(args->flags, t, orig);
	if (!err)
		err = copy_mm(args->flags, t, orig);
	if (!err)
		err = copy_thread(t, args, fn, arg);
	if (!err && unlikely(orig->ptrace))
		err = ptrace_copy(args, t);
	return err;
}

/* Undo copy_process() for a child that is not in the tree yet. */
static void abandon_task(struct task_struct *t, struct pid *pid)
{
	exit_sem(t);
	if (t->mm)
		mmput(t->mm);
	if (t->fs)
		fs_put(t->fs);
	if (t->files)
		files_put(t->files);
	if (pid)
		free_pid(pid);
	mpol_put(t->mempolicy);
	free_task(t);
	atomic_dec(&nr_threads);
}

/* Who is told of the child's end, and how. */
static void set_parent(const struct kernel_clone_args *args,
		       struct task_struct *t, struct task_struct *orig)
{
	if (args->flags & (CLONE_PARENT | CLONE_THREAD))
		t->parent = orig->parent;
	else
		t->parent = orig;
	if (args->flags & CLONE_THREAD)
		t->exit_signal = -1;
	else if (args->flags & CLONE_PARENT)
		t->exit_signal = orig->signal->leader->exit_signal;
	else
		t->exit_signal = args->exit_signal;
}

/* tasklist_lock and siglock held. */
static void publish_thread(struct task_struct *t, struct pid *pid)
{
	attach_pid(t, PIDTYPE_PID, pid);
	atomic_inc(&t->signal->live);
	list_add_tail(&t->thread_node, &t->signal->thread_head);
}

/* tasklist_lock held. */
static void publish_process(struct task_struct *t, struct task_struct *orig,
			    struct pid *pid)
{
	struct task_struct *leader = orig->signal->leader;

	t->signal->pgrp = orig->signal->pgrp;
	t->signal->session = orig->signal->session;
	t->signal->tty = orig->signal->tty;
	attach_pid(t, PIDTYPE_PID, pid);
	attach_pid(t, PIDTYPE_PGID, leader->pids[PIDTYPE_PGID]);
	attach_pid(t, PIDTYPE_SID, leader->pids[PIDTYPE_SID]);
	list_add_tail(&t->sibling, &t->parent->children);
	list_add_tail(&t->tasks, &init_task.tasks);
}

/*
 * Enter the child into the tree. A signal that came in the meantime may have
 * been meant for the child as well (^C to the group): handle it first, then
 * fork again. So a process that stops, ends or executes another program, which
 * wakes every thread by a signal, gets no new thread that missed it: hence the
 * siglock.
 */
static int publish_task(const struct kernel_clone_args *args,
			struct task_struct *t, struct task_struct *orig,
			struct pid *pid)
{
	bool thread = args->flags & CLONE_THREAD;
	int err = 0;

	spin_lock_irq(&tasklist_lock);
	if (thread)
		spin_lock(&orig->sighand->siglock);
	if (orig == current && current->sigpending) {
		err = -ERESTARTNOINTR;
	} else {
		set_parent(args, t, orig);
		if (thread)
			publish_thread(t, pid);
		else
			publish_process(t, orig, pid);
		if (unlikely(t->ptrace))
			ptrace_link_child(t);
	}
	if (thread)
		spin_unlock(&orig->sighand->siglock);
	spin_unlock_irq(&tasklist_lock);
	return err;
}

/**
 * copy_process - make a task that does not run yet
 * @args: as kernel_clone()
 * @fn: NULL: a copy of the current task; else a kernel thread that runs it
 * @arg: for @fn
 *
 * Context: may sleep.
 * Return: the task, with the two references of a live one, or ERR_PTR():
 * -EINVAL (flags, number), -EEXIST, -EPERM (number), -EAGAIN (too many tasks),
 * -ENOMEM, -ERESTARTNOINTR.
 */
struct task_struct *copy_process(const struct kernel_clone_args *args,
				 int (*fn)(void *), void *arg)
{
	struct task_struct *orig = fn ? &init_task : current;
	struct task_struct *t;
	struct pid *pid;
	int err;

	err = check_clone_flags(args);
	if (!err)
		err = check_limits();
	if (err)
		return ERR_PTR(err);
	t = dup_task_struct(orig);
	if (!t)
		return ERR_PTR(-ENOMEM);
	atomic_inc(&nr_threads);
	mpol_get(t->mempolicy);
	pid = alloc_pid(args->set_tid);
	if (IS_ERR(pid)) {
		err = (int)PTR_ERR(pid);
		pid = NULL;
		goto abandon;
	}
	t->pid = t->tgid = pid_nr(pid);
	if (args->flags & CLONE_THREAD)
		t->tgid = orig->tgid;
	if (args->flags & CLONE_CHILD_SETTID)
		t->set_child_tid = args->child_tid;
	if (args->flags & CLONE_CHILD_CLEARTID)
		t->clear_child_tid = args->child_tid;
	err = copy_resources(args, t, orig, fn, arg);
	if (err)
		goto abandon;
	err = publish_task(args, t, orig, pid);
	if (err)
		goto abandon;
	return t;

abandon:
	abandon_task(t, pid);
	return ERR_PTR(err);
}

/**
 * exec_mm_release - the current task lets go of its address space
 *
 * Gives up the futexes it holds and lets the parent of a vfork() go on.
 * Context: @t is current; may sleep.
 */
void exec_mm_release(struct task_struct *t)
{
	struct completion *done;
	unsigned long flags;

	futex_mm_release(t);
	flags = task_lock(t);
	done = t->vfork_done;
	t->vfork_done = NULL;
	t->flags &= ~PF_VFORK;
	/* The parent may not take back @done before it is complete. */
	if (done)
		complete(done);
	task_unlock(t, flags);
}

/**
 * fork_idle - make the task that another CPU runs when there is nothing to do
 * @cpu: which CPU
 *
 * It is like init_task, whose signal handlers and folders it uses: pid 0, in
 * no list, for good. Context: may sleep.
 * Return: the task, as if it ran already; NULL without memory.
 */
struct task_struct *fork_idle(unsigned int cpu)
{
	struct task_struct *t = dup_task_struct(&init_task);

	if (!t)
		return NULL;
	t->signal = init_task.signal;
	t->sighand = init_task.sighand;
	t->fs = init_task.fs;
	t->parent = t;
	t->flags = PF_KTHREAD;
	t->cpu = cpu;
	t->cpus_allowed = BIT(cpu);
	t->state = TASK_RUNNING;
	t->on_rq = t->on_cpu = true;
	INIT_LIST_HEAD(&t->run_list);
	snprintf(t->comm, sizeof(t->comm), "swapper/%u", cpu);
	return t;
}

/**
 * get_task_mm - a task's address space with a user held
 *
 * Context: any; the caller keeps @t alive.
 * Return: NULL for a kernel thread or a task past exit.
 */
struct mm_struct *get_task_mm(struct task_struct *t)
{
	unsigned long flags = task_lock(t);
	struct mm_struct *mm = t->mm;

	if (mm)
		mmget(mm);
	task_unlock(t, flags);
	return mm;
}

/**
 * nr_processes - processes in the tree, zombies included
 */
unsigned int nr_processes(void)
{
	return (unsigned int)atomic_read(&nr_threads);
}

/**
 * nr_threads_total - tasks of every kind but idle tasks
 */
unsigned int nr_threads_total(void)
{
	return (unsigned int)atomic_read(&nr_threads);
}

/**
 * fork_init - caches, and limits by the size of memory
 *
 * Context: boot.
 */
void fork_init(void)
{
	unsigned long bytes = totalram_pages() * PAGE_SIZE;
	struct rlimit *rlim = init_task.signal->rlim;

	threads_max = (unsigned int)clamp(bytes / BYTES_PER_TASK,
					  (unsigned long)MIN_THREADS,
					  (unsigned long)MAX_THREADS);
	fork_reserve = max(min_free_pages() * 2, totalram_pages() / 64);
	rlim[RLIMIT_NPROC] =
		(struct rlimit){ threads_max / 2, threads_max / 2 };
	rlim[RLIMIT_SIGPENDING] = rlim[RLIMIT_NPROC];
	task_cache = KMEM_CACHE(task_struct);
	signal_cache = KMEM_CACHE(signal_struct);
	pid_init();
}
