/* SPDX-License-Identifier: MIT */
/*
 * Threads of programs, seen from inside: what a process of several threads
 * leaves behind when it executes a program or ends. That nothing leaks is what
 * every test is checked for.
 */
#include <ikos/err.h>
#include <ikos/ktest.h>
#include <ikos/sched.h>
#include <uapi/sched.h>

KTEST(threads, flags_that_do_not_go_together)
{
	static const u64 bad[] = { CLONE_THREAD, CLONE_THREAD | CLONE_VM,
				   CLONE_THREAD | CLONE_SIGHAND,
				   CLONE_INTO_CGROUP, CLONE_NEWTIME };
	unsigned int before = nr_threads_total();

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		struct kernel_clone_args args = { .flags = bad[i] };

		EXPECT_EQ(kernel_clone(&args), -EINVAL);
	}
	EXPECT_EQ(nr_threads_total(), before);
}

KTEST(threads, numbers_that_cannot_be_had)
{
	struct kernel_clone_args args = { .exit_signal = SIGCHLD };
	unsigned int before = nr_threads_total();

	args.set_tid = current->pid;
	EXPECT_EQ(kernel_clone(&args), -EEXIST);
	args.set_tid = PID_MAX;
	EXPECT_EQ(kernel_clone(&args), -EINVAL);
	EXPECT_EQ(nr_threads_total(), before);
}

KTEST(threads, the_first_one_is_alone_in_its_process)
{
	struct task_struct *t;
	unsigned int n = 0;

	EXPECT(current->signal->leader == current);
	EXPECT_EQ(atomic_read(&current->signal->live), 1);
	spin_lock_irq(&tasklist_lock);
	for_each_thread (current, t)
		n += t == current;
	spin_unlock_irq(&tasklist_lock);
	EXPECT_EQ(n, 1);
}
