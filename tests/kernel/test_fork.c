/* SPDX-License-Identifier: MIT */
/* Making tasks: every allocation may fail, and numbers are given once. */
#include <ikos/err.h>
#include <ikos/ktest.h>
#include <ikos/sched.h>
#include <ikos/slab.h>
#include <uapi/sched.h>

static int end_at_once(void *arg)
{
	complete(arg);
	return 0;
}

KTEST(fork, every_failed_allocation_is_undone)
{
	unsigned int failures = 0;

	for (unsigned long nth = 1; nth < 100; nth++) {
		struct completion done;
		struct task_struct *t;
		bool hit;

		init_completion(&done);
		fail_nth_set(nth);
		t = kthread_run(end_at_once, &done, "ktest");
		hit = fail_nth_hit();
		fail_nth_set(0);
		if (!IS_ERR(t)) {
			wait_for_completion(&done);
			if (!hit)
				break;
			continue;
		}
		EXPECT_EQ(PTR_ERR(t), -ENOMEM);
		failures++;
	}
#ifdef CONFIG_DEBUG_VM
	EXPECT(failures >= 3);
#endif
}

KTEST(fork, bad_flags_are_refused)
{
	static const u64 bad[] = { CLONE_SIGHAND, CLONE_THREAD, CLONE_NEWNS,
				   CLONE_PIDFD, CLONE_NEWPID };

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		struct kernel_clone_args args = { .flags = bad[i] };

		EXPECT_EQ(kernel_clone(&args), -EINVAL);
	}
}

KTEST(fork, too_many_tasks_give_eagain)
{
	unsigned int max = threads_max;
	struct completion done;

	init_completion(&done);
	threads_max = nr_threads_total();
	EXPECT_EQ(PTR_ERR(kthread_run(end_at_once, &done, "ktest")), -EAGAIN);
	threads_max = max;
}

KTEST(pid, numbers_rise_and_are_found)
{
	struct completion done;
	struct task_struct *t, *found;
	pid_t before = last_pid_allocated(), pid;

	ktest_one_cpu();
	init_completion(&done);
	t = kthread_run(end_at_once, &done, "ktest");
	ASSERT(!IS_ERR(t));
	pid = t->pid;
	EXPECT(pid > before);
	EXPECT_EQ(last_pid_allocated(), pid);
	found = find_get_task(pid);
	EXPECT(found == t);
	if (found)
		put_task_struct(found);
	wait_for_completion(&done);
	yield();
	EXPECT(!find_get_task(pid));
	EXPECT(!find_get_task(0));
	EXPECT(!find_get_task(-1));
}

KTEST(pid, init_is_number_one)
{
	EXPECT_EQ(current->pid, 1);
	EXPECT_EQ(current->tgid, 1);
	EXPECT(current->parent == &init_task);
}
