/* SPDX-License-Identifier: MIT */
#ifndef IKOS_SCHED_H
#define IKOS_SCHED_H

#include <asm/percpu.h>
#include <asm/ptregs.h>
#include <asm/thread.h>
#include <ikos/cred.h>
#include <ikos/mm_types.h>
#include <ikos/signal.h>
#include <ikos/time.h>
#include <ikos/wait.h>

struct clock_timer;
struct cpu_itimers;
struct files_struct;
struct fs_struct;
struct pid;
struct posix_timer;
struct ptrace;
struct sem_undo_list;
struct tty_struct;

#define TASK_COMM_LEN 16

/* What a process number may stand for: kernel/pid.c. */
enum pid_type {
	PIDTYPE_PID,
	PIDTYPE_PGID,
	PIDTYPE_SID,
	NR_PIDTYPES
};

#define PID_MAX 4194304 /* largest pid + 1, as on 64-bit Linux */

/*
 * What the threads of a process share. Pointers to other processes and the
 * lists are guarded by tasklist_lock, the rest by sighand->siglock.
 */
struct signal_struct {
	atomic_t count; /* tasks that point here */
	atomic_t live; /* threads that do not exit; changed under siglock */
	/* exec in one of many threads, kernel/de_thread.c; siglock. */
	struct task_struct *exec_task; /* the others have to go */
	int notify_count; /* how many; -1: it waits for the leader */
	struct task_struct *leader; /* under tasklist_lock */
	/* Tasks, by thread_node, zombies too. Changed under tasklist_lock and
	 * siglock, so that either is enough to walk it. */
	struct list_head thread_head;
	struct sigpending shared_pending;
	struct wait_queue_head wait_chldexit; /* wait4() sleeps here */

	pid_t pgrp, session;
	bool session_leader;
	bool child_subreaper; /* prctl(PR_SET_CHILD_SUBREAPER) */
	struct tty_struct *tty; /* controlling terminal; guarded by siglock */
	bool did_exec;

	/* All threads must go, with group_exit_code; or are gone already. */
	bool group_exit;
	int group_exit_code;
	bool stopped; /* job control */
	int stop_code; /* signal of an unreported stop, for WUNTRACED */
	bool continued; /* an unreported SIGCONT */
	bool stop_complete; /* every thread sleeps, the parent has been told */
	int cld_notify; /* CLD_*: whoever runs next tells the parent */
	bool stop_dequeued; /* a stop signal is out, no SIGCONT came since */
	bool init_must_die; /* pid 1 took a fault that it does not handle */

	struct rlimit rlim[RLIM_NLIMITS];
	/* Of exited threads, and of waited-for children (cutime …). */
	u64 utime, stime, cutime, cstime; /* ns */
	unsigned long min_flt, maj_flt, cmin_flt, cmaj_flt;
	unsigned long nvcsw, nivcsw, cnvcsw, cnivcsw;
	unsigned long maxrss, cmaxrss; /* pages */

	struct timer real_timer; /* setitimer(ITIMER_REAL), alarm */
	u64 real_interval;
	struct cpu_itimers *cpu_itimers; /* of CPU time: kernel/itimer.c */
	struct clock_timer *cpu_timers; /* waiting for our CPU time */
	struct posix_timer *posix_timers; /* timer_create(2); siglock */
	int next_timer_id;
	int oom_score_adj;
	int oom_score_adj_min; /* lower only for root */
};

struct task_struct {
	/* Touched by every switch. */
	volatile int state; /* TASK_*; under the run-queue lock to wake */
	volatile bool need_resched;
	volatile bool sigpending; /* recalc_sigpending() keeps it */
	bool on_rq;
	bool on_cpu;
	unsigned int cpu;
	struct list_head run_list;
	unsigned int time_slice; /* ticks left */
	void *stack; /* lowest byte of the kernel stack */
	struct thread_struct thread;
	struct mm_struct *mm; /* NULL: a kernel thread */
	struct mm_struct *active_mm; /* whose page tables are loaded */
	struct vmacache vmacache;
	unsigned int flags; /* PF_* */
	unsigned long
		cpus_allowed; /* a bit per CPU; under the run-queue lock */

	atomic_t usage; /* references; the structure goes with the last */
	pid_t pid, tgid;
	char comm[TASK_COMM_LEN];
	struct cred cred;

	/* Guarded by tasklist_lock. */
	struct task_struct *parent; /* the thread that gets SIGCHLD */
	struct list_head children; /* those that this thread made */
	/* Of leaders only: in the parent's children; all processes, from
	 * init_task. */
	struct list_head sibling, tasks;
	struct list_head thread_node; /* in signal->thread_head */
	/* Numbers in use, kernel/pid.c: own, and of a leader's process group
	 * and session with its place in their lists of members. */
	struct pid *pids[NR_PIDTYPES];
	struct list_head pid_links[NR_PIDTYPES];
	int exit_state; /* 0, TASK_ZOMBIE, TASK_DEAD */
	int exit_code; /* as wait4() reports it */
	int exit_signal; /* SIGCHLD; -1: a thread */

	struct signal_struct *signal;
	struct sighand_struct *sighand;
	struct sigpending pending;
	struct forced_fault forced; /* under way: force_sig_fault() */
	sigset_t_k blocked, saved_sigmask;
	sigset_t_k real_blocked; /* while rt_sigtimedwait(2) waits, else 0 */
	bool restore_sigmask;
	struct sigaltstack_k sas;
	/* How restart_syscall(2) goes on. */
	long (*restart_fn)(struct task_struct *t);
	u64 restart_arg[4];

	struct files_struct *files;
	struct fs_struct *fs;
	struct sem_undo_list *sysvsem; /* SEM_UNDO; NULL: nothing to undo */

	struct completion *vfork_done; /* the parent of a vfork waits */
	int __user *set_child_tid, *clear_child_tid;
	u64 robust_list;
	int pdeath_signal;
	/* prctl(PR_SET_TIMERSLACK), ns; 0: 50 us. Timers here have none. */
	u64 timer_slack, default_slack;
	bool no_new_privs;
	unsigned int personality; /* personality(2): exec looks at it */
	int nice; /* -20 … 19: the scheduler's slices follow it */
	int policy; /* SCHED_NORMAL, _BATCH or _IDLE */
	unsigned short ioprio; /* ioprio_set(2) */
	u16 mempolicy; /* set_mempolicy(2): a number of mm/mempolicy.c */
	bool sched_reset_on_fork; /* a child gets no better nice value than 0 */

	/* CPU time in ns: kernel/cputime.c. Between ticks it is divided like
	 * the ticks so far. */
	u64 utime, stime;
	u64 exec_start; /* up to here it has been counted */
	u32 user_ticks, system_ticks;
	spinlock_t alloc_lock; /* mm, files, fs, vfork_done: task_lock() */
	bool oom_victim; /* may use the page reserve to die; alloc_lock */
	u64 start_time; /* ktime_get_ns() */
	unsigned long min_flt, maj_flt, nvcsw, nivcsw;
	struct ptrace *ptrace; /* <ikos/ptrace.h>; NULL: was never traced */
	struct ptrace *ptraced; /* whom this thread traces; tasklist_lock */
	long syscall_nr; /* of the call under way, for /proc/PID/syscall */
#ifdef CONFIG_LOCKDEP
	struct lockdep_task lockdep; /* the sleeping locks that it holds */
#endif
};

#define PF_KTHREAD    0x01u
#define PF_EXITING    0x02u
#define PF_FORKNOEXEC 0x04u
#define PF_SIGNALED   0x08u
#define PF_VFORK      0x10u /* runs in its parent's mm */
#define PF_MADE_SHM   0x20u /* by shmget(2) */
#define PF_IN_EXEC    0x40u /* execve(2) has begun: nobody may attach */

/* One-shot event: kernel/sched.c. */
struct completion {
	bool done;
	struct wait_queue_head wait;
};
void init_completion(struct completion *c);
void complete(struct completion *c);
void wait_for_completion(struct completion *c);
/* 0, or -EINTR when a fatal signal came first. */
int wait_for_completion_killable(struct completion *c);

/* Panics with a sentence when the caller must not sleep (debug builds). */
#ifdef CONFIG_DEBUG_VM
void might_sleep(void);
#else
static inline void might_sleep(void)
{
}
#endif

DECLARE_PER_CPU(struct task_struct *, current_task);
#define current this_cpu_read(current_task)

extern struct task_struct init_task; /* pid 0: the idle task of CPU 0 */
/* Guards the process tree, the pid hash, groups and sessions. Taken with
 * interrupts off, before any siglock. */
extern spinlock_t tasklist_lock;

/* Every process; tasklist_lock held. */
#define for_each_process(p) list_for_each_entry (p, &init_task.tasks, tasks)
/* Every thread of @p's process; tasklist_lock or siglock held. */
#define for_each_thread(p, t)                                                  \
	list_for_each_entry (t, &(p)->signal->thread_head, thread_node)

/* The scheduler: kernel/sched.c */
void sched_init(void);
void sched_init_cpu(struct task_struct *idle); /* another CPU's queue */
/* The boot task becomes CPU 0's idle task; turns interrupts on. */
void cpu_idle(void) __noreturn;
void schedule(void); /* in wait.h, too */
void schedule_tail(struct task_struct *prev); /* first thing a new task does */
bool wake_up_process(struct task_struct *t); /* from any sleep */
bool wake_up_state(struct task_struct *t, unsigned int states);
void wake_up_new_task(struct task_struct *t);
void scheduler_tick(bool user);
void yield(void);
u64 sched_slice_ns(const struct task_struct *t);
/* kernel/sched_balance.c: have @t run on these CPUs only. 0, or -EINVAL when
 * none of them is there. May sleep when @t is current. */
int sched_set_affinity(struct task_struct *t, u64 mask);
/* If @t is running on another CPU, have it enter the kernel there. */
void kick_process(struct task_struct *t);
static inline void cond_resched(void)
{
	if (current->need_resched)
		schedule();
}
#define set_current_state(s)                                                   \
	do {                                                                   \
		current->state = (s);                                          \
		smp_mb();                                                      \
	} while (0)
/* Sleep that long; ns left when something woke us first. */
u64 schedule_timeout(u64 ns);
void get_loadavg(unsigned long loads[3]); /* fixed point, 16 bits fraction */
unsigned int nr_running(void);
u64 cpu_idle_ns(void); /* all CPUs, summed */
u64 cpu_idle_ns_of(unsigned int cpu);
u64 cpu_user_ns_of(unsigned int cpu);
u64 nr_context_switches(void);
unsigned int nr_uninterruptible(void);

/* CPU time: kernel/cputime.c. Interrupts off, @t is current. */
void cputime_account(struct task_struct *t, u64 now);
void cputime_tick(struct task_struct *t, bool user);
void cputime_check_limit(struct task_struct *t);
/* What has been added to utime of any task on this CPU. */
DECLARE_PER_CPU(u64, cpu_user_ns);
void loadavg_init(void);
struct rusage_k;
/* kernel/rusage.c. @who: RUSAGE_SELF, _CHILDREN, _BOTH; _THREAD: @t alone. */
void task_rusage(struct task_struct *t, int who, struct rusage_k *ru);
void rusage_release(struct task_struct *t);
void count_faults(u64 *all, u64 *major);

/* Tasks: kernel/fork.c, kernel/exit.c, kernel/pid.c */
/* An idle task for another CPU, in no list; NULL: no memory. */
struct task_struct *fork_idle(unsigned int cpu);
struct kernel_clone_args {
	u64 flags; /* CLONE_* */
	int exit_signal;
	pid_t set_tid; /* the number it is to have; 0: the next */
	unsigned long stack; /* 0: the parent's */
	unsigned long tls;
	int __user *parent_tid, *child_tid;
};
pid_t kernel_clone(const struct kernel_clone_args *args); /* pid or -errno */
struct task_struct *kthread_run(int (*fn)(void *), void *arg, const char *name);
void do_exit(int code) __noreturn; /* @code as wait4() reports it */
void do_group_exit(int code) __noreturn;
/* kernel/ptrace.c: may current look into @t? PTRACE_MODE_*: with which ids. */
#define PTRACE_MODE_FSCREDS   0x08 /* by name: /proc */
#define PTRACE_MODE_REALCREDS 0x10 /* by a system call */
bool ptrace_may_access(struct task_struct *t, unsigned int mode);
/* Its mm with a user held; NULL: it has none; ERR_PTR(-EACCES). */
struct mm_struct *mm_access(struct task_struct *t, unsigned int mode);
void get_task_struct(struct task_struct *t);
void put_task_struct(struct task_struct *t);
/* With a reference, or NULL. */
struct task_struct *find_get_task(pid_t pid);
/* tasklist_lock held, no reference. */
struct task_struct *find_task(pid_t pid);
/*
 * Process groups and sessions. Their numbers are signal->pgrp and ->session;
 * these keep the lists of members right and a number from being given to a new
 * process while a group or a session has it. Leaders only, tasklist_lock held.
 */
void change_pgrp(struct task_struct *leader, pid_t pgrp); /* an existing one */
void change_session(struct task_struct *leader); /* setsid: its own, both */
bool pgrp_exists(pid_t pgrp);
struct task_struct *pid_first(pid_t nr, enum pid_type type);
struct task_struct *pid_next_member(struct task_struct *t, enum pid_type type);
/* Every process of a group or session; the body may not remove @p. */
#define for_each_pgrp_member(p, pgrp)                                          \
	for ((p) = pid_first(pgrp, PIDTYPE_PGID); (p);                         \
	     (p) = pid_next_member(p, PIDTYPE_PGID))
#define for_each_session_member(p, sid)                                        \
	for ((p) = pid_first(sid, PIDTYPE_SID); (p);                           \
	     (p) = pid_next_member(p, PIDTYPE_SID))
/* The task's mm with a user held, or NULL (kernel thread, exiting). */
struct mm_struct *get_task_mm(struct task_struct *t);
unsigned int nr_processes(void);
unsigned int nr_threads_total(void); /* tasks of every kind, idle tasks not */
extern unsigned int threads_max; /* fork(2): EAGAIN beyond */
pid_t last_pid_allocated(void); /* for /proc/loadavg */
/* Guards the task's pointers to its mm, files and fs. */
static inline unsigned long task_lock(struct task_struct *t)
{
	unsigned long flags;

	spin_lock_irqsave(&t->alloc_lock, flags);
	return flags;
}
static inline void task_unlock(struct task_struct *t, unsigned long flags)
{
	spin_unlock_irqrestore(&t->alloc_lock, flags);
}
void fork_init(void);
void exec_mm_release(
	struct task_struct *t); /* vfork parent goes on, clear tid */
void task_cputime(struct task_struct *t, u64 *utime,
		  u64 *stime); /* whole process, ns */
unsigned long rlimit(unsigned int resource); /* current's soft limit */

/* kernel/exec.c: replace current's program. Strings in kernel memory. */
int kernel_execve(const char *path, const char *const *argv,
		  const char *const *envp);

/* kernel/oom.c: what killing @t would give, in pages; false: never a victim. */
bool oom_points(struct task_struct *t, long *points);
/* kernel/oom.c: no memory for a fault; kill one, or let current die. */
void out_of_memory(void);

/* arch/x86_64/process.c */
/* Prepare @child's first switch: to user mode with a copy of current's
 * registers, or to @fn(@arg) when fn is not NULL. 0 or -ENOMEM. */
int copy_thread(struct task_struct *child, const struct kernel_clone_args *args,
		int (*fn)(void *), void *arg);
void exit_thread(struct task_struct *t); /* free what copy_thread() made */
struct pt_regs *task_pt_regs(struct task_struct *t);
#define current_pt_regs() task_pt_regs(current)
void switch_mm(struct mm_struct *prev, struct mm_struct *next);
void switch_mm_irqs_off(struct mm_struct *prev, struct mm_struct *next);
struct task_struct *switch_to(struct task_struct *prev,
			      struct task_struct *next);
/* exec: fresh registers. */
void start_thread(struct pt_regs *regs, unsigned long ip, unsigned long sp);
void flush_thread(void);

/* Kernel stacks with a guard page below: arch/x86_64/kstack.c */
#define KSTACK_SIZE 16384
void *kstack_alloc(void);
void kstack_free(void *stack);
void kstack_drain(void); /* give kept ones back */
void give_back_all(void); /* before a leak check: all that is kept */
unsigned long kstack_pages(void); /* in use, for /proc/meminfo */

#endif
