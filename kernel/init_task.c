/* SPDX-License-Identifier: MIT */
/*
 * Task 0: the code that booted, later the idle task of the boot CPU, and the
 * ancestor of all others. It exists before there is memory to allocate.
 */
#include <ikos/fs.h>
#include <ikos/sched.h>

#define STACK_LIMIT MiB(8)
#define STACK_MAX   RLIM_INFINITY

static struct signal_struct init_signals = {
	.count = ATOMIC_INIT(1),
	.live = ATOMIC_INIT(1),
	.leader = &init_task,
	.thread_head = { &init_task.thread_node, &init_task.thread_node },
	.shared_pending.list = LIST_HEAD_INIT(init_signals.shared_pending.list),
	.wait_chldexit = WAIT_QUEUE_HEAD_INIT(init_signals.wait_chldexit),
	/* Linux's limits for init; fork_init() sets those that depend on the
	 * size of memory. */
	.rlim = {
		[RLIMIT_CPU] = { RLIM_INFINITY, RLIM_INFINITY },
		[RLIMIT_FSIZE] = { RLIM_INFINITY, RLIM_INFINITY },
		[RLIMIT_DATA] = { RLIM_INFINITY, RLIM_INFINITY },
		[RLIMIT_STACK] = { STACK_LIMIT, STACK_MAX },
		[RLIMIT_CORE] = { 0, RLIM_INFINITY },
		[RLIMIT_RSS] = { RLIM_INFINITY, RLIM_INFINITY },
		[RLIMIT_NPROC] = { 0, 0 },
		[RLIMIT_NOFILE] = { 1024, 4096 },
		[RLIMIT_MEMLOCK] = { MiB(8), MiB(8) },
		[RLIMIT_AS] = { RLIM_INFINITY, RLIM_INFINITY },
		[RLIMIT_LOCKS] = { RLIM_INFINITY, RLIM_INFINITY },
		[RLIMIT_SIGPENDING] = { 0, 0 },
		[RLIMIT_MSGQUEUE] = { 819200, 819200 },
		[RLIMIT_NICE] = { 0, 0 },
		[RLIMIT_RTPRIO] = { 0, 0 },
		[RLIMIT_RTTIME] = { RLIM_INFINITY, RLIM_INFINITY },
	},
};

static struct sighand_struct init_sighand = {
	.count = ATOMIC_INIT(1),
	.siglock = SPINLOCK_INIT,
};

struct task_struct init_task = {
	.state = TASK_RUNNING,
	.on_rq = true,
	.on_cpu = true,
	.flags = PF_KTHREAD,
	.cpus_allowed = ~0UL,
	.usage = ATOMIC_INIT(2),
	.comm = "swapper/0",
	.cred = { .cap_permitted = CAP_ALL,
		  .cap_effective = CAP_ALL,
		  .cap_bset = CAP_ALL },
	.parent = &init_task,
	.children = LIST_HEAD_INIT(init_task.children),
	.sibling = LIST_HEAD_INIT(init_task.sibling),
	.tasks = LIST_HEAD_INIT(init_task.tasks),
	.thread_node = { &init_signals.thread_head, &init_signals.thread_head },
	.run_list = LIST_HEAD_INIT(init_task.run_list),
	.exit_signal = SIGCHLD,
	.signal = &init_signals,
	.sighand = &init_sighand,
	.pending.list = LIST_HEAD_INIT(init_task.pending.list),
	.fs = &init_fs,
	.alloc_lock = SPINLOCK_INIT,
};
